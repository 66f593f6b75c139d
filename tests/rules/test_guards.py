"""What no plan may do unasked, and what to write if it is meant."""

from __future__ import annotations

import pytest

from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy, RemovalLimit
from ghstate.plan.make import make_plan
from ghstate.rules.guards import guard
from tests.build import desired, snapshot

TWO = {"ada": "admin", "bob": "admin"}


def refusals(
    want: Desired, have: Snapshot, policy: Policy | None = None
) -> list[tuple[str, str]]:
    policy = policy or Policy()
    made = guard(make_plan(want, have, policy), have, policy)
    return [(note.code, note.hint) for note in made.refusals]


@pytest.mark.parametrize("role", ["member", None], ids=["demoted", "removed"])
def test_a_protected_person_stays_what_they_are(role: str | None) -> None:
    want = desired(members={"ada": "admin", **({"bob": role} if role else {})})
    policy = Policy(protected=frozenset({Login("Bob")}))

    assert refusals(want, snapshot(members=TWO), policy) == [
        ("protected", "take bob out of protected in ghstate.toml")
    ]


@pytest.mark.parametrize("role", ["member", None], ids=["demoted", "removed"])
def test_t32_the_account_behind_the_token_stays(role: str | None) -> None:
    want = desired(members={"bob": "admin", **({"ada": role} if role else {})})

    assert [code for code, _ in refusals(want, snapshot(members=TWO))] == [
        "own-account"
    ]


def test_t31_the_last_admin_stays() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"}, viewer="bot[bot]")
    want = desired(members={"ada": "member", "bob": "member"})

    assert [code for code, _ in refusals(want, have)] == ["too-few-admins"]


def test_t31_somebody_who_is_only_invited_is_no_admin_yet() -> None:
    have = snapshot(members=TWO, invited={"eve": "admin"})
    want = desired(members={"ada": "admin", "eve": "admin"})

    codes = refusals(want, have, Policy(min_admins=2))

    assert [code for code, _ in codes] == ["too-few-admins"]


def test_an_admin_may_go_when_another_member_becomes_one() -> None:
    have = snapshot(members={**TWO, "cyd": "member"})
    want = desired(members={"ada": "admin", "cyd": "admin"})

    assert refusals(want, have, Policy(min_admins=2)) == []


def test_too_few_admins_to_begin_with_is_no_reason_to_refuse() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"})

    assert refusals(desired(members={"ada": "admin"}), have, Policy(min_admins=5)) == []


def crowd(count: int) -> dict[str, str]:
    return {"ada": "admin", **{f"user-{n}": "member" for n in range(count)}}


@pytest.mark.parametrize(
    ("people", "removed", "allowed", "refused"),
    [
        (4, 3, None, False),
        (10, 4, None, True),
        (99, 5, None, False),
        (99, 6, None, True),
        (99, 40, 40, False),
        (99, 40, 39, True),
        (99, 40, 41, True),
        (99, 2, 40, False),
    ],
)
def test_t75_t77_more_than_the_limit_needs_its_number_named(
    people: int, removed: int, allowed: int | None, *, refused: bool
) -> None:
    have = snapshot(members=crowd(people))
    want = desired(members=crowd(people - removed))

    found = refusals(want, have, Policy(allow_removals=allowed))

    assert bool(found) is refused
    if refused:
        assert found == [
            ("too-many-removals", f"if that is meant: --allow-removals {removed}")
        ]


def test_each_kind_has_a_limit_of_its_own_and_the_number_is_their_sum() -> None:
    teams = {f"team-{n}": ["user-0"] for n in range(5)}
    have = snapshot(members=crowd(4), teams=teams)
    want = desired(absent=list(teams))
    strict = Policy(max_removals=RemovalLimit(count=0, percent=0))

    assert refusals(want, have, strict) == [
        ("too-many-removals", "if that is meant: --allow-removals 10")
    ]
    assert refusals(want, have, Policy(allow_removals=10)) == []
