"""A saved plan that is applied a second time: what docs/saved-plans.md says of that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Drop, Fault, Meanwhile
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from ghstate.sandbox.world import World
from tests.cli.conftest import ACME
from tests.journey import OWNER, Project

INVITE = "POST /orgs/acme/invitations"
BOB = "/orgs/acme/memberships/bob"
REMOVE = f"DELETE {BOB}"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(from_neutral({**ACME, "accounts": ["alice"]})) as running:
        yield running


@pytest.fixture
def plan(acme: Project, tmp_path: Path) -> Path:
    """Saved: alice is invited, then bob is removed."""
    acme.members('ada = "admin"\ncyd = "member"\nalice = "member"')
    acme.teams("")
    path = tmp_path / "acme.plan"
    assert acme.run("plan", "--out", str(path)).code == Exit.DONE
    return path


def killed_at_the_removal(acme: Project, plan: Path) -> None:
    """Apply the plan, and kill that when it asks for the removal, which gets lost."""
    running: list[subprocess.Popen[bytes]] = []

    def kill(_: World) -> None:
        os.kill(running[0].pid, signal.SIGKILL)
        running[0].wait(10)

    acme.sandbox.conditions.script(
        Fault(Meanwhile(kill), method="DELETE", path=BOB),
        Fault(Drop(), method="DELETE", path=BOB),
    )
    with subprocess.Popen(  # noqa: S603 - it is this Python, and our own command
        [sys.executable, "-m", "ghstate", "-C", str(acme.directory), "apply", plan],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(acme.directory),
            "GITHUB_API_URL": acme.sandbox.url,
            "GHSTATE_TOKEN": OWNER,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        running.append(process)
        assert process.wait(60) == -signal.SIGKILL


def test_t73_after_a_kill_the_same_plan_goes_on(acme: Project, plan: Path) -> None:
    killed_at_the_removal(acme, plan)
    acme.sandbox.history.clear()

    ran = acme.run("apply", str(plan))

    assert ran.code == Exit.DONE
    assert "No longer needed: done already\n  + alice  invite as member\n" in ran.out
    assert acme.sandbox.history.calls() == [REMOVE]
    assert acme.is_at_rest()


@pytest.mark.parametrize("between", ["refresh", "plan --refresh"])
def test_t73_after_a_kill_and_another_read_the_plan_has_to_be_made_again(
    acme: Project, plan: Path, between: str
) -> None:
    killed_at_the_removal(acme, plan)
    assert acme.run(*between.split()).code == Exit.DONE
    acme.sandbox.history.clear()

    ran = acme.run("apply", str(plan))

    assert ran.code == Exit.STALE
    assert "there was an apply or an edit of the state since it was made" in ran.err
    assert acme.sandbox.history.calls() == []


def test_t73_after_an_apply_in_part_the_plan_has_to_be_made_again(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.conditions.script(
        Fault(complaint(422, "No."), path=BOB, method="DELETE")
    )
    first = acme.run("apply", str(plan))
    second = acme.run("apply", str(plan))

    assert (first.code, second.code) == (Exit.IN_PART, Exit.STALE)
    assert acme.sandbox.history.calls() == [INVITE, REMOVE]


def test_t73_without_a_state_an_apply_in_part_is_gone_on_with(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.conditions.script(
        Fault(complaint(422, "No."), path=BOB, method="DELETE")
    )
    acme.run("apply", str(plan))
    acme.forget()

    ran = acme.run("apply", str(plan))

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == [INVITE, REMOVE, REMOVE]
