"""JSON on standard output: read by programs, and seen by a runner on its way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from tests.journey import Project

HOSTILE = "##[add-mask]x\n::error::y\r::error::z ##[error]no"
COMMANDS = (
    ("plan", "--json"),
    ("show", "--json"),
    ("show", "PLAN", "--json"),
    ("invites", "--json"),
    ("state", "list", "--json"),
    ("state", "list", "--generations", "--json"),
    ("state", "show", "--json"),
    ("state", "show", "teams.ops", "--json"),
)


@pytest.fixture
def hostile(acme: Project, tmp_path: Path) -> Path:
    """A saved plan for a team whose description somebody else has written."""
    team = acme.sandbox.world.team("ops")
    assert team is not None
    team.description = HOSTILE
    acme.teams('[teams.ops]\ndescription = "Keeps the lights on"\n')
    path = tmp_path / "acme.plan"
    assert acme.run("plan", "--out", str(path)).code == Exit.DONE
    return path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_r14_no_json_gives_the_runner_orders(
    acme: Project, hostile: Path, command: tuple[str, ...]
) -> None:
    ran = acme.run(*(str(hostile) if each == "PLAN" else each for each in command))

    assert ran.code == Exit.DONE
    assert json.loads(ran.out)
    assert "##[" not in ran.out
    assert not any(line.lstrip().startswith("::") for line in ran.out.splitlines())


@pytest.mark.parametrize(
    "command", [COMMANDS[0], COMMANDS[2]], ids=["plan", "a saved plan"]
)
def test_what_is_escaped_is_read_as_it_was(
    acme: Project, hostile: Path, command: tuple[str, ...]
) -> None:
    ran = acme.run(*(str(hostile) if each == "PLAN" else each for each in command))

    [change] = json.loads(ran.out)["resource_changes"]
    assert change["change"]["before"]["description"] == HOSTILE


def test_a_state_is_pulled_byte_for_byte(acme: Project, hostile: Path) -> None:
    assert acme.run("state", "pull").out.encode() == acme.state
