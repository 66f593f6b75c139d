"""People by e-mail: whose invitation it is, and who accepted it."""

from __future__ import annotations

from typing import Any

import pytest

from ghstate.model.mailbox import Mailbox
from ghstate.model.member import MEMBERS
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.policy import Policy, WrongRole
from ghstate.plan.document import resource_changes
from ghstate.plan.identity import Account, Known
from ghstate.plan.make import make_plan
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from tests.build import (
    ACME,
    ago,
    by_mail,
    declared,
    desired,
    id_of,
    invited,
    member,
    snapshot,
)

NEW = "new.hire@acme.example"
KEY = Mailbox.of(NEW, ACME.id).key
WANT = desired(members={"ada": "admin", NEW: "member"})
ADA = {"ada": "admin"}


def plan(
    want: Desired,
    have: Snapshot,
    *,
    bindings: dict[Login, int] | None = None,
    past: dict[Login, Past] | None = None,
    memory: bool = True,
    **policy: Any,
) -> Plan:
    accounts = {Login(name): Account(id_of(name), Login(name)) for name in ("dana",)}
    known = Known(bindings or {}, accounts, past=past or {}, memory=memory)
    return make_plan(want, have, Policy(**policy), known=known)


def reasons(made: Plan) -> dict[str, str]:
    return {str(change.address): change.reason.value for change in made.changes}


def waiting(made: Plan) -> list[str]:
    return [str(each.address) for each in made.waiting]


def codes(made: Plan) -> list[str]:
    return [note.code for note in made.notes]


def test_an_address_that_nobody_has_seen_is_invited() -> None:
    made = plan(WANT, snapshot(members=ADA))
    assert reasons(made) == {f'members."{NEW}"': "invite"}
    assert made.notes == ()


def test_an_address_is_invited_into_its_teams_with_one_mail() -> None:
    want = desired(members={"ada": "admin", NEW: "member"}, teams={"ops": [NEW]})
    made = plan(want, snapshot(members=ADA, teams={"ops": []}))
    assert reasons(made) == {
        f'members."{NEW}"': "invite",
        f'teams.ops.members."{NEW}"': "with_invitation",
    }


@pytest.mark.parametrize("sent_to", [NEW, NEW.upper(), f" {NEW} "])
def test_an_invitation_to_an_address_of_the_files_satisfies(sent_to: str) -> None:
    made = plan(WANT, snapshot(members=ADA, waiting=[by_mail(sent_to)]))
    assert reasons(made) == {}
    assert waiting(made) == [f'members."{NEW}"']
    assert codes(made) == []


def test_an_invitation_by_mail_brings_its_teams() -> None:
    want = desired(members={"ada": "admin", NEW: "member"}, teams={"ops": [NEW]})
    have = snapshot(
        members=ADA, teams={"ops": []}, waiting=[by_mail(NEW, teams=["ops"])]
    )
    made = plan(want, have)
    assert reasons(made) == {}
    assert waiting(made) == [f'members."{NEW}"']


def test_a_team_that_a_mail_lacks_is_given_after_the_answer() -> None:
    want = desired(members={"ada": "admin", NEW: "member"}, teams={"ops": [NEW]})
    have = snapshot(members=ADA, teams={"ops": []}, waiting=[by_mail(NEW)])
    made = plan(want, have)
    assert reasons(made) == {}
    assert codes(made) == ["place-after-answer"]


@pytest.mark.parametrize("wrong_role", WrongRole)
def test_a_mail_that_brings_too_many_teams_is_replaced(wrong_role: WrongRole) -> None:
    want = desired(
        members={"ada": "admin", NEW: "member"}, teams={"ops": [NEW], "web": []}
    )
    mail = by_mail(NEW, teams=["ops", "web", "unmanaged"])
    have = snapshot(
        members=ADA, teams={"ops": [], "web": [], "unmanaged": []}, waiting=[mail]
    )
    made = plan(want, have, wrong_role=wrong_role)
    if wrong_role is WrongRole.LEAVE:
        assert reasons(made) == {}
        assert codes(made) == ["not-managed", "place-after-answer"]
        return
    assert reasons(made) == {
        f'members."{NEW}"': "replace_invitation",
        f'teams.ops.members."{NEW}"': "with_invitation",
        f'teams.unmanaged.members."{NEW}"': "with_invitation",
    }
    (task,) = tasks(made)
    assert [place.team for place in task.places] == ["ops", "unmanaged"]


def test_a_mail_for_an_owner_is_replaced_by_one_for_a_member() -> None:
    made = plan(WANT, snapshot(members=ADA, waiting=[by_mail(NEW, "admin")]))
    assert reasons(made) == {f'members."{NEW}"': "replace_invitation"}


def test_a_mail_that_expired_is_sent_again() -> None:
    gone = by_mail(NEW, failed_at=ago(days=1), failed_reason="Invitation expired.")
    made = plan(WANT, snapshot(members=ADA, ended=[gone]))
    assert reasons(made) == {f'members."{NEW}"': "reinvite"}
    assert codes(made) == ["invitation-expired"]


def test_a_mail_that_was_declined_counts_like_one_that_expired() -> None:
    have = snapshot(members=ADA)
    made = plan(WANT, have, past={KEY: Past(invited=(7,))})
    assert reasons(made) == {f'members."{NEW}"': "reinvite"}
    made = plan(WANT, have, past={KEY: Past(invited=(7, 8, 9))})
    assert reasons(made) == {}
    assert codes(made) == ["invitation-given-up"]


# Accepted -----------------------------------------------------------------------


def test_an_account_that_is_known_takes_the_place_of_its_address() -> None:
    want = desired(members={"ada": "admin", NEW: "admin"}, teams={"ops": [NEW]})
    have = snapshot(members={**ADA, "Octo": "member"}, teams={"ops": []})
    made = plan(want, have, bindings={KEY: id_of("octo")})
    assert reasons(made) == {
        "members.octo": "change_role",
        "teams.ops.members.octo": "add",
    }
    (note,) = made.notes
    assert (note.code, note.summary, note.hint) == (
        "email-accepted",
        f"{NEW} is Octo on GitHub",
        "write Octo instead of the address",
    )


def test_an_account_that_the_files_name_too_is_not_meant_twice() -> None:
    want = desired(members={"ada": "admin", NEW: "member", "octo": "member"})
    have = snapshot(members={**ADA, "octo": "member"})
    made = plan(want, have, bindings={KEY: id_of("octo")})
    assert reasons(made) == {}
    assert [(n.code, n.hint) for n in made.notes] == [
        ("email-accepted", f"delete the line of {NEW}")
    ]


def test_t29_an_address_and_a_login_of_one_account_agree_in_their_role() -> None:
    want = desired(members={"ada": "admin", NEW: "admin", "octo": "member"})
    have = snapshot(members={**ADA, "octo": "member"})
    made = plan(want, have, bindings={KEY: id_of("octo")})
    assert reasons(made) == {}
    assert codes(made) == ["same-person"]


@pytest.mark.parametrize("holder", [99, None])
def test_t23_nobody_takes_the_place_of_an_account_that_has_gone(
    holder: int | None,
) -> None:
    """Octo, who had accepted, is gone; the login is a stranger's, or nobody's."""
    octo = Login("octo")
    account = None if holder is None else Account(holder, octo)
    known = Known({KEY: 7, octo: 7}, {octo: account})
    made = make_plan(WANT, snapshot(members=ADA), Policy(), known=known)
    assert reasons(made) == {}
    assert codes(made) == ["account-gone" if holder is None else "identity-changed"]


def test_t08_a_mail_to_somebody_who_had_accepted_once_is_waited_for() -> None:
    octo = Login("octo")
    known = Known({KEY: 7, octo: 7}, {octo: Account(7, octo)})
    have = snapshot(members=ADA, waiting=[by_mail(NEW)])
    made = make_plan(WANT, have, Policy(), known=known)
    assert reasons(made) == {}
    assert waiting(made) == ["members.octo"]


def test_t08_a_mail_to_a_member_is_cancelled_whoever_sent_it() -> None:
    have = snapshot(
        members={**ADA, "octo": "member"}, waiting=[by_mail(NEW, "admin", id=4711)]
    )
    made = plan(WANT, have, bindings={KEY: id_of("octo")})
    assert reasons(made) == {'members."invitation 4711"': "cancel_invitation"}


def test_t23_a_mail_is_not_cancelled_because_a_stranger_has_the_login() -> None:
    """Dana is account 42; the login is somebody else's by now."""
    want = desired(
        declared(member("dana"), pinned=42, email="dana@acme.example"), members=ADA
    )
    mail = by_mail("dana@acme.example")
    have = snapshot(members={**ADA, "dana": "member"}, waiting=[mail])
    made = plan(want, have)
    assert reasons(made) == {}
    assert codes(made) == ["identity-changed"]


def test_nothing_of_somebody_who_is_ignored_is_cancelled() -> None:
    mail = by_mail("dana@acme.example")
    have = snapshot(members={**ADA, "dana": "member"}, waiting=[mail])
    assert reasons(plan(DANA, have, ignore=("dana",))) == {}


def test_who_accepted_where_github_hides_somebody_is_not_invited_again() -> None:
    have = snapshot(members=ADA, hidden={MEMBERS: 1})
    made = plan(WANT, have, past={KEY: Past(invited=(7,))})
    assert reasons(made) == {}
    assert sorted(codes(made)) == ["email-unclear", "incomplete"]


def test_an_answer_given_half_way_sends_no_second_mail() -> None:
    """The newcomer is in the files by now, and the address still is, too."""
    want = desired(members={**ADA, NEW: "member", "octo": "member"})
    have = snapshot(members={**ADA, "octo": "member"})
    past = {KEY: Past(invited=(7,), joined=(id_of("octo"),))}
    made = plan(want, have, past=past)
    assert reasons(made) == {}
    assert codes(made) == ["email-unclear"]


def test_the_plan_asks_which_new_member_it_is_and_removes_nobody() -> None:
    have = snapshot(members={**ADA, "octo": "member", "hubot": "member"})
    past = {KEY: Past(invited=(7,), joined=(id_of("octo"),))}

    made = plan(WANT, have, past=past)

    assert reasons(made) == {"members.hubot": "remove"}
    unclear, held = (
        next(n for n in made.notes if n.code == code)
        for code in ("email-unclear", "held-back")
    )
    assert unclear.summary == (
        f"the invitation of {NEW} waits no more, and GitHub does not say who accepted "
        "it; perhaps it is octo"
    )
    assert unclear.hint == (
        f'write octo = {{ role = "member", email = "{NEW}" }} in its place; or, if it '
        f"is none of them, `ghstate invites reset {NEW}` has them invited again"
    )
    assert held.summary == f"octo is not removed: they may be {NEW}"


def test_once_the_line_is_written_there_is_nothing_to_ask() -> None:
    want = desired(declared(member("octo"), email=NEW), members=ADA)
    have = snapshot(members={**ADA, "octo": "member"})
    past = {KEY: Past(invited=(7,), joined=(id_of("octo"),))}
    made = plan(want, have, past=past)
    assert (reasons(made), codes(made)) == ({}, [])


def test_without_any_memory_nobody_is_removed_who_may_be_the_person() -> None:
    have = snapshot(members={**ADA, "octo": "member"})
    made = plan(WANT, have, memory=False)
    assert reasons(made) == {f'members."{NEW}"': "invite"}
    assert codes(made) == ["held-back"]


# Known by both ------------------------------------------------------------------


DANA = desired(declared(member("dana"), email="dana@acme.example"), members=ADA)


def test_an_invitation_to_the_address_of_a_login_satisfies() -> None:
    have = snapshot(members=ADA, waiting=[by_mail("Dana@acme.example")])
    made = plan(DANA, have)
    assert reasons(made) == {}
    assert waiting(made) == ["members.dana"]
    assert codes(made) == []


def test_a_login_whose_address_was_not_invited_is_invited_by_login() -> None:
    have = snapshot(members=ADA, waiting=[by_mail("somebody@else.example")])
    made = plan(DANA, have)
    assert reasons(made) == {"members.dana": "invite"}
    assert codes(made) == ["unlisted-email"]


# Unlisted -----------------------------------------------------------------------


def test_an_invitation_that_no_file_names_is_counted() -> None:
    have = snapshot(
        members=ADA, waiting=[by_mail("x@y.example"), by_mail("z@y.example")]
    )
    made = plan(desired(members=ADA), have)
    assert reasons(made) == {}
    assert [(n.code, n.summary) for n in made.notes] == [
        ("unlisted-email", "2 people were invited by e-mail; no file names them")
    ]


def test_an_invitation_that_no_file_names_is_cancelled_where_that_is_wanted() -> None:
    have = snapshot(members=ADA, waiting=[by_mail("x@y.example", id=4711)])
    made = plan(desired(members=ADA), have, cancel_unlisted=True)
    assert reasons(made) == {'members."invitation 4711"': "cancel_invitation"}
    assert "x@y.example" not in str(resource_changes(made))


def test_an_invitation_that_may_be_wanted_is_not_cancelled() -> None:
    """Dana waits on a mail that is in no list under her login (traps T07)."""
    waits = invited(member("dana"), id=None)
    have = snapshot(waits, members=ADA, waiting=[by_mail("x@y.example", id=4711)])
    want = desired(members={**ADA, "dana": "member"})
    made = plan(want, have, cancel_unlisted=True)
    assert reasons(made) == {}
    assert codes(made) == ["held-back"]
