"""What is said about whoever holds a lock, in every store alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC

from msgspec.structs import replace

from ghstate.errors import StateError, StateLocked
from ghstate.ports import Holder

_LONGEST_WORD = 200
_REMINDED_AFTER = 30.0
"""Seconds after which somebody who waits is told again, so that a log shows life."""


class Waiting:
    """Tells for whom somebody waits: at first, when that changes, and now and then."""

    def __init__(self, tell: Callable[[Holder | None], None] | None) -> None:
        self._tell = tell
        self._for: Holder | None = None
        self._told_at: float | None = None

    def is_for(self, holder: Holder | None) -> None:
        """*holder* has the lock at this moment; None for one that left no note."""
        if self._tell is None:
            return
        now = time.monotonic()
        # Between two holders there is a moment without a note; nobody need hear of it.
        another = holder is not None and holder != self._for
        first = self._told_at is None
        if first or another or now - (self._told_at or 0.0) >= _REMINDED_AFTER:
            self._for, self._told_at = holder or self._for, now
            self._tell(holder)


def legible(holder: Holder) -> Holder:
    """*holder* in words that can be shown; `OverflowError` for a time out of range.

    What another process wrote down may hold anything, control characters included.
    """
    since = holder.since if holder.since.tzinfo else holder.since.replace(tzinfo=UTC)
    return replace(
        holder,
        id=_printable(holder.id),
        operation=_printable(holder.operation),
        who=_printable(holder.who),
        since=since.astimezone(UTC),
    )


def locked(place: str, holder: Holder | None) -> StateLocked:
    if holder is None:
        return StateLocked(
            f"{place}: the state is locked by a process that left no note",
            hint="Wait, and run it again.",
        )
    return StateLocked(
        f"{place}: the state is locked: {_who(holder)} holds it",
        hint=f"Wait, or `ghstate force-unlock {holder.id}` "
        "if you are sure that run is gone.",
    )


def not_locked(place: str) -> StateError:
    return StateError(f"{place}: nobody holds the lock", hint="Nothing needs opening.")


def held_by_another(place: str, holder: Holder | None) -> StateError:
    """The answer to opening a lock with an id that is not its holder's."""
    if holder is None:
        return StateError(
            f"{place}: whoever holds the lock left no note to check the id against",
            hint="End that process: its lock goes with it.",
        )
    return StateError(
        f"{place}: that is not the id of the lock, which {_who(holder)} holds",
        hint=f"`ghstate force-unlock {holder.id}` if you are sure that run is gone.",
    )


def _who(holder: Holder) -> str:
    return (
        f"{holder.operation} by {holder.who} (process {holder.pid}, "
        f"since {holder.since:%Y-%m-%d %H:%M:%S} UTC, lock {holder.id})"
    )


def _printable(text: str) -> str:
    """*text* with control characters and the like spelled out, and not too long."""
    text = text[:_LONGEST_WORD]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
