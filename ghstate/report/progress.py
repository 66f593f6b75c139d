"""What a long command is doing: one moving line, or plain lines in a log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.text import Text

from ghstate.plan.change import Change
from ghstate.report.document import Tone
from ghstate.report.safe import safe
from ghstate.report.terminal import SIGNS, STYLES
from ghstate.report.wording import name_of, tone_of, what_happens
from ghstate.report.words import plural, precise_span

if TYPE_CHECKING:  # rich loads what moves only when something does
    from rich.status import Status


class Ending(Enum):
    """How carrying out one change ended."""

    DONE = auto()
    NOT_NEEDED = auto()
    """Somebody, or an earlier run, had done it already."""

    FAILED = auto()
    UNKNOWN = auto()
    """It may have happened; reading again will tell."""

    NOT_TRIED = auto()
    """Something before it failed, or a limit was reached."""


_ENDINGS: Mapping[Ending, tuple[Tone | None, str]] = MappingProxyType(
    {
        Ending.DONE: (None, ""),
        Ending.NOT_NEEDED: (Tone.NOTE, "nothing left to do"),
        Ending.FAILED: (Tone.ERROR, "failed"),
        Ending.UNKNOWN: (Tone.WARNING, "not known whether it happened"),
        Ending.NOT_TRIED: (Tone.WARNING, "not tried"),
    }
)
"""The tone that takes the place of the change's own, and the words."""


_STOPPING = "stopping after this call; a second signal stops at once"


class Progress(Protocol):
    """Somebody who wants to know how far a refresh or an apply is."""

    def reading(self, requests: int, what: str) -> None:
        """So many requests were made so far; *what* is being read now."""
        ...

    def waiting(self, seconds: float, why: str) -> None:
        """Nothing will happen for so long."""
        ...

    def stopping(self) -> None:
        """Somebody asks it to end."""
        ...

    def started(self, change: Change) -> None: ...

    def ended(self, change: Change, ending: Ending, why: str = "") -> None: ...

    def finished(self) -> None:
        """No more is to come, whether it went well or not."""
        ...


def progress(console: Console, *, changes: int = 0, at_once: bool = False) -> Progress:
    """Progress for *console*, which should be on standard error.

    *changes* is how many an apply is going to make; 0 for a refresh. Are people
    members *at_once*, because there are no invitations?
    """
    if console.is_interactive:
        return MovingLine(console, changes, at_once=at_once)
    return PlainLines(console, changes, at_once=at_once)


class Silence:
    """Progress that nobody wants to see."""

    def reading(self, requests: int, what: str) -> None:
        pass

    def waiting(self, seconds: float, why: str) -> None:
        pass

    def stopping(self) -> None:
        pass

    def started(self, change: Change) -> None:
        pass

    def ended(self, change: Change, ending: Ending, why: str = "") -> None:
        pass

    def finished(self) -> None:
        pass


class PlainLines:
    """Progress for logs: a line where something new begins or has ended."""

    def __init__(
        self, console: Console, changes: int = 0, *, at_once: bool = False
    ) -> None:
        self._console = console
        self._changes = changes
        self._at_once = at_once
        self._ended = 0
        self._what = ""
        self._requests = 0

    def reading(self, requests: int, what: str) -> None:
        self._requests = requests
        if what != self._what:
            self._what = what
            self._print(Text(f"reading {safe(what)}"))

    def waiting(self, seconds: float, why: str) -> None:
        self._print(_waiting(seconds, why))

    def stopping(self) -> None:
        self._print(Text(_STOPPING, STYLES[Tone.WARNING]))

    def started(self, change: Change) -> None:
        pass

    def ended(self, change: Change, ending: Ending, why: str = "") -> None:
        self._ended += 1
        number = _counter(self._ended, self._changes)
        self._print(number + _outcome(change, ending, why, at_once=self._at_once))

    def finished(self) -> None:
        pass

    def _print(self, text: Text) -> None:
        self._console.print(text)


class MovingLine:
    """Progress for people: the last line moves, what is done stays above it."""

    def __init__(
        self, console: Console, changes: int = 0, *, at_once: bool = False
    ) -> None:
        self._console = console
        self._changes = changes
        self._at_once = at_once
        self._ended = 0
        self._requests = 0
        self._status: Status | None = None

    def reading(self, requests: int, what: str) -> None:
        self._requests = requests
        self._show(Text(f"reading {safe(what)}, {_requests(requests)}"))

    def waiting(self, seconds: float, why: str) -> None:
        self._show(_waiting(seconds, why))

    def stopping(self) -> None:
        self._console.print(Text(_STOPPING, STYLES[Tone.WARNING]))

    def started(self, change: Change) -> None:
        line = _line(change, None, at_once=self._at_once)
        self._show(_counter(self._ended + 1, self._changes) + line)

    def ended(self, change: Change, ending: Ending, why: str = "") -> None:
        self._ended += 1
        self._console.print(_outcome(change, ending, why, at_once=self._at_once))

    def finished(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def _show(self, text: Text) -> None:
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        else:
            self._status.update(text)


def _requests(count: int) -> str:
    return plural(count, "request", "requests")


def _waiting(seconds: float, why: str) -> Text:
    time = precise_span(timedelta(seconds=max(seconds, 1)))
    sign = (SIGNS[Tone.WAIT], STYLES[Tone.WAIT])
    return Text.assemble(sign, f" waiting {time}: {safe(why)}")


def _counter(number: int, of: int) -> Text:
    width = len(str(of))
    return Text.assemble((f"{number:>{width}}/{of} ", "dim") if of else "")


def _outcome(change: Change, ending: Ending, why: str, *, at_once: bool) -> Text:
    tone, words = _ENDINGS[ending]
    told = ": ".join(filter(None, (words, why)))
    text = _line(change, tone, at_once=at_once)
    return text.append(f"  {safe(told)}", STYLES[tone or Tone.PLAIN]) if told else text


def _line(change: Change, tone: Tone | None, *, at_once: bool) -> Text:
    """The change in the words of the plan; a team's name goes before its people's."""
    address, shown = change.address, tone or tone_of(change)
    name = name_of(change.resource)
    return Text.assemble(
        (SIGNS[shown], STYLES[shown]),
        f" {safe(f'{address[1]}: {name}' if len(address) > 2 else name)}  ",
        (safe(what_happens(change, at_once=at_once)), STYLES[tone_of(change)]),
    )
