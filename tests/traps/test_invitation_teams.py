"""Teams of people on their way: they come with the invitation, and never invite."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.asking import asked, at_rest, numberless, teams_waiting, waiting
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in, sent

ALICE = BOT | {"alice": "member"}
IN_PLATFORM = '[teams.platform]\nmembers = ["alice"]'
LEADS_PLATFORM = '[teams.platform]\nmaintainers = ["alice"]'

# T15


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
def test_t15_a_team_cannot_invite_somebody_whom_the_members_do_not_name(
    world: World, sandbox: Sandbox, acme: Begin, command: str
) -> None:
    world.add_account("bob")
    world.add_team("platform")
    project = acme(members=BOT, teams='[teams.platform]\nmembers = ["bob"]')

    ran = project.run(command)

    assert ran.code == Exit.ERROR
    assert "teams.toml:2:12" in ran.err
    assert "bob" in ran.err
    assert len(sandbox.history) == 0


def test_t15_where_members_are_not_managed_a_stranger_in_a_team_is_an_error(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("bob")
    join(world, "alice")
    world.add_team("platform")
    project = acme(teams='[teams.platform]\nmembers = ["alice", "bob"]')

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.all_notes == {("not-a-member", "teams.platform.members.bob")}
    assert planned.reasons == {"teams.platform.members.alice": "add"}
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == ["PUT teams/platform/memberships/alice"]
    assert waiting(world) == []


def test_t15_who_leaves_just_before_is_not_invited_by_the_call_for_the_team(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "bob")
    world.add_team("platform")
    project = acme(
        members=ALICE | {"bob": "member"},
        teams='[teams.platform]\nmembers = ["alice", "bob"]',
    )
    sandbox.conditions.script(
        Fault(
            Meanwhile(lambda world: world.leave("alice")),
            method="GET",
            path="/orgs/acme/memberships/alice",
        )
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert calls(sandbox) == ["PUT teams/platform/memberships/bob"]
    assert (waiting(world), world.mails_to("alice")) == ([], [])


# T16


def test_t16_a_place_that_waits_with_the_invitation_satisfies(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    project = acme(members=ALICE, teams=IN_PLATFORM)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "members.alice" in planned.waiting
    assert project.is_at_rest()
    assert calls(sandbox) == []


def test_t16_a_waiting_person_gets_another_team_without_another_invitation(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for slug in ("platform", "sre"):
        world.add_team(slug)
    world.invite("alice", teams=("sre",))
    project = acme(
        members=ALICE, teams=f'{IN_PLATFORM}\n[teams.sre]\nmembers = ["alice"]'
    )

    assert project.plan().reasons == {"teams.platform.members.alice": "add"}
    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["PUT teams/platform/memberships/alice"]
    assert teams_waiting(world, "alice") == ["platform", "sre"]
    assert asked(world, "alice") == 1
    assert project.is_at_rest()


def test_t16_a_place_that_waits_and_is_not_wanted_is_taken_away_alone(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for slug in ("platform", "sre"):
        world.add_team(slug)
    world.invite("alice", teams=("platform", "sre"))
    project = acme(members=ALICE, teams=f"{IN_PLATFORM}\n[teams.sre]\nmembers = []")

    assert project.plan().reasons == {"teams.sre.members.alice": "remove"}
    assert project.apply().code == Exit.DONE

    assert waiting(world) == [("alice", "direct_member")]
    assert teams_waiting(world, "alice") == ["platform"]
    assert project.is_at_rest()


def test_t16_one_invitation_carries_all_the_teams(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    numbers = [world.add_team(f"team-{n}").id for n in range(5)]
    project = acme(
        members=ALICE,
        teams="".join(f'[teams.team-{n}]\nmembers = ["alice"]\n' for n in range(5)),
    )

    assert project.apply().code == Exit.DONE

    [(call, body)] = sent(sandbox)
    assert call == "POST invitations"
    assert sorted(body["team_ids"]) == numbers
    assert asked(world, "alice") == 1
    world.accept("alice")
    assert project.is_at_rest()
    assert len(world.teams_of("alice")) == 5


@pytest.mark.parametrize("kept", [False, True])
def test_t16_a_maintainer_is_one_after_the_answer(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    kept: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    world.policy.pending_team_role = kept
    world.add_account("alice")
    world.add_team("platform")
    project = acme(members=ALICE, teams=LEADS_PLATFORM)
    assert project.apply().code == Exit.DONE
    assert at_rest(project)
    sandbox.history.clear()

    world.accept("alice")

    assert project.apply().code == Exit.DONE
    assert people_of(world, "platform") == {"alice": "maintainer"}
    assert len(calls(sandbox)) <= 1
    assert project.is_at_rest()


def test_t16_an_invited_owner_leads_their_teams_without_a_further_call(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    world.add_team("platform")
    project = acme(members=BOT | {"alice": "admin"}, teams=IN_PLATFORM)
    assert project.apply().code == Exit.DONE

    world.accept("alice")

    assert project.is_at_rest()
    assert calls(sandbox) == ["POST invitations"]
    assert people_of(world, "platform") == {"alice": "maintainer"}


@pytest.mark.parametrize("put", list(PutOnPending))
def test_t16_teams_that_an_invitation_loses_when_it_is_replaced_are_given_again(
    world: World, sandbox: Sandbox, acme: Begin, put: PutOnPending
) -> None:
    """Two teams that nobody asked for, one of them managed, and one new one."""
    world.policy.put_on_pending = put
    for slug in ("elsewhere", "managed", "platform"):
        world.add_team(slug)
    world.invite("alice", InvitationRole.ADMIN, teams=("elsewhere", "managed"))
    project = acme(
        members=ALICE,
        teams=f"{IN_PLATFORM}\n[teams.managed]\nmembers = []\n[teams.elsewhere]",
    )

    assert project.plan().reasons == {
        "members.alice": "replace_invitation",
        "teams.managed.members.alice": "remove",
        "teams.platform.members.alice": "add",
    }
    assert project.apply().code == Exit.DONE

    assert waiting(world) == [("alice", "direct_member")]
    assert teams_waiting(world, "alice") == ["elsewhere", "platform"]
    assert project.is_at_rest()


def test_t16_a_reinvitation_brings_the_teams_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_team("platform")
    world.fail(world.invite("alice", teams=("platform",)), "Gremlins")
    project = acme(members=ALICE, teams=IN_PLATFORM)

    assert project.plan().reasons == {
        "members.alice": "reinvite",
        "teams.platform.members.alice": "with_invitation",
    }
    assert project.apply().code == Exit.DONE
    assert numberless(sandbox) == ["DELETE invitations/N", "POST invitations"]
    assert teams_waiting(world, "alice") == ["platform"]
    world.accept("alice")
    assert people_of(world, "platform") == {"alice": "member"}
    assert roles_in(world)["alice"] == "member"
