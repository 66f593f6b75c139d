"""Finding and reading the files of a project."""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ghstate.config.globs import matches, reaches
from ghstate.config.limits import MAX_FILE, MAX_FILES, MAX_MARKS, MAX_TOTAL, marks
from ghstate.config.source import Place
from ghstate.config.spelling import UNSEEN
from ghstate.errors import Problem

SETTINGS_FILE = "ghstate.toml"
LOCK_FILE = "ghstate.lock.toml"
NEVER = frozenset({SETTINGS_FILE, LOCK_FILE, "pyproject.toml"})


class Found(msgspec.Struct, frozen=True):
    """A file or directory of the project: its name there, and what is behind it."""

    name: str
    real: Path
    is_link: bool = False


def discover(root: Path, globs: Sequence[str]) -> list[Found | Problem]:
    """The files that *globs* mean, by name; *root* is free of symbolic links.

    A link that leads out of the project is a problem. One that stays in it is
    followed, but no file counts twice.
    """
    found: dict[Path, Found] = {}
    problems: list[Problem] = []
    for entry in _entries(root, globs):
        if isinstance(entry, Problem):
            problems.append(entry)
        else:
            found.setdefault(entry.real, entry)
        if len(found) > MAX_FILES:
            place = Place(SETTINGS_FILE, 1, 1)
            return [place.problem(f"the project has more than {MAX_FILES:,} files")]
    return [*problems, *sorted(found.values(), key=lambda file: file.name)]


def _entries(root: Path, globs: Sequence[str]) -> Iterator[Found | Problem]:
    # Links last, so that a file goes by its own name if it has one in the project.
    directories, links = deque([Found("", root)]), deque[Found]()
    seen: set[Path] = set()
    while directories or links:
        here = (directories or links).popleft()
        if here.real in seen:
            continue
        seen.add(here.real)
        if not here.real.is_dir():
            yield here
            continue
        for entry in _meant(here, globs):
            if isinstance(entry, Problem):
                yield entry
            elif not entry.is_link:
                directories.append(entry)
            elif entry.real.is_relative_to(root):
                links.append(entry)
            else:
                yield led_out(entry.name)


def _meant(directory: Found, globs: Sequence[str]) -> Iterator[Found | Problem]:
    """What stands in *directory* and is meant by *globs*, or may hold what is."""
    try:
        entries = sorted(os.scandir(directory.real), key=lambda entry: entry.name)
    except OSError as error:
        yield _unreadable(directory.name, error)
        return
    if directory.name and any(entry.name == SETTINGS_FILE for entry in entries):
        return
    prefix = f"{directory.name}/" if directory.name else ""
    for entry in entries:
        name, path, is_link = prefix + entry.name, Path(entry.path), entry.is_symlink()
        if entry.name.startswith("."):
            continue
        if path.is_dir() if is_link else entry.is_dir():
            meant = any(reaches(name, glob) for glob in globs)
        else:
            never = entry.name in NEVER
            meant = not never and any(matches(name, glob) for glob in globs)
        if not meant:
            continue
        if (shown := _shown(name)) != name:
            message = "this name has characters in it that nobody can see"
            yield Place(shown, 1, 1).problem(message)
            continue
        yield Found(name, real_path(path) if is_link else path, is_link)


def _shown(name: str) -> str:
    """The name as it can be printed: what is not UTF-8 in it, Python cannot."""
    text = name.encode(errors="backslashreplace").decode()
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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


def read(found: Found, most: int = MAX_FILE) -> bytes | Problem:
    """The content of a file of at *most* so many bytes, or what keeps it from that."""
    place = Place(found.name, 1, 1)
    try:
        if not stat.S_ISREG(found.real.stat().st_mode):
            return place.problem("this is not a file that can be read")
        with found.real.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        return _unreadable(found.name, error)
    if len(content) > most:
        return place.problem(
            f"this file is larger than {most // 1024:,} KiB",
            "spread it over several files: all of them count as one"
            if found.name not in NEVER
            else "",
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
