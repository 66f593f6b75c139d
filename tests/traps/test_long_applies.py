"""Applies of many changes that do not come to their end, and two at once."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest

from ghstate.cli.exits import Exit
from ghstate.engine.memory import Memory
from ghstate.ports import Holder
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from ghstate.store.file import FileStore
from tests.journey import OWNER, Project
from tests.traps.scene import BOT, Begin, calls, invited, join, lists

HOLDER = Holder(
    id="0b8f", operation="apply", who="ci@runner", pid=1, since=datetime.now(UTC)
)
INVITATIONS = "/orgs/acme/invitations"
FIFTY = [f"person-{n:02}" for n in range(50)]


def strangers(world: World, logins: list[str]) -> dict[str, str]:
    """Accounts that nobody has invited, and the lines that invite them."""
    for login in logins:
        world.add_account(login)
    return BOT | dict.fromkeys(logins, "member")


def test_t68_a_token_that_expires_at_the_31st_of_50_changes_is_resumed_after_30(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members=strangers(world, FIFTY))
    sandbox.conditions.script(
        Fault(
            complaint(401, "Bad credentials"), path=INVITATIONS, method="POST", nth=31
        )
    )

    broken = project.apply()

    assert broken.code == Exit.IN_PART
    assert "30 changes made, 1 failed, 19 not begun" in broken.out
    assert len(invited(world)) == 30
    assert len(calls(sandbox)) == 31  # nothing after the 401, and not that again

    resumed = project.apply()

    assert resumed.code == Exit.DONE
    assert "stopped after 30 of 50 changes" in resumed.err
    assert sorted(invited(world)) == FIFTY
    sent = Counter(str(each.body) for each in sandbox.history.writes())
    assert sorted(sent.values()) == [1] * 49 + [2]  # once more: the one refused by 401
    assert project.is_at_rest()


def test_t70_two_of_46_changes_fail_three_depend_on_them_and_41_are_made(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    people = FIFTY[:39]
    members = strangers(world, people)
    join(world, "ann", "ben", "cyd")
    world.known(people[7]).invitable = False
    sandbox.conditions.script(
        Fault(complaint(422, "Validation Failed"), path="/orgs/acme/teams", times=None)
    )
    project = acme(
        members=members | dict.fromkeys(["ann", "ben", "cyd"], "admin"),
        teams=f"[teams.ops]\nmembers = {lists(['ann', 'ben', 'cyd'])}",
    )
    planned = project.plan()
    assert len(planned.reasons) == 46

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "41 changes made, 2 failed, 3 skipped" in applied.out
    assert len(project.plan().reasons) == 5


def command(project: Project, *arguments: str) -> "subprocess.Popen[str]":
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.directory),
        "GITHUB_API_URL": project.sandbox.url,
        "GHSTATE_TOKEN": OWNER,
    }
    return subprocess.Popen(  # noqa: S603 - it is this Python, and our own command
        [sys.executable, "-m", "ghstate", "-C", str(project.directory), *arguments],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def one_to_invite(world: World, acme: Begin) -> Project:
    return acme(members=strangers(world, ["alice"]))


def test_t74_of_two_applies_at_once_one_invites_and_the_other_says_who_does(
    sandbox: Sandbox, one_to_invite: Project
) -> None:
    project = one_to_invite
    second: list[tuple[int, str]] = []

    def meanwhile(_: World) -> None:
        ran = command(project, "apply", "--auto-approve")
        _out, err = ran.communicate(timeout=60)
        second.append((ran.returncode, err))

    sandbox.conditions.script(Fault(Meanwhile(meanwhile), path=INVITATIONS))

    assert project.apply().code == Exit.DONE

    [(code, err)] = second
    assert code == Exit.LOCKED
    assert f"an apply of {_user()}" in err
    assert "ghstate force-unlock" in err
    assert calls(sandbox) == ["POST invitations"]


def test_t74_an_apply_that_waits_for_another_finds_nothing_left_to_do(
    sandbox: Sandbox, one_to_invite: Project
) -> None:
    project = one_to_invite
    second: list[subprocess.Popen[str]] = []

    def meanwhile(_: World) -> None:
        ran = command(project, "apply", "--auto-approve", "--lock-timeout", "60s")
        second.append(ran)
        assert ran.stderr is not None
        assert "waiting up to 1 minute for the lock: apply by" in ran.stderr.readline()

    sandbox.conditions.script(
        Fault(Meanwhile(meanwhile), path=INVITATIONS, method="POST")
    )

    assert project.apply().code == Exit.DONE

    [waited] = second
    waited.communicate(timeout=60)
    assert waited.returncode == Exit.DONE
    assert calls(sandbox) == ["POST invitations"]


def test_t74_a_plan_beside_an_apply_waits_for_nobody_and_leaves_the_state_alone(
    one_to_invite: Project,
) -> None:
    project = one_to_invite
    assert project.refresh().code == Exit.DONE
    store = FileStore(project.state_file)
    with store.lock(HOLDER) as lock:
        memory = Memory(store, new_id=lambda: "a1", lock=lock, who=HOLDER.who)
        memory.begin(at=HOLDER.since, digest="3f9c", changes=1)
        before = project.state

        planned = project.plan()

        assert planned.code == Exit.DONE
        assert planned.reasons == {"members.alice": "invite"}
        assert "planning on a read of its own" in planned.err
        assert "is under way" in planned.err
        assert project.state == before


def _user() -> str:
    return os.environ.get("USER", "root")
