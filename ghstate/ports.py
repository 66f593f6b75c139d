"""What the engine needs from the outside world."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

Revision = NewType("Revision", str)
"""One writing of the state. Only equality means anything."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a store keeps, and which writing of it this is."""

    content: bytes
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, for what, and since when."""

    id: str
    operation: str
    who: str
    """User and host: ``ada@runner-7``."""

    pid: int
    since: datetime


class Lock(Protocol):
    """A lock that is held."""

    @property
    def left_behind(self) -> Holder | None:
        """The holder before, if it died without letting go."""
        ...

    def still_held(self) -> bool:
        """Is it still ours, or did somebody force it open?"""
        ...


class Store(Protocol):
    """A place that keeps one document, and lets one process at a time change it.

    A store moves bytes. What they say is the business of `ghstate.statefile`.
    """

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        ...

    def read(self) -> Stored | None: ...

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        """Keep *content*.

        Raises `StateConflict` if what is kept is not *replacing*, and
        `StateUnwritable` if it could not be brought to disk for certain.
        """
        ...

    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> AbstractContextManager[Lock]:
        """Hold the store alone, or raise `StateLocked` naming who does.

        Waits *timeout* seconds at most, and says once for whom.
        """
        ...

    def break_lock(self, lock_id: str) -> Holder | None:
        """Open the lock whose id is *lock_id*; `StateError` if that is not the one."""
        ...
