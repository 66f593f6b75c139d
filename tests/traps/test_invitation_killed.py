"""A kill between the cancellation of an invitation and the sending of the next."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Drop, Fault, Meanwhile
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.world import World
from tests.journey import OWNER, Project
from tests.traps.asking import ago, asked, at_rest, table, teams_waiting, waiting
from tests.traps.scene import Begin

NEW = "new.hire@acme.example"
MEMBERS = table([("bot", "admin"), ("alice", "member"), (NEW, "member")])
PLACES = f'[teams.platform]\nmembers = ["alice", "{NEW}"]'
INVITATIONS = "/orgs/acme/invitations"


def killed_at_the_call(project: Project, arguments: Sequence[str], nth: int) -> None:
    """Run a command, and kill it when it asks for its *nth* invitation.

    The call itself gets lost with it.
    """
    running: list[subprocess.Popen[bytes]] = []

    def kill(_: World) -> None:
        os.kill(running[0].pid, signal.SIGKILL)
        running[0].wait(10)

    project.sandbox.conditions.script(
        Fault(Meanwhile(kill), method="POST", path=INVITATIONS, nth=nth),
        Fault(Drop(), method="POST", path=INVITATIONS, nth=nth),
    )
    command = [sys.executable, "-m", "ghstate", "-C", str(project.directory)]
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(project.directory),
        "GITHUB_API_URL": project.sandbox.url,
        "GHSTATE_TOKEN": OWNER,
    }
    with subprocess.Popen(  # noqa: S603 - it is this Python, and our own command
        [*command, *arguments],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        running.append(process)
        assert process.wait(60) == -signal.SIGKILL


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """Both wait, each with a team."""
    world.policy.put_on_pending = PutOnPending.IGNORE
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    world.invite(NEW, teams=("platform",))
    return acme(
        members=MEMBERS,
        teams=PLACES,
        settings="[invitations]\nmax_reinvites = 1",
    )


def for_more_than_asked(world: World) -> None:
    for each in world.invitations.values():
        each.role = InvitationRole.ADMIN


def all_is_well(world: World, project: Project, who: str) -> None:
    """The other is there, the one is asked once more, and has the team again."""
    assert [waits for waits, _ in waiting(world)] == [
        waits for waits in ("alice", NEW) if waits != who
    ]
    planned = project.plan()
    at = f'members."{who}"' if "@" in who else f"members.{who}"
    assert planned.reasons.get(at) in {"invite", "reinvite"}

    assert project.apply().code == Exit.DONE

    assert waiting(world) == [("alice", "direct_member"), (NEW, "direct_member")]
    assert teams_waiting(world, "alice") == teams_waiting(world, NEW) == ["platform"]
    assert at_rest(project)


@pytest.mark.parametrize(("who", "nth"), [("alice", 1), (NEW, 2)])
def test_t69_a_replacement_that_was_killed_halfway_is_completed_by_the_next_apply(
    world: World, project: Project, who: str, nth: int
) -> None:
    for_more_than_asked(world)
    assert project.refresh().code == Exit.DONE

    killed_at_the_call(project, ["apply", "--auto-approve"], nth)

    all_is_well(world, project, who)


@pytest.mark.parametrize("who", ["alice", NEW])
def test_t69_a_renewal_that_was_killed_halfway_is_completed_by_the_next_apply(
    world: World, project: Project, who: str
) -> None:
    assert project.refresh().code == Exit.DONE

    killed_at_the_call(project, ["invites", "renew", who, "--auto-approve"], 1)

    all_is_well(world, project, who)
    assert asked(world, who) == 2


def test_t69_an_invitation_after_an_expired_one_that_was_killed_is_sent_once(
    world: World, acme: Begin
) -> None:
    world.add_team("platform")
    world.invite("alice", at=ago(world, days=9))
    project = acme(members=MEMBERS, teams=PLACES)

    killed_at_the_call(project, ["apply", "--auto-approve"], 1)

    assert (waiting(world), world.failed) == ([], {})
    assert project.plan().reasons["members.alice"] == "reinvite"
    assert project.apply().code == Exit.DONE
    assert teams_waiting(world, "alice") == ["platform"]
    assert (asked(world, "alice"), asked(world, NEW)) == (2, 1)
    assert at_rest(project)


def test_t03_a_renewed_invitation_counts_as_one(world: World, project: Project) -> None:
    """What was renewed did not come to nothing; what is declined afterwards did."""
    project.settings("[invitations]\nmax_reinvites = 2")
    assert project.refresh().code == Exit.DONE

    renewed = project.run("invites", "renew", "alice", "--auto-approve")

    assert renewed.code == Exit.DONE
    assert asked(world, "alice") == 2
    assert teams_waiting(world, "alice") == ["platform"]
    assert at_rest(project)
    world.decline("alice")
    assert project.plan().reasons["members.alice"] == "reinvite"
    assert project.apply().code == Exit.DONE
    world.decline("alice")
    assert "invitation-given-up" in project.plan().notes
