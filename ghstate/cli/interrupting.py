"""Signals that ask a command to end: what is at work is finished, the rest is left."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal has ended the command; *early* if it was before anything was changed."""

    def __init__(self, number: signal.Signals, *, early: bool = True) -> None:
        super().__init__(number)
        self.number = number
        self.early = early


@dataclass(slots=True)
class Signals:
    """The first signal decides how to end; the second one ends at once.

    They are noticed at once, and not when the loop has its next turn: in between, an
    apply would have begun another change.
    """

    received: signal.Signals | None = None
    noted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by a signal that came while something was at work."""

    _task: asyncio.Task[object] | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _at_work: bool = False
    _asks: bool = False
    _worked: bool = False
    _tell: Callable[[], None] | None = None

    @contextmanager
    def finishing(self, tell: Callable[[], None] | None = None) -> Iterator[None]:
        """Finish what is at work on a signal: `received` tells that one came.

        *tell* is called then. Elsewhere a signal ends the command where it stands,
        letting go of what it holds.
        """
        self._end_if_received()
        self._at_work = self._worked = True
        self._tell = tell
        try:
            yield
        finally:
            self._at_work = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wait for a person: the loop stands still, so a signal ends it right here."""
        self._asks = True
        try:
            self._end_if_received()
            yield
        finally:
            self._asks = False

    @contextmanager
    def caught(self) -> Iterator[None]:
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        before: dict[signal.Signals, Any] = {
            number: signal.signal(number, self._receive) for number in ENDING
        }
        try:
            yield
        except asyncio.CancelledError:
            if self.received is None:
                raise
            raise self._interrupted() from None
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self.received is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.received = signal.Signals(number)
        if self._asks:
            raise self._interrupted()
        assert self._loop is not None  # noqa: S101 - set before the first can come
        self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        if self._at_work:
            self.noted.set()
            if self._tell is not None:
                self._tell()
        elif self._task is not None:
            self._task.cancel()

    def _end_if_received(self) -> None:
        if self.received is not None:
            raise self._interrupted()

    def _interrupted(self) -> Interrupted:
        assert self.received is not None  # noqa: S101 - as every caller has seen
        return Interrupted(self.received, early=not self._worked)


_SIGNALS: ContextVar[Signals] = ContextVar("signals")


def signals() -> Signals:
    """Those of the command that `run` runs."""
    return _SIGNALS.get()


def run(work: Callable[[], Awaitable[T]]) -> T:
    """Run *work* to its end, or to the first signal; `Interrupted` then."""

    async def alone() -> T:
        caught = Signals()
        _SIGNALS.set(caught)
        with caught.caught():
            return await work()

    return asyncio.run(alone())
