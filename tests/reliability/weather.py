"""What can be otherwise in the process of a command: its clock, its patience."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple, Self
from unittest.mock import patch

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class ClockSet:
    """The machine's clock is off by *hours*, and from the second look by *then*."""

    hours: float
    then: float | None = None
    looks: int = 0

    @property
    def findings(self) -> int:
        return self.looks

    def install(self) -> None:
        from ghstate.cli import workspace  # noqa: PLC0415 - in the child

        def now() -> datetime:
            self.looks += 1
            late = self.then is not None and self.looks > 1
            off = self.then if late and self.then is not None else self.hours
            return datetime.now(UTC) + off * HOUR

        class Shifted:
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return now().astimezone(tz)

        # `utc_now` is the default in places that were made before this.
        patch.object(workspace, "datetime", Shifted).start()


class Asked(NamedTuple):
    """A request, by the clock on which nothing takes time but waiting."""

    at: float
    what: str


@dataclass(slots=True)
class NoTime:
    """Waiting for GitHub's limits takes no time; an answer has a moment to arrive."""

    patience: float = 0.4
    """Seconds until an answer that does not come counts as lost."""

    asked: list[Asked] = field(default_factory=list)
    waits: list[tuple[float, float]] = field(default_factory=list)
    """When each began, and how long it was."""

    _now: float = field(default_factory=time.time)

    @property
    def findings(self) -> Self:
        return self

    def install(self) -> None:
        from aiohttp import ClientTimeout  # noqa: PLC0415 - in the child

        from ghstate.cli import online  # noqa: PLC0415 - as above
        from ghstate.github import exchange, session  # noqa: PLC0415 - as above
        from ghstate.github.pace import Clock  # noqa: PLC0415 - as above

        async def sleep(seconds: float) -> None:
            self.waits.append((self._now, seconds))
            self._now += seconds
            await asyncio.sleep(0)

        def clock(**given: Any) -> Clock:
            return Clock(now=lambda: self._now, sleep=sleep, **given)

        def timeout(**_: Any) -> ClientTimeout:
            return ClientTimeout(total=None, sock_connect=5, sock_read=self.patience)

        patch.object(online, "Clock", clock).start()
        patch.object(session, "ClientTimeout", timeout).start()
        patch.object(exchange, "LONGEST_ANSWER", 4 * self.patience).start()
        send = exchange.Exchange._send

        async def noted(one: Any, request: Any, handler: Any, *, reads: bool) -> Any:
            what = f"{request.method} {request.url.path}"
            self.asked.append(Asked(self._now, what))
            return await send(one, request, handler, reads=reads)

        patch.object(exchange.Exchange, "_send", noted).start()
