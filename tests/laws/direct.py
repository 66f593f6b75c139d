"""The sandbox without a network between: requests are handed over as values.

What HTTP does to a conversation is looked at elsewhere. Here thousands of small
organizations live through their days, and sockets would be nine tenths of the work.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec
from gql import GraphQLRequest

from ghstate.github import asking, identities
from ghstate.github.answers import write_failed
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.exchange import Exchange
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock, Pacer
from ghstate.github.session import QueryErrors, Reply, Session
from ghstate.sandbox.asked import Asked
from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.history import History
from ghstate.sandbox.replies import Reply as Answer
from ghstate.sandbox.server import GitHub
from ghstate.sandbox.world import World
from tests.laws.running import Deaf, Engine, no_time

URL = "http://127.0.0.1:9"


_ANSWERS: dict[tuple[str, str, str], Mapping[str, Any]] = {}
"""Answers by query, variables and world: the same small worlds come up all the time,
and answering in GraphQL is half of the work."""


def _fingerprint(world: World) -> str:
    """All of *world* that a query can see."""
    return repr(
        (
            world.now,
            world.login,
            world.owner,
            world.accounts,
            world.members,
            world.teams,
            world.invitations,
            world.saml,
            world.policy,
        )
    )


@dataclass(slots=True)
class Direct:
    """A sandbox that listens on no port."""

    world: World
    conditions: Conditions = field(default_factory=Conditions)
    _github: GitHub = field(init=False)

    def __post_init__(self) -> None:
        self._github = GitHub(self.world, self.conditions)

    @property
    def history(self) -> History:
        return self._github.history

    @property
    def url(self) -> str:
        return URL

    @property
    def graphql_url(self) -> str:
        return f"{URL}/graphql"

    def query(self, text: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer to a query; the same one as long as nothing has changed."""
        key = (text, repr(variables), _fingerprint(self.world))
        if key not in _ANSWERS:
            asked = {"query": text, "variables": variables}
            _ANSWERS[key] = self.answer("POST", "/graphql", "", asked).body
        return _ANSWERS[key]

    def answer(self, method: str, path: str, params: str, body: Any) -> Answer:
        """Answer one request as the server does, faults included."""
        asked = Asked(
            method=method,
            path=path,
            query=dict(parse_qsl(params)),
            params=params,
            payload=body,
            readable=True,
            token="sandbox-owner",
            base=URL,
            if_none_match="",
            version=None,
        )
        faults = self.conditions.struck(method, path, asked.text)
        reply = self._github._answer(asked, faults)
        assert reply is not None, "connections are not broken off without a network"
        return reply


class Unparsed(GraphQLRequest):
    """A query as text: parsing it costs more than all the rest of a small read."""

    def __init__(self, text: str, *, variable_values: dict[str, Any]) -> None:
        self.text = text
        self.variable_values = variable_values


class DirectSession(Session):
    """A conversation in one process."""

    def __init__(self, sandbox: Direct) -> None:
        endpoint = Endpoint(sandbox.url, sandbox.graphql_url)
        clock = Clock(sleep=no_time)
        exchange = Exchange(
            endpoint=endpoint,
            token=Token("sandbox-owner"),
            clock=clock,
            max_wait=300,
            listener=Deaf(),
        )
        super().__init__(sandbox.world.login, endpoint, Pacer(0, clock), exchange)
        self.clock = clock
        self._sandbox = sandbox

    async def query(self, request: GraphQLRequest) -> Mapping[str, Any]:
        assert isinstance(request, Unparsed)
        body = self._sandbox.query(request.text, request.variable_values or {})
        if errors := body.get("errors"):
            raise QueryErrors(errors, body.get("data"))
        found: Mapping[str, Any] = body["data"]
        return found

    async def _send(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, object] | None = None,
        parameters: Mapping[str, str | int] | None = None,
    ) -> Reply:
        parts = urlsplit(url)
        params = parts.query or urlencode(parameters or {})
        answer = self._sandbox.answer(method, parts.path, params, body)
        if method != "GET" and answer.status >= 400:
            raise write_failed(answer.status, msgspec.json.encode(answer.body))
        headers = {name.lower(): text for name, text in answer.headers.items()}
        return Reply(answer.status, headers, answer.body, f"{method} {parts.path}")


@dataclass
class DirectEngine(Engine):
    """The engine on a sandbox that is reached without a network."""

    @asynccontextmanager
    async def github(self) -> AsyncIterator[GitHubOrganization]:
        assert isinstance(self.sandbox, Direct)
        session = DirectSession(self.sandbox)
        world = self.sandbox.world
        with (
            patch.object(asking, "GraphQLRequest", Unparsed),
            patch.object(identities, "GraphQLRequest", Unparsed),
        ):
            yield GitHubOrganization(
                session, session.clock, lambda: world.now, settle=self.settle
            )
