"""Disks that watch, fail or die at a call of our choice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ghstate.store.disk import LocalDisk

CALLS = frozenset(name for name in vars(LocalDisk) if not name.startswith("_"))


class WatchedDisk(LocalDisk):
    """A local disk that tells each call to *before*, and lists them in `calls`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        """Called with the call that is about to be made, already in the list."""

    def __getattribute__(self, name: str) -> Any:
        attribute = super().__getattribute__(name)
        if name not in CALLS:
            return attribute

        def call(*args: Any) -> Any:
            self.calls.append((name, args))
            self.before(name, args)
            return attribute(*args)

        return call


class FailingDisk(WatchedDisk):
    """Answers its *nth* call with *code*."""

    def __init__(self, nth: int, code: int) -> None:
        super().__init__()
        self._nth = nth
        self._code = code

    def fail(self, nth: int) -> None:
        """Count from here, and fail at the *nth* call."""
        self.calls.clear()
        self._nth = nth

    @property
    def has_failed(self) -> bool:
        return len(self.calls) >= self._nth

    @property
    def done(self) -> list[tuple[str, object]]:
        """The calls that did not fail, each with what it came to last."""
        done = [*self.calls[: self._nth - 1], *self.calls[self._nth :]]
        return [(name, args[-1]) for name, args in done]

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        if len(self.calls) == self._nth:
            if name == "close":
                # Linux closes the file even when close reports an error.
                os.close(args[0])
            raise OSError(self._code, os.strerror(self._code))


class BrokenDisk(WatchedDisk):
    """Answers with *code* to the calls that *breaks* picks."""

    def __init__(
        self, code: int, breaks: Callable[[str, tuple[Any, ...]], bool]
    ) -> None:
        super().__init__()
        self._code = code
        self._breaks = breaks

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        if self._breaks(name, args):
            raise OSError(self._code, os.strerror(self._code))


class DeadlyDisk(WatchedDisk):
    """Ends the process at its *nth* call; a write is left half done."""

    def __init__(self, nth: int) -> None:
        super().__init__()
        self._nth = nth

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        if len(self.calls) == self._nth:
            if name == "write":
                fd, content = args
                os.write(fd, content[: len(content) // 2])
            os._exit(9)


def left_open(directory: Path) -> list[str]:
    """Files in *directory* that this process has open, directories included."""
    found = []
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - the names are numbers
        try:
            target = os.readlink(f"/proc/self/fd/{name}")  # noqa: PTH115 - may be gone
        except FileNotFoundError:
            continue
        if Path(target.removesuffix(" (deleted)")).is_relative_to(directory):
            found.append(target)
    return found
