"""Finding and reading the files of a project."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ghstate.config.globs import matches, reaches
from ghstate.config.limits import MAX_FILE, MAX_FILES, MAX_MARKS, MAX_TOTAL, marks
from ghstate.config.source import Place
from ghstate.errors import Problem

SETTINGS_FILE = "ghstate.toml"
NEVER = frozenset({SETTINGS_FILE, "ghstate.lock.toml", "pyproject.toml"})


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the project: its name there, and the file behind it."""

    name: str
    real: Path


def discover(root: Path, globs: Sequence[str]) -> list[Found | Problem]:
    """The files that *globs* mean, by name; *root* is free of symbolic links.

    A link that leads out of the project is a problem. One that stays in it is
    followed, but no file counts twice.
    """
    found: list[Found | Problem] = []
    seen: set[Path] = set()
    for entry in _walk(root, root, "", globs, set()):
        if isinstance(entry, Found):
            if entry.real in seen:
                continue
            seen.add(entry.real)
        found.append(entry)
        if len(seen) > MAX_FILES:
            place = Place(SETTINGS_FILE, 1, 1)
            problem = place.problem(f"the project has more than {MAX_FILES:,} files")
            return [problem]
    return sorted(found, key=_name)


def _name(entry: Found | Problem) -> str:
    return entry.name if isinstance(entry, Found) else entry.file


def _walk(
    root: Path, directory: Path, prefix: str, globs: Sequence[str], seen: set[Path]
) -> Iterator[Found | Problem]:
    if directory in seen:
        return
    seen.add(directory)
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(prefix.rstrip("/"), error)
        return
    if prefix and any(entry.name == SETTINGS_FILE for entry in entries):
        return
    # Links last, so that a file goes by its own name if it has one in the project.
    for entry in sorted(entries, key=lambda entry: entry.is_symlink()):
        name = prefix + entry.name
        named = _named(name, globs)
        below = any(reaches(name, glob) for glob in globs)
        if entry.name.startswith(".") or not (named or below):
            continue
        path = Path(entry.path)
        if entry.is_symlink():
            path = real_path(path)
            if not path.is_relative_to(root):
                yield led_out(name)
                continue
        if path.is_dir() if entry.is_symlink() else entry.is_dir():
            yield from _walk(root, path, name + "/", globs, seen)
        elif named:
            yield Found(name, path)


def _named(name: str, globs: Sequence[str]) -> bool:
    base = name.rpartition("/")[2]
    return base not in NEVER and any(matches(name, glob) for glob in globs)


def real_path(path: Path) -> Path:
    """What *path* leads to, or *path* itself if it leads in circles."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        # Reading it will say what is wrong; pathlib raises either, by version.
        return path


def led_out(name: str) -> Problem:
    return Place(name, 1, 1).problem(
        "this symbolic link leads out of the project",
        "move what it leads to into the project, or remove the link",
    )


def read(found: Found) -> bytes | Problem:
    """The content of a file, or what keeps it from being read."""
    place = Place(found.name, 1, 1)
    try:
        if not stat.S_ISREG(found.real.stat().st_mode):
            return place.problem("this is not a file that can be read")
        with found.real.open("rb") as file:
            content = file.read(MAX_FILE + 1)
    except OSError as error:
        return _unreadable(found.name, error)
    if len(content) > MAX_FILE:
        return place.problem(
            f"this file is larger than {MAX_FILE // 1024:,} KiB",
            "spread it over several files: all of them count as one",
        )
    return content


class Budget:
    """How much all files may hold together."""

    def __init__(self) -> None:
        self._size = MAX_TOTAL
        self._marks = MAX_MARKS

    def take(self, name: str, content: bytes) -> Problem | None:
        """Count *content* in, or say what there is too much of."""
        self._size -= len(content)
        self._marks -= marks(content)
        if self._size < 0:
            much = f"{MAX_TOTAL // 1024**2} MiB"
        elif self._marks < 0:
            much = f"{MAX_MARKS:,} keys and items"
        else:
            return None
        message = f"with this file the project has more than {much}"
        return Place(name, 1, 1).problem(message)


def _unreadable(name: str, error: OSError) -> Problem:
    reason = (error.strerror or "input/output error").lower()
    return Place(name, 1, 1).problem(f"this cannot be read: {reason}")
