"""What a disk may hold after the power has failed: what was synced, and perhaps more.

Nothing is on disk for certain that was not brought there with fsync. What was written
since may be there, be missing, or be there by half, and later pieces without earlier
ones. The same holds for names, until their directory is synced.
"""

from __future__ import annotations

import os
import pickle
import signal
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, TypeAlias

from tests.reliability.hooks import Call, Kind


class Written(NamedTuple):
    file: int
    offset: int
    content: bytes


class Cut(NamedTuple):
    file: int
    size: int


class Synced(NamedTuple):
    file: int


class Named(NamedTuple):
    """*name* is a name of *file* from now on; with *instead*, that one is not."""

    name: str
    file: int
    instead: str = ""


class Unnamed(NamedTuple):
    name: str


class NamesSynced(NamedTuple):
    """Those in the directory of the state."""


class Sent(NamedTuple):
    """A write is on its way to GitHub."""

    what: str


Act: TypeAlias = Written | Cut | Synced | Named | Unnamed | NamesSynced | Sent


@dataclass(slots=True)
class Recorder:
    """Keeps what is done to the files in one directory, and may end the process.

    Before its *nth* call it puts the record into *leaving*, and is killed.
    """

    directory: Path
    nth: int | None = None
    leaving: Path | None = None
    acts: list[Act] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    """How many acts there had been before each call."""

    _existed: bool = False
    _size: int = 0

    @property
    def findings(self) -> tuple[list[Act], list[int]]:
        return self.acts, self.at

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None:
        self.at.append(len(self.acts))
        if len(self.at) == self.nth:
            assert self.leaving is not None
            self.leaving.write_bytes(pickle.dumps(self.acts))
            os.kill(os.getpid(), signal.SIGKILL)
        if call.kind is Kind.ASK and not call.about.startswith(
            ("GET", "POST /graphql")
        ):
            self.acts.append(Sent(call.about))
        if call.name == "open":
            self._existed = os.path.lexists(arguments[0])
        elif call.name == "write":
            status = os.fstat(arguments[0])
            appends = os.O_APPEND & _flags(arguments[0])
            here = os.lseek(arguments[0], 0, os.SEEK_CUR)
            self._size = status.st_size if appends else here

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None:
        match call.name, arguments:
            case "open", (Path() as path, _) if not self._existed and self._here(path):
                self.acts.append(Named(path.name, os.fstat(result).st_ino))
            case "write", (int() as fd, content):
                done = bytes(content[:result])
                self.acts.append(Written(os.fstat(fd).st_ino, self._size, done))
            case "truncate", (int() as fd, int() as size):
                self.acts.append(Cut(os.fstat(fd).st_ino, size))
            case "fsync", (int() as fd,):
                self._sync(fd)
            case "rename", (Path() as old, Path() as new) if self._here(new):
                file = new.lstat().st_ino
                self.acts.append(Named(new.name, file, instead=old.name))
            case "link", (Path(), Path() as new) if self._here(new):
                self.acts.append(Named(new.name, new.lstat().st_ino))
            case "unlink", (Path() as path,) if self._here(path):
                self.acts.append(Unnamed(path.name))
            case _:
                pass

    def _here(self, path: Path) -> bool:
        return path.parent == self.directory

    def _sync(self, fd: int) -> None:
        status = os.fstat(fd)
        if not stat.S_ISDIR(status.st_mode):
            self.acts.append(Synced(status.st_ino))
        elif os.path.samestat(status, self.directory.stat()):
            self.acts.append(NamesSynced())


def _flags(fd: int) -> int:
    words = Path(f"/proc/self/fdinfo/{fd}").read_text().split()
    return int(words[words.index("flags:") + 1], 8)


@dataclass(slots=True)
class Platter:
    """The directory of a state: what is on it for certain, and what is not yet."""

    names: dict[str, int] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    _writes: dict[int, list[Written | Cut]] = field(default_factory=dict)
    _namings: list[Named | Unnamed] = field(default_factory=list)

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Platter:
        """All of it on disk; the numbers are other ones than a kernel gives."""
        numbers = {name: -number for number, name in enumerate(files, start=1)}
        return cls(numbers, {numbers[name]: files[name] for name in files})

    def follow(self, acts: Iterable[Act]) -> Platter:
        for act in acts:
            match act:
                case Written(file) | Cut(file):
                    self._writes.setdefault(file, []).append(act)
                case Synced(file):
                    for each in self._writes.pop(file, []):
                        self.contents[file] = _with(self.contents.get(file, b""), each)
                case Named() | Unnamed():
                    self._namings.append(act)
                case NamesSynced():
                    for naming in self._namings:
                        _name(self.names, naming)
                    self._namings.clear()
                case Sent():
                    pass
        return self

    def certain(self, name: str) -> bytes | None:
        """What the file *name* holds at least, if it is there for certain."""
        number = self.names.get(name)
        return None if number is None else self.contents.get(number, b"")

    def after_the_failure(self, random: Random) -> dict[str, bytes]:
        """One of the things that may be found afterwards."""
        names, contents = dict(self.names), dict(self.contents)
        in_order = random.random() < 0.5
        chance = random.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        for naming in self._namings:
            if random.random() < chance:
                _name(names, naming)
            elif in_order:
                break
        for file, writes in self._writes.items():
            for each in writes:
                kept = contents.get(file, b"")
                fate = random.choice(("lost", "there", "there", "half", "other half"))
                contents[file] = _with(kept, each, fate)
        return {name: contents.get(file, b"") for name, file in names.items()}


def _name(names: dict[str, int], naming: Named | Unnamed) -> None:
    if isinstance(naming, Unnamed):
        names.pop(naming.name, None)
        return
    names[naming.name] = naming.file
    if naming.instead and names.get(naming.instead) in {naming.file, None}:
        names.pop(naming.instead, None)


def _with(content: bytes, act: Written | Cut, fate: str = "there") -> bytes:
    if isinstance(act, Cut):
        return content if fate == "lost" else content[: act.size]
    middle = len(act.content) // 2
    match fate:
        case "there":
            offset, new = act.offset, act.content
        case "half":
            offset, new = act.offset, act.content[:middle]
        case "other half":
            offset, new = act.offset + middle, act.content[middle:]
        case _:
            return content
    if not new:
        return content
    # What was never written is zeros, as in any file with a hole.
    return content[:offset].ljust(offset, b"\0") + new + content[offset + len(new) :]
