"""The directory of a local state, in which one writer at a time is at work."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ghstate.store.disk import (
    NO_LOCKS,
    Disk,
    close_quietly,
    make_directory,
    sync_directory,
    write_new,
)

_PATIENCE = 10.0
"""Seconds that a writer waits for another one, which needs milliseconds."""


class Directory:
    """Where the file *state* is, and what belongs to it; errors are `OSError`."""

    def __init__(self, state: Path, disk: Disk) -> None:
        self._state = state
        self._disk = disk
        self._made = False

    def make(self) -> None:
        if not self._made:
            make_directory(self._disk, self._state.parent)
            self._made = True

    @contextmanager
    def alone(self) -> Iterator[Writing]:
        """Keep other writers out for the moment between comparing and swapping.

        This is not the lock that a store gives: it also holds against those who came
        in when that one was forced open.
        """
        fd = self._disk.open(self._state.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if self._wait_for(fd):
                self._sweep()
            yield Writing(self._state, self._disk, fd)
        finally:
            close_quietly(self._disk, fd)

    def _wait_for(self, fd: int) -> bool:
        """Lock the open directory, or tell that this file system cannot do it."""
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._disk.lock(fd)
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
            for name in self._disk.names(self._state.parent):
                if name.startswith(f".{self._state.name}.") and name.endswith(".tmp"):
                    self._disk.unlink(self._state.with_name(name))


class Writing:
    """The directory in the hands of one writer."""

    def __init__(self, state: Path, disk: Disk, fd: int) -> None:
        self._state = state
        self._disk = disk
        self._fd = fd

    def sync(self) -> None:
        """Bring to disk which names there are."""
        sync_directory(self._disk, self._fd)

    @contextmanager
    def prepared(self, content: bytes) -> Iterator[Path]:
        """All of *content* on disk, in a file to be given its name by `rename`."""
        spare = self._state.with_name(f".{self._state.name}.{secrets.token_hex(8)}.tmp")
        write_new(self._disk, spare, content)
        try:
            yield spare
        except BaseException:
            with suppress(OSError):
                self._disk.unlink(spare)
            raise
