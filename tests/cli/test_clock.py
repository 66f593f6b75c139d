"""GitHub's time and the time of this machine, where they are not the same."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from tests.journey import Project, project

LOOK = "look with `ghstate plan --refresh`\n"
HOURLY = '[state]\nmax_age = "1h"'


@pytest.fixture
def inviting(tmp_path: Path, sandbox: Sandbox) -> Project:
    """An organization that has just invited eve, and reads once an hour."""
    here = project(
        tmp_path / "inviting",
        sandbox,
        members={"ada": "admin", "bob": "member", "cyd": "member", "eve": "member"},
        settings=HOURLY,
    )
    assert here.apply().code == Exit.DONE
    return here


def advance(here: Project, duration: str) -> None:
    assert here.run("sandbox", "advance", duration).code == Exit.DONE


def age(header: str) -> str:
    return header.rpartition(" · ")[2]


def is_recent(text: str) -> bool:
    """Is it a few seconds at most, however slow this machine is?"""
    found = re.fullmatch(
        r"(snapshot|read) (just (taken|now)|\d+ seconds? (old|ago))", text
    )
    return found is not None


# What reports say


@pytest.mark.parametrize("command", [["plan"], ["invites"]])
def test_days_that_passed_in_the_sandbox_have_passed_in_reports(
    inviting: Project, command: list[str]
) -> None:
    advance(inviting, "3d")

    ran = inviting.run(*command, "--refresh")

    header, *_ = ran.out.splitlines()
    assert is_recent(age(header))
    assert "3 days ago" in ran.out
    assert "4 days left" in ran.out


def test_what_has_expired_in_the_sandbox_is_invited_again(inviting: Project) -> None:
    advance(inviting, "8d")

    planned = inviting.run("plan", "--refresh").out
    invites = inviting.run("invites").out
    applied = inviting.apply().out
    until = inviting.sandbox.world.now + timedelta(days=7)

    assert is_recent(age(planned.splitlines()[0]))
    assert "+ eve  invite again" in planned
    assert "Came to nothing" in invites
    assert f"they have until {until.day} {until:%B} to accept" in applied


def test_the_time_of_a_plan_is_never_before_its_snapshot(inviting: Project) -> None:
    advance(inviting, "8d")

    made = inviting.plan("--refresh").document
    shown = json.loads(inviting.run("invites", "--no-refresh", "--json").out)

    assert made["timestamp"] >= shown["taken_at"]
    assert datetime.fromisoformat(shown["taken_at"]) > datetime.now(UTC) + timedelta(7)


def test_what_is_shown_of_the_state_is_as_old_as_it_is(inviting: Project) -> None:
    advance(inviting, "3d")
    inviting.refresh()

    header, *_ = inviting.run("show").out.splitlines()

    assert is_recent(age(header))


# When GitHub is read again


@pytest.mark.parametrize(
    ("off", "reads_again"),
    [
        (timedelta(hours=2), True),
        (timedelta(minutes=3), True),
        (timedelta(seconds=20), False),
        (timedelta(0), False),
        (timedelta(minutes=-3), False),
        (timedelta(hours=-2), True),
    ],
)
def test_a_snapshot_from_the_future_is_too_old(
    acme: Project, sandbox: Sandbox, off: timedelta, *, reads_again: bool
) -> None:
    acme.settings(HOURLY)
    sandbox.world.advance(off)
    acme.refresh()
    asked = len(sandbox.history)

    acme.plan()

    assert (len(sandbox.history) > asked) == reads_again


# What the sandbox says


def test_the_sandbox_tells_the_time_as_people_do(acme: Project) -> None:
    ran = acme.run("sandbox", "advance", "8d")

    now = acme.sandbox.world.now
    minute_ago = now - timedelta(minutes=1)
    told = {
        f"it is {at.day} {at:%B} {at.year}, {at:%H:%M} UTC in the sandbox now\n"
        for at in (now, minute_ago)
    }
    assert ran.out in told
    assert ran.err == LOOK


def test_whatever_changes_the_sandbox_says_how_to_look(
    acme: Project, sandbox: Sandbox
) -> None:
    sandbox.world.invite("eve")
    sandbox.world.invite("fay")

    changes = [
        acme.run("sandbox", *words)
        for words in (
            ["accept", "eve"],
            ["decline", "fay"],
            ["leave", "cyd"],
            ["rename", "bob", "robert"],
            ["advance", "1h"],
        )
    ]

    assert [(ran.code, ran.err) for ran in changes] == [(Exit.DONE, LOOK)] * 5


def test_what_changes_nothing_in_the_sandbox_does_not(acme: Project) -> None:
    looked = acme.run("sandbox", "status")
    refused = acme.run("sandbox", "accept", "eve")

    assert (looked.code, looked.err) == (Exit.DONE, "")
    assert refused.code == Exit.ERROR
    assert LOOK not in refused.err
