"""The journal of an apply on the local disk: a file that only grows.

A new one takes the name of the one before at once and whole. Each record is one write
at the end of the file, on disk before the call returns.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import assert_never

import msgspec
from msgspec.structs import replace

from ghstate.errors import StateUnreadable, StateUnwritable
from ghstate.store.conflicts import journal_changed
from ghstate.store.directory import Directory
from ghstate.store.disk import (
    Disk,
    cause,
    close_quietly,
    open_plain,
    read_plain,
    remedy,
    write_all,
)

LIMIT = 16 * 1024 * 1024
"""The most bytes a journal may have; a change takes some 300."""

_HEAD = 4096
"""Bytes at the start that tell a journal from every other: an apply's id is there."""


class _Seen(msgspec.Struct, frozen=True):
    """The journal as this process last saw it."""

    head: bytes
    size: int
    torn: bool = False
    """May there be a piece of a record after *size*, of ours, that failed?"""

    @classmethod
    def of(cls, content: bytes) -> _Seen:
        return cls(content[:_HEAD], len(content))

    def with_more(self, record: bytes) -> _Seen:
        return _Seen((self.head + record)[:_HEAD], self.size + len(record))

    def is_in(self, found: _Seen) -> bool:
        """Is *found* this journal, give or take a piece of a record that failed?"""
        if self.torn and found.size > self.size:
            return found.head[: self.size] == self.head
        return (found.head, found.size) == (self.head, self.size)


class _Unseen(msgspec.Struct, frozen=True):
    """Nobody has looked in this process, or its last step may not have ended."""


class JournalFile:
    """The journal of the state in the file *state*."""

    def __init__(self, state: Path, disk: Disk) -> None:
        self._path = state.with_name(f"{state.name}.journal")
        self._directory = Directory(state, disk)
        self._disk = disk
        self._seen: _Seen | _Unseen | None = _Unseen()

    def read(self) -> bytes | None:
        try:
            content = read_plain(self._disk, self._path, limit=LIMIT)
        except OSError as error:
            raise StateUnreadable(
                f"{self._path}: the journal cannot be read: {cause(error)}",
                hint="let this user read it, or move away what stands there",
            ) from error
        self._note_seen(None if content is None else _Seen.of(content))
        return content

    def begin(self, record: bytes) -> None:
        with self._explained():
            self._check_room(len(record))
            self._directory.make()
            with self._directory.alone() as directory:
                self._check()
                with directory.prepared(record) as spare:
                    self._seen = _Unseen()
                    self._disk.rename(spare, self._path)
                directory.sync()
            self._seen = _Seen.of(record)

    def append(self, record: bytes) -> None:
        """Put *record* at the end, in the place of any that failed before it."""
        with self._explained():
            try:
                fd = open_plain(self._disk, self._path, os.O_RDWR | os.O_APPEND)
            except FileNotFoundError as error:
                raise journal_changed(str(self._path)) from error
            try:
                before = self._ours(fd)
                self._append(fd, record, before)
            except BaseException:
                close_quietly(self._disk, fd)
                raise
            # Over NFS, only close tells that the server would not take it.
            self._disk.close(fd)
            self._seen = before.with_more(record)

    def end(self) -> None:
        with self._explained():
            try:
                with self._directory.alone() as directory:
                    self._remove()
                    # Also where it was gone: its name may be on disk still.
                    directory.sync()
            except FileNotFoundError:  # there is not even a directory
                pass
            self._seen = None

    def _note_seen(self, found: _Seen | None) -> None:
        match self._seen:
            case _Seen(torn=True) as ours if found is not None and ours.is_in(found):
                # The piece at its end is to go, and not to count as a record.
                return
            case _:
                self._seen = found

    def _remove(self) -> None:
        if self._found() is None:
            return
        self._check()
        self._seen = _Unseen()
        with suppress(FileNotFoundError):
            self._disk.unlink(self._path)

    def _append(self, fd: int, record: bytes, before: _Seen) -> None:
        self._check_room(before.size + len(record))
        self._seen = replace(before, torn=True)
        if self._disk.fstat(fd).st_size > before.size:
            self._disk.truncate(fd, before.size)
        try:
            write_all(self._disk, fd, record)
            self._disk.fsync(fd)
        except BaseException:
            # Where this fails, too, the next record begins with it.
            with suppress(OSError):
                self._disk.truncate(fd, before.size)
            raise
        if not self._is_under_its_name(fd):
            raise journal_changed(str(self._path))

    def _ours(self, fd: int) -> _Seen:
        """What the open file holds, if that is what this process has left in it."""
        found = self._look(fd)
        match self._seen:
            case _Unseen():
                return found
            case _Seen() as seen if seen.is_in(found):
                return seen
            case _Seen() | None:
                raise journal_changed(str(self._path))
            case _:
                assert_never(self._seen)

    def _check(self) -> None:
        """Is what stands there what this process has left there, if it knows?"""
        found = self._found()
        match self._seen:
            case _Unseen():
                return
            case _Seen() as seen:
                same = found is not None and seen.is_in(found)
            case None:
                same = found is None
            case _:
                assert_never(self._seen)
        if not same:
            raise journal_changed(str(self._path))

    def _found(self) -> _Seen | None:
        try:
            fd = open_plain(self._disk, self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            return self._look(fd)
        finally:
            close_quietly(self._disk, fd)

    def _look(self, fd: int) -> _Seen:
        head = b""
        while len(head) < _HEAD and (more := self._disk.read(fd, _HEAD - len(head))):
            head += more
        return _Seen(head, self._disk.fstat(fd).st_size)

    def _is_under_its_name(self, fd: int) -> bool:
        """Or has somebody put another in its place while we wrote to this one?"""
        try:
            named = self._disk.lstat(self._path)
        except FileNotFoundError:
            return False
        return os.path.samestat(named, self._disk.fstat(fd))

    def _check_room(self, size: int) -> None:
        if size > LIMIT:
            reason = f"it would be larger than {LIMIT // 2**20} MiB"
            raise OSError(errno.EFBIG, reason, str(self._path))

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateUnwritable(
                f"{self._path}: the journal could not be written: {cause(error)}",
                hint=remedy(error),
            ) from error
