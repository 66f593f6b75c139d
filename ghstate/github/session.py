"""One signed-in conversation with GitHub: GraphQL and REST over one connection pool.

GitHub's rules for clients are obeyed here, once, for both: limits are waited out to
the letter and in sight, writes go one at a time at the pace GitHub asks for, no
answer is believed that is not GitHub's, and the token never follows a redirect.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, Self
from urllib.parse import quote, urlsplit

import msgspec
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    TCPConnector,
)
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import TransportError, TransportQueryError

from ghstate import __version__
from ghstate.errors import GhstateError, LimitReached, OutcomeUnknown, Unreachable
from ghstate.github.answers import (
    Fine,
    TooMuch,
    Wait,
    decoded,
    meaning,
    write_failed,
)
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.pace import Clock, Pacer

API_VERSION = "2022-11-28"
CONNECTIONS = 8
LARGEST_ANSWER = 64 * 1024 * 1024
ATTEMPTS = 6


class TryAgain(Exception):
    """A read came to nothing for now; again, or with less at once."""

    def __init__(self, why: str, *, too_much: bool = False) -> None:
        super().__init__(why)
        self.too_much = too_much
        """GitHub said outright that it was too much, not only that it was late."""


class QueryErrors(Exception):
    """A query was answered with ``errors[]``, perhaps beside partial data."""

    def __init__(self, errors: list[Mapping[str, Any]], data: Any) -> None:
        super().__init__(str(errors[0].get("message", "")) if errors else "")
        self.errors = errors
        self.data = data


class Listener(Protocol):
    """Hears of what the conversation does."""

    def sent(self, requests: int) -> None: ...

    def waiting(self, seconds: float, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer to a REST call."""

    status: int
    headers: Mapping[str, str]
    body: Any


class _SharedPool(AIOHTTPTransport):
    """gql over a pool of connections that somebody else owns."""

    def __init__(self, url: str, pool: ClientSession) -> None:
        super().__init__(url, json_deserialize=msgspec.json.decode)
        self._pool = pool

    async def connect(self) -> None:
        self.session = self._pool

    async def close(self) -> None:
        self.session = None


class Session:
    """Sends queries and requests about one organization."""

    def __init__(
        self,
        organization: str,
        endpoint: Endpoint,
        pacer: Pacer,
        *,
        max_wait: float,
        listener: Listener,
    ) -> None:
        self.organization = organization
        self.requests = 0
        self.points = 0
        self._endpoint = endpoint
        self._pacer = pacer
        self._clock = pacer.clock
        self._max_wait = max_wait
        self._listener = listener
        self._http: ClientSession
        self._graphql: AsyncClientSession

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
        pacer = Pacer(pause, clock or Clock())
        session = cls(
            organization, endpoint, pacer, max_wait=max_wait, listener=listener
        )
        headers = {
            "Authorization": token.header,
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": API_VERSION,
            "User-Agent": f"ghstate/{__version__}",
        }
        async with ClientSession(
            headers=headers,
            connector=TCPConnector(limit=CONNECTIONS),
            timeout=ClientTimeout(total=None, sock_connect=20, sock_read=30),
            middlewares=(session._exchange,),
            trust_env=not endpoint.is_loopback,
        ) as pool:
            session._http = pool
            transport = _SharedPool(endpoint.graphql_url, pool)
            client = Client(transport=transport, fetch_schema_from_transport=False)
            async with client as session._graphql:
                yield session

    # Reading ------------------------------------------------------------------

    async def query(self, request: GraphQLRequest) -> Mapping[str, Any]:
        """The data of one query, once; raises `QueryErrors` and `TryAgain`."""
        try:
            data = await self._graphql.execute(
                request, extra_args={"allow_redirects": False}
            )
        except TransportQueryError as error:
            raise QueryErrors(
                [each for each in error.errors or () if isinstance(each, dict)],
                error.data,
            ) from None
        except TransportError as error:
            cause = error.__cause__
            if isinstance(cause, GhstateError | TryAgain):
                raise cause from None
            raise Unreachable(
                f"{self._endpoint.graphql_url} does not answer as GitHub's GraphQL API"
            ) from None
        self.points += int((data.get("rateLimit") or {}).get("cost") or 0)
        return data

    async def get(self, path: str, **parameters: str | int) -> Reply:
        """Read *path* below the API's root, again and again if need be."""
        url = path if "://" in path else self._endpoint.api_url + path
        why = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._clock.sleep(backoff(attempt))
            try:
                return await self._send("GET", url, parameters=parameters)
            except TryAgain as error:
                why = str(error)
        raise Unreachable(f"{why}, {ATTEMPTS} times in a row, to GET {path}")

    async def get_all(self, path: str) -> AsyncIterator[Any]:
        """Every item of a list, page after page; a 404 raises `WriteFailed`."""
        reply = await self.get(path, per_page=100)
        while True:
            if reply.status != 200:
                raise write_failed(reply.status, msgspec.json.encode(reply.body))
            for item in reply.body:
                yield item
            following = _next_link(reply.headers.get("link", ""))
            if following is None:
                return
            if urlsplit(following).netloc != urlsplit(self._endpoint.api_url).netloc:
                raise Unreachable(f"GitHub's next page is on another host: {following}")
            reply = await self.get(following)

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
            await self._wait(delay, "GitHub's limit for calls that create content")
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
        async with self._http.request(
            method, url, json=body, params=parameters, allow_redirects=False
        ) as response:
            content = await response.read()
            status = response.status
            headers = {name.lower(): value for name, value in response.headers.items()}
        if method != "GET" and status >= 400:
            raise write_failed(status, content)
        return Reply(status, headers, decoded(content))

    # Both ---------------------------------------------------------------------

    async def _exchange(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Every request passes here: counted, limits obeyed, redirects refused."""
        path = request.url.path
        reads = request.method == "GET" or path.endswith("/graphql")
        while True:
            self.requests += 1
            self._listener.sent(self.requests)
            try:
                response = await handler(request)
                content = await _whole(response)
            except (ClientError, OSError, TimeoutError) as error:
                raise self._no_answer(request, error, reads=reads) from None
            headers = {name.lower(): text for name, text in response.headers.items()}
            if 300 <= response.status < 400 and response.status != 304:
                raise self._redirected(request, headers.get("location", ""))
            found = meaning(response.status, headers, content, now=self._clock.now())
            match found:
                case Fine():
                    return response
                case TooMuch(why):
                    response.release()
                    if reads:
                        raise TryAgain(why)
                    raise OutcomeUnknown(f"{why} to {request.method} {path}")
                case Wait(seconds, why):
                    response.release()
                    await self._wait(seconds, why)

    async def _wait(self, seconds: float, why: str) -> None:
        if seconds > self._max_wait:
            at = datetime.fromtimestamp(self._clock.now() + seconds, tz=UTC)
            raise LimitReached(
                f"{why} is reached, and lasts until {at:%H:%M:%S} UTC",
                retry_at=at,
                hint="run the same again then, or wait longer with --max-wait",
            )
        self._listener.waiting(seconds, why)
        await self._clock.sleep(seconds)

    def _no_answer(
        self, request: ClientRequest, error: Exception, *, reads: bool
    ) -> Exception:
        host = self._endpoint.host
        if isinstance(error, ClientConnectorError):
            return Unreachable(
                f"cannot reach {host}: {_plain(error.os_error)}",
                hint="check the network, the proxy and api_url",
            )
        why = "took too long" if isinstance(error, TimeoutError) else "broke off"
        if reads:
            return TryAgain(f"the answer of {host} {why}")
        return OutcomeUnknown(
            f"the answer of {host} {why} to {request.method} {request.url.path}"
        )

    def _redirected(self, request: ClientRequest, location: str) -> Unreachable:
        return Unreachable(
            f"{request.method} {request.url.path} is redirected to "
            f"{location or 'nowhere'}, and a token is not sent after it",
            hint="was the organization renamed? write its new name in ghstate.toml",
        )


def backoff(attempt: int) -> float:
    """Seconds before the *attempt*-th repetition of a read."""
    return min(0.1 * float(2**attempt), 5.0)


def segment(name: str) -> str:
    """*name* as one segment of a path, whatever it holds (``ent:x`` has a colon)."""
    return quote(name, safe="")


async def _whole(response: ClientResponse) -> bytes:
    """The whole body, which stays readable; too large a one is refused."""
    if (response.content_length or 0) > LARGEST_ANSWER:
        response.close()
        raise Unreachable("the answer is larger than any of GitHub's")
    async with asyncio.timeout(120):
        return await response.read()


def _next_link(header: str) -> str | None:
    for part in header.split(","):
        target, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return target.strip().removeprefix("<").removesuffix(">")
    return None


def _plain(error: OSError) -> str:
    return error.strerror or type(error).__name__
