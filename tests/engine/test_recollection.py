"""What two reads of an organization tell about people, and what is kept of it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from ghstate.engine.recollection import recollect, replaced, with_forgiven, with_lock
from ghstate.errors import StateError
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Organization, Snapshot
from ghstate.model.past import Departure, Past
from ghstate.statefile import State
from tests.build import (
    ACME,
    NOW,
    ago,
    by_mail,
    declared,
    desired,
    failed,
    found,
    id_of,
    invited,
    member,
    snapshot,
)

BOB = Login("bob")
NEW = "new.hire@acme.example"
KEY = Mailbox.of(NEW, ACME.id).key
WANT = desired(members={"ada": "admin", "bob": "member"})
WANT_MAIL = desired(members={"ada": "admin", NEW: "member"})
ADA = {"ada": "admin"}
NOBODY = snapshot(members=ADA)
WAITS = snapshot(invited(member("bob"), id=7), members=ADA)
JOINED = snapshot(members={"ada": "admin", "bob": "member"})
GONE = snapshot(failed(member("bob"), id=7), members=ADA)


def past_after(
    *reads: Snapshot,
    want: Desired = WANT,
    departures: Mapping[Login, Departure] | None = None,
    bindings: Mapping[Login, int] | None = None,
) -> dict[Login, Past]:
    """What is remembered after *reads*, of which *departures* belong to the last."""
    state = State(lineage="l", organization=ACME)
    for n, read in enumerate(reads, 1):
        told = (departures or {}) if n == len(reads) else {}
        past = recollect(state, want, read, told, bindings or {})
        state = replace(state, snapshot=read, past=past)
    return dict(state.past)


@pytest.mark.parametrize(
    ("reads", "ended"),
    [
        pytest.param([WAITS], 0, id="waits"),
        pytest.param([WAITS, NOBODY], 1, id="declined"),
        pytest.param([WAITS, NOBODY, NOBODY], 1, id="declined, and counted once"),
        pytest.param([WAITS, GONE], 1, id="expired"),
        pytest.param([WAITS, GONE, NOBODY], 1, id="expired, and the record is deleted"),
        pytest.param([GONE], 1, id="expired unseen"),
    ],
)
def test_an_invitation_counts_once_it_ended(reads: list[Snapshot], ended: int) -> None:
    past = past_after(*reads)[BOB]
    live = {7} if reads[-1] is WAITS else set()
    assert past.ended(live) == ended


def test_becoming_a_member_ends_the_count() -> None:
    assert past_after(GONE, WAITS, JOINED) == {}


def test_a_member_who_is_gone_is_remembered_as_one() -> None:
    assert past_after(JOINED, NOBODY) == {BOB: Past(member_until=NOW)}


def test_what_failed_before_somebody_was_a_member_does_not_count() -> None:
    past = past_after(JOINED, GONE)[BOB]
    assert past.ended() == 0
    assert past.member_until == NOW


def test_the_audit_log_tells_who_left_and_when() -> None:
    left = {BOB: Departure(ago(days=2), on_their_own=True)}
    was_there = replace(JOINED, taken_at=ago(days=3))
    past = past_after(was_there, NOBODY, departures=left)[BOB]
    assert (past.member_until, past.left) == (ago(days=2), True)


def test_a_departure_before_they_came_back_tells_nothing() -> None:
    left = {BOB: Departure(ago(days=30), on_their_own=True)}
    past = past_after(JOINED, NOBODY, departures=left)[BOB]
    assert (past.member_until, past.left) == (NOW, False)


def test_whoever_is_invited_again_has_not_left_any_more() -> None:
    left = {BOB: Departure(ago(days=2), on_their_own=True)}
    state = State(
        lineage="l",
        organization=ACME,
        past=past_after(JOINED, NOBODY, departures=left),
        snapshot=NOBODY,
    )
    assert recollect(state, WANT, WAITS, {}, {}) == {BOB: Past(invited=(7,))}


def test_who_is_neither_wanted_nor_invited_is_forgotten() -> None:
    want = desired(members=ADA)
    assert past_after(WAITS, NOBODY, want=want) == {}


def test_t22_the_count_follows_somebody_who_was_renamed() -> None:
    waits = snapshot(
        found(member("ada", "admin")), replace(invited(member("bobby"), id=8), id=42)
    )
    past = past_after(GONE, waits, bindings={BOB: 42})
    assert past == {Login("bobby"): Past(invited=(7, 8))}


# By e-mail ------------------------------------------------------------------------


def test_an_invitation_by_mail_is_remembered_without_its_address() -> None:
    past = past_after(snapshot(members=ADA, waiting=[by_mail(NEW)]), want=WANT_MAIL)
    assert past == {KEY: Past(invited=(id_of(NEW),))}
    assert NEW not in str(past)


def test_who_joined_while_a_mail_was_answered_may_be_the_person() -> None:
    waits = snapshot(members=ADA, waiting=[by_mail(NEW)])
    past = past_after(
        waits, snapshot(members={**ADA, "octo": "member"}), want=WANT_MAIL
    )
    assert past[KEY].joined == (id_of("octo"),)


def test_who_joined_is_still_known_at_the_next_read() -> None:
    waits = snapshot(members=ADA, waiting=[by_mail(NEW)])
    came = snapshot(members={**ADA, "octo": "member"})
    late = snapshot(members={**ADA, "octo": "member", "later": "member"})
    assert past_after(waits, came, late, want=WANT_MAIL)[KEY].joined == (id_of("octo"),)


def test_an_address_whose_account_is_known_has_no_past() -> None:
    waits = snapshot(members=ADA, waiting=[by_mail(NEW)])
    came = snapshot(members={**ADA, "octo": "member"})
    bindings = {KEY: id_of("octo")}
    assert past_after(waits, came, want=WANT_MAIL, bindings=bindings) == {}


def test_a_mail_to_somebody_known_by_login_counts_for_the_login() -> None:
    want = desired(declared(member("bob"), email=NEW), members=ADA)
    waits = snapshot(members=ADA, waiting=[by_mail(NEW)])
    assert past_after(waits, NOBODY, want=want) == {BOB: Past(invited=(id_of(NEW),))}


# Replaced -------------------------------------------------------------------------


def test_an_invitation_that_another_replaced_did_not_come_to_nothing() -> None:
    state = State(
        lineage="l",
        organization=ACME,
        snapshot=WAITS,
        past={BOB: Past(invited=(5, 7))},
    )
    after = Past(invited=(5, 7), forgiven=(7,))
    gone = replaced(state, WANT, BOB)

    assert with_forgiven(state, gone).past == {BOB: after}
    assert after.ended() == 1


def test_a_mail_that_another_replaced_did_not_come_to_nothing() -> None:
    state = State(
        lineage="l",
        organization=ACME,
        snapshot=snapshot(members=ADA, waiting=[by_mail(NEW)]),
        past={KEY: Past(invited=(id_of(NEW),))},
    )
    gone = replaced(state, WANT_MAIL, EmailAddress(NEW))
    after = with_forgiven(state, gone)
    assert after.past[KEY].ended() == 0


# The lock file --------------------------------------------------------------------

LOCKED = Locked(
    organization=ACME,
    ids={BOB: 42, EmailAddress(NEW): 43},
    past={BOB: Past(invited=(7,)), EmailAddress(NEW): Past(invited=(8,))},
)


def test_a_state_that_was_lost_comes_back_from_the_lock_file() -> None:
    state = with_lock(State(lineage="new"), LOCKED)
    assert state.organization == ACME
    assert state.bindings == {BOB: 42, KEY: 43}
    assert state.past == {BOB: Past(invited=(7,)), KEY: Past(invited=(8,))}


def test_t23_the_lock_file_decides_whose_a_login_is() -> None:
    state = State(lineage="l", organization=ACME, bindings={BOB: 99, Login("ada"): 1})
    assert with_lock(state, LOCKED).bindings[BOB] == 42


def test_both_memories_of_invitations_count_together() -> None:
    state = State(lineage="l", organization=ACME, past={BOB: Past(invited=(7, 9))})
    assert with_lock(state, LOCKED).past[BOB].invited == (7, 9)


def test_the_lock_file_of_another_organization_is_refused() -> None:
    state = State(lineage="l", organization=Organization("acme", 78))
    with pytest.raises(StateError, match=r"is of the organization acme \(77\)"):
        with_lock(state, LOCKED)
