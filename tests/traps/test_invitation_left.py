"""People who do not want to come: left on their own, blocking, blocked."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import Announced, asked, at_rest, lapse, section, waiting, words
from tests.traps.scene import BOT, Begin, calls, people_of, roles_in

ALICE = BOT | {"alice": "member"}


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """alice is a member, and was seen as one."""
    world.add_member("alice")
    world.add_team("platform", "alice")
    project = acme(members=ALICE, teams='[teams.platform]\nmembers = ["alice"]')
    assert project.apply().code == Exit.DONE
    return project


def someone_removes(world: World, login: str) -> None:
    world.part(world.known(login), by=world.token_owner())


# Left


def test_t18_who_left_on_their_own_is_not_invited_again_unasked(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    world.leave("alice")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("left", "members.alice") in planned.all_notes
    [note] = [each for each in planned.document["notes"] if each["code"] == "left"]
    assert note["severity"] == "warning"
    assert note["summary"].startswith("alice left the organization on their own on ")
    assert "--reinvite-left" in note["hint"]
    for _ in range(2):
        assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []


def test_t18_with_the_flag_they_are_invited_once_and_then_waited_for(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    world.leave("alice")
    assert project.apply().code == Exit.DONE

    assert project.plan("--reinvite-left").reasons == {
        "members.alice": "invite",
        "teams.platform.members.alice": "with_invitation",
    }
    assert project.apply("--reinvite-left").code == Exit.DONE
    assert project.apply("--reinvite-left").code == Exit.DONE

    assert calls(sandbox) == ["POST invitations"]
    assert asked(world, "alice") == 1
    assert project.is_at_rest()


def test_t18_whoever_comes_back_and_is_removed_later_did_not_leave(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    world.leave("alice")
    project.apply("--reinvite-left")
    world.accept("alice")
    assert project.is_at_rest()
    world.advance(timedelta(hours=1))
    someone_removes(world, "alice")

    planned = project.plan()

    assert planned.reasons["members.alice"] == "invite"
    assert "left" not in planned.notes


def test_t18_whom_somebody_removed_by_hand_is_invited_with_a_note(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    someone_removes(world, "alice")

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons["members.alice"] == "invite"
    assert planned.note("was-member").startswith("alice was a member until ")


@pytest.mark.parametrize("token", ["sandbox-owner", "sandbox-owner-no-audit"])
def test_t18_without_an_audit_log_the_table_holds_and_the_plan_says_who_was_there(
    world: World, sandbox: Sandbox, project: Project, token: str
) -> None:
    world.policy.audit_log = token != "sandbox-owner"
    project.token = token
    world.leave("alice")

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons == {
        "members.alice": "invite",
        "teams.platform.members.alice": "with_invitation",
    }
    assert re.fullmatch(
        r"alice was a member until \d{4}-\d\d-\d\d", planned.note("was-member")
    )
    assert project.apply().code == Exit.DONE
    assert asked(world, "alice") == 1
    assert project.is_at_rest()


def test_t18_the_lock_file_is_enough_to_know_that_they_were_there(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    assert project.run("lock").code == Exit.DONE
    project.forget()
    world.leave("alice")

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert ("left", "members.alice") in planned.all_notes
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []


def test_t18_what_is_known_from_the_audit_log_is_kept_when_it_cannot_be_read(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    world.leave("alice")
    assert project.plan().reasons == {}
    world.policy.audit_log = False

    for _ in range(2):
        assert project.apply().code == Exit.DONE

    assert calls(sandbox) == []


def test_t18_who_left_and_is_no_longer_in_the_files_is_forgotten(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    world.policy.audit_log = True
    world.leave("alice")
    project.apply()
    project.members('bot = "admin"')
    project.teams("")

    assert at_rest(project)
    assert "left" not in project.plan().notes


# Blocked


def unwilling(world: World, login: str) -> None:
    world.add_account(login).invitable = False


def unwanted(world: World, login: str) -> None:
    world.add_account(login).blocked = True


@pytest.mark.parametrize(
    ("block", "words_of_github"),
    [(unwilling, "The request could not be processed."), (unwanted, "Blocked")],
    ids=["they block the organization", "the organization blocks them"],
)
def test_t18_one_who_is_blocked_is_one_failure_and_keeps_nobody_else_waiting(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    block: Callable[[World, str], None],
    words_of_github: str,
) -> None:
    block(world, "mallory")
    for login in ("aaron", "zoe"):
        world.add_account(login)
    world.add_member("carol")
    world.add_member("dave")
    world.add_team("platform", "dave")
    project = acme(
        members=BOT
        | {"aaron": "member", "carol": "admin", "mallory": "member", "zoe": "admin"},
        teams='[teams.platform]\nmembers = ["carol", "mallory"]\n',
    )

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert words_of_github in words(applied.out)
    failed = section(applied.out, "Failed")
    assert "mallory" in failed
    assert "members.zoe" not in failed
    assert waiting(world) == [("aaron", "direct_member"), ("zoe", "admin")]
    assert roles_in(world) == {"bot": "admin", "carol": "admin"}
    assert people_of(world, "platform") == {"carol": "maintainer"}
    assert world.mails_to("mallory") == []

    # Each further apply tries once, and says so again.
    before = len(calls(sandbox))
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox)[before:] == ["POST invitations"]


def test_t18_who_blocked_and_does_no_more_is_invited_by_the_next_apply(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    unwilling(world, "mallory")
    project = acme(members=BOT | {"mallory": "member"})
    assert project.apply().code == Exit.IN_PART
    world.known("mallory").invitable = True

    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("mallory", "direct_member")]


def test_t18_who_declines_each_time_is_asked_three_times_and_not_for_ever(
    world: World, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE)
    announced = Announced()

    for _ in range(6):
        assert announced.apply(project) == Exit.DONE
        if waiting(world):
            world.decline("alice")
        lapse(world)

    assert asked(world, "alice") == announced.of("members.alice") == 3
