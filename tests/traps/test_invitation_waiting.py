"""Invitations that nobody has answered: they satisfy, and keep the right role."""

from datetime import datetime, timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.asking import (
    ago,
    asked,
    at_rest,
    lines,
    numberless,
    teams_waiting,
    waiting,
)
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

WEEK = timedelta(days=7)
ADMIN, MEMBER = InvitationRole.ADMIN, InvitationRole.DIRECT_MEMBER
PLATFORM = '[teams.platform]\nmembers = ["alice"]'

# T01


def test_t01_a_waiting_invitation_satisfies_and_is_shown_with_its_times(
    world: World, acme: Begin
) -> None:
    sent_at = ago(world, days=3, minutes=5)
    world.invite("alice", at=sent_at)
    project = acme(members=BOT | {"alice": "member"})

    planned = project.plan("--detailed-exitcode")
    shown = lines(project.run("plan").out)

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    [entry] = planned.document["waiting"]
    assert entry["address"] == "members.alice"
    assert entry["role"] == "member"
    assert datetime.fromisoformat(entry["invited_at"]) == sent_at
    assert datetime.fromisoformat(entry["expires_at"]) == sent_at + WEEK
    [line] = [each for each in shown if each.startswith("… alice")]
    assert line.startswith("… alice invited as member 3 days ago, ")
    assert shown[-1] == ("No changes. The organization matches the files. · 1 waiting")


def test_t01_a_hundred_applies_send_nothing(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    world.invite("carol", ADMIN)
    project = acme(members=BOT | {"alice": "member", "carol": "admin"}, teams=PLATFORM)

    codes = {project.apply().code for _ in range(100)}

    assert codes == {Exit.DONE}
    assert calls(sandbox) == []
    assert (asked(world, "alice"), asked(world, "carol")) == (1, 1)


def test_t01_one_invitation_is_sent_and_then_waited_for(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    world.add_team("platform")
    project = acme(members=BOT | {"alice": "member"}, teams=PLATFORM)

    assert project.plan().reasons == {
        "members.alice": "invite",
        "teams.platform.members.alice": "with_invitation",
    }
    for _ in range(4):
        assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["POST invitations"]
    assert asked(world, "alice") == 1

    world.accept("alice")
    assert project.is_at_rest()
    assert people_of(world, "platform") == {"alice": "member"}


def test_t01_without_a_state_the_invitation_still_satisfies(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=BOT | {"alice": "member"})

    for _ in range(3):
        assert project.apply().code == Exit.DONE
        project.forget()

    assert calls(sandbox) == ["POST invitations"]


# T02


@pytest.mark.parametrize("put", list(PutOnPending))
@pytest.mark.parametrize("setting", ["reduce", "correct"])
def test_t02_an_invitation_that_gives_too_much_is_made_to_give_less(
    world: World, sandbox: Sandbox, acme: Begin, put: PutOnPending, setting: str
) -> None:
    world.policy.put_on_pending = put
    world.add_team("platform")
    world.invite("alice", ADMIN, teams=("platform",))
    project = acme(
        members=BOT | {"alice": "member"},
        teams=PLATFORM,
        settings=f'[invitations]\nwrong_role = "{setting}"',
    )

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons == {"members.alice": "replace_invitation"}
    change = planned.change("members.alice")
    assert change["actions"] == ["update"]
    assert (change["before"]["role"], change["after"]["role"]) == ("admin", "member")

    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "direct_member")]
    assert teams_waiting(world, "alice") == ["platform"]
    tried = ["PUT memberships/alice"]
    again = ["DELETE invitations/N", "POST invitations"]
    assert numberless(sandbox) == tried + again * (put is PutOnPending.IGNORE)
    assert at_rest(project)

    world.accept("alice")
    assert at_rest(project)
    assert roles_in(world)["alice"] == "member"
    assert people_of(world, "platform") == {"alice": "member"}


@pytest.mark.parametrize("put", list(PutOnPending))
def test_t02_an_invitation_that_gives_too_little_is_replaced_only_by_correct(
    world: World, sandbox: Sandbox, acme: Begin, put: PutOnPending
) -> None:
    world.policy.put_on_pending = put
    world.add_team("platform")
    world.invite("alice", MEMBER, teams=("platform",))
    project = acme(
        members=BOT | {"alice": "admin"},
        teams=PLATFORM,
        settings='[invitations]\nwrong_role = "correct"',
    )

    assert project.plan().reasons == {"members.alice": "replace_invitation"}
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "admin")]
    assert teams_waiting(world, "alice") == ["platform"]
    assert at_rest(project)


@pytest.mark.parametrize(
    ("setting", "invited_as", "wish"),
    [
        ("reduce", MEMBER, "admin"),
        ("leave", MEMBER, "admin"),
        ("leave", ADMIN, "member"),
    ],
)
def test_t02_another_role_is_noted_where_the_invitation_is_left_as_it_is(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    *,
    setting: str,
    invited_as: InvitationRole,
    wish: str,
) -> None:
    world.add_team("platform")
    world.invite("alice", invited_as, teams=("platform",))
    project = acme(
        members=BOT | {"alice": wish},
        teams=PLATFORM,
        settings=f'[invitations]\nwrong_role = "{setting}"',
    )

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("invitation-role", "members.alice")}
    assert planned.note("invitation-role").endswith(f"the files ask for {wish}")
    assert at_rest(project)
    assert calls(sandbox) == []

    # The role of a member is always the files' business.
    world.accept("alice")
    assert project.apply().code == Exit.DONE
    assert calls(sandbox)[0] == "PUT memberships/alice"
    assert roles_in(world)["alice"] == wish
    expected = "maintainer" if wish == "admin" else "member"
    assert people_of(world, "platform") == {"alice": expected}
    assert at_rest(project)


def test_t02_what_gives_too_much_is_reduced_before_anybody_else_is_invited(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("aaron")
    world.invite("zoe", ADMIN)
    project = acme(members=BOT | {"aaron": "admin", "zoe": "member"})

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["PUT memberships/zoe", "POST invitations"]


def test_t02_who_accepts_before_the_apply_is_reduced_as_a_member_by_the_next_plan(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_team("platform")
    world.invite("alice", ADMIN, teams=("platform",))
    project = acme(members=BOT | {"alice": "member"}, teams=PLATFORM)
    planned = project.plan()
    world.accept("alice")

    # What was reviewed is no longer what would be done.
    assert project.apply("--expect", planned.digest).code == Exit.STALE
    assert calls(sandbox) == []

    # An owner was the team's maintainer, which does not end by itself (T33).
    assert project.plan().reasons == {
        "members.alice": "change_role",
        "teams.platform.members.alice": "change_role",
    }
    assert project.apply().code == Exit.DONE
    assert roles_in(world)["alice"] == "member"
    assert people_of(world, "platform") == {"alice": "member"}


def test_t02_without_the_feature_invite_the_other_role_is_held_back_and_noted(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("alice", ADMIN)
    join(world, "bob")
    project = acme(
        members=BOT | {"alice": "member", "bob": "member"},
        settings='[manage]\nfeatures = ["remove"]',
    )

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.held_back == 1
    assert ("held-back", "members.alice") in planned.all_notes
    assert at_rest(project)
    assert waiting(world) == [("alice", "admin")]
