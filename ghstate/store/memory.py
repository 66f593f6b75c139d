"""The state in this process's memory: for tests, and for runs that keep nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Condition

import msgspec

from ghstate.errors import StateConflict
from ghstate.ports import Holder, Lock, Revision, Stored
from ghstate.store.holders import held_by_another, legible, locked, not_locked


class _Held(msgspec.Struct, frozen=True):
    """A lock on a state in memory; nobody can die without letting go of it."""

    store: MemoryStore
    holder: Holder
    left_behind: None = None

    def still_held(self) -> bool:
        return self.store.lock_in_force is self


class MemoryStore:
    """Keeps the state for as long as the process lives."""

    def __init__(self) -> None:
        self.lock_in_force: _Held | None = None
        self._stored: Stored | None = None
        self._writings = count(1)
        self._changed = Condition()

    @property
    def place(self) -> str:
        return "memory"

    def read(self) -> Stored | None:
        return self._stored

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        with self._changed:
            if (self._stored.revision if self._stored else None) != replacing:
                raise StateConflict(
                    f"{self.place}: the state has changed since it was read",
                    hint="Run it again: it starts from the state as it is now.",
                )
            revision = Revision(str(next(self._writings)))
            self._stored = Stored(bytes(content), revision)
            return revision

    def rescue(self, content: bytes) -> str | None:
        """Nowhere: memory takes whatever is written, or this process is over."""
        return None

    @contextmanager
    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> Iterator[Lock]:
        held = _Held(self, legible(holder))
        with self._changed:
            if timeout > 0 and self.lock_in_force and waiting:
                waiting(self.lock_in_force.holder)
            self._changed.wait_for(lambda: self.lock_in_force is None, timeout)
            if self.lock_in_force:
                raise locked(self.place, self.lock_in_force.holder)
            self.lock_in_force = held
        try:
            yield held
        finally:
            with self._changed:
                if held.still_held():
                    self.lock_in_force = None
                    self._changed.notify_all()

    def break_lock(self, lock_id: str) -> Holder | None:
        with self._changed:
            if self.lock_in_force is None:
                raise not_locked(self.place)
            holder = self.lock_in_force.holder
            if holder.id != lock_id:
                raise held_by_another(self.place, holder)
            self.lock_in_force = None
            self._changed.notify_all()
        return holder
