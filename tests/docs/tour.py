"""The tour of the README, as something that can be run.

Every `console` block is a piece of what is typed into one shell. A line that begins
with `$ ` is a command, the lines below it are what it prints.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ghstate.cli import sandboxing
from tests.docs.pages import Block

PORT = sandboxing.PORT
"""The port in the README; a run takes a free one."""

_MARK = "@@ the tour is at "

_PROGRESS = re.compile(r"^(reading \S+|\d+/\d+ . .*)\n", re.MULTILINE)
"""A line that moves on a terminal and goes again; in a log it is lines."""

_AGES = (
    (re.compile(r"snapshot (just taken|.* old)$", re.MULTILINE), "snapshot SOME TIME"),
    (re.compile(r"(\d+ (second|minute)s? ago|just now)"), "SOME TIME AGO"),
    (re.compile(r"until \d+ \w+ to accept"), "until SOME DAY to accept"),
    (re.compile(r"in \d+\.\d s\b"), "in SOME TIME"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A command, what the README says it prints, and the line where it stands."""

    command: str
    shown: str
    line: int


def steps(blocks: Sequence[Block]) -> tuple[Step, ...]:
    found: list[Step] = []
    for block in blocks:
        for number, text in enumerate(block.text.splitlines()):
            if text.startswith("$ "):
                found.append(Step(text.removeprefix("$ "), "", block.line + number))
            else:
                last = found[-1]
                found[-1] = Step(last.command, f"{last.shown}{text}\n", last.line)
    return tuple(found)


def script(steps: Sequence[Step]) -> str:
    """A shell script of all commands, with a mark before each; stops at a failure."""
    lines = ["exec 2>&1", "set -eu"]
    for number, step in enumerate(steps):
        lines += [f"echo '{_MARK}{number}'", step.command]
    return "\n".join(lines) + "\n"


def printed(output: str) -> list[str]:
    """What each command of a `script` printed."""
    pieces = re.split(rf"^{_MARK}\d+\n", output, flags=re.MULTILINE)
    return pieces[1:]


def stable(text: str) -> str:
    """*text* without what differs from run to run: progress, and how long ago."""
    text = _PROGRESS.sub("", text)
    for age, instead in _AGES:
        text = age.sub(instead, text)
    return text
