"""The state in a local file: always one whole generation, the old or the new."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from ghstate.errors import StateConflict, StateUnreadable, StateUnwritable
from ghstate.ports import Holder, Lock, Revision, Stored
from ghstate.statefile import LIMIT
from ghstate.store.disk import (
    NO_LOCKS,
    Disk,
    LocalDisk,
    cause,
    close_quietly,
    make_directory,
    read_plain,
    remedy,
    sync_directory,
    write_new,
)
from ghstate.store.lock import FileLock

_PATIENCE = 10.0
"""Seconds that a writer waits for another one, which needs milliseconds."""

_RESCUES = range(1, 100)


class FileStore:
    """Keeps the state in the file *path*, and the generation before beside it."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or LocalDisk()
        self._lock = FileLock(path, self._disk)

    @property
    def place(self) -> str:
        return str(self._path)

    def read(self) -> Stored | None:
        try:
            content = read_plain(self._disk, self._path, limit=LIMIT)
        except OSError as error:
            raise StateUnreadable(
                f"{self._path}: the state cannot be read: {cause(error)}",
                hint="Let this user read it, or move away what stands there.",
            ) from error
        return None if content is None else Stored(content, _revision(content))

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        """Keep *content* if what is kept is *replacing*.

        After `StateUnwritable` the file is whole: the generation before, or, when
        only the last step failed, the new one, which a power cut may still undo.
        """
        if len(content) > LIMIT:
            raise StateUnwritable(
                f"{self._path}: the state is larger than {LIMIT // 2**20} MiB"
            )
        try:
            make_directory(self._disk, self._path.parent)
            with self._alone() as directory:
                self._check(replacing)
                self._replace(content, directory)
        except OSError as error:
            raise StateUnwritable(
                f"{self._path}: the state could not be written: {cause(error)}",
                hint=remedy(error),
            ) from error
        return _revision(content)

    def rescue(self, content: bytes) -> str | None:
        """Save what `write` could not, in the first place that works, and say where."""
        for shelter in self._shelters():
            for n in _RESCUES:
                path = shelter.with_name(f"{shelter.name}.rescue-{n}")
                try:
                    write_new(self._disk, path, content)
                except FileExistsError:
                    continue
                except OSError:
                    break
                return str(path)
        return None

    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> AbstractContextManager[Lock]:
        return self._lock.hold(holder, timeout=timeout, waiting=waiting)

    def break_lock(self, lock_id: str) -> Holder | None:
        return self._lock.break_open(lock_id)

    def _shelters(self) -> Iterator[Path]:
        yield self._path
        with suppress(OSError):
            yield Path(tempfile.gettempdir()) / f"ghstate-{self._path.name}"

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Keep other writers out for the moment between comparing and swapping.

        This is not the lock that `lock` gives: it also holds against those who came
        in when that one was forced open. Gives the directory, open.
        """
        fd = self._disk.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if self._wait_for(fd):
                self._sweep()
            yield fd
        finally:
            close_quietly(self._disk, fd)

    def _wait_for(self, directory: int) -> bool:
        """Lock the *directory*, or tell that this file system cannot do it."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._disk.lock(directory)
            except BlockingIOError as error:
                if time.monotonic() > end:
                    reason = "another process is writing it, and does not end"
                    raise OSError(errno.EBUSY, reason) from error
                time.sleep(0.01)
            except OSError as error:
                # NFS locks only files that are open for writing: no directory.
                if error.errno in NO_LOCKS | {errno.EBADF}:
                    return False
                raise
            else:
                return True

    def _sweep(self) -> None:
        """Remove what writers left that died: no other writer is at work now."""
        with suppress(OSError):
            for name in self._disk.names(self._path.parent):
                if name.startswith(f".{self._path.name}.") and name.endswith(".tmp"):
                    self._disk.unlink(self._path.with_name(name))

    def _check(self, replacing: Revision | None) -> None:
        kept = read_plain(self._disk, self._path, limit=LIMIT)
        if (None if kept is None else _revision(kept)) != replacing:
            raise StateConflict(
                f"{self._path}: the state has changed since it was read",
                hint="Run it again: it starts from the state as it is now.",
            )

    def _replace(self, content: bytes, directory: int) -> None:
        # The order is what makes it safe: a name is given to the new generation only
        # once all of it is on disk, and that name is on disk before we say so.
        new = self._spare()
        write_new(self._disk, new, content)
        try:
            self._keep_previous()
            self._disk.rename(new, self._path)
        except BaseException:
            with suppress(OSError):
                self._disk.unlink(new)
            raise
        sync_directory(self._disk, directory)

    def _keep_previous(self) -> None:
        """Give the generation before a second name, where the file system can."""
        second = self._spare()
        with suppress(OSError):
            self._disk.link(self._path, second)
            self._disk.rename(second, self._path.with_name(f"{self._path.name}.backup"))
        # If both were names of one file already, rename has done nothing.
        with suppress(OSError):
            self._disk.unlink(second)

    def _spare(self) -> Path:
        return self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}.tmp")


def _revision(content: bytes) -> Revision:
    return Revision(hashlib.sha256(content).hexdigest())
