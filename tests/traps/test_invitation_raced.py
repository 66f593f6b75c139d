"""Somebody else is quicker: what is there decides, whatever words GitHub has for it."""

from collections.abc import Callable

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import InvitationRole, OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import asked, at_rest, numberless, teams_waiting, waiting, words
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

PLATFORM = '[teams.platform]\nmembers = ["alice"]'

STEPS = {
    "before the look": ("GET", "/orgs/acme/memberships/alice"),
    "before the call": ("POST", "/orgs/acme/invitations"),
}
"""When it happens: before ghstate looks at alice's membership, or after that."""

SENT = {
    "before the look": ["POST invitations"],
    "before the call": ["POST invitations", "POST invitations"],
}
"""The invitations that are tried: zoe's, and in vain alice's."""


def meanwhile(
    sandbox: Sandbox, method: str, path: str, act: Callable[[World], object]
) -> None:
    sandbox.conditions.script(Fault(Meanwhile(act), method=method, path=path))


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """alice and zoe are to be invited, alice with a team; carol owns it, too."""
    world.add_member("carol", OrgRole.ADMIN)
    for login in ("alice", "zoe"):
        world.add_account(login)
    world.add_team("platform")
    return acme(
        members=BOT | {"alice": "member", "carol": "admin", "zoe": "member"},
        teams=PLATFORM,
    )


# T05


@pytest.mark.parametrize(
    ("step", "wording"),
    [
        ("before the look", ""),
        ("before the call", "Invitee is already a part of this organization"),
        ("before the call", "Invitee is already a part of this org"),
        (
            "before the call",
            "A user with this email addresss is already a part of this organization",
        ),
        ("before the call", "These words have never been seen"),
    ],
)
def test_t05_who_has_joined_meanwhile_satisfies_whatever_github_calls_it(
    world: World, sandbox: Sandbox, project: Project, step: str, wording: str
) -> None:
    world.policy.member_wording = wording
    meanwhile(sandbox, *STEPS[step], lambda world: world.add_member("alice"))

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert "alice is a member already" in words(applied.out)
    assert roles_in(world)["alice"] == "member"
    assert people_of(world, "platform") == {"alice": "member"}
    assert waiting(world) == [("zoe", "direct_member")]
    assert asked(world, "alice") == 0
    assert [each for each in calls(sandbox) if each.startswith("POST")] == SENT[step]
    assert at_rest(project)


@pytest.mark.parametrize("step", STEPS)
def test_t05_who_has_joined_as_an_owner_is_an_error_of_that_entry(
    world: World, sandbox: Sandbox, project: Project, step: str
) -> None:
    meanwhile(
        sandbox, *STEPS[step], lambda world: world.add_member("alice", OrgRole.ADMIN)
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "alice is a member already, as admin, and not as member" in words(
        applied.out
    )
    assert waiting(world) == [("zoe", "direct_member")]
    assert project.plan().reasons["members.alice"] == "change_role"
    assert project.apply().code == Exit.DONE
    assert roles_in(world)["alice"] == "member"
    assert at_rest(project)


# T06


@pytest.mark.parametrize(
    ("step", "wording"),
    [
        ("before the look", ""),
        ("before the call", "Invitee has already been invited to this organization"),
        ("before the call", "This user has already been invited"),
        ("before the call", "These words have never been seen"),
    ],
)
def test_t06_somebody_elses_invitation_satisfies_and_gets_the_teams(
    world: World, sandbox: Sandbox, project: Project, step: str, wording: str
) -> None:
    world.policy.already_invited_wording = wording
    meanwhile(sandbox, *STEPS[step], lambda world: world.invite("alice", by="carol"))

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert "alice is invited already" in words(applied.out)
    assert waiting(world) == [("alice", "direct_member"), ("zoe", "direct_member")]
    assert teams_waiting(world, "alice") == ["platform"]
    assert asked(world, "alice") == 1
    assert at_rest(project)


@pytest.mark.parametrize("step", STEPS)
def test_t06_somebody_elses_invitation_for_more_is_an_error_and_then_replaced(
    world: World, sandbox: Sandbox, project: Project, step: str
) -> None:
    meanwhile(
        sandbox,
        *STEPS[step],
        lambda world: world.invite("alice", InvitationRole.ADMIN, by="carol"),
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "alice is invited already, as admin, and not as member" in words(applied.out)
    assert waiting(world) == [("alice", "admin"), ("zoe", "direct_member")]

    assert project.plan().reasons["members.alice"] == "replace_invitation"
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "direct_member"), ("zoe", "direct_member")]
    assert at_rest(project)


def test_t06_the_other_invitation_is_known_by_its_id_from_then_on(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    meanwhile(
        sandbox,
        *STEPS["before the look"],
        lambda world: world.invite("alice", by="carol"),
    )
    assert project.apply().code == Exit.DONE
    [theirs] = world.invitations_to(world.known("alice"))

    assert project.state is not None
    assert f'"id": {theirs.id}' in project.state.decode()


# T13


def test_t13_who_waits_and_is_no_longer_wanted_is_not_called_a_member(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    project = acme(members=BOT | {"alice": "member"}, teams=PLATFORM)
    assert project.refresh().code == Exit.DONE
    project.members('bot = "admin"')
    project.teams("[teams.platform]\nmembers = []")

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons == {"members.alice": "cancel_invitation"}
    assert planned.change("members.alice")["actions"] == ["delete"]
    assert "alice cancel invitation" in words(project.run("plan").out)

    assert project.apply().code == Exit.DONE
    assert waiting(world) == []
    assert numberless(sandbox) == ["DELETE invitations/N"]
    assert project.is_at_rest()
    assert len(calls(sandbox)) == 1


def test_t13_a_cancelled_person_who_is_wanted_again_is_simply_invited(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("alice")
    project = acme(members=BOT)
    assert project.apply().code == Exit.DONE
    project.members('bot = "admin"\nalice = "member"')

    planned = project.plan()

    assert planned.reasons == {"members.alice": "invite"}
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "direct_member")]
    assert at_rest(project)


@pytest.mark.parametrize(
    "path", ["/orgs/acme/memberships/alice", "/orgs/acme/invitations/"]
)
def test_t13_what_somebody_else_cancels_meanwhile_is_gone_and_that_is_fine(
    world: World, sandbox: Sandbox, acme: Begin, path: str
) -> None:
    world.invite("alice")
    project = acme(members=BOT)
    method = "DELETE" if path.endswith("/") else "GET"
    meanwhile(sandbox, method, path, lambda world: world.cancel("alice"))

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert waiting(world) == []
    assert project.is_at_rest()


def test_t13_who_accepts_just_before_the_cancellation_is_not_thrown_out_by_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("alice")
    world.invite("zoe")
    project = acme(members=BOT)
    meanwhile(
        sandbox,
        "GET",
        "/orgs/acme/memberships/alice",
        lambda world: world.accept("alice"),
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "alice has accepted the invitation meanwhile" in words(applied.out)
    assert roles_in(world) == {"bot": "admin", "alice": "member"}
    assert waiting(world) == []
    # To remove a member is another decision, which another plan shows.
    assert project.plan().reasons == {"members.alice": "remove"}


def test_t13_a_cancellation_that_comes_too_late_removes_nobody(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """Accepted between the look and the call: the call is for the invitation only."""
    world.invite("alice")
    project = acme(members=BOT)
    meanwhile(
        sandbox,
        "DELETE",
        "/orgs/acme/invitations/",
        lambda world: world.accept("alice"),
    )

    project.apply()

    assert roles_in(world) == {"bot": "admin", "alice": "member"}
    assert "DELETE memberships/alice" not in calls(sandbox)


@pytest.mark.parametrize(
    "settings",
    ['[manage]\nfeatures = ["invite"]', '[manage]\nignore = ["al*"]'],
    ids=["without the feature", "ignored"],
)
def test_t13_settings_keep_an_invitation_from_being_cancelled(
    world: World, sandbox: Sandbox, acme: Begin, settings: str
) -> None:
    join(world, "bob")
    world.invite("alice")
    project = acme(members=BOT | {"bob": "member"}, settings=settings)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert at_rest(project)
    assert waiting(world) == [("alice", "direct_member")]
