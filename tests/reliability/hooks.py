"""What happens to a process at one of its calls: it is listed, dies, or is refused.

A call is one of the operating system through `LocalDisk`, or a request to GitHub,
which counts twice: when it is about to go out, and when its answer has arrived.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from unittest.mock import patch

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse

from ghstate.github.exchange import Exchange
from ghstate.store.disk import LocalDisk

CALLS = tuple(name for name in vars(LocalDisk) if not name.startswith("_"))
LEAVING_TRACES = frozenset(
    {"write", "truncate", "rename", "link", "unlink", "mkdir", "lock"}
)


class Kind(Enum):
    DISK = auto()
    ASK = auto()
    """A request is about to go out."""
    ANSWERED = auto()
    """GitHub has done what was asked, and the answer is here."""


class Call(NamedTuple):
    """One call, in words; *traces*: is anything else than before, once it is over?"""

    kind: Kind
    name: str
    about: str
    traces: bool

    def __str__(self) -> str:
        return f"{self.name} {self.about}"


class Hook(Protocol):
    """Stands beside a process, and is told of its calls."""

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None: ...

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None: ...

    @property
    def findings(self) -> object:
        """What is told, once the process has ended by itself."""
        ...


@dataclass(slots=True)
class Listing:
    """Only makes a list."""

    calls: list[Call] = field(default_factory=list)

    @property
    def findings(self) -> list[Call]:
        return self.calls

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None:
        self.calls.append(call)

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None: ...


@dataclass(slots=True)
class Death:
    """SIGKILL before the *nth* call; with *half*, after one half of a write."""

    nth: int
    half: bool = False
    seen: int = 0

    @property
    def findings(self) -> int:
        return self.seen

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None:
        self.seen += 1
        if self.seen == self.nth:
            if self.half:
                fd, content = arguments
                os.write(fd, content[: len(content) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None: ...


@dataclass(slots=True)
class Signalled:
    """Sends its process the signal *number* after each rename to *name*."""

    name: str
    number: signal.Signals

    @property
    def findings(self) -> None:
        return None

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None: ...

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None:
        if call.name == "rename" and arguments[1].name == self.name:
            os.kill(os.getpid(), self.number)


@dataclass(slots=True)
class Refusal:
    """The *nth* call of the disk, and *times* from there on, is answered *code*."""

    nth: int
    code: int
    times: int = 1
    seen: int = 0
    struck: list[Call] = field(default_factory=list)

    @property
    def findings(self) -> list[Call]:
        return self.struck

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None:
        if call.kind is not Kind.DISK:
            return
        self.seen += 1
        if self.nth <= self.seen < self.nth + self.times:
            self.struck.append(call)
            if call.name == "close":
                # Linux closes the file even when close reports an error.
                os.close(arguments[0])
            raise OSError(self.code, os.strerror(self.code))

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None: ...


def install(hook: Hook) -> None:
    """Put *hook* beside this process, for as long as it lives."""
    names: dict[int, str] = {}
    for name in CALLS:
        setattr(LocalDisk, name, _watched(name, getattr(LocalDisk, name), hook, names))
    send = Exchange._send

    async def asked(
        exchange: Exchange,
        request: ClientRequest,
        handler: ClientHandlerType,
        *,
        reads: bool,
    ) -> ClientResponse:
        words = f"{request.method} {request.url.path}"
        hook.before(Call(Kind.ASK, "ask", words, traces=False), ())
        response = await send(exchange, request, handler, reads=reads)
        hook.before(Call(Kind.ANSWERED, "answered", words, traces=not reads), ())
        return response

    # A process of its own: nobody is there to whom it would have to be given back.
    patch.object(Exchange, "_send", asked).start()


def _watched(
    name: str, original: Callable[..., Any], hook: Hook, names: dict[int, str]
) -> Callable[..., Any]:
    def call(disk: LocalDisk, *arguments: Any) -> Any:
        traces = name in LEAVING_TRACES or (
            name == "open" and bool(arguments[1] & os.O_CREAT)
        )
        told = Call(Kind.DISK, name, _about(arguments, names), traces)
        hook.before(told, arguments)
        result = original(disk, *arguments)
        if name == "open":
            names[result] = Path(arguments[0]).name
        hook.after(told, arguments, result)
        return result

    return call


def _about(arguments: tuple[Any, ...], names: dict[int, str]) -> str:
    first = arguments[0]
    if isinstance(first, int):
        return names.get(first, "?")
    return " ".join(each.name for each in arguments if isinstance(each, Path))
