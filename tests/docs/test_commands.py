"""docs/commands.md has every command, with the help that it prints."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest
import typer.main

from ghstate.cli.app import app
from ghstate.cli.exits import PRECEDENCE, Exit
from tests.docs.pages import DOCS, README, section

PAGE = DOCS / "commands.md"


def every_command() -> Iterator[str]:
    """`ghstate`, `ghstate init`, …, as the program knows them."""
    yield from _below("ghstate", typer.main.get_command(app))


def _below(name: str, command: object) -> Iterator[str]:
    yield name
    for word, inner in getattr(command, "commands", {}).items():
        yield from _below(f"{name} {word}", inner)


COMMANDS = tuple(every_command())


@cache
def help_of(command: str) -> str:
    """What `--help` prints on a terminal of 80 columns, without colours."""
    _, *words = command.split()
    done = subprocess.run(  # noqa: S603 - this very program
        [sys.executable, "-m", "ghstate", *words, "--help"],
        env=os.environ | {"COLUMNS": "80", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        timeout=60,
        check=True,
    )
    return done.stdout.decode()


def documented(command: str) -> str:
    text = section(PAGE, command)
    help_block = re.search(r"^```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert help_block, f"{command} has no help in {PAGE.name}"
    return help_block[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_every_command_is_as_it_prints_it(command: str) -> None:
    assert documented(command) == help_of(command)


def test_no_command_is_documented_that_is_not_there() -> None:
    headings = re.findall(r"^#+ (ghstate.*)$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert sorted(headings) == sorted(COMMANDS)


def test_every_exit_code_is_in_the_readme() -> None:
    table = section(README, "Exit codes")

    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| ")]
    codes = [int(code) for cell in cells for code in re.findall(r"\d+", cell)]

    assert codes == sorted(Exit)


def test_the_readme_says_which_exit_code_wins() -> None:
    sentence = re.search(r"the first of ([\d, ]+) is", section(README, "Exit codes"))

    assert sentence
    assert [int(code) for code in sentence[1].split(",")] == list(PRECEDENCE)
