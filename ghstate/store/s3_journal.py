"""The journal of an apply in S3: an object that is written anew with each record.

Each writing replaces the one that this process made before, and no other. A journal
that is over is an empty object: removing one cannot be made conditional everywhere.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from ghstate.errors import StateUnwritable
from ghstate.store.conflicts import journal_changed
from ghstate.store.s3_objects import Objects, Overtaken, Tag, about_to_write

LIMIT = 16 * 1024 * 1024
"""The most bytes a journal may have; a change takes some 300."""

_OVER = b""


class _Seen(msgspec.Struct, frozen=True):
    """The journal as this process last saw or left it."""

    tag: Tag | None
    content: bytes
    doubtful: bytes | None = None
    """What may stand there instead: a writing of ours whose outcome is unknown."""


_Known: TypeAlias = _Seen | None


class S3Journal:
    """The journal of the state *place*, in the object *key*."""

    def __init__(self, objects: Objects, key: str, place: str) -> None:
        self._objects = objects
        self._key = key
        self._place = place
        self._seen: _Known = None

    def read(self) -> bytes | None:
        self._seen = self._look()
        return self._seen.content or None

    def begin(self, record: bytes) -> None:
        self._put(record, self._current())

    def append(self, record: bytes) -> None:
        """Put *record* at the end, in the place of any that failed before it."""
        current = self._current()
        if current.content == _OVER:
            raise journal_changed(self._place)
        self._put(current.content + record, current)

    def end(self) -> None:
        current = self._current()
        # Also where nothing stood: a writing that failed may be on its way still.
        if current.tag is not None and (current.content or current.doubtful):
            self._put(_OVER, current)

    def _current(self) -> _Seen:
        """What is to be replaced, or `StateConflict` if that has gone."""
        with about_to_write():
            if self._seen is None:
                self._seen = self._look()
            if self._seen.doubtful is None:
                return self._seen
            found = self._look()
        if found.content not in {self._seen.content, self._seen.doubtful}:
            raise journal_changed(self._place)
        return _Seen(found.tag, self._seen.content, self._seen.doubtful)

    def _put(self, content: bytes, current: _Seen) -> None:
        if len(content) > LIMIT:
            raise StateUnwritable(
                f"{self._place}: its journal would be larger than {LIMIT // 2**20} MiB"
            )
        self._seen = _Seen(current.tag, current.content, content)
        try:
            tag = self._objects.put(self._key, content, over=current.tag)
        except Overtaken as error:
            self._seen = current
            raise journal_changed(self._place) from error
        self._seen = _Seen(tag, content)

    def _look(self) -> _Seen:
        found = self._objects.get(self._key, limit=LIMIT)
        return _Seen(found.tag, found.content) if found else _Seen(None, _OVER)
