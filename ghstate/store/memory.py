"""The state in this process's memory: for tests, and for runs that keep nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from threading import Condition

import msgspec

from ghstate.ports import (
    GENERATIONS,
    Holder,
    JournalStore,
    Kept,
    Lock,
    Revision,
    Stored,
)
from ghstate.store.conflicts import generation_gone, journal_changed, state_changed
from ghstate.store.holders import (
    Freed,
    Waiting,
    held_by_another,
    legible,
    locked,
    not_locked,
)

_LONGEST_PAUSE = 1.0


class _Held(msgspec.Struct, frozen=True):
    """A lock on a state in memory; nobody can die without letting go of it."""

    store: MemoryStore
    holder: Holder
    left_behind: None = None

    def still_held(self) -> bool:
        return self.store.lock_in_force is self


class _Journal:
    """What is noted in memory is noted for certain, until all is gone."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._noted: bytes | None = None

    def read(self) -> bytes | None:
        return self._noted

    def begin(self, record: bytes) -> None:
        self._noted = bytes(record)

    def append(self, record: bytes) -> None:
        if self._noted is None:
            raise journal_changed(self._place)
        self._noted += record

    def end(self) -> None:
        self._noted = None


class MemoryStore:
    """Keeps the state for as long as the process lives."""

    def __init__(self) -> None:
        self.lock_in_force: _Held | None = None
        self._stored: Stored | None = None
        self._written = datetime.fromtimestamp(0, UTC)
        self._generations: deque[tuple[Kept, bytes]] = deque(maxlen=GENERATIONS)
        self._journal = _Journal(self.place)
        self._writings = count(1)
        self._changed = Condition()

    @property
    def place(self) -> str:
        return "memory"

    @property
    def journal(self) -> JournalStore:
        return self._journal

    def read(self) -> Stored | None:
        return self._stored

    def generations(self) -> Sequence[Kept]:
        return tuple(kept for kept, _ in self._generations)

    def generation(self, name: str) -> bytes:
        for kept, content in self._generations:
            if kept.name == name:
                return content
        raise generation_gone(self.place, name)

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        with self._changed:
            if (self._stored.revision if self._stored else None) != replacing:
                raise state_changed(self.place)
            if self._stored is not None:
                self._keep(self._stored)
            revision = Revision(str(next(self._writings)))
            self._stored = Stored(bytes(content), revision)
            self._written = datetime.now(UTC)
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
            self._wait(timeout, Waiting(waiting))
            if self.lock_in_force:
                raise locked(self.place, self.lock_in_force.holder, Freed.WITH_PROCESS)
            self.lock_in_force = held
        try:
            yield held
        finally:
            with self._changed:
                if held.still_held():
                    self.lock_in_force = None
                    self._changed.notify_all()

    def holder(self) -> Holder | None:
        held = self.lock_in_force
        return held.holder if held else None

    def break_lock(self, lock_id: str) -> Holder | None:
        with self._changed:
            if self.lock_in_force is None:
                raise not_locked(self.place)
            holder = self.lock_in_force.holder
            if holder.id != lock_id:
                raise held_by_another(self.place, holder, Freed.WITH_PROCESS)
            self.lock_in_force = None
            self._changed.notify_all()
        return holder

    def _keep(self, stored: Stored) -> None:
        name = f"{int(stored.revision):08}"
        kept = Kept(name, self._written, len(stored.content))
        self._generations.appendleft((kept, stored.content))

    def _wait(self, timeout: float, told: Waiting) -> None:
        end = time.monotonic() + timeout
        while self.lock_in_force and (left := end - time.monotonic()) > 0:
            told.is_for(self.lock_in_force.holder)
            self._changed.wait(min(left, _LONGEST_PAUSE))
