"""Writing files anew: each is whole at every moment, and none is left half done."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from ghstate.config.source import Place
from ghstate.errors import FilesError, Problem, UsageError
from ghstate.store.disk import Disk, LocalDisk, cause, sync_names, write_new

_ANYBODY_WRITES = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


class Replacement(msgspec.Struct, frozen=True):
    """A file by its *name* in the project, what was read from it, and what follows."""

    name: str
    path: Path
    before: bytes
    after: bytes

    def problem(self, message: str) -> Problem:
        return Place(self.name, 1, 1).problem(message, "no file was written")


def replace_files(
    replacements: Sequence[Replacement], *, disk: Disk | None = None
) -> None:
    """Write every file anew, or none of them.

    Raises `FilesError` with what keeps them from being written. Only the very last
    step can fail for some of them; then `UsageError` tells which are written.
    """
    disk = disk or LocalDisk()
    _refuse_if_any(_obstacle(each) for each in replacements)
    spares = [_spare(each) for each in replacements]
    try:
        pairs = list(zip(replacements, spares, strict=True))
        _refuse_if_any(_write_beside(each, spare, disk) for each, spare in pairs)
        _refuse_if_any(_change(each) for each in replacements)
        _put_in_place(pairs, disk)
    finally:
        for spare in spares:
            with suppress(OSError):
                disk.unlink(spare)


def _refuse_if_any(problems: Iterable[Problem | None]) -> None:
    if found := [problem for problem in problems if problem]:
        raise FilesError(found)


def _obstacle(file: Replacement) -> Problem | None:
    try:
        mode = file.path.stat().st_mode
    except OSError as error:
        return file.problem(f"this cannot be written: {cause(error)}")
    # Another file could be put in its place, but that is not what was meant by making
    # it read-only; and to root, everything is writable.
    if mode & _ANYBODY_WRITES and os.access(file.path, os.W_OK):
        return None
    return file.problem("this file is read-only")


def _spare(file: Replacement) -> Path:
    # With a dot in front, so that it never counts as a file of the project.
    name = f".{file.path.name[:200]}.{secrets.token_hex(8)}.tmp"
    return file.path.with_name(name)


def _write_beside(file: Replacement, spare: Path, disk: Disk) -> Problem | None:
    try:
        write_new(disk, spare, file.after)
        old = file.path.stat()
        with suppress(OSError):  # only root may give files away
            os.chown(spare, old.st_uid, old.st_gid)
        spare.chmod(stat.S_IMODE(old.st_mode))
    except OSError as error:
        return file.problem(f"this cannot be written: {cause(error)}")
    return None


def _change(file: Replacement) -> Problem | None:
    """What somebody else has done to *file* since it was read."""
    try:
        if file.path.read_bytes() == file.before:
            return None
    except OSError as error:
        return file.problem(f"this cannot be read: {cause(error)}")
    return file.problem("somebody else has changed this file just now")


def _put_in_place(pairs: Sequence[tuple[Replacement, Path]], disk: Disk) -> None:
    done: list[str] = []
    for file, spare in pairs:
        try:
            disk.rename(spare, file.path)
        except OSError as error:
            rest = [each.name for each, _ in pairs[len(done) :]]
            raise UsageError(
                f"{file.name}: this cannot be written: {cause(error)}",
                hint=f"written: {', '.join(done) or 'none'}; "
                f"left as they were: {', '.join(rest)}",
            ) from error
        done.append(file.name)
    for directory in {file.path.parent for file, _ in pairs}:
        _sync(directory, disk)


def _sync(directory: Path, disk: Disk) -> None:
    """Bring the new names to disk; the files are whole without that, too."""
    with suppress(OSError):
        sync_names(disk, directory)
