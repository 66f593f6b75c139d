"""Drift, told by real runs: what others did on GitHub, and what the files changed."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from ghstate.cli.exits import Exit
from ghstate.engine.memory import Memory
from ghstate.journal import Ended
from ghstate.sandbox import memberships, teams
from ghstate.sandbox.records import OrgRole, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.teams import TeamFields
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.scene import BOT, Begin, join, roles_in

FILES = BOT | {"mallory": "admin", "alice": "member", "dave": "member"}
OPS = '[teams.ops]\nmembers = ["alice"]\n'


@pytest.fixture
def world(world: World) -> World:
    world.add_member("mallory", OrgRole.ADMIN)
    join(world, "alice", "dave")
    world.policy.audit_log = True
    return world


@pytest.fixture
def applied(world: World, acme: Begin) -> Project:
    """The files, applied three hours ago."""
    project = acme(members=FILES, teams=OPS)
    assert project.apply().code == Exit.DONE
    world.advance(timedelta(hours=3))
    return project


def drift_of(project: Project, *flags: str) -> dict[str, dict[str, Any]]:
    entries = project.plan(*flags).document.get("resource_drift", [])
    return {each["address"]: each for each in entries}


def asked(sandbox: Sandbox) -> int:
    """How often the audit log has been asked."""
    return sum(each.path.endswith("/audit-log") for each in sandbox.history)


def test_a_plan_tells_drift_from_files_that_are_not_applied_yet(
    world: World, applied: Project
) -> None:
    mallory = world.actor("mallory")
    memberships.set_membership(world, mallory, "alice", OrgRole.ADMIN)
    memberships.remove_membership(world, world.actor("bot"), "dave")
    world.advance(timedelta(minutes=30))
    world.account_or_new("new")
    applied.members(
        'bot = "admin"\nmallory = "admin"\nalice = "member"\nnew = "member"'
    )

    shown = applied.run("plan").out

    drift, _, changes = shown.partition("\n\nPeople\n")
    title, *lines = drift.splitlines()[2:]
    assert title == "Changed on GitHub since the last apply"
    assert [" ".join(line.split()) for line in lines] == [
        "! alice member → admin 30 minutes ago by mallory; this plan undoes it",
        (
            "· dave removed 30 minutes ago by bot, this token's account "
            "(another run?); the files ask for it, too"
        ),
    ]
    assert "1 to invite, 2 to change · 1 of these undoes what was changed" in changes


def test_what_was_told_is_told_again_without_asking(
    world: World, sandbox: Sandbox, applied: Project
) -> None:
    memberships.remove_membership(world, world.actor("mallory"), "dave")
    first = drift_of(applied)
    before = asked(sandbox)

    assert list(first) == ["members.dave"]
    assert first["members.dave"]["changed_by"]["login"] == "mallory"
    assert drift_of(applied, "--no-refresh") == first
    assert asked(sandbox) == before


def test_a_refresh_notices_and_a_later_plan_asks_who_it_was(
    world: World, sandbox: Sandbox, applied: Project
) -> None:
    team = world.team("ops")
    assert team is not None
    teams.put_member(world, world.actor("mallory"), team, "dave", TeamRole.MEMBER)
    assert applied.refresh().code == Exit.DONE
    unasked = asked(sandbox)
    offline = drift_of(applied, "--no-refresh")

    told = drift_of(applied)

    address = "teams.ops.members.dave"
    assert unasked == 0
    assert "changed_by" not in offline[address]
    assert told[address]["changed_by"]["login"] == "mallory"
    assert told[address]["outlook"] == "undone"
    assert asked(sandbox) == 1


def test_without_drift_nobody_asks_the_audit_log(
    sandbox: Sandbox, applied: Project
) -> None:
    assert drift_of(applied) == {}
    assert applied.apply().code == Exit.DONE
    assert asked(sandbox) == 0


def test_where_there_is_no_audit_log_the_plan_is_the_same_but_for_who(
    world: World, sandbox: Sandbox, applied: Project
) -> None:
    world.policy.audit_log = False
    team = world.team("ops")
    assert team is not None
    teams.edit(world, world.actor("mallory"), team, TeamFields(name="Ops"))

    planned = applied.plan()

    assert planned.code == Exit.DONE
    assert "changed_by" not in planned.document["resource_drift"][0]


def test_an_apply_and_those_who_answer_it_leave_no_drift(
    world: World, applied: Project
) -> None:
    world.account_or_new("new")
    applied.members(
        'bot = "admin"\nmallory = "member"\nalice = "admin"\nnew = "member"'
    )
    applied.teams('[teams.ops]\nmembers = ["new"]\n[teams.web]\nmembers = ["alice"]\n')
    assert applied.apply().code == Exit.DONE
    after = drift_of(applied)
    world.accept("new")

    assert after == {}
    assert drift_of(applied) == {}
    assert applied.is_at_rest()


def test_an_invitation_by_mail_that_is_accepted_is_no_drift(
    world: World, applied: Project
) -> None:
    applied.members(
        'bot = "admin"\nmallory = "admin"\nalice = "member"\ndave = "member"\n'
        '"new@acme.example" = "member"'
    )
    assert applied.apply().code == Exit.DONE
    world.accept("new@acme.example")

    assert drift_of(applied) == {}


def test_t44_a_team_that_was_renamed_on_github_has_drifted(
    world: World, applied: Project
) -> None:
    team = world.team("ops")
    assert team is not None
    teams.edit(world, world.actor("mallory"), team, TeamFields(name="Operations"))

    told = drift_of(applied)

    assert list(told) == ["teams.operations"]
    entry = told["teams.operations"]
    assert entry["change"]["before"]["slug"] == "ops"
    assert entry["change"]["after"]["slug"] == "operations"
    assert entry["changed_by"]["login"] == "mallory"
    assert entry["outlook"] == "left"


def test_the_state_holds_what_was_there(world: World, applied: Project) -> None:
    memberships.remove_membership(world, world.actor("mallory"), "dave")
    applied.refresh()

    state = json.loads(applied.state or b"{}")

    assert state["drift"]["members.dave"]["was"] == {
        "username": "dave",
        "role": "member",
    }
    assert [each["reason"] for each in state["made"]["teams.ops"]] == ["create"]


def test_while_the_audit_log_lags_an_apply_is_not_the_author_of_what_came_after_it(
    world: World, applied: Project
) -> None:
    promoting = 'bot = "admin"\nmallory = "admin"\ndave = "member"\nalice = "admin"'
    applied.members(promoting)
    assert applied.apply().code == Exit.DONE
    world.advance(timedelta(minutes=20))
    known = len(world.events)
    memberships.set_membership(world, world.actor("mallory"), "alice", OrgRole.MEMBER)
    late = world.events[known:]
    del world.events[known:]

    lagging = drift_of(applied)
    world.events.extend(late)
    told = drift_of(applied)

    assert "changed_by" not in lagging["members.alice"]
    assert told["members.alice"]["changed_by"]["login"] == "mallory"


def test_an_author_is_asked_for_again_until_the_audit_log_must_have_the_last_one(
    world: World, applied: Project
) -> None:
    address = "members.alice"
    applied.members(
        'bot = "admin"\nmallory = "admin"\nerna = "admin"\nalice = "member"\n'
        'dave = "member"'
    )
    world.add_member("erna", OrgRole.ADMIN)
    memberships.set_membership(world, world.actor("erna"), "alice", OrgRole.ADMIN)
    memberships.set_membership(world, world.actor("erna"), "alice", OrgRole.MEMBER)
    world.advance(timedelta(minutes=5))
    known = len(world.events)
    memberships.set_membership(world, world.actor("mallory"), "alice", OrgRole.ADMIN)
    late = world.events[known:]
    del world.events[known:]

    first = drift_of(applied)[address]["changed_by"]["login"]
    world.events.extend(late)
    second = drift_of(applied)[address]["changed_by"]["login"]

    assert (first, second) == ("erna", "mallory")


def meanwhile(project: Project, act: Callable[[], object]) -> None:
    """Apply the files; *act* happens when the first change has been made."""
    acted = False

    def ended(memory: Memory, record: Ended) -> None:
        nonlocal acted
        noted(memory, record)
        if not acted:
            acted = True
            act()

    noted = Memory.ended
    with patch.object(Memory, "ended", ended):
        assert project.apply().code == Exit.DONE


def test_what_others_change_during_an_apply_is_drift_afterwards(
    world: World, applied: Project
) -> None:
    mallory = world.actor("mallory")

    def act() -> None:
        memberships.set_membership(world, mallory, "dave", OrgRole.ADMIN)
        world.add_member("zed", OrgRole.ADMIN)

    for login in ("n1", "n2"):
        world.account_or_new(login)
    applied.members(
        'bot = "admin"\nmallory = "admin"\nalice = "admin"\ndave = "member"\n'
        'n1 = "member"\nn2 = "member"'
    )
    meanwhile(applied, act)

    assert {a: each["outlook"] for a, each in drift_of(applied).items()} == {
        "members.dave": "undone",
        "members.zed": "undone",
    }


class Killed(BaseException):
    """An apply that died."""


def kill(project: Project) -> None:
    """Apply the files; die when the first change has been noted as made."""

    def ended(memory: Memory, record: Ended) -> None:
        noted(memory, record)
        raise Killed

    noted = Memory.ended
    with patch.object(Memory, "ended", ended), pytest.raises(Killed):
        project.apply()


def test_what_a_killed_apply_made_and_others_took_back_is_drift(
    world: World, applied: Project
) -> None:
    applied.members('bot = "admin"\nmallory = "admin"\nalice = "admin"\ndave = "admin"')
    kill(applied)
    assert roles_in(world)["alice"] == "admin"
    world.advance(timedelta(minutes=2))
    memberships.set_membership(world, world.actor("mallory"), "alice", OrgRole.MEMBER)
    world.advance(timedelta(minutes=2))

    told = drift_of(applied)

    assert list(told) == ["members.alice"]
    assert told["members.alice"]["change"]["before"]["role"] == "admin"
    assert told["members.alice"]["outlook"] == "undone"
    assert told["members.alice"]["changed_by"]["login"] == "mallory"


def test_whom_a_killed_apply_removed_and_others_let_in_again_is_drift(
    world: World, applied: Project
) -> None:
    applied.members('bot = "admin"\nmallory = "admin"\nalice = "member"')
    kill(applied)
    assert "dave" not in roles_in(world)
    world.add_member("dave")

    assert drift_of(applied)["members.dave"]["change"]["before"] is None


def test_what_a_killed_apply_made_is_no_drift_while_it_is_there(
    applied: Project,
) -> None:
    applied.members('bot = "admin"\nmallory = "admin"\nalice = "admin"\ndave = "admin"')
    kill(applied)

    assert drift_of(applied) == {}


def test_after_a_restore_no_drift_is_told_that_is_not_there(
    world: World, applied: Project
) -> None:
    mallory = world.actor("mallory")
    memberships.set_membership(world, mallory, "alice", OrgRole.ADMIN)
    memberships.set_membership(world, mallory, "dave", OrgRole.ADMIN)
    assert applied.refresh().code == Exit.DONE
    serial = json.loads(applied.state or b"{}")["serial"]
    assert applied.apply().code == Exit.DONE
    memberships.set_membership(world, mallory, "dave", OrgRole.ADMIN)

    assert applied.run("state", "restore", str(serial)).code == Exit.DONE

    assert list(drift_of(applied)) == ["members.dave"]
