"""What every request to GitHub goes through, whatever is asked.

The token is put on, limits are waited out to the letter and in sight, no answer is
believed that is not GitHub's, and nothing follows a redirect.
"""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Protocol

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
)

from ghstate.errors import GhstateError, LimitReached, OutcomeUnknown, Unreachable
from ghstate.github.answers import Fine, TooMuch, Wait, meaning, message_of
from ghstate.github.date import Told, told
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.pace import Clock

LARGEST_ANSWER = 64 * 1024 * 1024
LONGEST_ANSWER = 120.0
"""Seconds for one answer to arrive, however steadily it comes."""

_CALL_FAILED = re.compile(r"\[Errno (\d+)\] Connect call failed")


class TryAgain(Exception):
    """A read came to nothing for now; again, or with less at once."""

    def __init__(self, why: str, *, too_much: bool = False) -> None:
        super().__init__(why)
        self.too_much = too_much
        """GitHub said outright that it was too much, not only that it was late."""


class Listener(Protocol):
    """Hears of what the conversation does."""

    def sent(self, requests: int) -> None: ...

    def waiting(self, seconds: float, why: str) -> None: ...


class Answer(ClientResponse):
    """An answer that is read whole, unless it is larger than any of GitHub's."""

    async def read(self) -> bytes:
        if self._body is None:
            try:
                self._body = await self._within_bounds()
            except BaseException:
                self.close()
                raise
        return await super().read()

    async def _within_bounds(self) -> bytes:
        content = bytearray()
        async for chunk in self.content.iter_any():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise Unreachable("the answer is larger than any of GitHub's")
        return bytes(content)


@dataclass(slots=True, kw_only=True)
class Exchange:
    """Sends requests, and sees to it that each comes to one clear end."""

    endpoint: Endpoint
    token: Token
    clock: Clock
    max_wait: float
    """Seconds that one call waits for limits, however often it has to."""

    listener: Listener
    requests: int = 0
    told: Told | None = None
    """GitHub's time, as the latest answer with a readable ``Date`` told it."""

    # One for each way in which a request can fail; aiohttp calls them middlewares.

    async def asking(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """A query, which is answered with 200 or not at all."""
        response = await self._exchange(request, handler, reads=True)
        if response.status >= 400:
            words = message_of(await response.read(), "no reason given")
            raise Unreachable(
                f"GitHub answered a query with {response.status}: {words}"
            )
        return response

    async def reading(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """A read, which may be repeated: raises `TryAgain`."""
        return await self._exchange(request, handler, reads=True)

    async def writing(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """A write, which may not: raises `OutcomeUnknown`."""
        return await self._exchange(request, handler, reads=False)

    async def wait(
        self,
        seconds: float,
        why: str,
        *,
        waited: float = 0.0,
        grants_only: bool = False,
    ) -> None:
        """Wait in sight, or raise `LimitReached` if it is too long altogether.

        An interruption makes every wait too long.
        """
        short = waited + seconds <= self.max_wait
        if short and not self.clock.interrupted.is_set():
            self.listener.waiting(seconds, why)
        if not (short and await self.clock.wait(seconds)):
            at = datetime.fromtimestamp(self.clock.now() + seconds, tz=UTC)
            raise LimitReached(
                f"{why} is reached, and lasts until {at:%H:%M:%S} UTC",
                retry_at=at,
                grants_only=grants_only,
                hint="run the same again then, or wait longer with --max-wait",
            )

    async def _exchange(
        self, request: ClientRequest, handler: ClientHandlerType, *, reads: bool
    ) -> ClientResponse:
        # Put on here and not among the pool's headers, because aiohttp refuses those
        # when the user's ~/.netrc speaks of the host, too.
        request.headers["Authorization"] = self.token.header
        waited = 0.0
        for times in count():
            response = await self._send(request, handler, reads=reads)
            limit = await self._understood(request, response, reads=reads)
            if limit is None:
                return response
            # Documented: at least a minute where GitHub does not say how long, and
            # longer each time.
            seconds = limit.seconds if limit.told else limit.seconds * 2.0**times
            seconds = max(1.0, seconds)
            await self.wait(seconds, limit.why, waited=waited)
            waited += seconds
        raise AssertionError  # there is no end to counting

    async def _send(
        self, request: ClientRequest, handler: ClientHandlerType, *, reads: bool
    ) -> ClientResponse:
        """Send it once, and have the whole answer."""
        self.requests += 1
        self.listener.sent(self.requests)
        try:
            response = await handler(request)
            # Before the content, which may take its time to arrive.
            date = told(response.headers.get("Date"), self.clock.now())
            self.told = date or self.told
            async with asyncio.timeout(LONGEST_ANSWER):
                await response.read()
        except (ClientError, OSError, TimeoutError) as error:
            raise self._no_answer(request, error, reads=reads) from None
        except Unreachable as strange:
            raise certain(strange, reads=reads) from None
        return response

    async def _understood(
        self, request: ClientRequest, response: ClientResponse, *, reads: bool
    ) -> Wait | None:
        """None for an answer to be taken as it is; raises where there is none."""
        headers = {name.lower(): text for name, text in response.headers.items()}
        if 300 <= response.status < 400 and response.status != 304:
            raise _redirected(request, headers.get("location", ""))
        content = await response.read()
        try:
            found = meaning(response.status, headers, content, now=self.clock.now())
        except Unreachable as strange:
            # Who refuses has not done it; who agrees may have, in whatever words.
            refused = response.status >= 400
            raise certain(strange, reads=reads or refused) from None
        match found:
            case Fine():
                return None
            case Wait():
                return found
            case TooMuch(why):
                if reads:
                    raise TryAgain(why)
                raise OutcomeUnknown(f"{why} to {request.method} {request.url.path}")

    def _no_answer(
        self, request: ClientRequest, error: Exception, *, reads: bool
    ) -> Exception:
        host = self.endpoint.host
        if isinstance(error, ClientConnectorError):
            return Unreachable(
                f"cannot reach {self.endpoint.server}: {_plain(error.os_error)}",
                hint="check the network, the proxy and api_url",
            )
        why = "took too long" if isinstance(error, TimeoutError) else "broke off"
        if reads:
            return TryAgain(f"the answer of {host} {why}")
        return OutcomeUnknown(
            f"the answer of {host} {why} to {request.method} {request.url.path}"
        )


def certain(strange: Unreachable, *, reads: bool) -> GhstateError:
    """A strange answer ends a read; of a write it leaves open what became of it."""
    if reads:
        return strange
    return OutcomeUnknown(strange.message, hint=strange.hint)


def _redirected(request: ClientRequest, location: str) -> Unreachable:
    return Unreachable(
        f"{request.method} {request.url.path} is redirected to "
        f"{location or 'nowhere'}, and a token is not sent after it",
        hint="was the organization renamed? write its new name in ghstate.toml",
    )


def _plain(error: OSError) -> str:
    """The cause, without the addresses that asyncio puts behind it.

    It says ``Connect call failed ('127.0.0.1', 1)``, once for each address tried.
    """
    words = error.strerror or type(error).__name__
    if failed := _CALL_FAILED.search(str(error)):
        words = os.strerror(int(failed[1]))
    return words[:1].lower() + words[1:]
