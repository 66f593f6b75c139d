"""Who is meant: logins, held against the ids that GitHub never changes."""

from __future__ import annotations

from time import process_time

import pytest

from ghstate.model.address import Address
from ghstate.model.names import Login
from ghstate.model.note import Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.identity import Account, Known, unseen
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from tests.build import declared, desired, found, id_of, member, snapshot, team_member

GIL = Login("gil")


def known(
    *,
    bindings: dict[str, int] | None = None,
    accounts: dict[str, int | None] | None = None,
) -> Known:
    return Known(
        {Login(name): number for name, number in (bindings or {}).items()},
        {
            Login(name): None if number is None else Account(number, Login(name))
            for name, number in (accounts or {}).items()
        },
    )


def plan(want: Desired, have: Snapshot, known: Known) -> Plan:
    return make_plan(want, have, Policy(), known=known)


def codes(made: Plan) -> list[str]:
    return [note.code for note in made.notes]


def changed(made: Plan) -> list[str]:
    return [f"{change.address} {change.reason}" for change in made.changes]


def test_a_renamed_login_is_followed_and_not_replaced() -> None:
    have = snapshot(
        found(member("gil-new"), number=42),
        found(team_member("ops", "gil-new")),
        members={"ada": "admin"},
        teams={"ops": []},
    )
    want = desired(members={"ada": "admin", "gil": "member"}, teams={"ops": ["gil"]})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == []
    assert [(n.code, n.severity, n.hint) for n in made.notes] == [
        (
            "renamed",
            Severity.WARNING,
            "write gil-new instead of gil, or let `ghstate fmt --renames` do it",
        )
    ]


def test_a_renamed_login_still_gets_the_role_that_the_files_give() -> None:
    have = snapshot(found(member("gil-new"), number=42), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "admin"})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == ["members.gil-new change_role"]


def test_a_login_that_somebody_else_took_over_is_an_error_and_nobody_moves() -> None:
    have = snapshot(found(member("gil-new"), number=42), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "admin"})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": 99}))

    assert changed(made) == []
    assert codes(made) == ["identity-changed"]
    assert made.errors[0].hint == (
        "write gil-new for the person known so far; "
        "or write id = 99 beside it if the new account is meant"
    )


def test_an_id_in_the_files_settles_whom_a_login_means() -> None:
    have = snapshot(members={"ada": "admin"})
    want = desired(
        declared(member("gil"), pinned=99), members={"ada": "admin", "gil": "member"}
    )

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": 99}))

    assert changed(made) == ["members.gil invite"]
    assert made.errors == ()


def test_an_id_that_is_not_the_accounts_is_an_error() -> None:
    have = snapshot(members={"ada": "admin", "gil": "member"})
    want = desired(
        declared(member("gil"), pinned=1), members={"ada": "admin", "gil": "member"}
    )

    made = plan(want, have, Known())

    assert changed(made) == []
    assert codes(made) == ["identity-changed"]


def test_a_typo_is_an_error_with_the_nearest_name_and_the_rest_is_planned() -> None:
    have = snapshot(members={"ada": "admin", "grace": "member"})
    want = desired(members={"ada": "admin", "grcae": "member", "bob": "member"})

    made = plan(want, have, known(accounts={"grcae": None, "bob": 7}))

    assert changed(made) == ["members.bob invite", "members.grace remove"]
    assert [(n.address, n.hint) for n in made.errors] == [
        (Address("members", "grcae"), 'did you mean "grace"?')
    ]


def test_so_many_unknown_logins_are_told_without_guessing_at_each() -> None:
    strangers = [f"stranger-{number:05}" for number in range(9_500)]
    here = {f"somebody-{number:05}": "member" for number in range(9_500)}
    want = desired(members={**here, **dict.fromkeys(strangers, "member")})
    asked = known(accounts=dict.fromkeys(strangers))

    began = process_time()
    made = plan(want, snapshot(members=here), asked)

    # To compare each of them with all the others takes many minutes.
    assert process_time() - began < 20
    assert codes(made).count("unknown-login") == 9_500
    assert {note.hint for note in made.notes if note.hint} >= {
        "check the spelling, or delete the line"
    }


def test_who_is_unknown_as_well_is_not_what_was_meant() -> None:
    want = desired(members={"ada": "admin", "gill": "member", "gilll": "member"})
    made = plan(
        want,
        snapshot(members={"ada": "admin"}),
        known(accounts={"gill": None, "gilll": None}),
    )
    assert {note.hint for note in made.notes} == {
        "check the spelling, or delete the line"
    }


def test_an_account_that_was_known_and_is_gone_is_a_warning() -> None:
    have = snapshot(members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "member"})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == []
    assert [(n.code, n.severity) for n in made.notes] == [
        ("account-gone", Severity.WARNING)
    ]


def test_a_login_nobody_asked_about_is_invited_with_a_note() -> None:
    have = snapshot(members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "member"})

    made = plan(want, have, Known())

    assert changed(made) == ["members.gil invite"]
    assert codes(made) == ["unresolved-login"]


def test_two_names_of_one_person_are_told_apart_from_two_people() -> None:
    have = snapshot(found(member("gil-new"), number=42), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "member", "gil-new": "member"})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == []
    assert [n.hint for n in made.notes] == ["delete gil"]


def test_t29_two_names_of_one_person_with_two_roles_are_an_error() -> None:
    have = snapshot(found(member("gil-new"), number=42), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "gil": "admin", "gil-new": "member"})

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == []
    assert [(n.code, n.severity, n.hint) for n in made.notes] == [
        ("same-person", Severity.ERROR, "keep one line, for gil-new")
    ]


def test_a_team_that_names_somebody_by_an_old_name_keeps_them() -> None:
    have = snapshot(
        found(member("gil-new"), number=42),
        members={"ada": "admin"},
        teams={"ops": ["gil-new"]},
    )
    want = desired(
        members={"ada": "admin", "gil": "member", "gil-new": "member"},
        teams={"ops": ["gil"]},
    )

    made = plan(want, have, known(bindings={"gil": 42}, accounts={"gil": None}))

    assert changed(made) == []


@pytest.mark.parametrize("spelled", ["GIL", "Gil", "gil"])
def test_a_new_person_is_shown_as_github_spells_them(spelled: str) -> None:
    have = snapshot(members={"ada": "admin"})
    want = desired(members={"ada": "admin", spelled: "member"})

    made = plan(want, have, Known({}, {GIL: Account(id_of("gil"), Login("Gil"))}))

    assert made.changes[0].resource.document()["username"] == "Gil"


def test_somebody_spelled_in_two_ways_is_shown_as_github_spells_them() -> None:
    have = snapshot(members={"ada": "admin", "Gil": "member"}, teams={"ops": []})
    want = desired(members={"ada": "admin", "Gil": "member"}, teams={"ops": ["GIL"]})

    (change,) = plan(want, have, Known()).changes

    assert change.resource.document()["username"] == "Gil"


def test_only_people_outside_the_snapshot_are_looked_up() -> None:
    have = snapshot(members={"ada": "admin"}, invited=["bob"])
    want = desired(
        members={"ada": "admin", "bob": "member", "Gil": "member"},
        teams={"ops": ["gil", "hal"]},
    )

    assert unseen(want, have) == ("gil", "hal")


def test_t28_somebody_ignored_stays_so_under_a_new_name_and_it_is_told() -> None:
    have = snapshot(
        found(member("bot-2"), number=42), members={"ada": "admin", "eve": "member"}
    )
    want = desired(members={"ada": "admin"})
    settings = Policy(ignore=("acme-bot",))

    made = make_plan(want, have, settings, known=known(bindings={"acme-bot": 42}))

    assert changed(made) == ["members.eve remove"]
    assert [(note.code, note.summary, note.hint) for note in made.notes] == [
        (
            "renamed",
            (
                "acme-bot, whom the settings ignore, is called bot-2 on GitHub now, "
                "and is left alone"
            ),
            (
                "write bot-2 under ignore in ghstate.toml, "
                "or let `ghstate fmt --renames` do it"
            ),
        )
    ]


def test_somebody_once_ignored_whom_the_files_name_is_managed() -> None:
    have = snapshot(found(member("bob"), number=42), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "bob": "admin"})
    settings = Policy(ignore=("svc-*",))

    made = make_plan(want, have, settings, known=known(bindings={"svc-bob": 42}))

    assert changed(made) == ["members.bob change_role"]
