"""Organizations without invitations: managed users, and GitHub Enterprise Server."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.policy import ManagedRefusal, Profile, Suspended
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.asking import at_rest, section, words
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

ADDED = ["PUT memberships/alice_acme", "PUT teams/platform/memberships/alice_acme"]


@pytest.fixture
def managed(world: World) -> World:
    world.policy.profile = Profile.MANAGED_USERS
    return world


# T10: managed users


def test_t10_whom_the_enterprise_has_is_added_at_once_and_nobody_waits(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    managed.add_account("alice_acme")
    managed.add_team("platform")
    project = acme(
        members=BOT | {"alice_acme": "member"},
        teams='[teams.platform]\nmembers = ["alice_acme"]',
    )

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons["members.alice_acme"] == "invite"
    assert ("no-invitations", None) in planned.all_notes
    assert "add as member" in words(project.run("plan").out)

    applied = project.apply()

    assert applied.code == Exit.DONE
    assert calls(sandbox) == ADDED
    assert roles_in(managed) == {"bot": "admin", "alice_acme": "member"}
    assert people_of(managed, "platform") == {"alice_acme": "member"}
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons, planned.waiting) == (Exit.DONE, {}, [])
    assert project.is_at_rest()


@pytest.mark.parametrize("refusal", list(ManagedRefusal))
def test_t10_whom_the_enterprise_does_not_have_is_one_failure_that_says_what_to_do(
    managed: World, sandbox: Sandbox, acme: Begin, refusal: ManagedRefusal
) -> None:
    managed.policy.managed_refusal = refusal
    managed.add_account("alice").provisioned = False
    for login in ("bob_acme", "zoe_acme"):
        managed.add_account(login)
    join(managed, "carol_acme")
    project = acme(
        members=BOT
        | {
            "alice": "member",
            "bob_acme": "member",
            "carol_acme": "admin",
            "zoe_acme": "admin",
        }
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    failed = section(applied.out, "Failed")
    assert "alice" in failed
    assert "members.bob_acme" not in failed
    assert "provision" in failed
    assert "identity provider" in failed
    assert roles_in(managed) == {
        "bot": "admin",
        "bob_acme": "member",
        "carol_acme": "admin",
        "zoe_acme": "admin",
    }
    assert not [call for call in calls(sandbox) if "alice" in call and "DELETE" in call]


def test_t10_a_login_nobody_has_is_an_error_of_its_entry_here_as_everywhere(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    managed.add_account("bob_acme")
    join(managed, "alice_acme")
    project = acme(
        members=BOT
        | {"alice_acme": "member", "alcie_acme": "member", "bob_acme": "member"}
    )

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert ("unknown-login", "members.alcie_acme") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert roles_in(managed).keys() == {"bot", "alice_acme", "bob_acme"}


def test_t10_who_was_added_by_somebody_else_meanwhile_satisfies(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    """Being a member already is judged before whether the enterprise has them."""
    join(managed, "alice_acme")
    managed.known("alice_acme").provisioned = False
    project = acme(members=BOT | {"alice_acme": "member"})

    assert project.is_at_rest()


def test_t10_a_removal_is_a_removal(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(managed, "alice_acme")
    project = acme(members=BOT)

    assert project.plan().reasons == {"members.alice_acme": "remove"}
    assert project.apply().code == Exit.DONE
    assert roles_in(managed) == {"bot": "admin"}
    assert at_rest(project)


# T10: GitHub Enterprise Server


@pytest.mark.parametrize("role", ["member", "admin"])
def test_t10_a_server_has_no_invitations_and_the_membership_is_set(
    world: World, sandbox: Sandbox, acme: Begin, role: str
) -> None:
    world.policy.profile = Profile.SERVER
    world.add_account("alice")
    world.add_team("platform")
    project = acme(
        members=BOT | {"alice": role},
        teams='[teams.platform]\nmembers = ["alice"]',
    )
    project.environ["GITHUB_API_URL"] = f"{sandbox.url}/api/v3"

    planned = project.plan("--detailed-exitcode")

    assert planned.reasons["members.alice"] == "invite"
    assert ("no-invitations", None) in planned.all_notes
    assert project.apply().code == Exit.DONE
    assert calls(sandbox)[0] == "PUT memberships/alice"
    assert not [call for call in calls(sandbox) if call.startswith("POST")]
    assert roles_in(world)["alice"] == role
    assert people_of(world, "platform").keys() == {"alice"}
    assert project.is_at_rest()
    assert project.plan().waiting == []


def test_t10_who_left_a_server_is_added_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.profile = Profile.SERVER
    join(world, "alice")
    project = acme(members=BOT | {"alice": "member"})
    assert project.apply().code == Exit.DONE
    world.leave("alice")

    assert project.apply().code == Exit.DONE

    assert roles_in(world)["alice"] == "member"
    assert project.is_at_rest()


# T27


@pytest.mark.parametrize("shown", [Suspended.LISTED, Suspended.HIDDEN])
def test_t27_a_suspended_member_is_known_by_the_id_and_neither_added_nor_removed(
    managed: World, sandbox: Sandbox, acme: Begin, shown: Suspended
) -> None:
    managed.policy.suspended = shown
    join(managed, "alice_acme", "bob_acme")
    managed.add_team("platform", "alice_acme")
    project = acme(
        members=BOT | {"alice_acme": "member", "bob_acme": "member"},
        teams='[teams.platform]\nmembers = ["alice_acme"]',
    )
    assert project.apply().code == Exit.DONE
    managed.suspend("alice_acme")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    if shown is Suspended.LISTED:
        assert ("suspended", "members.alice_acme") in planned.all_notes
        assert "renamed" not in planned.notes
        assert "is suspended by the identity provider" in planned.note("suspended")
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []


def test_t27_who_is_suspended_and_no_longer_wanted_is_removed_and_shown(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(managed, "alice_acme")
    project = acme(members=BOT | {"alice_acme": "member"})
    assert project.apply().code == Exit.DONE
    account = managed.suspend("alice_acme")
    project.members('bot = "admin"')

    planned = project.plan()

    assert planned.reasons == {f"members.{account.login}": "remove"}
    assert project.apply().code == Exit.DONE
    assert roles_in(managed) == {"bot": "admin"}


def test_t27_whoever_a_suspension_removed_is_not_added_under_a_free_login(
    managed: World, sandbox: Sandbox, acme: Begin
) -> None:
    managed.policy.suspended = Suspended.REMOVED
    join(managed, "alice_acme")
    project = acme(members=BOT | {"alice_acme": "member"})
    assert project.apply().code == Exit.DONE
    managed.suspend("alice_acme")

    planned = project.plan()

    assert planned.reasons == {}
    assert ("account-gone", "members.alice_acme") in planned.all_notes
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
