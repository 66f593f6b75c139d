"""A request in the sandbox's own words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from ghstate.sandbox import graphql

ENTERPRISE_PREFIX = "/api/v3"
GRAPHQL_PATHS = frozenset({"/graphql", "/api/graphql"})
TOKEN_SCHEMES = frozenset({"bearer", "token"})


@dataclass(slots=True)
class Asked:
    """*path* has names and no prefix; *params* is the query string as it was sent."""

    method: str
    path: str
    query: Mapping[str, str]
    params: str
    payload: Any
    readable: bool
    token: str | None
    base: str
    if_none_match: str
    version: str | None

    @property
    def is_query(self) -> bool:
        return self.path == "/graphql"

    @property
    def is_write(self) -> bool:
        return not self.is_query and self.method in {"PUT", "POST", "PATCH", "DELETE"}

    @property
    def text(self) -> str:
        """The GraphQL document, or nothing."""
        if not self.is_query or not isinstance(self.payload, dict):
            return ""
        return str(self.payload.get("query", ""))

    @property
    def operation(self) -> str | None:
        if not self.is_query:
            return None
        payload = self.payload if isinstance(self.payload, dict) else {}
        named = payload.get("operationName")
        if named is None:
            return graphql.operation_name(self.text)
        return str(named)


async def understand(request: web.Request) -> Asked:
    """Read a request; `/api/v3` is taken off its path and put into *base*."""
    raw = await request.read()
    payload, readable = None, True
    if raw:
        try:
            payload = json.loads(raw)
        except ValueError:
            readable = False
    path = request.rel_url.raw_path
    base = f"{request.scheme}://{request.host}"
    if path in GRAPHQL_PATHS:
        path = "/graphql"
    elif path.startswith(f"{ENTERPRISE_PREFIX}/"):
        path = path.removeprefix(ENTERPRISE_PREFIX)
        base += ENTERPRISE_PREFIX
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    known = scheme.lower() in TOKEN_SCHEMES
    return Asked(
        method=request.method,
        path=path,
        query=dict(request.query),
        params=request.query_string,
        payload=payload,
        readable=readable,
        token=token.strip() if known else None,
        base=base,
        if_none_match=request.headers.get("if-none-match", ""),
        version=request.headers.get("x-github-api-version"),
    )
