"""The state in S3, or on a server that speaks S3 and keeps to its conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from ghstate.errors import StateUnwritable
from ghstate.ports import (
    GENERATIONS,
    Holder,
    JournalStore,
    Kept,
    Lock,
    Revision,
    Stored,
)
from ghstate.statefile import LIMIT
from ghstate.store.address import S3Address
from ghstate.store.conflicts import generation_gone, state_changed
from ghstate.store.s3_journal import S3Journal
from ghstate.store.s3_lock import S3Lock
from ghstate.store.s3_objects import (
    Found,
    Head,
    Listed,
    Objects,
    Overtaken,
    about_to_write,
)

_DIGITS = 8


class S3Store:
    """Keeps the state in the object at *address*, and the rest beside it."""

    def __init__(
        self, address: S3Address, *, rescue: Callable[[bytes], str | None]
    ) -> None:
        self._place = str(address)
        self._key = address.key
        self._objects = Objects(address.bucket, self._place)
        self._rescue = rescue
        self._lock = S3Lock(self._objects, f"{address.key}.lock", self._place)
        self._journal = S3Journal(self._objects, f"{address.key}.journal", self._place)
        self._seen: Found | None = None

    @property
    def place(self) -> str:
        return self._place

    @property
    def journal(self) -> JournalStore:
        return self._journal

    def read(self) -> Stored | None:
        self._seen = self._objects.get(self._key, limit=LIMIT)
        if self._seen is None:
            return None
        return Stored(self._seen.content, Revision(self._seen.tag))

    def generations(self) -> Sequence[Kept]:
        listed = self._listed()
        current = self._objects.head(self._key)
        if listed and current and listed[0].tag == current.tag:
            # A writer has kept it that never came to put another in its place.
            listed = listed[1:]
        return tuple(
            Kept(self._name(each), head.written, head.size)
            for each in listed[:GENERATIONS]
            if (head := self._objects.head(each.key))
        )

    def generation(self, name: str) -> bytes:
        if not _is_name(name):
            raise generation_gone(self._place, name)
        found = self._objects.get(self._generation(name), limit=LIMIT)
        if found is None:
            raise generation_gone(self._place, name)
        return found.content

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        """Keep *content* if what is kept is *replacing*.

        After `StateUnwritable` the old one or the new one is there, whole.
        """
        if len(content) > LIMIT:
            raise StateUnwritable(
                f"{self._place}: the state is larger than {LIMIT // 2**20} MiB"
            )
        try:
            with about_to_write():
                return self._write(content, replacing)
        except Overtaken as error:
            raise state_changed(self._place) from error

    def rescue(self, content: bytes) -> str | None:
        """Save what `write` could not on this machine, and say where if it worked."""
        return self._rescue(content)

    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> AbstractContextManager[Lock]:
        return self._lock.hold(holder, timeout=timeout, waiting=waiting)

    def holder(self) -> Holder | None:
        return self._lock.holder()

    def break_lock(self, lock_id: str) -> Holder | None:
        return self._lock.break_open(lock_id)

    def _write(self, content: bytes, replacing: Revision | None) -> Revision:
        head = self._objects.head(self._key)
        if (Revision(head.tag) if head else None) != replacing:
            raise Overtaken(self._key)
        kept = self._keep(head) if head else []
        tag = self._objects.put(self._key, content, over=head.tag if head else None)
        self._seen = Found(tag, content)
        self._objects.delete([each.key for each in kept[GENERATIONS:]])
        return Revision(tag)

    def _keep(self, head: Head) -> list[Listed]:
        """Make what stands there a generation, too, and list them all.

        What is one already is not kept twice: a writer before may have got no further
        than this. A copy made by the server would do, but could not be conditional,
        and two writers might give one number to two contents.
        """
        listed = self._listed()
        if listed and listed[0].tag == head.tag:
            return listed
        content = self._content(head)
        key = self._generation(self._next_name(listed))
        tag = self._objects.put(key, content, over=None, written=head.written)
        return [Listed(key, tag, len(content)), *listed]

    def _content(self, head: Head) -> bytes:
        if self._seen is None or self._seen.tag != head.tag:
            self._seen = self._objects.get(self._key, limit=LIMIT)
        if self._seen is None or self._seen.tag != head.tag:
            raise Overtaken(self._key)
        return self._seen.content

    def _listed(self) -> list[Listed]:
        """The latest first."""
        found = self._objects.beginning_with(self._generation(""))
        named = (each for each in found if _is_name(self._name(each)))
        return sorted(named, key=lambda each: each.key, reverse=True)

    def _next_name(self, listed: Sequence[Listed]) -> str:
        last = int(self._name(listed[0])) if listed else 0
        return f"{last + 1:0{_DIGITS}}"

    def _name(self, listed: Listed) -> str:
        return listed.key.removeprefix(self._generation(""))

    def _generation(self, name: str) -> str:
        return f"{self._key}.generations/{name}"


def _is_name(name: str) -> bool:
    return len(name) == _DIGITS and name.isascii() and name.isdigit()
