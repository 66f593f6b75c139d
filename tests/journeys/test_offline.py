"""What needs no network does not load what talks to one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.journey import Project, project

ONLINE = ("asyncio", "gql", "aiohttp", "graphql", "pydantic")
"""Modules that take a second to load, and that only a conversation needs."""

PROGRAM = """
import json, sys
from ghstate.cli.app import run

code = run(json.loads(sys.argv[1]))
print(json.dumps([code, [each for each in sys.modules]]), file=sys.stderr)
"""
"""Runs a command line, and says on the last line of standard error what it loaded."""

COMMANDS = {
    "plan": ["plan", "--no-refresh"],
    "plan as JSON": ["plan", "--no-refresh", "--json"],
    "validate": ["validate"],
    "show": ["show"],
    "show as JSON": ["show", "--json"],
    "state list": ["state", "list"],
    "state show": ["state", "show", "members.ada"],
    "version": ["--version"],
    "help": ["--help"],
    "help for a command": ["apply", "--help"],
}


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that has been refreshed, and whose GitHub is gone since.

    Eve came into the files afterwards, so that nobody has been asked about her.
    """
    document = {"org": "acme", "admins": ["ada"], "members": ["bob"], "teams": []}
    directory = tmp_path_factory.mktemp("acme")
    with Sandbox(from_neutral(document)) as sandbox:
        made = project(directory, sandbox, members={"ada": "admin"})
        assert made.refresh().code == 0
    made.members('ada = "admin"\neve = "member"')
    return made


def run_in_child(directory: Path, *arguments: str) -> tuple[int, set[str], str]:
    """Run ``ghstate ARGUMENTS`` by itself: its exit code, modules, and output."""
    child = subprocess.run(  # noqa: S603 - this interpreter and this program
        [sys.executable, "-c", PROGRAM, json.dumps(arguments)],
        cwd=directory,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(Path(__file__).parents[2]),
            "COLUMNS": "80",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    code, modules = json.loads(child.stderr.splitlines()[-1])
    return code, set(modules), child.stdout


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_command_that_needs_no_network_loads_nothing_for_one(
    arguments: list[str], acme: Project
) -> None:
    code, modules, out = run_in_child(acme.directory, *arguments)
    assert (code, out != "" or arguments == ["validate"]) == (0, True)
    assert modules.isdisjoint(ONLINE)
    assert "ghstate.cli.app" in modules


def test_a_command_that_does_need_the_network_loads_it(acme: Project) -> None:
    """Or the tests above could not fail."""
    code, modules, _ = run_in_child(acme.directory, "refresh")
    assert code == 1
    assert modules >= {"asyncio", "gql", "aiohttp"}


def test_a_plan_without_refresh_needs_neither_token_nor_network(acme: Project) -> None:
    acme.token = None
    acme.environ["GITHUB_API_URL"] = "http://127.0.0.1:1"
    planned = acme.plan("--no-refresh")
    assert planned.code == 0
    assert planned.reasons == {"members.bob": "remove", "members.eve": "invite"}
    assert ("unresolved-login", "members.eve") in planned.all_notes
