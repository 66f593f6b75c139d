"""The lock on a local state: the kernel decides, a note beside it explains.

The kernel frees the lock when its holder dies, whatever the note says; time alone
never does. The lock is on a file of its own, because the state's is replaced at each
write. Forcing it open unlinks that file: its holder keeps a lock that nobody meets.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from ghstate.errors import StateError, StateUnwritable
from ghstate.ports import Holder
from ghstate.store.disk import (
    NO_LOCKS,
    Disk,
    cause,
    close_quietly,
    make_directory,
    open_plain,
    read_plain,
    remedy,
    write_new,
)
from ghstate.store.holders import (
    Freed,
    Waiting,
    held_by_another,
    legible,
    locked,
    not_locked,
)

_FIRST_PAUSE = 0.02
_LONGEST_PAUSE = 1.0
_GLANCE = 0.002
"""Seconds in which somebody who looks whether the lock is free has looked.

They share it with others who look, and nobody holds it meanwhile.
"""

_GLANCES = 5.0
"""Seconds after which so much looking is taken for holding."""

_NOTE_LIMIT = 64 * 1024


class HeldLock(msgspec.Struct, frozen=True):
    """A lock on a local state that this process holds."""

    left_behind: Holder | None
    _lock: FileLock
    _fd: int

    def still_held(self) -> bool:
        with self._lock.explained():
            try:
                return self._lock.is_under_its_name(self._fd)
            except OSError as error:
                if error.errno == errno.EBADF:  # it was given back
                    return False
                raise


class FileLock:
    """The lock of the state in the file *state*."""

    def __init__(self, state: Path, disk: Disk) -> None:
        self._state = state
        self._path = state.with_name(f"{state.name}.lock")
        self._note = state.with_name(f"{state.name}.lock.info")
        self._disk = disk

    @contextmanager
    def hold(
        self,
        holder: Holder,
        *,
        timeout: float,
        waiting: Callable[[Holder | None], None] | None,
    ) -> Iterator[HeldLock]:
        holder = legible(holder)
        with self.explained():
            make_directory(self._disk, self._state.parent)
            fd = self._acquire(timeout, waiting)
        try:
            with self.explained():
                left_behind = self._read_note()
                self._write_note(holder)
            yield HeldLock(left_behind, self, fd)
        finally:
            self._release(fd, holder)

    def holder(self) -> Holder | None:
        """Who holds it; None also where that cannot be told."""
        try:
            return self._read_note() if self._is_locked() else None
        except (OSError, StateError):
            return None

    def break_open(self, lock_id: str) -> Holder:
        """Open the lock for others, if *lock_id* is its holder's."""
        with self.explained():
            if not self._is_locked():
                raise not_locked(str(self._state))
            holder = self._read_note()
            if holder is None or holder.id != lock_id:
                raise held_by_another(str(self._state), holder, Freed.WITH_PROCESS)
            # The note first: once the lock is open, there may be another's. If it is
            # gone already, the holder has let go in this moment.
            try:
                self._disk.unlink(self._note)
            except FileNotFoundError as error:
                raise not_locked(str(self._state)) from error
            with suppress(FileNotFoundError):
                self._disk.unlink(self._path)
        return holder

    def is_under_its_name(self, fd: int) -> bool:
        """Is the open file still the one that others would try to lock?"""
        ours = self._disk.fstat(fd)
        try:
            named = self._disk.lstat(self._path)
        except FileNotFoundError:
            return False
        return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)

    def _acquire(
        self, timeout: float, waiting: Callable[[Holder | None], None] | None
    ) -> int:
        start = time.monotonic()
        told = Waiting(waiting if timeout > 0 else None)
        pause = _FIRST_PAUSE
        while (fd := self._try()) is None:
            passed = time.monotonic() - start
            if passed < _GLANCES and not self._is_locked():
                # It was only looked at, or is free by now.
                time.sleep(_GLANCE)
                continue
            if passed >= timeout:
                raise locked(str(self._state), self._read_note(), Freed.WITH_PROCESS)
            told.is_for(self._read_note())
            time.sleep(min(pause, timeout - passed))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return fd

    def _try(self) -> int | None:
        """Lock it now, or tell by None that somebody else holds it."""
        while True:
            fd = open_plain(self._disk, self._path, os.O_RDWR | os.O_CREAT)
            keep = False
            try:
                if not self._gets(self._disk.lock, fd):
                    return None
                keep = self.is_under_its_name(fd)
            finally:
                if not keep:
                    close_quietly(self._disk, fd)
            if keep:
                return fd
            # It was forced open between opening and locking it: a new file counts.

    def _is_locked(self) -> bool:
        # Shared, and for a moment: two who look do not take each other for a holder.
        try:
            fd = open_plain(self._disk, self._path, os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            return not self._gets(self._disk.share, fd)
        finally:
            close_quietly(self._disk, fd)

    def _gets(self, lock: Callable[[int], None], fd: int) -> bool:
        try:
            lock(fd)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno in NO_LOCKS:
                raise StateError(
                    f"{self._path}: this file system keeps no locks: {cause(error)}",
                    hint="keep the state on a disk of this machine: "
                    "[state] path in ghstate.toml",
                ) from error
            raise
        return True

    def _release(self, fd: int, holder: Holder) -> None:
        with suppress(OSError):
            # Whoever forced the lock open may have left it to somebody else by now.
            note = self._read_note()
            if note and note.id == holder.id and self.is_under_its_name(fd):
                self._disk.unlink(self._note)
        close_quietly(self._disk, fd)

    def _write_note(self, holder: Holder) -> None:
        new = self._note.with_name(f"{self._note.name}.new")
        with suppress(FileNotFoundError):
            self._disk.unlink(new)
        write_new(self._disk, new, msgspec.json.encode(holder) + b"\n")
        self._disk.rename(new, self._note)

    def _read_note(self) -> Holder | None:
        """Who the note says holds the lock; None if it says nothing of use."""
        try:
            content = read_plain(self._disk, self._note, limit=_NOTE_LIMIT)
            return legible(msgspec.json.decode(content or b"", type=Holder))
        except (OSError, ValueError, OverflowError, RecursionError):
            return None

    @contextmanager
    def explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateUnwritable(
                f"{self._path}: the state cannot be locked: {cause(error)}",
                hint=remedy(error),
            ) from error
