"""Objects in a bucket, written only over what the writer has seen.

Each writing leaves a word of its own with the object. Where an answer got lost, it
tells whether what stands there is that writing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NewType, TypeVar

import msgspec
from botocore.exceptions import HTTPClientError

from ghstate.errors import StateError, StateUnreadable, StateUnwritable
from ghstate.store.s3_client import (
    LIBRARY_ERRORS,
    Client,
    LibraryError,
    code,
    connect,
    may_have_happened,
    status,
    trouble,
)
from ghstate.store.s3_conditions import Quotes, conditions

Tag = NewType("Tag", str)
"""An object's ETag without its quotes: another one for another content."""

T = TypeVar("T")

_PAUSES = (0.2, 1.0)
"""Seconds before a request that failed for now is sent again."""

_WRITING = "ghstate-writing"
_WRITTEN = "ghstate-written"


class Overtaken(Exception):
    """What stands there is not what was to be written over."""


class Head(msgspec.Struct, frozen=True):
    """What is known of an object without its content."""

    tag: Tag
    size: int
    written: datetime
    writing: str


class Found(msgspec.Struct, frozen=True):
    """An object and its content."""

    tag: Tag
    content: bytes


class Listed(msgspec.Struct, frozen=True):
    key: str
    tag: Tag
    size: int


class Objects:
    """The objects of *bucket*; *place* names the state in messages.

    Reading raises `StateUnreadable`, writing `StateUnwritable`.
    """

    def __init__(self, bucket: str, place: str) -> None:
        self._bucket = bucket
        self._place = place
        self._connected: Client | None = None

    def get(self, key: str, *, limit: int) -> Found | None:
        """All of an object of up to *limit* bytes; None where there is none."""
        try:
            return self._again(lambda: self._get(key, limit))
        except LIBRARY_ERRORS as error:
            raise self._unreadable(error) from error

    def head(self, key: str) -> Head | None:
        try:
            return self._again(lambda: self._head(key))
        except LIBRARY_ERRORS as error:
            raise self._unreadable(error) from error

    def beginning_with(self, prefix: str) -> Sequence[Listed]:
        """All objects whose keys begin so, by their keys."""
        try:
            return self._again(lambda: tuple(self._list(prefix)))
        except LIBRARY_ERRORS as error:
            raise self._unreadable(error) from error

    def put(
        self,
        key: str,
        content: bytes,
        *,
        over: Tag | None,
        written: datetime | None = None,
    ) -> Tag:
        """Put an object in the place of the one with the tag *over*, or of none.

        It is there for certain when this returns. `Overtaken` is raised if another
        one stands there, and nothing has changed then; after `StateUnwritable` it
        may be there or not, or come to be in a moment.
        """
        quotes = self._trusted(key)
        writing = secrets.token_hex(16)
        notes = {_WRITING: writing}
        if written is not None:
            notes[_WRITTEN] = written.isoformat()
        condition = _condition(over, quotes)
        for pause in (*_PAUSES, None):
            try:
                return self._put(key, content, notes, condition)
            except LIBRARY_ERRORS as error:
                if _lost(error, over):
                    # A proxy may have sent it twice, and this answers the second.
                    return self._ours(key, writing, error)
                if not may_have_happened(error):
                    raise self._unwritable(error) from error
                found = self._head_after(key, error)
                if found is not None and found.writing == writing:
                    return found.tag
                if (found.tag if found else None) != over:
                    raise Overtaken(key) from error
                if pause is None:
                    raise self._unwritable(error) from error
                time.sleep(pause)
        raise AssertionError("the last time round returns or raises")

    def delete(self, keys: Sequence[str]) -> None:
        """Remove what nobody needs any more, as far as that is allowed."""
        for key in keys:
            with suppress(*LIBRARY_ERRORS):
                self._client().delete_object(Bucket=self._bucket, Key=key)

    def _client(self) -> Client:
        if self._connected is None:
            self._connected = connect()
        return self._connected

    def _trusted(self, key: str) -> Quotes:
        """How this server is asked for conditions, once it is known to keep them."""
        try:
            return conditions(self._client(), self._bucket, key, self._place)
        except LIBRARY_ERRORS as error:
            raise self._unwritable(error) from error

    def _get(self, key: str, limit: int) -> Found | None:
        try:
            answer = self._client().get_object(Bucket=self._bucket, Key=key)
        except LIBRARY_ERRORS as error:
            if _not_there(error):
                return None
            raise
        with answer["Body"] as body:
            if int(answer["ContentLength"]) > limit:
                raise StateUnreadable(
                    f"{self._place}: what stands there is larger than "
                    f"{limit // 2**20} MiB",
                    hint="move it away: it is nothing that ghstate has written",
                )
            return Found(_tag(answer), body.read())

    def _head(self, key: str) -> Head | None:
        try:
            answer = self._client().head_object(Bucket=self._bucket, Key=key)
        except LIBRARY_ERRORS as error:
            if _not_there(error):
                return None
            raise
        notes = answer.get("Metadata", {})
        return Head(
            _tag(answer),
            int(answer["ContentLength"]),
            _time(notes.get(_WRITTEN, "")) or answer["LastModified"].astimezone(UTC),
            notes.get(_WRITING, ""),
        )

    def _list(self, prefix: str) -> Iterator[Listed]:
        pages = self._client().get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for entry in page.get("Contents", ()):
                yield Listed(entry["Key"], _tag(entry), int(entry["Size"]))

    def _put(
        self,
        key: str,
        content: bytes,
        notes: Mapping[str, str],
        condition: Mapping[str, str],
    ) -> Tag:
        return _tag(
            self._client().put_object(
                Bucket=self._bucket,
                Key=key,
                Body=content,
                ContentType="application/json",
                Metadata=dict(notes),
                **condition,
            )
        )

    def _ours(self, key: str, writing: str, error: LibraryError) -> Tag:
        found = self._head_after(key, error)
        if found is None or found.writing != writing:
            raise Overtaken(key) from error
        return found.tag

    def _head_after(self, key: str, error: LibraryError) -> Head | None:
        """What stands there, after a writing of which nothing is known."""
        try:
            return self.head(key)
        except StateError as unknown:
            raise self._unwritable(error) from unknown

    def _again(self, ask: Callable[[], T]) -> T:
        """Ask, and ask again where that can help; reading does no harm."""
        for pause in _PAUSES:
            try:
                return ask()
            except LIBRARY_ERRORS as error:
                if not (may_have_happened(error) or isinstance(error, HTTPClientError)):
                    raise
            time.sleep(pause)
        return ask()

    def _unreadable(self, error: LibraryError) -> StateUnreadable:
        found = trouble(error)
        return StateUnreadable(
            f"{self._place}: the state cannot be read: {found.cause}", hint=found.hint
        )

    def _unwritable(self, error: LibraryError) -> StateUnwritable:
        found = trouble(error)
        return StateUnwritable(
            f"{self._place}: the state could not be written for certain: {found.cause}",
            hint=found.hint,
        )


@contextmanager
def about_to_write() -> Iterator[None]:
    """What cannot be looked at cannot be written over for certain."""
    try:
        yield
    except StateUnreadable as error:
        raise StateUnwritable(error.message, hint=error.hint) from error


def _condition(over: Tag | None, quotes: Quotes) -> Mapping[str, str]:
    return {"IfNoneMatch": "*"} if over is None else {"IfMatch": quotes.around(over)}


def _lost(error: LibraryError, over: Tag | None) -> bool:
    """Does *error* say that another one stands there, or none any more?

    S3: 412 if the condition does not hold, 409 if it ceased to while the request was
    under way, 404 if there is nothing to replace.
    """
    if status(error) in {409, 412}:
        return True
    return over is not None and _not_there(error)


def _not_there(error: LibraryError) -> bool:
    return status(error) == 404 and code(error) != "NoSuchBucket"


def _tag(answer: Mapping[str, Any]) -> Tag:
    return Tag(str(answer["ETag"]).removeprefix("W/").strip('"'))


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None
