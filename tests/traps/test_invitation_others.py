"""Invitations that are not ghstate's: other roles, other senders, senders who go."""

from collections.abc import Callable

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.records import InvitationRole, InvitationSource, OrgRole, Why
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import asked, at_rest, teams_waiting, waiting
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

MANAGERS = [InvitationRole.BILLING_MANAGER, InvitationRole.HIRING_MANAGER]
REINSTATE = InvitationRole.REINSTATE
SCIM = InvitationSource.SCIM

# T14


@pytest.mark.parametrize("wrong_role", ["reduce", "correct", "leave"])
def test_t14_what_others_sent_is_left_alone_where_no_file_names_them(
    world: World, sandbox: Sandbox, acme: Begin, wrong_role: str
) -> None:
    world.invite("fin", InvitationRole.BILLING_MANAGER)
    world.invite("hire", InvitationRole.HIRING_MANAGER)
    world.invite("back", REINSTATE)
    world.invite("scim", source=SCIM)
    world.invite("scim-owner", InvitationRole.ADMIN, source=SCIM)
    project = acme(members=BOT, settings=f'[invitations]\nwrong_role = "{wrong_role}"')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.waiting) == (Exit.DONE, {}, [])
    assert planned.all_notes == {
        ("unmanaged-invitation", "members.back"),
        ("unmanaged-invitation", "members.scim"),
        ("unmanaged-invitation", "members.scim-owner"),
    }
    assert project.is_at_rest()
    assert len(waiting(world)) == 5


@pytest.mark.parametrize("role", MANAGERS)
def test_t14_who_is_invited_as_a_manager_is_invited_as_a_member_after_the_answer(
    world: World, sandbox: Sandbox, acme: Begin, role: InvitationRole
) -> None:
    world.invite("fin", role)
    world.add_team("platform")
    project = acme(
        members=BOT | {"fin": "member"},
        teams='[teams.platform]\nmembers = ["fin"]',
    )

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("invited-as-manager", "members.fin") in planned.all_notes
    assert role.value.replace("_", " ") in planned.note("invited-as-manager")
    assert project.is_at_rest()
    assert waiting(world) == [("fin", role.value)]

    world.accept("fin")
    assert roles_in(world).keys() == {"bot"}
    assert project.plan().reasons == {
        "members.fin": "invite",
        "teams.platform.members.fin": "with_invitation",
    }
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("fin", "direct_member")]
    assert teams_waiting(world, "fin") == ["platform"]


@pytest.mark.parametrize("wrong_role", ["reduce", "correct", "leave"])
@pytest.mark.parametrize("wish", ["member", "admin"])
def test_t14_what_the_identity_provider_sent_satisfies_in_any_role(
    world: World, sandbox: Sandbox, acme: Begin, wish: str, wrong_role: str
) -> None:
    world.invite("scim", InvitationRole.ADMIN, source=SCIM)
    project = acme(
        members=BOT | {"scim": wish},
        settings=f'[invitations]\nwrong_role = "{wrong_role}"',
    )

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.waiting == ["members.scim"]
    assert ("invitation-role" in planned.notes) is (wish == "member")
    assert project.is_at_rest()
    assert waiting(world) == [("scim", "admin")]


def test_t14_an_invitation_to_reinstate_satisfies_and_what_it_brings_is_corrected(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("secret-ops", "alice")
    world.leave("alice")
    world.invite("alice", REINSTATE)
    project = acme(
        members=BOT | {"alice": "member"}, teams="[teams.secret-ops]\nmembers = []"
    )

    assert project.is_at_rest()
    assert calls(sandbox) == []

    world.accept("alice")
    assert people_of(world, "secret-ops") == {"alice": "member"}
    assert project.apply().code == Exit.DONE
    assert people_of(world, "secret-ops") == {}
    assert calls(sandbox) == ["DELETE teams/secret-ops/memberships/alice"]


# T17


@pytest.fixture
def carols(world: World, acme: Begin) -> Project:
    """carol, an owner, has invited xenia with a team, and yuri."""
    world.add_member("carol", OrgRole.ADMIN)
    world.add_team("platform")
    world.invite("xenia", teams=("platform",), by="carol")
    world.invite("yuri", InvitationRole.ADMIN, by="carol")
    return acme(
        members=BOT | {"carol": "admin", "xenia": "member", "yuri": "admin"},
        teams='[teams.platform]\nmembers = ["xenia"]',
    )


def without_carol(project: Project) -> None:
    project.members('bot = "admin"\nxenia = "member"\nyuri = "admin"')


def with_carol_as_member(project: Project) -> None:
    project.members('bot = "admin"\ncarol = "member"\nxenia = "member"\nyuri = "admin"')


@pytest.mark.parametrize(
    ("edit", "call"),
    [
        (without_carol, "DELETE memberships/carol"),
        (with_carol_as_member, "PUT memberships/carol"),
    ],
    ids=["removed", "demoted"],
)
def test_t17_what_github_cancels_with_its_sender_is_sent_again_with_its_teams(
    world: World,
    sandbox: Sandbox,
    carols: Project,
    edit: Callable[[Project], None],
    call: str,
) -> None:
    assert carols.is_at_rest()
    edit(carols)

    planned = carols.plan()

    assert planned.reasons == {
        "members.carol": "remove" if edit is without_carol else "change_role",
        "members.xenia": "reinvite",
        "members.yuri": "reinvite",
        "teams.platform.members.xenia": "with_invitation",
    }
    assert planned.all_notes == {
        ("inviter-leaves", "members.xenia"),
        ("inviter-leaves", "members.yuri"),
    }
    assert carols.apply().code == Exit.DONE
    # Owners first, and nobody before the old invitations are gone.
    assert calls(sandbox) == [call, "POST invitations", "POST invitations"]
    assert [each.body.get("role") for each in sandbox.history.writes()[1:]] == [
        "admin",
        "direct_member",
    ]
    assert waiting(world) == [("xenia", "direct_member"), ("yuri", "admin")]
    assert teams_waiting(world, "xenia") == ["platform"]
    assert world.mails_to("xenia") == [Why.INVITED, Why.CANCELLED, Why.INVITED]
    assert carols.is_at_rest()


def test_t17_that_the_old_ones_ended_is_nobodys_fault_and_does_not_count(
    world: World, carols: Project
) -> None:
    carols.settings("[invitations]\nmax_reinvites = 1")
    assert carols.refresh().code == Exit.DONE
    without_carol(carols)
    assert carols.apply().code == Exit.DONE

    assert carols.is_at_rest()
    assert waiting(world) == [("xenia", "direct_member"), ("yuri", "admin")]
    assert "invitation-given-up" not in carols.plan().notes


def test_t17_a_sender_who_could_not_be_removed_keeps_the_invitations_alive(
    world: World, sandbox: Sandbox, carols: Project
) -> None:
    without_carol(carols)
    sandbox.conditions.script(
        Fault(
            complaint(403, "Not now"),
            method="DELETE",
            path="/orgs/acme/memberships/carol",
        )
    )

    applied = carols.apply()

    assert applied.code == Exit.IN_PART
    assert calls(sandbox) == ["DELETE memberships/carol"]
    assert (asked(world, "xenia"), asked(world, "yuri")) == (1, 1)

    assert carols.apply().code == Exit.DONE
    assert (asked(world, "xenia"), asked(world, "yuri")) == (2, 2)
    assert carols.is_at_rest()


def test_t17_without_the_feature_remove_the_sender_stays_and_nothing_is_sent(
    world: World, sandbox: Sandbox, carols: Project
) -> None:
    carols.settings('[manage]\nfeatures = ["invite"]')
    without_carol(carols)

    planned = carols.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert at_rest(carols)
    assert calls(sandbox) == []


def test_t17_an_invitation_for_too_much_is_sent_again_for_what_the_files_say(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("carol", OrgRole.ADMIN)
    world.invite("xenia", InvitationRole.ADMIN, by="carol")
    project = acme(members=BOT | {"xenia": "member"})

    planned = project.plan()

    assert planned.reasons["members.carol"] == "remove"
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("xenia", "direct_member")]
    assert project.is_at_rest()


def test_t17_a_sender_who_went_by_other_hands_is_made_up_for_by_the_next_apply(
    world: World, sandbox: Sandbox, carols: Project
) -> None:
    assert carols.refresh().code == Exit.DONE
    world.leave("carol")
    without_carol(carols)

    planned = carols.plan()

    assert planned.reasons["members.xenia"] == "reinvite"
    assert planned.reasons["teams.platform.members.xenia"] == "with_invitation"
    assert carols.apply().code == Exit.DONE
    assert waiting(world) == [("xenia", "direct_member"), ("yuri", "admin")]
    assert teams_waiting(world, "xenia") == ["platform"]
    assert carols.is_at_rest()


def test_t17_what_their_sender_sent_to_an_address_is_sent_there_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    new = "new.hire@acme.example"
    world.add_member("carol", OrgRole.ADMIN)
    world.add_team("platform")
    world.invite(new, teams=("platform",), by="carol")
    project = acme(
        members=f'bot = "admin"\n"{new}" = "member"',
        teams=f'[teams.platform]\nmembers = ["{new}"]',
    )

    planned = project.plan()

    assert planned.reasons == {
        "members.carol": "remove",
        f'members."{new}"': "reinvite",
        f'teams.platform.members."{new}"': "with_invitation",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["DELETE memberships/carol", "POST invitations"]
    assert waiting(world) == [(new, "direct_member")]
    assert teams_waiting(world, new) == ["platform"]
    assert project.is_at_rest()
