"""Ghstate with one of its promises broken, to see that somebody notices."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch


@dataclass(frozen=True, slots=True)
class WritesInPlace:
    """The state is written over the one that is there, as many programs do."""

    @property
    def findings(self) -> None:
        return None

    def install(self) -> None:
        from ghstate.store.file import FileStore  # noqa: PLC0415 - in the child

        def replace(store: Any, kept: Any, content: bytes, directory: Any) -> None:
            path: Path = store._path
            fd = store._disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            store._disk.write(fd, memoryview(content))
            store._disk.fsync(fd)
            store._disk.close(fd)

        patch.object(FileStore, "_replace", replace).start()


@dataclass(frozen=True, slots=True)
class NeverSyncs:
    """As if fsync cost too much."""

    @property
    def findings(self) -> None:
        return None

    def install(self) -> None:
        from ghstate.store.disk import LocalDisk  # noqa: PLC0415 - in the child

        patch.object(LocalDisk, "fsync", lambda *_: None).start()


@dataclass(frozen=True, slots=True)
class NotesAfterwards:
    """What is about to be done is not noted, only what has been."""

    @property
    def findings(self) -> None:
        return None

    def install(self) -> None:
        from ghstate.engine.memory import Memory  # noqa: PLC0415 - in the child

        patch.object(Memory, "doing", lambda *_: None).start()


@dataclass(frozen=True, slots=True)
class LocksNothing:
    """Everybody gets the lock."""

    @property
    def findings(self) -> None:
        return None

    def install(self) -> None:
        from ghstate.store.disk import LocalDisk  # noqa: PLC0415 - in the child

        patch.object(LocalDisk, "lock", lambda *_: None).start()
