"""Whom to invite, and whom not again: what the past of a person has to say."""

from __future__ import annotations

from typing import Any

import pytest

from ghstate.model.invitation import InvitationRole
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.organization import Seats
from ghstate.model.past import Past
from ghstate.model.policy import Policy
from ghstate.plan.identity import Known
from ghstate.plan.make import make_plan
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from tests.build import ago, desired, failed, invitation, member, snapshot

WANT = desired(members={"ada": "admin", "bob": "member"})
HAVE = snapshot(members={"ada": "admin"})


def plan(past: Past | None = None, **policy: Any) -> Plan:
    return planned(HAVE, past, **policy)


def planned(have: Any, past: Past | None = None, **policy: Any) -> Plan:
    known = Known(past={Login("bob"): past} if past else {})
    return make_plan(WANT, have, Policy(**policy), known=known)


def reasons(made: Plan) -> dict[str, str]:
    return {str(change.address): change.reason.value for change in made.changes}


def about_bob(made: Plan) -> list[Note]:
    return [n for n in made.notes if n.code != "unresolved-login"]


def lines(made: Plan) -> list[str]:
    return [f"{n.severity} {n.code}: {n.summary} ({n.hint})" for n in about_bob(made)]


def test_somebody_new_is_invited_without_a_word() -> None:
    made = plan()
    assert reasons(made) == {"members.bob": "invite"}
    assert lines(made) == []


def test_an_invitation_that_was_declined_is_sent_again_with_a_warning() -> None:
    made = plan(Past(invited=(7,)))
    assert reasons(made) == {"members.bob": "reinvite"}
    assert lines(made) == [
        (
            "warning invitation-unanswered: the invitation of bob was declined or "
            "cancelled (delete bob if they do not want to come)"
        )
    ]


def test_the_third_invitation_says_that_it_is_the_third() -> None:
    made = plan(Past(invited=(7, 8)))
    assert reasons(made) == {"members.bob": "reinvite"}
    assert "; the next is number 3" in lines(made)[0]


def test_t03_after_three_invitations_nobody_is_invited_any_more() -> None:
    made = plan(Past(invited=(7, 8, 9)))
    assert reasons(made) == {}
    assert lines(made) == [
        (
            "warning invitation-given-up: bob was invited 3 times without success; "
            "ghstate invites them no more "
            "(talk to them; then `ghstate invites reset bob`, or delete bob)"
        )
    ]


def test_t03_failed_records_count_although_nothing_is_remembered() -> None:
    have = snapshot(
        failed(member("bob"), id=9, earlier=(7, 8)), members={"ada": "admin"}
    )
    made = planned(have)
    assert reasons(made) == {}
    assert [n.code for n in about_bob(made)] == ["invitation-given-up"]
    assert "the last invitation ended on 2026-11-19: Invitation expired;" in (
        made.notes[0].summary
    )


def test_a_failed_record_that_is_remembered_counts_once() -> None:
    have = snapshot(failed(member("bob"), id=9), members={"ada": "admin"})
    assert reasons(planned(have, Past(invited=(8, 9)))) == {"members.bob": "reinvite"}


def test_a_reset_begins_to_count_anew() -> None:
    past = Past(invited=(7, 8, 9)).reset()
    made = plan(past)
    assert reasons(made) == {"members.bob": "invite"}
    assert lines(made) == []


@pytest.mark.parametrize(("most", "invited"), [(1, False), (2, True)])
def test_how_often_is_a_setting(most: int, invited: bool) -> None:  # noqa: FBT001 - a case
    made = plan(Past(invited=(7,)), max_reinvites=most)
    assert bool(made.changes) is invited


def test_t18_who_left_on_their_own_is_not_invited_again() -> None:
    past = Past(member_until=ago(days=4), left=True)
    made = plan(past)
    assert reasons(made) == {}
    assert lines(made) == [
        (
            "warning left: bob left the organization on their own on 2026-11-17, "
            "and is not invited again "
            "(delete bob; or say --reinvite-left to invite them all the same)"
        )
    ]
    assert reasons(plan(past, reinvite_left=True)) == {"members.bob": "invite"}


def test_t18_who_went_nobody_knows_how_is_invited_with_a_note() -> None:
    made = plan(Past(member_until=ago(days=4)))
    assert reasons(made) == {"members.bob": "invite"}
    assert lines(made) == ["info was-member: bob was a member until 2026-11-17 ()"]


def test_who_is_not_invited_again_is_not_put_into_teams_either() -> None:
    want = desired(members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]})
    known = Known(past={Login("bob"): Past(invited=(7, 8, 9))})
    made = make_plan(want, HAVE, Policy(), known=known)
    assert reasons(made) == {"teams.ops": "create"}
    assert [n.code for n in about_bob(made)] == ["invitation-given-up"]


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("No seats available.", "buy a seat, or free one"),
        (
            "User must have two-factor authentication enabled",
            "they have to turn on two-factor authentication first",
        ),
        (
            "This user isn't able to use this feature due to trade regulations.",
            "GitHub may not serve this account; talk to its support",
        ),
        ("Invitation expired. User did not accept this invite for 7 days", ""),
    ],
)
def test_t21_why_an_invitation_failed_comes_with_a_way_out(
    reason: str, hint: str
) -> None:
    have = snapshot(failed(member("bob"), reason=reason), members={"ada": "admin"})
    made = planned(have)
    assert reasons(made) == {"members.bob": "reinvite"}
    (note,) = about_bob(made)
    assert (note.code, note.hint) == ("invitation-expired", hint)
    assert note.summary == (
        f"the invitation of bob ended on 2026-11-19: {reason.rstrip('.')}"
    )


@pytest.mark.parametrize(
    "role", [InvitationRole.BILLING_MANAGER, InvitationRole.HIRING_MANAGER]
)
def test_t14_who_is_to_become_a_manager_is_not_invited_beside_it(
    role: InvitationRole,
) -> None:
    waits = invitation(id=5, role=role, invitee=Login("bob"))
    made = planned(snapshot(members={"ada": "admin"}, waiting=[waits]))
    assert reasons(made) == {}
    assert [n.code for n in about_bob(made)] == ["invited-as-manager"]


# Limits -------------------------------------------------------------------------


def crowd(size: int) -> dict[str, str]:
    return {f"p{n:03}": "member" for n in range(size)}


def test_t12_many_invitations_say_how_many_days_they_take() -> None:
    want = desired(members={"ada": "admin", **crowd(620)})
    made = make_plan(want, HAVE, Policy())
    (note,) = [n for n in made.notes if n.code == "many-invitations"]
    assert note.summary == (
        "620 invitations take 2 to 13 days: GitHub sends 50 a day, or 500 for an "
        "organization that pays or is a month old"
    )


def test_t12_owners_are_invited_before_others() -> None:
    want = desired(members={"ada": "admin", "bob": "member", "zoe": "admin"})
    made = make_plan(want, HAVE, Policy())
    assert [str(task.address) for task in tasks(made)] == ["members.zoe", "members.bob"]


@pytest.mark.parametrize(("taken", "first"), [(8, "members.bob"), (9, "members.eve")])
def test_t11_where_seats_are_short_removals_come_first(taken: int, first: str) -> None:
    have = snapshot(
        members={"ada": "admin", "eve": "member"}, seats=Seats(total=10, taken=taken)
    )
    want = desired(members={"ada": "admin", "bob": "member", "cleo": "member"})
    made = make_plan(want, have, Policy())
    assert str(tasks(made)[0].address) == first
    warned = [n.summary for n in made.notes if n.code == "seats"]
    assert warned == (
        ["2 to invite, and 1 of 10 seats free; removals come first"]
        if taken == 9
        else []
    )
