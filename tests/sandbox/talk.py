"""How the tests speak with a sandbox: plain HTTP, nothing of the product between."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from ghstate.sandbox.running import Sandbox

OWNER = "sandbox-owner"
MEMBER = "sandbox-member"
APP = "sandbox-app"
BLIND_APP = "sandbox-app-blind"
NO_SSO = "sandbox-sso"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


def call(
    sandbox: Sandbox,
    method: str,
    path: str,
    payload: Any = None,
    *,
    token: str | None = OWNER,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One request. *payload* is JSON, or bytes to be sent as they are."""
    sent = {"user-agent": "tests", **(headers or {})}
    if token is not None:
        sent["authorization"] = f"Bearer {token}"
    raw = payload
    if payload is not None and not isinstance(payload, bytes):
        raw = json.dumps(payload).encode()
    connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=10)
    try:
        connection.request(method, path, raw, sent)
        response = connection.getresponse()
        text = response.read()
        known = {name.lower(): value for name, value in response.getheaders()}
    finally:
        connection.close()
    body: Any = text.decode() or None
    if known.get("content-type", "").startswith("application/json"):
        body = json.loads(text)
    return Answer(response.status, known, body)


def get(sandbox: Sandbox, path: str, token: str | None = OWNER) -> Answer:
    return call(sandbox, "GET", path, token=token)


def ask(
    sandbox: Sandbox,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    token: str = OWNER,
) -> Answer:
    """One GraphQL query."""
    payload = {"query": query, "variables": dict(variables or {})}
    return call(sandbox, "POST", "/graphql", payload, token=token)


def data(answer: Answer) -> Any:
    """The data of an answer that must be free of errors."""
    assert answer.status == 200
    assert "errors" not in answer.body, answer.body["errors"]
    return answer.body["data"]


def error(answer: Answer) -> Any:
    """The one error in the body of an answer to a query."""
    [only] = answer.body["errors"]
    return only
