"""Who is meant: spelling, typing mistakes, deleted accounts, hidden people."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import InvitationRole, OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import BOT, Begin, calls, invited, join, people_of, roles_in


@pytest.mark.parametrize("written", ["alice", "Alice", "ALICE"])
def test_t24_a_login_is_the_same_person_in_any_case(
    world: World, acme: Begin, written: str
) -> None:
    join(world, "Alice")
    project = acme(members=BOT | {written: "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert project.is_at_rest()


def test_t24_a_team_may_spell_a_login_otherwise_than_the_members(
    world: World, acme: Begin
) -> None:
    world.add_member("Carol", OrgRole.ADMIN)
    join(world, "alice")
    world.add_team("platform", "alice", "Carol")
    project = acme(
        members=BOT | {"Alice": "member", "carol": "admin"},
        teams='[teams.platform]\nmaintainers = ["CAROL"]\nmembers = ["aLICE"]',
    )

    assert project.plan("--detailed-exitcode").code == Exit.DONE
    assert project.is_at_rest()


def test_t24_people_are_shown_in_the_spelling_of_github(
    world: World, acme: Begin
) -> None:
    join(world, "McAlice")
    project = acme(members=BOT | {"mcalice": "admin"})

    assert project.plan().change("members.mcalice")["after"] == {
        "username": "McAlice",
        "role": "admin",
    }


def test_t24_one_login_in_two_spellings_is_an_error_that_names_both_places(
    sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members=BOT | {"alice": "member", "ALICE": "admin"})

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert 'members.toml:4:1: "ALICE" is in the members twice' in planned.err
    assert "members.toml:3" in planned.err
    assert len(sandbox.history) == 0


def test_t25_a_typing_mistake_fails_the_plan_and_names_the_nearest_login(
    world: World, acme: Begin
) -> None:
    join(world, "alice")
    world.add_account("bob")
    project = acme(
        members=BOT | {"alice": "member", "alcie": "member", "bob": "member"}
    )

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.ERROR
    assert planned.all_notes == {("unknown-login", "members.alcie")}
    [note] = planned.document["notes"]
    assert note["severity"] == "error"
    assert note["hint"] == 'did you mean "alice"?'
    assert (note["file"], note["line"], note["column"]) == ("members.toml", 4, 1)
    assert planned.reasons == {"members.bob": "invite"}


def test_t25_an_unknown_login_does_not_keep_the_others_from_their_access(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for login in ("bob", "zoe"):
        world.add_account(login)
    project = acme(
        members=BOT | {"bob": "member", "nobody": "member", "zoe": "admin"},
        teams='[teams.sre]\nmembers = ["bob", "nobody"]',
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert invited(world) == {"bob": "direct_member", "zoe": "admin"}
    assert "GitHub has no user nobody" in applied.out

    before = calls(sandbox)
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == before


def test_t25_an_account_that_was_known_and_is_deleted_is_a_warning(
    world: World, acme: Begin
) -> None:
    join(world, "alice", "bob")
    project = acme(members=BOT | {"alice": "member", "bob": "member"})
    assert project.refresh().code == Exit.DONE
    world.delete_account("alice")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("account-gone", "members.alice")}
    assert project.is_at_rest()


def test_t26_people_whom_github_counts_and_does_not_show_are_told_of(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol", "dave", "ghost")
    sandbox.conditions.hidden = {"ghost"}
    seen = {"alice": "member", "carol": "member", "dave": "member"}
    project = acme(members=BOT | seen)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("incomplete", "members")}
    assert planned.note("incomplete").startswith("GitHub counts 1 more in members")
    assert project.is_at_rest()
    assert "ghost" in roles_in(world)


def test_t26_somebody_hidden_whom_the_files_name_is_not_invited_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "ghost")
    sandbox.conditions.hidden = {"ghost"}
    project = acme(members=BOT | {"alice": "member", "ghost": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert project.is_at_rest()


def test_t07_somebody_invited_by_mail_is_found_waiting_and_not_invited_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_account("carol", email="carol@acme.example")
    world.invite("carol@acme.example", InvitationRole.DIRECT_MEMBER)
    project = acme(members=BOT | {"alice": "member", "carol": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.waiting == ["members.carol"]
    assert project.is_at_rest()
    assert len(world.mails_to("carol@acme.example")) == 1


def test_t08_an_invitation_by_mail_for_another_role_gets_no_second_one_beside_it(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("carol", email="carol@acme.example")
    world.invite("carol@acme.example", InvitationRole.ADMIN)
    project = acme(members=BOT | {"carol": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("invitation-role", "members.carol") in planned.all_notes
    assert project.is_at_rest()
    assert len(world.invitations) == 1


def test_t26_nobody_is_removed_on_the_word_of_an_incomplete_list(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol", "ghost")
    world.add_account("erin")
    sandbox.conditions.hidden = {"ghost"}
    project = acme(members=BOT | {"alice": "admin", "erin": "member"})

    planned = project.plan()

    assert planned.reasons == {"members.alice": "change_role", "members.erin": "invite"}
    assert planned.held_back == 1
    assert ("held-back", "members.carol") in planned.all_notes

    assert project.apply().code == Exit.DONE
    assert roles_in(world) == {
        "bot": "admin",
        "alice": "admin",
        "carol": "member",
        "ghost": "member",
    }
    assert not [call for call in calls(sandbox) if call.startswith("DELETE")]


def test_t26_a_team_with_somebody_hidden_keeps_its_people(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol", "ghost")
    world.add_team("sre", "alice", "carol", "ghost")
    world.add_team("web", "alice", "carol")
    sandbox.conditions.hidden = {"ghost"}
    project = acme(
        teams='[teams.sre]\nmembers = ["alice"]\n[teams.web]\nmembers = ["alice"]'
    )

    planned = project.plan()

    assert planned.reasons == {"teams.web.members.carol": "remove"}
    assert ("incomplete", "teams.sre.members") in planned.all_notes
    assert ("held-back", "teams.sre.members.carol") in planned.all_notes
    assert project.apply().code == Exit.DONE
    assert people_of(world, "sre").keys() == {"alice", "carol", "ghost"}
