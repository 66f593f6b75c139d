"""The state in a local file: always one whole generation, the old or the new."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from ghstate.errors import StateUnreadable, StateUnwritable
from ghstate.ports import Holder, JournalStore, Kept, Lock, Revision, Stored
from ghstate.statefile import LIMIT
from ghstate.store.conflicts import state_changed
from ghstate.store.directory import Directory, Writing
from ghstate.store.disk import Disk, LocalDisk, cause, read_plain, remedy, write_new
from ghstate.store.generations import Generations
from ghstate.store.journal_file import JournalFile
from ghstate.store.lock import FileLock

_RESCUES = range(1, 100)


class FileStore:
    """Keeps the state in the file *path*, and beside it what belongs to it."""

    def __init__(self, path: Path, *, disk: Disk | None = None) -> None:
        self._path = path
        self._disk = disk or LocalDisk()
        self._directory = Directory(path, self._disk)
        self._generations = Generations(path, self._disk)
        self._journal = JournalFile(path, self._disk)
        self._lock = FileLock(path, self._disk)

    @property
    def place(self) -> str:
        return str(self._path)

    @property
    def journal(self) -> JournalStore:
        return self._journal

    def read(self) -> Stored | None:
        try:
            content = read_plain(self._disk, self._path, limit=LIMIT)
        except OSError as error:
            raise StateUnreadable(
                f"{self._path}: the state cannot be read: {cause(error)}",
                hint="let this user read it, or move away what stands there",
            ) from error
        return None if content is None else Stored(content, _revision(content))

    def generations(self) -> Sequence[Kept]:
        return self._generations.kept()

    def generation(self, name: str) -> bytes:
        return self._generations.content(name)

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
            self._directory.make()
            with self._directory.alone() as directory:
                self._replace(self._check(replacing), content, directory)
                self._generations.prune()
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

    def holder(self) -> Holder | None:
        return self._lock.holder()

    def break_lock(self, lock_id: str) -> Holder | None:
        return self._lock.break_open(lock_id)

    def _shelters(self) -> Iterator[Path]:
        yield self._path
        with suppress(OSError):
            yield Path(tempfile.gettempdir()) / f"ghstate-{self._path.name}"

    def _check(self, replacing: Revision | None) -> bytes | None:
        """What is kept, if that is *replacing*."""
        kept = read_plain(self._disk, self._path, limit=LIMIT)
        if (None if kept is None else _revision(kept)) != replacing:
            raise state_changed(str(self._path))
        return kept

    def _replace(self, kept: bytes | None, content: bytes, directory: Writing) -> None:
        # The order is what makes it safe: a name is given to the new generation only
        # once all of it and another name for the old one are on disk, and that name
        # is on disk before we say so.
        with directory.prepared(content) as new:
            if kept is not None:
                self._generations.keep(kept, directory)
            self._disk.rename(new, self._path)
        directory.sync()


def _revision(content: bytes) -> Revision:
    return Revision(hashlib.sha256(content).hexdigest())
