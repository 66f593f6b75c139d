"""The pace at which GitHub wants to be written to."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

MINUTE = 60.0
HOUR = 3600.0
CONTENT_PER_MINUTE = 80
CONTENT_PER_HOUR = 500


@dataclass(frozen=True, slots=True)
class Clock:
    """Time as far as waiting is concerned; tests bring their own."""

    now: Callable[[], float] = time.time
    """Seconds since the epoch, as in GitHub's reset headers."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when nobody wants to wait any more."""

    async def wait(self, seconds: float) -> bool:
        """Sleep so long; False if an interruption has ended it, or came before."""
        if self.interrupted.is_set():
            return False
        sleeping = asyncio.ensure_future(self.sleep(seconds))
        noticing = asyncio.ensure_future(self.interrupted.wait())
        try:
            await asyncio.wait(
                (sleeping, noticing), return_when=asyncio.FIRST_COMPLETED
            )
            return not self.interrupted.is_set()
        finally:
            sleeping.cancel()
            noticing.cancel()


@dataclass(slots=True)
class Pacer:
    """Says how long to wait before a write.

    GitHub asks for a second between writes, and answers content-creating calls (80
    a minute, 500 an hour) with a secondary limit beyond that; *pause* 0 switches
    the whole of it off, for servers that have no such limits.
    """

    pause: float
    clock: Clock
    _last: float = float("-inf")
    _content: deque[float] = field(default_factory=deque)

    def delay(self, *, creates_content: bool) -> float:
        """Seconds until the next write may go out."""
        if not self.pause:
            return 0.0
        now = self.clock.now()
        # No longer than the pause, even if the clock was set back meanwhile.
        wait = min(self.pause, max(0.0, self._last + self.pause - now))
        if creates_content:
            while self._content and self._content[0] <= now - HOUR:
                self._content.popleft()
            wait = max(wait, self._until_room(now, HOUR, CONTENT_PER_HOUR))
            wait = max(wait, self._until_room(now, MINUTE, CONTENT_PER_MINUTE))
        return wait

    def went_out(self, *, creates_content: bool) -> None:
        self._last = self.clock.now()
        if creates_content:
            self._content.append(self._last)

    def _until_room(self, now: float, window: float, limit: int) -> float:
        if len(self._content) < limit:
            return 0.0
        return max(0.0, self._content[-limit] + window - now)
