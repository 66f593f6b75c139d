"""A server that answers as it is told, and a conversation with it.

What GitHub would not do, or not on order: refusals, half an answer, none at all.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gql import GraphQLRequest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.session import Session
from tests.traps.conversation import Heard, Time

T = TypeVar("T")
SECRET = "ghp_canary0123456789"
JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Says:
    """One answer; *body* is JSON unless it is text."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        response = Response(text, self.status, {"content-type": JSON})
        response.headers.update(self.headers)
        return response


BREAKS_OFF = "the connection breaks off without an answer"
ENDS_EARLY = Says(200, '{"login": "a', {"content-length": "5000"})
"""Less than the header promises, and then the end."""


@dataclass(frozen=True, slots=True)
class Got:
    """A request as it arrived, and when it was on the conversation's clock."""

    method: str
    path: str
    body: bytes
    headers: Mapping[str, str]
    at: float


@dataclass(slots=True)
class Wire:
    """Answers in the given order; the last answer is given again and again."""

    server: HTTPServer
    time: Time = field(default_factory=Time)
    heard: Heard = field(default_factory=Heard)
    requests: list[Got] = field(default_factory=list)
    answers: list[Says | str] = field(default_factory=list)

    def says(self, *answers: Says | str) -> None:
        self.answers = [*answers]

    @property
    def url(self) -> str:
        return self.server.url_for("").rstrip("/")

    @property
    def sent(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.requests]

    def handle(self, request: Request) -> Response:
        self.requests.append(
            Got(
                request.method,
                request.full_path.rstrip("?"),
                request.get_data(),
                {name.lower(): value for name, value in request.headers.items()},
                self.time.now,
            )
        )
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Says):
            return answer.response()
        connection: socket.socket = request.environ["werkzeug.socket"]
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        return Response(status=200)

    def converse(
        self,
        work: Callable[[Session], Awaitable[T]],
        *,
        organization: str = "acme",
        pause: float = 0.0,
        max_wait: float = 300.0,
    ) -> T:
        """Run *work* in a conversation on a clock that only waiting moves."""

        async def talk() -> T:
            async with Session.open(
                organization,
                Endpoint(self.url, f"{self.url}/graphql"),
                Token(SECRET),
                pause=pause,
                max_wait=max_wait,
                listener=self.heard,
                clock=self.time.clock(),
            ) as session:
                return await work(session)

        return asyncio.run(talk())


QUERY = GraphQLRequest("query { viewer { login } }")


async def reads(session: Session) -> object:
    return await session.get("/orgs/acme")


async def asks(session: Session) -> object:
    return await session.query(QUERY)


async def writes(session: Session) -> object:
    return await session.write("PUT", "/orgs/acme/memberships/ada", {"role": "admin"})
