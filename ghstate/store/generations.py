"""Earlier generations of a local state: files beside it, with a number each."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from ghstate.errors import StateUnreadable
from ghstate.ports import GENERATIONS, Kept
from ghstate.statefile import LIMIT
from ghstate.store.conflicts import generation_gone
from ghstate.store.directory import Writing
from ghstate.store.disk import Disk, cause, read_plain

_DIGITS = 8
_LAST = 10**_DIGITS - 1
_UNKNOWN = datetime.fromtimestamp(0, UTC)


class Generations:
    """What the file *state* has held, as ``state.json.generation-00000012``."""

    def __init__(self, state: Path, disk: Disk) -> None:
        self._state = state
        self._disk = disk

    def kept(self) -> tuple[Kept, ...]:
        """The latest first; an error rather than a list that lacks one."""
        try:
            found = [
                Kept(name, _written(status), status.st_size)
                for name, status in self._files()
                if not self._is_current(status)
            ]
        except OSError as error:
            raise StateUnreadable(
                f"{self._state}: its generations cannot be listed: {cause(error)}",
                hint="let this user read that directory",
            ) from error
        return tuple(found[:GENERATIONS])

    def content(self, name: str) -> bytes:
        if not _is_name(name):
            raise generation_gone(str(self._state), name)
        path = self._path(name)
        try:
            content = read_plain(self._disk, path, limit=LIMIT)
        except OSError as error:
            raise StateUnreadable(
                f"{path}: this generation cannot be read: {cause(error)}",
                hint="let this user read it, or take another one",
            ) from error
        if content is None:
            raise generation_gone(str(self._state), name)
        return content

    def keep(self, content: bytes, directory: Writing) -> None:
        """Make what is under the state's name, which is *content*, a generation too.

        Its name is on disk when this returns. A state that is one already is not
        kept twice: a writer before may have got no further than this.
        """
        state = self._disk.lstat(self._state)
        latest = next(iter(self._files()), None)
        if latest is None or not os.path.samestat(latest[1], state):
            path = self._path(self._next_name())
            try:
                self._link(path, state)
            except FileExistsError:
                raise
            except OSError:  # there are file systems without hard links
                if latest is None or not self._holds(latest[0], content):
                    self._copy(path, content, state, directory)
        directory.sync()

    def _link(self, path: Path, state: os.stat_result) -> None:
        try:
            self._disk.link(self._state, path)
        except FileExistsError:
            # Over NFS, what was done is asked for again if the answer got lost.
            if not os.path.samestat(self._disk.lstat(path), state):
                raise

    def _copy(
        self, path: Path, content: bytes, state: os.stat_result, directory: Writing
    ) -> None:
        with directory.prepared(content) as spare:
            with suppress(OSError):
                self._disk.date(spare, state)
            self._disk.rename(spare, path)

    def prune(self) -> None:
        """Remove those that are too many; what cannot be removed is, next time."""
        with suppress(OSError):
            for name, _ in self._files()[GENERATIONS:]:
                self._disk.unlink(self._path(name))

    def _is_current(self, status: os.stat_result) -> bool:
        """Has a writer kept it that never came to put another in its place?"""
        try:
            return os.path.samestat(status, self._disk.lstat(self._state))
        except FileNotFoundError:
            return False

    def _holds(self, name: str, content: bytes) -> bool:
        return read_plain(self._disk, self._path(name), limit=LIMIT) == content

    def _files(self) -> list[tuple[str, os.stat_result]]:
        """Plain files only, and those that have not gone meanwhile; latest first."""
        found = []
        for name in self._names():
            with suppress(FileNotFoundError):
                status = self._disk.lstat(self._path(name))
                if stat.S_ISREG(status.st_mode):
                    found.append((name, status))
        return found

    def _next_name(self) -> str:
        last = int(next(iter(self._names()), "0"))
        if last == _LAST:
            reason = f"no number comes after {self._path(str(last)).name}"
            raise OSError(errno.EOVERFLOW, reason)
        return f"{last + 1:0{_DIGITS}}"

    def _names(self) -> list[str]:
        """Whatever stands there, the latest first."""
        prefix = self._path("").name
        try:
            names = self._disk.names(self._state.parent)
        except FileNotFoundError:
            return []
        found = [each.removeprefix(prefix) for each in names if each.startswith(prefix)]
        return sorted(filter(_is_name, found), reverse=True)

    def _path(self, name: str) -> Path:
        return self._state.with_name(f"{self._state.name}.generation-{name}")


def _is_name(name: str) -> bool:
    return len(name) == _DIGITS and name.isascii() and name.isdigit()


def _written(status: os.stat_result) -> datetime:
    try:
        return datetime.fromtimestamp(status.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):  # a file may bear any time at all
        return _UNKNOWN
