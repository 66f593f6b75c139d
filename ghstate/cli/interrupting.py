"""Signals that ask a command to end: what is at work is finished, the rest is left."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

T = TypeVar("T")

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """A signal has ended the command before it changed anything."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(number)
        self.number = number


@dataclass(slots=True)
class Signals:
    """The first signal decides how to end; the second one ends at once."""

    received: signal.Signals | None = None
    noted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by a signal that came while something was at work."""

    _task: asyncio.Task[object] | None = None
    _at_work: bool = False

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """Finish what is at work on a signal: `received` tells that one came.

        Elsewhere a signal ends the command where it stands, letting go of what it
        holds.
        """
        self._at_work = True
        try:
            yield
        finally:
            self._at_work = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Wait for a person: the loop stands still, so signals come by themselves."""
        self._let_go()
        for number in ENDING:
            signal.signal(number, _interrupt)
        try:
            yield
        finally:
            self._take_hold()

    @contextmanager
    def caught(self) -> Iterator[None]:
        self._task = asyncio.current_task()
        self._take_hold()
        try:
            yield
        except asyncio.CancelledError:
            if self.received is None:
                raise
            raise Interrupted(self.received) from None
        finally:
            self._let_go()

    def _take_hold(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.add_signal_handler(number, self._receive, number)

    def _let_go(self) -> None:
        loop = asyncio.get_running_loop()
        for number in ENDING:
            loop.remove_signal_handler(number)

    def _receive(self, number: signal.Signals) -> None:
        if self.received is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.received = number
        if self._at_work:
            self.noted.set()
        elif self._task is not None:
            self._task.cancel()


def _interrupt(number: int, _frame: object) -> None:
    raise Interrupted(signal.Signals(number))


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
