"""Names that move: renamed, taken by somebody else, swapped, deleted."""

from collections.abc import Callable

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import InvitationRole, OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import asked, at_rest, lapse, teams_waiting, waiting
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

ALICE = BOT | {"alice": "member"}
IN_PLATFORM = '[teams.platform]\nmembers = ["alice"]'


def only_the_state(project: Project) -> None:
    assert project.refresh().code == Exit.DONE


def only_the_lock_file(project: Project) -> None:
    assert project.run("lock").code == Exit.DONE
    project.forget()


MEMORIES = [only_the_state, only_the_lock_file]
remembered = pytest.mark.parametrize("remember", MEMORIES)
Remember = Callable[[Project], None]

# T22


@remembered
def test_t22_a_renamed_member_is_followed_and_the_edit_is_shown(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    join(world, "alice")
    world.add_team("platform", "alice")
    project = acme(members=ALICE, teams=IN_PLATFORM)
    remember(project)
    world.rename("alice", "alicia")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    [note] = [each for each in planned.document["notes"] if each["code"] == "renamed"]
    assert note["severity"] == "warning"
    assert note["summary"] == "alice is called alicia on GitHub now"
    assert note["hint"] == (
        "write alicia instead of alice, or let `ghstate fmt --renames` do it"
    )
    assert (note["file"], note["line"]) == ("members.toml", 3)
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []


@remembered
def test_t22_somebody_renamed_while_waiting_is_followed_with_their_teams(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    project = acme(members=ALICE, teams=IN_PLATFORM)
    remember(project)
    world.rename("alice", "alicia")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("renamed", "members.alice") in planned.all_notes
    assert planned.waiting[0] == "members.alicia"
    assert project.apply().code == Exit.DONE

    world.accept("alicia")
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
    assert roles_in(world) == {"bot": "admin", "alicia": "member"}
    assert asked(world, "alice") + asked(world, "alicia") == 1


@remembered
def test_t22_a_change_for_the_old_name_is_made_under_the_new_one(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    join(world, "alice")
    world.add_team("platform")
    project = acme(members=ALICE)
    remember(project)
    world.rename("alice", "alicia")
    project.members('bot = "admin"\nalice = "admin"')
    project.teams('[teams.platform]\nmaintainers = ["alice"]')

    assert project.apply().code == Exit.DONE

    assert sorted(calls(sandbox)) == [
        "PUT memberships/alicia",
        "PUT teams/platform/memberships/alicia",
    ]
    assert roles_in(world)["alicia"] == "admin"
    assert people_of(world, "platform") == {"alicia": "maintainer"}


@remembered
def test_t22_who_was_renamed_and_let_the_invitation_expire_is_asked_by_the_new_name(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    world.add_team("platform")
    world.invite("alice", teams=("platform",))
    project = acme(members=ALICE, teams=IN_PLATFORM)
    remember(project)
    world.rename("alice", "alicia")
    lapse(world)

    assert project.plan().reasons == {
        "members.alicia": "reinvite",
        "teams.platform.members.alicia": "with_invitation",
    }
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alicia", "direct_member")]
    assert teams_waiting(world, "alicia") == ["platform"]
    assert at_rest(project)


def test_t22_both_names_in_the_files_are_one_person_and_one_line_too_many(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    assert project.refresh().code == Exit.DONE
    world.rename("alice", "alicia")
    project.members('bot = "admin"\nalice = "member"\nalicia = "member"')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    [note] = planned.document["notes"]
    assert (note["code"], note["hint"]) == ("renamed", "delete alice")
    assert project.is_at_rest()


def test_t22_fmt_writes_the_new_name_and_then_there_is_nothing_to_say(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("platform", "alice")
    project = acme(members=ALICE, teams=IN_PLATFORM)
    assert project.refresh().code == Exit.DONE
    world.rename("alice", "alicia")
    assert project.plan().notes.keys() == {"renamed"}

    assert project.run("fmt", "--renames").code == Exit.DONE

    for name in ("members.toml", "teams.toml"):
        text = (project.directory / name).read_text("utf-8")
        assert "alicia" in text
        assert "alice" not in text
    assert project.plan().notes == {}
    assert project.is_at_rest()


def test_t22_who_is_in_no_file_is_removed_under_the_name_they_have_now(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    assert project.refresh().code == Exit.DONE
    world.rename("alice", "alicia")
    project.members('bot = "admin"')

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == ["DELETE memberships/alicia"]


# T23


@remembered
@pytest.mark.parametrize("wish", ["member", "admin"])
def test_t23_a_stranger_under_the_old_name_is_neither_invited_nor_taken_for_anybody(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember, wish: str
) -> None:
    alice = world.add_member("alice", OrgRole(wish))
    world.add_team("platform", "alice")
    project = acme(members=BOT | {"alice": wish}, teams=IN_PLATFORM)
    remember(project)
    world.rename("alice", "alicia")
    stranger = world.add_account("alice")
    before = people_of(world, "platform")

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {}
    [note] = [each for each in planned.document["notes"] if each["severity"] == "error"]
    assert (note["code"], note["address"]) == ("identity-changed", "members.alice")
    assert f"account {stranger.id} now, not to account {alice.id}" in note["summary"]
    assert "write alicia for the person known so far" in note["hint"]
    assert f"id = {stranger.id}" in note["hint"]

    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []
    assert roles_in(world) == {"bot": "admin", "alicia": wish}
    assert people_of(world, "platform") == before


@remembered
def test_t23_a_stranger_under_the_name_of_somebody_waiting_gets_no_mail(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    world.add_team("platform")
    world.invite("alice", InvitationRole.ADMIN, teams=("platform",))
    project = acme(members=BOT | {"alice": "admin"}, teams=IN_PLATFORM)
    remember(project)
    world.rename("alice", "alicia")
    world.add_account("alice")

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert ("identity-changed", "members.alice") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []
    assert waiting(world) == [("alicia", "admin")]

    lapse(world)
    assert project.apply().code == Exit.IN_PART
    assert waiting(world) == []
    assert len(world.mails) == 1


def test_t23_an_id_in_the_files_is_enough_to_know_a_stranger(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    world.add_account("bob")
    project = acme(
        members='bot = "admin"\nalice = { role = "member", id = 42 }\nbob = "member"'
    )

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {"members.bob": "invite"}
    assert ("identity-changed", "members.alice") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert waiting(world) == [("bob", "direct_member")]


@remembered
def test_t23_the_files_can_say_that_the_new_account_is_meant(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    remember(project)
    world.rename("alice", "alicia")
    stranger = world.add_account("alice")
    project.members(
        f'bot = "admin"\nalicia = "member"\n'
        f'alice = {{ role = "member", id = {stranger.id} }}'
    )

    planned = project.plan()

    assert (planned.code, planned.reasons) == (
        Exit.DONE,
        {"members.alice": "invite"},
    )
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "direct_member")]
    assert roles_in(world) == {"bot": "admin", "alicia": "member"}
    assert at_rest(project)


@remembered
def test_t23_a_stranger_under_the_name_of_a_deleted_account_is_none_of_ours(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    join(world, "alice")
    project = acme(members=ALICE)
    remember(project)
    world.delete_account("alice")
    world.add_account("alice")

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert ("identity-changed", "members.alice") in planned.all_notes
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []


@remembered
def test_t23_two_people_who_swap_their_names_keep_what_they_have(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    world.add_member("alice", OrgRole.ADMIN)
    join(world, "bob")
    project = acme(members=BOT | {"alice": "admin", "bob": "member"})
    remember(project)
    world.rename("alice", "temporary")
    world.rename("bob", "alice")
    world.rename("temporary", "bob")

    planned = project.plan()

    assert (planned.code, planned.reasons) == (Exit.ERROR, {})
    assert planned.all_notes >= {
        ("identity-changed", "members.alice"),
        ("identity-changed", "members.bob"),
    }
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []
    assert roles_in(world) == {"bot": "admin", "alice": "member", "bob": "admin"}


# T29


@remembered
def test_t29_two_names_of_one_account_with_two_roles_are_an_error_of_both(
    world: World, sandbox: Sandbox, acme: Begin, remember: Remember
) -> None:
    world.add_member("bob", OrgRole.ADMIN)
    world.add_account("zoe")
    project = acme(members=BOT | {"bob": "admin"})
    remember(project)
    world.rename("bob", "robert")
    project.members('bot = "admin"\nbob = "admin"\nrobert = "member"\nzoe = "member"')

    planned = project.plan()

    assert planned.code == Exit.ERROR
    [note] = [each for each in planned.document["notes"] if each["severity"] == "error"]
    assert note["code"] == "same-person"
    assert "bob" in note["summary"]
    assert "robert" in note["summary"]
    assert planned.reasons == {"members.zoe": "invite"}
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == ["POST invitations"]
    assert roles_in(world) == {"bot": "admin", "robert": "admin"}
