"""Owners: the last ones, the one behind the token, and what GitHub gives them."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import (
    BOT,
    Begin,
    calls,
    invited,
    join,
    people_of,
    roles_in,
    sent,
)

TWO_ADMINS = "[safety]\nmin_admins = 2"


@pytest.fixture
def carol(world: World) -> World:
    """`carol` owns acme, too."""
    world.add_member("carol", OrgRole.ADMIN)
    return world


# T31


def test_t31_a_plan_that_leaves_no_owner_is_refused(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members={"bot": "member", "carol": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.refused) == (Exit.REFUSED, True)
    assert planned.all_notes == {
        ("too-few-admins", None),
        ("own-account", "members.bot"),
    }
    assert planned.reasons == {
        "members.bot": "change_role",
        "members.carol": "change_role",
    }

    assert project.apply("--allow-removals", "2").code == Exit.REFUSED
    assert calls(sandbox) == []
    assert roles_in(carol) == {"bot": "admin", "carol": "admin"}


def test_t31_an_owner_who_is_only_invited_does_not_count(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    """First the new owner accepts, then the old one may go."""
    carol.add_account("dave")
    project = acme(members=BOT | {"dave": "admin"}, settings=TWO_ADMINS)

    planned = project.plan()

    assert planned.code == Exit.REFUSED
    assert planned.reasons == {"members.dave": "invite", "members.carol": "remove"}
    assert planned.note("too-few-admins").startswith("1 active admin would be left")
    assert project.apply().code == Exit.REFUSED
    assert calls(sandbox) == []

    project.members('bot = "admin"\ncarol = "admin"\ndave = "admin"')
    assert project.apply().code == Exit.DONE
    assert invited(carol) == {"dave": "admin"}
    project.members('bot = "admin"\ndave = "admin"')
    assert project.apply().code == Exit.REFUSED
    carol.accept("dave")

    assert project.apply().code == Exit.DONE
    assert roles_in(carol) == {"bot": "admin", "dave": "admin"}
    assert project.is_at_rest()


def test_t31_a_new_owner_is_made_before_an_old_one_is_demoted(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(carol, "zoe")
    project = acme(
        members=BOT | {"carol": "member", "zoe": "admin"}, settings=TWO_ADMINS
    )

    assert project.apply().code == Exit.DONE

    assert sent(sandbox) == [
        ("PUT memberships/zoe", {"role": "admin"}),
        ("PUT memberships/carol", {"role": "member"}),
    ]
    assert project.is_at_rest()


@pytest.mark.parametrize(
    "carols", [{"carol": "member"}, {}], ids=["demoted", "removed"]
)
def test_t31_an_owner_stays_when_the_promotion_that_makes_up_for_it_fails(
    carol: World, sandbox: Sandbox, acme: Begin, carols: dict[str, str]
) -> None:
    join(carol, "zoe")
    project = acme(members=BOT | {"zoe": "admin"} | carols, settings=TWO_ADMINS)
    refusal = complaint(403, "You may not do that.")
    sandbox.conditions.script(
        Fault(refusal, method="PUT", path="/orgs/acme/memberships/zoe")
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "fewer than 2 active admins would be left" in applied.out
    assert roles_in(carol) == {"bot": "admin", "carol": "admin", "zoe": "member"}

    assert project.apply().code == Exit.DONE
    assert roles_in(carol) == BOT | {"zoe": "admin"} | carols


def test_t31_nobody_counts_for_an_app_but_the_owners_that_are_left(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members={"bot": "member", "carol": "member"}, token="sandbox-app")

    planned = project.plan()

    assert planned.code == Exit.REFUSED
    assert planned.all_notes == {("too-few-admins", None)}
    assert project.apply().code == Exit.REFUSED
    assert calls(sandbox) == []


# T32


@pytest.mark.parametrize(
    ("bots", "reason"), [({}, "remove"), ({"bot": "member"}, "change_role")]
)
def test_t32_the_account_behind_the_token_does_not_lock_itself_out(
    carol: World, sandbox: Sandbox, acme: Begin, bots: dict[str, str], reason: str
) -> None:
    project = acme(members={"carol": "admin"} | bots)

    planned = project.plan()

    assert planned.code == Exit.REFUSED
    assert planned.reasons == {"members.bot": reason}
    assert planned.all_notes == {("own-account", "members.bot")}
    assert project.apply("--allow-removals", "1").code == Exit.REFUSED
    assert calls(sandbox) == []


def test_t32_an_app_is_no_member_and_may_remove_any_owner_but_the_last(
    carol: World, acme: Begin
) -> None:
    project = acme(members={"carol": "admin"}, token="sandbox-app")

    assert project.apply().code == Exit.DONE

    assert roles_in(carol) == {"carol": "admin"}
    assert project.is_at_rest()


# T33


@pytest.mark.parametrize("key", ["members", "maintainers"])
def test_t33_an_owner_is_the_maintainer_of_their_team_whatever_the_files_say(
    carol: World, acme: Begin, key: str
) -> None:
    carol.add_team("platform", "carol")
    assert people_of(carol, "platform") == {"carol": "maintainer"}
    project = acme(
        members=BOT | {"carol": "admin"}, teams=f'[teams.platform]\n{key} = ["carol"]'
    )

    assert project.plan("--detailed-exitcode").code == Exit.DONE
    assert project.is_at_rest()


def test_t33_a_former_owner_gets_the_role_in_the_team_that_the_files_give(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    """GitHub leaves the maintainer be when somebody stops being an owner."""
    carol.add_team("platform", "carol")
    carol.members[carol.known("carol").id].role = OrgRole.MEMBER
    project = acme(
        members=BOT | {"carol": "member"},
        teams='[teams.platform]\nmembers = ["carol"]',
    )

    assert project.plan().reasons == {"teams.platform.members.carol": "change_role"}
    assert project.apply().code == Exit.DONE
    assert people_of(carol, "platform") == {"carol": "member"}
    assert len(calls(sandbox)) == 1
    assert project.is_at_rest()


def test_t33_a_demotion_takes_the_role_in_the_team_along_in_one_apply(
    carol: World, sandbox: Sandbox, acme: Begin
) -> None:
    carol.add_team("platform", "carol")
    project = acme(
        members=BOT | {"carol": "member"},
        teams='[teams.platform]\nmembers = ["carol"]',
    )

    assert project.plan().reasons == {
        "members.carol": "change_role",
        "teams.platform.members.carol": "change_role",
    }
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "PUT memberships/carol",
        "PUT teams/platform/memberships/carol",
    ]
    assert people_of(carol, "platform") == {"carol": "member"}
    assert project.is_at_rest()


def test_t33_a_promotion_makes_a_maintainer_and_the_plan_knows(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "dave")
    world.add_team("platform", "dave")
    project = acme(
        members=BOT | {"dave": "admin"}, teams='[teams.platform]\nmembers = ["dave"]'
    )

    assert project.plan().reasons == {"members.dave": "change_role"}
    assert project.apply().code == Exit.DONE
    assert people_of(world, "platform") == {"dave": "maintainer"}
    assert project.is_at_rest()


# T40, T42


@pytest.mark.parametrize(("old", "new"), [("member", "admin"), ("admin", "member")])
def test_t40_a_role_changes_in_place_with_one_call_and_nothing_is_lost(
    world: World, sandbox: Sandbox, acme: Begin, old: str, new: str
) -> None:
    world.add_member("alice", OrgRole(old))
    world.add_team("sre", "alice")
    world.invite("zoe", by="bot")
    project = acme(members=BOT | {"alice": new, "zoe": "member"})

    planned = project.plan()
    change = planned.change("members.alice")

    assert planned.reasons == {"members.alice": "change_role"}
    assert change["actions"] == ["update"]
    assert (change["before"]["role"], change["after"]["role"]) == (old, new)
    assert project.apply().code == Exit.DONE
    assert sent(sandbox) == [("PUT memberships/alice", {"role": new})]
    assert roles_in(world)["alice"] == new
    assert "alice" in people_of(world, "sre")
    assert invited(world) == {"zoe": "direct_member"}
    assert project.is_at_rest()


def test_t42_a_promotion_that_github_accepts_and_does_not_make_is_a_failure(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    sandbox.conditions.roles_ignored = True
    project = acme(members=BOT | {"alice": "admin"})

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "asked for admin, but GitHub made alice member" in applied.out
    assert "Applied: 0 changes made, 1 failed" in applied.out
    assert '"admin"' not in project.run("state", "show", "members.alice").out

    sandbox.conditions.roles_ignored = False
    assert project.apply().code == Exit.DONE
    assert roles_in(world)["alice"] == "admin"


def test_t42_an_invitation_in_a_lesser_role_than_asked_for_is_a_failure(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    sandbox.conditions.roles_ignored = True
    project = acme(members=BOT | {"alice": "admin"})

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "asked for admin, but GitHub made alice member" in applied.out
    assert invited(world) == {"alice": "direct_member"}
    assert project.plan().all_notes == {("invitation-role", "members.alice")}


def test_t42_a_role_in_a_team_is_held_against_the_answer_too(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("sre", "alice")
    sandbox.conditions.roles_ignored = True
    project = acme(teams='[teams.sre]\nmaintainers = ["alice"]')

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "asked for maintainer, but GitHub made alice member of sre" in applied.out
