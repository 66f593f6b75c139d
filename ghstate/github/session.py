"""One signed-in conversation with GitHub: GraphQL and REST over one connection pool.

Reads are repeated until they are answered; writes go one at a time, at the pace that
GitHub asks for, and once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self, TypeVar
from urllib.parse import quote, urlsplit

import msgspec
from aiohttp import ClientSession, ClientTimeout, InvalidURL, TCPConnector
from gql import GraphQLRequest
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportError

from ghstate import __version__
from ghstate.errors import GhstateError, IncompleteRead, Unreachable, WriteFailed
from ghstate.github.answers import decoded, write_failed
from ghstate.github.date import Told
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.exchange import Answer, Exchange, Listener, TryAgain, certain
from ghstate.github.pace import Clock, Pacer
from ghstate.github.shapes import shaped

T = TypeVar("T")

API_VERSION = "2022-11-28"
CONNECTIONS = 8
ATTEMPTS = 6


class QueryErrors(Exception):
    """A query was answered with ``errors[]``, perhaps beside partial data."""

    def __init__(self, errors: object, data: object) -> None:
        listed = errors if isinstance(errors, list) else []
        self.errors: list[Mapping[str, Any]] = [
            each for each in listed if isinstance(each, dict)
        ]
        self.data: Mapping[str, Any] = data if isinstance(data, dict) else {}
        first = self.errors[0] if self.errors else {}
        super().__init__(str(first.get("message", "")))


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a REST call."""

    status: int
    headers: Mapping[str, str]
    body: Any
    to: str
    """What was asked: ``PUT /orgs/acme/memberships/ada``."""

    @property
    def reads(self) -> bool:
        return self.to.startswith("GET ")

    def read(self, shape: type[T]) -> T:
        """The body, or an error that says it is not as GitHub documents it.

        After a write it is `OutcomeUnknown`: it may have been made all the same.
        """
        try:
            return shaped(self.body, shape, f"the answer to {self.to}")
        except Unreachable as strange:
            raise certain(strange, reads=self.reads) from None


class Session:
    """Sends queries and requests about one organization."""

    def __init__(
        self, organization: str, endpoint: Endpoint, pacer: Pacer, exchange: Exchange
    ) -> None:
        self.organization = organization
        self.points = 0
        self.scopes: frozenset[str] | None = None
        """What a classic token may do, as far as GitHub has said; no other token has
        scopes."""

        self._endpoint = endpoint
        self._pacer = pacer
        self._clock = pacer.clock
        self._exchange = exchange
        self._http: ClientSession
        self._graphql: AIOHTTPTransport

    @property
    def requests(self) -> int:
        return self._exchange.requests

    @property
    def told(self) -> Told | None:
        """GitHub's time as of its latest answer; None before the first."""
        return self._exchange.told

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        organization: str,
        endpoint: Endpoint,
        token: Token,
        *,
        pause: float,
        max_wait: float,
        listener: Listener,
        clock: Clock | None = None,
    ) -> AsyncIterator[Self]:
        """Sign in; *pause* and *max_wait* are in seconds."""
        clock = clock or Clock()
        exchange = Exchange(
            endpoint=endpoint,
            token=token,
            clock=clock,
            max_wait=max_wait,
            listener=listener,
        )
        session = cls(organization, endpoint, Pacer(pause, clock), exchange)
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": f"ghstate/{__version__}",
        }
        async with ClientSession(
            headers=headers,
            connector=TCPConnector(limit=CONNECTIONS),
            timeout=ClientTimeout(total=None, sock_connect=20, sock_read=30),
            response_class=Answer,
            trust_env=not endpoint.is_loopback,
        ) as pool:
            session._http = pool
            # Without gql's client around it, which would end every wait after ten
            # seconds, and those for GitHub's limits are longer.
            session._graphql = AIOHTTPTransport(
                endpoint.graphql_url, json_deserialize=msgspec.json.decode
            )
            session._graphql.session = pool
            yield session

    # Reading ------------------------------------------------------------------

    async def query(self, request: GraphQLRequest) -> Mapping[str, Any]:
        """The data of one query, once; raises `QueryErrors` and `TryAgain`."""
        try:
            result = await self._graphql.execute(
                request,
                extra_args={
                    "allow_redirects": False,
                    "middlewares": (self._exchange.asking,),
                },
            )
        except TransportError as error:
            cause = error.__cause__
            if isinstance(cause, GhstateError | TryAgain):
                raise cause from None
            raise Unreachable(
                f"{self._endpoint.graphql_url} does not answer as GitHub's GraphQL API"
            ) from None
        if result.errors:
            raise QueryErrors(result.errors, result.data)
        what = f"the answer of {self._endpoint.graphql_url}"
        data = shaped(result.data, dict[str, Any], what)
        match data.get("rateLimit"):
            case {"cost": int(points)}:
                self.points += points
            case _:
                pass
        return data

    async def get(self, path: str, **parameters: str | int) -> Reply:
        """Read *path* below the API's root, again and again if need be."""
        url = path if "://" in path else self._endpoint.api_url + path
        why = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await self.pause(backoff(attempt), why)
            try:
                return await self._send("GET", url, parameters=parameters)
            except TryAgain as error:
                why = str(error)
        raise Unreachable(f"{why}, {ATTEMPTS} times in a row, to GET {path}")

    async def get_all(self, path: str, shape: type[T]) -> AsyncIterator[T]:
        """Every item of a list, page after page; a 404 raises `WriteFailed`."""
        reply = await self.get(path, per_page=100)
        seen: set[str] = set()
        while True:
            if reply.status != 200:
                raise refused(reply)
            for item in reply.read(list[shape]):  # type: ignore[valid-type]  # a value
                yield item
            following = _next_link(reply.headers.get("link", ""))
            if following is None:
                return
            if _origin(following) != _origin(self._endpoint.api_url):
                raise Unreachable(f"GitHub's next page is on another host: {following}")
            if following in seen:
                raise IncompleteRead(f"GitHub's list at {path} goes round in a circle")
            seen.add(following)
            reply = await self.get(following)

    async def pause(self, seconds: float, why: str) -> None:
        """Give GitHub a moment; in sight, if it is long enough to be felt."""
        if seconds >= 1:
            self._exchange.listener.waiting(seconds, why)
        await self._clock.sleep(seconds)

    # Writing ------------------------------------------------------------------

    async def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        creates_content: bool = False,
    ) -> Reply:
        """Send one write, at GitHub's pace, once.

        Raises `WriteFailed` when GitHub refused it, `OutcomeUnknown` when it may or
        may not have been carried out.
        """
        delay = self._pacer.delay(creates_content=creates_content)
        if delay > self._pacer.pause:
            why = "GitHub's limit for calls that create content"
            await self._exchange.wait(delay, why, grants_only=True)
        elif delay:
            await self._clock.sleep(delay)
        try:
            reply = await self._send(method, self._endpoint.api_url + path, body=body)
        finally:
            self._pacer.went_out(creates_content=creates_content)
        return reply

    async def _send(
        self,
        method: str,
        url: str,
        *,
        body: Mapping[str, object] | None = None,
        parameters: Mapping[str, str | int] | None = None,
    ) -> Reply:
        reads = method == "GET"
        exchange = self._exchange
        try:
            async with self._http.request(
                method,
                url,
                json=body,
                params=parameters,
                allow_redirects=False,
                middlewares=(exchange.reading if reads else exchange.writing,),
            ) as response:
                content = await response.read()
                status = response.status
                headers = {
                    name.lower(): text for name, text in response.headers.items()
                }
        except InvalidURL:
            raise Unreachable(f"{url} is not an address that can be asked") from None
        if (scopes := headers.get("x-oauth-scopes")) is not None:
            self.scopes = frozenset(scopes.replace(",", " ").split())
        if not reads and status >= 400:
            raise write_failed(status, content)
        try:
            found = decoded(content)
        except Unreachable as strange:
            raise certain(strange, reads=reads) from None
        return Reply(status, headers, found, f"{method} {urlsplit(url).path}")


def backoff(attempt: int) -> float:
    """Seconds before the *attempt*-th repetition of a read."""
    return min(0.1 * float(2**attempt), 5.0)


def segment(name: str) -> str:
    """*name* as one segment of a path, whatever it holds (``ent:x`` has a colon)."""
    return quote(name, safe="")


def refused(reply: Reply) -> WriteFailed:
    """What an answer to a REST read means that is neither the thing nor its absence."""
    return write_failed(reply.status, msgspec.json.encode(reply.body))


def _origin(url: str) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return parts.scheme, parts.netloc.lower()


def _next_link(header: str) -> str | None:
    for part in header.split(","):
        target, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return target.strip().removeprefix("<").removesuffix(">")
    return None
