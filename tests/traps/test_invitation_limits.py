"""Seats and the invitations of a day: stop inviting, do the rest, go on later."""

from datetime import timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.policy import NoSeat, PutOnPending
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project, roles
from tests.traps.asking import (
    ago,
    asked,
    at_rest,
    section,
    teams_waiting,
    waiting,
    words,
)
from tests.traps.scene import BOT, Begin, calls, join, people_of, roles_in

DAY = timedelta(days=1)
NINE = [f"person-{n}" for n in range(9)]
POST = "POST invitations"


def invitations_sent(sandbox: Sandbox) -> list[int]:
    """Whom the invitations went to that GitHub took, by the ids of their accounts."""
    return [
        each.body["invitee_id"]
        for each in sandbox.history.writes()
        if each.method == "POST" and each.done and each.path.endswith("/invitations")
    ]


# T11


@pytest.fixture
def full(world: World, acme: Begin) -> Project:
    """Ten seats and ten members; one of them is to go, and two are to come."""
    world.policy.seats = 10
    join(world, *NINE)
    for login in ("yara", "zoe"):
        world.add_account(login)
    return acme(
        members=BOT | dict.fromkeys([*NINE[:8], "yara", "zoe"], "member"),
    )


@pytest.mark.parametrize("says", list(NoSeat))
def test_t11_where_seats_are_short_removals_come_first_and_the_rest_waits(
    world: World, sandbox: Sandbox, full: Project, says: NoSeat
) -> None:
    world.policy.no_seat = says

    planned = full.plan()
    assert planned.note("seats").startswith("2 to invite, and 0 of 10 seats free")

    applied = full.apply()

    assert applied.code == Exit.LIMIT
    assert calls(sandbox) == ["DELETE memberships/person-8", POST, POST]
    assert waiting(world) == [("yara", "direct_member")]
    assert "seat" in words(applied.out)
    assert "zoe" in section(applied.out, "Not begun")

    # Nothing has changed: one more try, and no more than one.
    sandbox.history.clear()
    assert full.apply().code == Exit.LIMIT
    assert (calls(sandbox), invitations_sent(sandbox)) == ([POST], [])

    world.policy.seats = 11
    sandbox.history.clear()
    assert full.apply().code == Exit.DONE
    assert calls(sandbox) == [POST]
    assert waiting(world) == [("yara", "direct_member"), ("zoe", "direct_member")]
    assert full.is_at_rest()


@pytest.mark.parametrize("says", list(NoSeat))
def test_t11_where_seats_cannot_be_read_the_first_refusal_ends_the_inviting_only(
    world: World, sandbox: Sandbox, full: Project, says: NoSeat
) -> None:
    world.policy.no_seat = says
    full.token = "sandbox-app"

    assert "seats" not in full.plan().notes
    applied = full.apply()

    assert applied.code == Exit.LIMIT
    assert "person-8" not in roles_in(world)
    # The first is refused; the removal makes room for one of the two.
    assert calls(sandbox) == [POST, "DELETE memberships/person-8", POST, POST]
    assert waiting(world) == [("yara", "direct_member")]

    world.policy.seats = 11
    sandbox.history.clear()
    assert full.apply().code == Exit.DONE
    assert calls(sandbox) == [POST]
    assert full.is_at_rest()


def test_t11_waiting_people_have_seats_and_so_have_those_invited_by_mail(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.seats = 4
    world.invite("alice")
    world.invite("someone@acme.example")
    for login in ("yara", "zoe"):
        world.add_account(login)
    project = acme(members=BOT | {"alice": "member", "yara": "member", "zoe": "member"})

    assert project.plan().note("seats").startswith("2 to invite, and 1 of 4 seats free")
    assert project.apply().code == Exit.LIMIT
    assert len(waiting(world)) == 3


def test_t11_with_seats_for_all_nothing_is_said_of_them(
    world: World, acme: Begin
) -> None:
    world.policy.seats = 3
    world.add_account("yara")
    project = acme(members=BOT | {"yara": "member"})

    assert "seats" not in project.plan().notes
    assert project.apply().code == Exit.DONE


def test_t11_a_cancelled_invitation_frees_a_seat_for_the_next(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.seats = 2
    world.invite("yara")
    world.add_account("zoe")
    project = acme(members=BOT | {"zoe": "member"})

    assert project.apply().code == Exit.DONE

    assert waiting(world) == [("zoe", "direct_member")]
    assert calls(sandbox)[-1] == POST


# T12

WORDINGS = [
    "Over invitation rate limit",
    "You have exceeded the invitation rate limit for this organization.",
    "Over the invitations rate limit. Please try again later.",
]


@pytest.fixture
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of states are written, and none has to outlive this test."""
    monkeypatch.setattr("os.fsync", lambda _: None)


def strangers(world: World, number: int) -> list[str]:
    logins = [f"new-{n:03}" for n in range(number)]
    for login in logins:
        world.add_account(login)
    return logins


@pytest.mark.parametrize("wording", WORDINGS)
def test_t12_the_first_answer_about_the_days_limit_ends_the_inviting_only(
    world: World, sandbox: Sandbox, acme: Begin, wording: str
) -> None:
    world.policy.cap_wording = wording
    world.policy.invitation_cap = 2
    logins = strangers(world, 4)
    join(world, "carol", "dave")
    world.add_team("platform")
    project = acme(
        members=BOT | dict.fromkeys(logins, "member") | {"carol": "admin"},
        teams='[teams.platform]\nmembers = ["carol"]',
    )

    applied = project.apply()

    assert applied.code == Exit.LIMIT
    assert len(waiting(world)) == 2
    assert calls(sandbox).count(POST) == 3
    assert roles_in(world) == {"bot": "admin", "carol": "admin"}
    assert people_of(world, "platform") == {"carol": "maintainer"}
    assert "24 hours" in words(applied.out)


def test_t12_owners_are_invited_first(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.invitation_cap = 2
    logins = strangers(world, 4)
    wanted = dict.fromkeys(logins[:2], "member") | dict.fromkeys(logins[2:], "admin")
    project = acme(members=BOT | wanted)

    assert project.apply().code == Exit.LIMIT

    assert waiting(world) == [("new-002", "admin"), ("new-003", "admin")]


@pytest.mark.usefixtures("quick_disk")
def test_t12_120_people_under_50_a_day_take_three_days_and_120_calls(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.invitation_cap = 50
    logins = strangers(world, 120)
    project = acme(members=BOT | dict.fromkeys(logins, "member"))
    assert project.plan().note("many-invitations").startswith("120 invitations take")
    tried = []

    def run() -> tuple[int, int]:
        before = len(waiting(world)), len(calls(sandbox))
        code = project.apply().code
        tried.append(len(calls(sandbox)) - before[1])
        return code, len(waiting(world)) - before[0]

    assert run() == (Exit.LIMIT, 50)
    assert run() == (Exit.LIMIT, 0)
    world.advance(DAY)
    assert run() == (Exit.LIMIT, 50)
    world.advance(DAY)
    assert run() == (Exit.DONE, 20)

    # Beyond the invitations, one probe for each day's end and one in vain.
    assert tried == [51, 1, 51, 20]
    sent = invitations_sent(sandbox)
    assert len(sent) == len(set(sent)) == 120
    assert {asked(world, login) for login in logins} == {1}


@pytest.mark.usefixtures("quick_disk")
def test_t12_620_people_under_500_a_day_take_two_applies_and_620_invitations(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.policy.invitation_cap = 500
    logins = strangers(world, 620)
    project = acme(members=BOT | dict.fromkeys(logins, "member"))

    assert project.apply().code == Exit.LIMIT
    assert len(waiting(world)) == 500
    world.advance(DAY)
    assert project.apply().code == Exit.DONE

    sent = invitations_sent(sandbox)
    assert len(sent) == len(set(sent)) == len(waiting(world)) == 620
    assert calls(sandbox).count(POST) == 621
    assert len(world.mails) == 620
    assert at_rest(project)


def test_t12_fewer_can_be_invited_on_purpose(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    logins = strangers(world, 5)
    join(world, "dave")
    project = acme(members=BOT | dict.fromkeys(logins, "member"))

    assert project.apply("--max-invites", "2").code == Exit.LIMIT
    assert len(waiting(world)) == 2
    assert roles_in(world) == {"bot": "admin"}
    assert project.apply("--max-invites", "2").code == Exit.LIMIT
    assert project.apply("--max-invites", "2").code == Exit.DONE
    assert calls(sandbox).count(POST) == 5


def test_t12_an_invitation_that_expired_is_not_lost_to_the_limit(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    """Its record is deleted before the next is tried, and the state remembers."""
    world.invite("alice", at=ago(world, days=9))
    project = acme(members=BOT | {"alice": "member"})
    world.policy.invitation_cap = 0

    assert project.apply().code == Exit.LIMIT
    assert project.plan().reasons == {"members.alice": "reinvite"}

    world.policy.invitation_cap = None
    assert project.apply().code == Exit.DONE
    assert waiting(world) == [("alice", "direct_member")]
    assert asked(world, "alice") == 2
    assert project.is_at_rest()


@pytest.mark.parametrize("put", list(PutOnPending))
@pytest.mark.parametrize(
    ("invited_as", "wish"),
    [(InvitationRole.ADMIN, "member"), (InvitationRole.DIRECT_MEMBER, "admin")],
)
def test_t12_an_invitation_that_has_to_be_replaced_is_not_lost_to_the_limit(
    world: World,
    sandbox: Sandbox,
    acme: Begin,
    *,
    put: PutOnPending,
    invited_as: InvitationRole,
    wish: str,
) -> None:
    world.policy.put_on_pending = put
    world.policy.invitation_cap = 0
    world.add_team("platform")
    world.invite("alice", invited_as, teams=("platform",))
    project = acme(
        members=roles(BOT | {"alice": wish}),
        teams='[teams.platform]\nmembers = ["alice"]',
        settings='[invitations]\nwrong_role = "correct"',
    )
    allowed = {Exit.DONE, Exit.LIMIT, Exit.IN_PART}

    assert project.apply().code in allowed
    assert project.apply().code in allowed
    assert len(waiting(world)) <= 1

    world.policy.invitation_cap = None
    assert project.apply().code == Exit.DONE
    [(login, role)] = waiting(world)
    assert (login, role) == (
        "alice",
        InvitationRole.ADMIN if wish == "admin" else (InvitationRole.DIRECT_MEMBER),
    )
    assert teams_waiting(world, "alice") == ["platform"]
    assert project.is_at_rest()
