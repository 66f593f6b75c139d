"""The lock on a state in S3: an object that names its holder, or is empty.

It is taken, given back and forced open by conditional writes only, each of which
names what it replaces, so that none of them can meet somebody else's lock. Nothing
but `S3Lock.break_open` ends the lock of a holder that died.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import msgspec

from ghstate.errors import StateError
from ghstate.ports import Holder
from ghstate.store.holders import (
    Freed,
    Waiting,
    held_by_another,
    legible,
    locked,
    not_locked,
)
from ghstate.store.s3_objects import Objects, Overtaken, Tag

_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 5.0
_LIMIT = 64 * 1024
_FREE = b""


class _Note(msgspec.Struct, frozen=True):
    """What the object holds; *nonce* makes it unlike that of any other locking."""

    holder: Holder
    nonce: str


class _Standing(msgspec.Struct, frozen=True):
    """The object as it stands: who has the lock, if *is_held*."""

    tag: Tag | None
    is_held: bool
    holder: Holder | None = None


class HeldS3Lock(msgspec.Struct, frozen=True):
    """A lock on a state in S3 that this process holds."""

    _objects: Objects
    _key: str
    _tag: Tag
    left_behind: None = None

    def still_held(self) -> bool:
        try:
            head = self._objects.head(self._key)
        except StateError:
            return False
        return head is not None and head.tag == self._tag

    def let_go(self) -> None:
        # Whoever forced it open may have left it to somebody else by now.
        with suppress(Overtaken):
            self._objects.put(self._key, _FREE, over=self._tag)


class S3Lock:
    """The lock of the state *place*, in the object *key*."""

    def __init__(self, objects: Objects, key: str, place: str) -> None:
        self._objects = objects
        self._key = key
        self._place = place

    @contextmanager
    def hold(
        self,
        holder: Holder,
        *,
        timeout: float,
        waiting: Callable[[Holder | None], None] | None,
    ) -> Iterator[HeldS3Lock]:
        lock = self._acquire(legible(holder), timeout, waiting)
        try:
            yield lock
        except BaseException:
            # What has gone wrong already is what people must hear of.
            with suppress(StateError):
                lock.let_go()
            raise
        # Else the error is told: nobody but people could end this lock later.
        lock.let_go()

    def holder(self) -> Holder | None:
        """Who holds it; None also where that cannot be told."""
        try:
            return self._standing().holder
        except StateError:
            return None

    def break_open(self, lock_id: str) -> Holder:
        """Open the lock for others, if *lock_id* is its holder's."""
        standing = self._standing()
        if not standing.is_held:
            raise not_locked(self._place)
        if standing.holder is None or standing.holder.id != lock_id:
            raise self._another(standing.holder)
        try:
            self._objects.put(self._key, _FREE, over=standing.tag)
        except Overtaken as error:
            # The holder has let go in this moment.
            raise not_locked(self._place) from error
        return standing.holder

    def _acquire(
        self,
        holder: Holder,
        timeout: float,
        waiting: Callable[[Holder | None], None] | None,
    ) -> HeldS3Lock:
        note = msgspec.json.encode(_Note(holder, secrets.token_hex(16)))
        end = time.monotonic() + timeout
        told = Waiting(waiting if timeout > 0 else None)
        pause = _FIRST_PAUSE
        while True:
            standing = self._standing()
            if not standing.is_held:
                try:
                    tag = self._objects.put(self._key, note, over=standing.tag)
                except Overtaken:
                    standing = self._standing()
                else:
                    return HeldS3Lock(self._objects, self._key, tag)
            left = end - time.monotonic()
            if left <= 0:
                raise locked(self._place, standing.holder, Freed.BY_FORCE)
            if standing.is_held:
                told.is_for(standing.holder)
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _standing(self) -> _Standing:
        found = self._objects.get(self._key, limit=_LIMIT)
        if found is None:
            return _Standing(None, is_held=False)
        if found.content == _FREE:
            return _Standing(found.tag, is_held=False)
        try:
            note = msgspec.json.decode(found.content, type=_Note)
            holder = legible(note.holder)
        except (ValueError, OverflowError, RecursionError):
            return _Standing(found.tag, is_held=True)
        return _Standing(found.tag, is_held=True, holder=holder)

    def _another(self, holder: Holder | None) -> StateError:
        if holder is not None:
            return held_by_another(self._place, holder, Freed.BY_FORCE)
        return StateError(
            f"{self._place}: what stands in place of the lock is no lock of ghstate's",
            hint=f"look at the object {self._place}.lock, and remove it",
        )
