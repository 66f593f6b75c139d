"""What is said about whoever holds a lock, in every store alike."""

from __future__ import annotations

from datetime import UTC

from msgspec.structs import replace

from ghstate.errors import StateError, StateLocked
from ghstate.ports import Holder

_LONGEST_WORD = 200


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
