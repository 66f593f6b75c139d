"""A disk that loses power: what was not synced is dropped, halved or reordered.

It is a small file system in memory. What is read is what was written last; what is on
disk is what was synced, and for everything else chance decides when the power goes.
A file and the names in a directory are synced each for itself, as POSIX has it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TypeAlias

ROOT = Path("/disk")


class PowerCut(BaseException):
    """Nothing goes on after this: not even what cleans up after an error."""


@dataclass(slots=True)
class _Write:
    offset: int
    content: bytes


@dataclass(slots=True)
class _Truncate:
    size: int


@dataclass(slots=True)
class _File:
    inode: int
    content: bytes = b""
    on_disk: bytes = b""
    unsynced: list[_Write | _Truncate] = field(default_factory=list)

    def change(self, change: _Write | _Truncate) -> None:
        self.unsynced.append(change)
        self.content = _changed(self.content, change)

    def sync(self) -> None:
        self.on_disk = self.content
        self.unsynced.clear()

    def lose(self, chance: Random, rate: float) -> None:
        """Drop unsynced changes at *rate*, halve some, and do the rest in any order."""
        left = [each for each in self.unsynced if chance.random() >= rate]
        if rate:
            chance.shuffle(left)
        for change in left:
            if isinstance(change, _Write) and chance.random() < rate:
                half = chance.randrange(len(change.content) + 1)
                change.content = change.content[:half]
            self.on_disk = _changed(self.on_disk, change)
        self.content = self.on_disk
        self.unsynced.clear()


@dataclass(slots=True)
class _Directory:
    inode: int
    names: dict[str, _Node] = field(default_factory=dict)
    on_disk: dict[str, _Node] = field(default_factory=dict)
    unsynced: list[Mapping[str, _Node | None]] = field(default_factory=list)
    """What each call has done to names; None removes one."""

    def change(self, change: Mapping[str, _Node | None]) -> None:
        self.unsynced.append(change)
        _rename(self.names, change)

    def sync(self) -> None:
        self.on_disk = dict(self.names)
        self.unsynced.clear()

    def lose(self, chance: Random, rate: float) -> None:
        """Each call has come to disk or not; of a rename, maybe only the new name."""
        for change in self.unsynced:
            if chance.random() < rate:
                continue
            renames = len(change) > 1 and chance.random() < rate
            made = {name: node for name, node in change.items() if node or not renames}
            _rename(self.on_disk, made)
        self.names = dict(self.on_disk)
        self.unsynced.clear()
        for node in self.names.values():
            node.lose(chance, rate)


_Node: TypeAlias = _File | _Directory


def _changed(content: bytes, change: _Write | _Truncate) -> bytes:
    match change:
        case _Write(offset, new):
            before = content[:offset].ljust(offset, b"\0")
            return before + new + content[offset + len(new) :]
        case _Truncate(size):
            return content[:size].ljust(size, b"\0")


def _rename(names: dict[str, _Node], change: Mapping[str, _Node | None]) -> None:
    for name, node in change.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node


@dataclass(slots=True)
class _Open:
    node: _Node
    appending: bool
    position: int = 0


class MortalDisk:
    """Has an empty directory `ROOT` at first; *chance* decides what goes wrong.

    A call fails at the rate *failing*; without *links*, it knows no hard links.
    """

    def __init__(
        self, chance: Random, *, failing: float = 0.0, links: bool = True
    ) -> None:
        self.failing = failing
        self.lives_for: int | None = None
        """So many more calls until the power, or the process, is gone."""

        self._chance = chance
        self._links = links
        self._inodes = 1
        self._root = _Directory(self._inodes)
        self._root.change({ROOT.name: _Directory(self._next_inode())})
        self._root.sync()
        self._open: dict[int, _Open] = {}
        self._fds = 2

    def restart(self, *, power_lost: bool) -> None:
        """Go on after a `PowerCut`, or after the process alone was killed."""
        self._open.clear()
        self.lives_for = None
        if power_lost:
            # Either a disk that has just been lucky, or one that has kept little.
            self._root.lose(self._chance, self._chance.choice((0.0, 0.5, 0.9, 1.0)))

    def open(self, path: Path, flags: int) -> int:
        self._call()
        directory = self._directory(path.parent)
        node = directory.names.get(path.name)
        if node is None and not flags & os.O_CREAT:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        if node is not None and flags & os.O_EXCL:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        if node is None:
            node = _File(self._next_inode())
            directory.change({path.name: node})
        self._fds += 1
        self._open[self._fds] = _Open(node, bool(flags & os.O_APPEND))
        return self._fds

    def close(self, fd: int) -> None:
        # Closed even when it fails, as on Linux.
        del self._open[fd]
        self._call()

    def read(self, fd: int, size: int) -> bytes:
        self._call()
        opened, file = self._file(fd)
        content = file.content[opened.position : opened.position + size]
        opened.position += len(content)
        return content

    def write(self, fd: int, content: memoryview) -> int:
        opened, file = self._file(fd)
        size = len(content)
        if self._chance.random() < 0.2:
            size = self._chance.randrange(1, size + 1)
        if not self._survives():
            file.change(self._placed(opened, file, content[: size // 2]))
            raise PowerCut
        self._may_fail()
        change = self._placed(opened, file, content[:size])
        file.change(change)
        opened.position = change.offset + size
        return size

    def truncate(self, fd: int, size: int) -> None:
        self._call()
        self._file(fd)[1].change(_Truncate(size))

    def fsync(self, fd: int) -> None:
        if not self._survives():
            if self._chance.random() < 0.5:
                self._open[fd].node.sync()
            raise PowerCut
        self._may_fail()
        self._open[fd].node.sync()

    def fstat(self, fd: int) -> os.stat_result:
        self._call()
        return _status(self._open[fd].node)

    def lstat(self, path: Path) -> os.stat_result:
        self._call()
        return _status(self._node(path))

    def lock(self, fd: int) -> None:
        self._call()

    def share(self, fd: int) -> None:
        self._call()

    def rename(self, old: Path, new: Path) -> None:
        self._change(old, {new.name: self._node(old), old.name: None})

    def link(self, old: Path, new: Path) -> None:
        if not self._links:
            self._call()
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        if new.name in self._directory(new.parent).names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._change(old, {new.name: self._node(old)})

    def unlink(self, path: Path) -> None:
        self._node(path)
        self._change(path, {path.name: None})

    def mkdir(self, path: Path) -> None:
        if path.name in self._directory(path.parent).names:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        self._change(path, {path.name: _Directory(self._next_inode())})

    def names(self, directory: Path) -> list[str]:
        self._call()
        return list(self._directory(directory).names)

    def date(self, path: Path, like: os.stat_result) -> None:
        self._call()

    def _call(self) -> None:
        if not self._survives():
            raise PowerCut
        self._may_fail()

    def _survives(self) -> bool:
        if self.lives_for is None:
            return True
        self.lives_for -= 1
        return self.lives_for > 0

    def _may_fail(self) -> None:
        if self._chance.random() < self.failing:
            code = self._chance.choice((errno.ENOSPC, errno.EIO))
            raise OSError(code, os.strerror(code))

    def _change(self, path: Path, change: Mapping[str, _Node | None]) -> None:
        """Change names beside *path*, maybe just before the power goes."""
        directory = self._directory(path.parent)
        if not self._survives():
            if self._chance.random() < 0.5:
                directory.change(change)
            raise PowerCut
        self._may_fail()
        directory.change(change)

    def _placed(self, opened: _Open, file: _File, content: memoryview) -> _Write:
        offset = len(file.content) if opened.appending else opened.position
        return _Write(offset, bytes(content))

    def _file(self, fd: int) -> tuple[_Open, _File]:
        opened = self._open[fd]
        if not isinstance(opened.node, _File):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        return opened, opened.node

    def _node(self, path: Path) -> _Node:
        node: _Node = self._root
        for name in path.parts[1:]:
            found = node.names.get(name) if isinstance(node, _Directory) else None
            if found is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            node = found
        return node

    def _directory(self, path: Path) -> _Directory:
        node = self._node(path)
        if not isinstance(node, _Directory):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return node

    def _next_inode(self) -> int:
        self._inodes += 1
        return self._inodes


def _status(node: _Node) -> os.stat_result:
    match node:
        case _File(inode, content):
            return os.stat_result(
                (stat.S_IFREG | 0o600, inode, 1, 1, 0, 0, len(content), 0, 0, 0)
            )
        case _Directory(inode):
            return os.stat_result((stat.S_IFDIR | 0o700, inode, 1, 1, 0, 0, 0, 0, 0, 0))
