"""What is said about whoever holds a lock, in every store alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC
from enum import Enum, auto
from typing import assert_never

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


class Freed(Enum):
    """What ends a lock that its holder does not give back."""

    WITH_PROCESS = auto()
    """The kernel, when the holder's process ends."""

    WITH_SESSION = auto()
    """The server of a database, when the holder's connection ends."""

    BY_FORCE = auto()
    """Nothing but `ghstate force-unlock`."""


def locked(place: str, holder: Holder | None, freed: Freed) -> StateLocked:
    """The answer to whoever cannot have the lock."""
    if holder is None:
        return StateLocked(
            f"{place}: the state is locked by a process that left no note",
            hint=f"wait, and run it again; {_ending(place, None, freed)}",
        )
    return StateLocked(
        f"{place}: the state is locked by {_who(holder)}",
        hint=f"wait with --lock-timeout 5m; {_ending(place, holder, freed)}",
    )


def not_locked(place: str) -> StateError:
    return StateError(f"{place}: nobody holds the lock", hint="nothing needs opening")


def held_by_another(place: str, holder: Holder | None, freed: Freed) -> StateError:
    """The answer to opening a lock with an id that is not its holder's."""
    if holder is None:
        return StateError(
            f"{place}: whoever holds the lock left no note to check the id against",
            hint=_ending(place, None, freed),
        )
    return StateError(
        f"{place}: that is not the id of the lock, which is held by {_who(holder)}",
        hint=_ending(place, holder, freed),
    )


def _who(holder: Holder) -> str:
    article = "an" if holder.operation[:1] in "aeiou" else "a"
    return (
        f"{article} {holder.operation} of {holder.who} (process {holder.pid}, "
        f"since {holder.since:%Y-%m-%d %H:%M:%S} UTC, lock {holder.id})"
    )


def _ending(place: str, holder: Holder | None, freed: Freed) -> str:
    """What to do about a holder that hangs or is gone, the gentlest first."""
    process = f"process {holder.pid}" if holder else "that process"
    force = f"ghstate force-unlock {holder.id}" if holder else ""
    match freed:
        case Freed.WITH_PROCESS if holder:
            return (
                f"if that run hangs, end {process}: its lock goes with it; "
                f"only if that cannot be done: {force}"
            )
        case Freed.WITH_PROCESS:
            return (
                f"if it hangs, end {process}: its lock goes with it; "
                f"`fuser {place}.lock` shows which it is"
            )
        case Freed.WITH_SESSION if holder:
            return (
                f"if that run hangs, end {process} on its machine: its lock goes with "
                f"it; if that cannot be done, {force} ends its connection"
            )
        case Freed.WITH_SESSION:
            return f"if it hangs, end {process}: its lock goes with its connection"
        case Freed.BY_FORCE if holder:
            return (
                "the lock of a run that died stays: "
                f"{force} if that run is gone for certain"
            )
        case Freed.BY_FORCE:
            return (
                "what stands there is no lock of ghstate's: look at the object "
                f"{place}.lock, and remove it"
            )
        case _:
            assert_never(freed)


def _printable(text: str) -> str:
    """*text* with control characters and the like spelled out, and not too long."""
    text = text[:_LONGEST_WORD]
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
