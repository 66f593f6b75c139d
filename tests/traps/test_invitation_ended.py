"""Invitations that came to nothing: said why, sent again, and given up in the end."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.records import InvitationRole, Reason
from ghstate.sandbox.replies import UNICORN, Reply, complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.asking import (
    EIGHT_DAYS,
    Announced,
    ago,
    asked,
    at_rest,
    lapse,
    numberless,
    waiting,
    words,
)
from tests.traps.scene import BOT, Begin, calls, roles_in

ALICE = BOT | {"alice": "member"}
WEEK = timedelta(days=7)
EXPIRED = Reason.EXPIRED.value
RECORD = "/orgs/acme/invitations/"

# T03


def test_t03_who_let_an_invitation_expire_is_invited_again_with_a_warning(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    sent_at = ago(world, days=9)
    world.invite("alice", at=sent_at)
    project = acme(members=ALICE)

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons == {"members.alice": "reinvite"}
    assert planned.change("members.alice")["actions"] == ["create"]
    [note] = planned.document["notes"]
    assert (note["severity"], note["code"]) == ("warning", "invitation-expired")
    assert note["summary"] == (
        f"the invitation of alice ended on {sent_at + WEEK:%Y-%m-%d}: {EXPIRED}"
    )
    assert (note["file"], note["line"]) == ("members.toml", 3)

    assert project.apply().code == Exit.DONE
    assert numberless(sandbox) == ["DELETE invitations/N", "POST invitations"]
    assert waiting(world) == [("alice", "direct_member")]
    assert project.is_at_rest()


@pytest.mark.parametrize("most", [1, 2, 3])
def test_t03_after_so_many_that_came_to_nothing_there_is_no_other(
    world: World, sandbox: Sandbox, acme: Begin, most: int
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE, settings=f"[invitations]\nmax_reinvites = {most}")
    files = (project.directory / "members.toml").read_bytes()
    announced = Announced()

    for _ in range(most):
        assert announced.apply(project) == Exit.DONE
        lapse(world)
    sent = len(calls(sandbox))

    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("invitation-given-up", "members.alice")}
    times = "once" if most == 1 else f"{most} times"
    assert f"alice was invited {times} without success" in planned.note(
        "invitation-given-up"
    )
    [note] = planned.document["notes"]
    assert "`ghstate invites reset alice`" in note["hint"]

    for _ in range(2):
        assert project.apply().code == Exit.DONE
        lapse(world)
    assert len(calls(sandbox)) == sent
    assert asked(world, "alice") == announced.of("members.alice") == most
    assert (project.directory / "members.toml").read_bytes() == files


def test_t03_the_plan_counts_from_the_third_invitation_on(
    world: World, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE)
    said = []
    for _ in range(3):
        planned = project.plan()
        said.append([note["summary"] for note in planned.document["notes"]])
        project.apply()
        lapse(world)

    assert said[0] == []
    assert said[1][0].endswith(EXPIRED)
    assert said[2][0].endswith(f"{EXPIRED}; the next is number 3")


ENDINGS: dict[str, Callable[[World], object]] = {
    "expired": lambda world: world.advance(EIGHT_DAYS),
    "declined": lambda world: world.decline("alice"),
    "declined, and kept": lambda world: world.decline("alice"),
    "cancelled by somebody": lambda world: world.cancel("alice"),
    "failed": lambda world: world.fail("alice", Reason.TWO_FACTOR),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_t03_every_way_to_come_to_nothing_counts(
    world: World, acme: Begin, ending: str
) -> None:
    world.policy.declined_fails = ending == "declined, and kept"
    world.add_account("alice")
    project = acme(members=ALICE, settings="[invitations]\nmax_reinvites = 2")
    announced = Announced()
    seen = []

    for _ in range(4):
        assert announced.apply(project) == Exit.DONE
        seen.append(announced.plans[-1].reasons.get("members.alice"))
        if waiting(world):
            ENDINGS[ending](world)

    assert seen == ["invite", "reinvite", None, None]
    assert ("invitation-given-up", "members.alice") in announced.plans[-1].all_notes
    assert asked(world, "alice") == 2


def test_t03_a_declined_invitation_is_followed_by_another_with_a_warning(
    world: World, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE)
    assert project.apply().code == Exit.DONE
    world.decline("alice")

    planned = project.plan()

    assert planned.reasons == {"members.alice": "reinvite"}
    assert planned.note("invitation-unanswered") == (
        "the invitation of alice was declined or cancelled"
    )


def test_t03_an_acceptance_begins_the_count_anew(world: World, acme: Begin) -> None:
    world.add_account("alice")
    project = acme(members=ALICE, settings="[invitations]\nmax_reinvites = 2")
    announced = Announced()
    announced.apply(project)
    lapse(world)
    announced.apply(project)
    world.accept("alice")
    announced.apply(project)
    world.leave("alice")

    for _ in range(4):
        assert announced.apply(project) == Exit.DONE
        lapse(world)

    reasons = [plan.reasons.get("members.alice") for plan in announced.plans]
    assert reasons == ["invite", "reinvite", None, "invite", "reinvite", None, None]
    assert asked(world, "alice") == 4


def test_t03_a_reset_begins_the_count_anew(world: World, acme: Begin) -> None:
    world.add_account("alice")
    project = acme(members=ALICE, settings="[invitations]\nmax_reinvites = 1")
    project.apply()
    lapse(world)
    assert project.plan().all_notes == {("invitation-given-up", "members.alice")}

    reset = project.run("invites", "reset", "alice")

    assert reset.code == Exit.DONE
    assert list(project.plan().reasons) == ["members.alice"]
    assert project.apply().code == Exit.DONE
    assert asked(world, "alice") == 2
    lapse(world)
    assert project.plan().all_notes == {("invitation-given-up", "members.alice")}


def test_t03_where_no_state_survives_the_lock_file_counts(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE, settings="[invitations]\nmax_reinvites = 2")
    reasons = []

    for _ in range(4):
        planned = project.plan()
        reasons.append(planned.reasons.get("members.alice"))
        assert project.apply().code == Exit.DONE
        assert project.run("lock").code == Exit.DONE
        project.forget()
        lapse(world)

    assert reasons == ["invite", "reinvite", None, None]
    assert asked(world, "alice") == 2
    planned = project.plan()
    assert planned.all_notes == {("invitation-given-up", "members.alice")}

    locked = (project.directory / "ghstate.lock.toml").read_text("utf-8")
    assert f"alice = {{ id = {world.known('alice').id}, invited = [" in locked


def test_t03_a_reset_reaches_the_lock_file_with_the_next_lock(
    world: World, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE, settings="[invitations]\nmax_reinvites = 1")
    project.apply()
    lapse(world)
    project.run("lock")
    assert project.plan().reasons == {}

    assert project.run("invites", "reset", "alice").code == Exit.DONE
    assert project.run("lock").code == Exit.DONE
    project.forget()

    assert list(project.plan().reasons) == ["members.alice"]


# T04


def test_t04_beside_a_waiting_invitation_old_records_are_left_alone(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("alice", at=ago(world, days=9))
    world.settle()
    world.invite("alice", at=ago(world, days=1))
    project = acme(members=ALICE)

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert planned.waiting == ["members.alice"]
    assert project.is_at_rest()
    assert len(world.failed) == 1


@pytest.mark.parametrize("blocks", [False, True])
def test_t04_the_record_of_the_failed_one_is_deleted_before_the_next_is_sent(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    blocks: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    world.policy.failed_invitation_blocks = blocks
    world.invite("alice")
    world.fail("alice", Reason.TWO_FACTOR, at=ago(world, days=1))
    [record] = world.failed
    project = acme(members=ALICE)

    assert project.apply().code == Exit.DONE

    assert calls(sandbox) == [f"DELETE invitations/{record}", "POST invitations"]
    assert waiting(world) == [("alice", "direct_member")]
    assert at_rest(project)


@pytest.mark.parametrize(
    "answer",
    [complaint(404, "Not Found"), complaint(500, "Server Error"), UNICORN],
    ids=["404", "500", "502"],
)
def test_t04_a_record_that_cannot_be_deleted_keeps_nobody_from_being_invited(
    world: World, sandbox: Sandbox, acme: Begin, answer: Reply
) -> None:
    world.invite("alice", at=ago(world, days=9))
    project = acme(members=ALICE)
    sandbox.conditions.script(Fault(answer, method="DELETE", path=RECORD, times=None))

    assert project.apply().code == Exit.DONE

    assert waiting(world) == [("alice", "direct_member")]
    assert numberless(sandbox)[-1] == "POST invitations"
    assert asked(world, "alice") == 2


def test_t04_of_several_records_the_latest_tells_how_it_ended(
    world: World, acme: Begin
) -> None:
    world.fail(world.invite("alice"), Reason.TRADE, at=ago(world, days=1))
    world.fail(world.invite("alice"), Reason.TWO_FACTOR, at=ago(world, days=5))
    project = acme(members=ALICE)

    planned = project.plan()

    assert planned.reasons == {"members.alice": "reinvite"}
    assert "trade regulations" in planned.note("invitation-expired")
    assert planned.note("invitation-expired").endswith("the next is number 3")
    assert project.apply().code == Exit.DONE
    assert at_rest(project)


# T21

REASONS = {
    Reason.TWO_FACTOR.value: "two-factor authentication",
    Reason.TRADE.value: "talk to its support",
    Reason.NO_SEAT.value: "buy a seat",
    "This account has been flagged.": "flagged the account",
    "You must verify your email address.": "verify their e-mail address",
    "Blocked by the user.": "blocked",
}


@pytest.mark.parametrize("reason", [*REASONS, "Gremlins"])
def test_t21_why_it_failed_is_said_in_githubs_words_with_what_helps(
    world: World, acme: Begin, reason: str
) -> None:
    world.fail(world.invite("alice"), reason, at=ago(world, days=2))
    project = acme(members=ALICE)

    [note] = project.plan().document["notes"]

    assert note["code"] == "invitation-expired"
    assert note["summary"].endswith(": " + reason.rstrip("."))
    assert REASONS.get(reason, "") in note.get("hint", "")
    assert ("hint" in note) is (reason in REASONS)


def test_t21_whatever_github_says_cannot_move_the_cursor(
    world: World, acme: Begin
) -> None:
    reason = "\x1b[2J\x1b]0;owned\x07\u202egnp.exe\n::error::no"
    world.fail(world.invite("alice"), reason)
    project = acme(members=ALICE)

    shown = project.run("plan").out
    as_json = project.run("plan", "--json").out

    for text in (shown, as_json):
        assert not set("\x1b\x07\u202e") & set(text)
        assert not any(line.startswith("::") for line in text.splitlines())
    assert "owned" in words(shown)


def test_t21_who_cannot_accept_is_not_mailed_for_ever(
    world: World, acme: Begin
) -> None:
    world.add_account("alice")
    project = acme(members=ALICE)
    announced = Announced()

    for _ in range(6):
        assert announced.apply(project) == Exit.DONE
        if waiting(world):
            world.fail("alice", Reason.TWO_FACTOR)

    assert asked(world, "alice") == announced.of("members.alice") == 3
    assert ("invitation-given-up", "members.alice") in announced.plans[-1].all_notes


# T20


def test_t20_a_former_member_is_invited_anew_and_gets_no_former_team_back(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("alice")
    for slug in ("platform", "secret-ops"):
        world.add_team(slug, "alice")
    project = acme(
        members=BOT, teams="[teams.platform]\nmembers = []\n[teams.secret-ops]"
    )
    assert project.apply().code == Exit.DONE
    project.members('bot = "admin"\nalice = "member"')
    project.teams('[teams.platform]\nmembers = ["alice"]\n[teams.secret-ops]')
    sandbox.history.clear()

    assert project.apply().code == Exit.DONE

    [sent] = sandbox.history.writes()
    assert sent.body["role"] == InvitationRole.DIRECT_MEMBER
    world.accept("alice")
    assert world.teams_of("alice").keys() == {"platform"}
    assert project.is_at_rest()
    assert roles_in(world) == {"bot": "admin", "alice": "member"}
