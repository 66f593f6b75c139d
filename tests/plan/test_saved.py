"""Whether a saved plan still holds: everything that keeps it from being applied."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.errors import PlanChanged
from ghstate.model.organization import Organization
from ghstate.plan.change import Change, Create, Reason, Update
from ghstate.plan.plan import Plan
from ghstate.plan.saved import (
    Comparison,
    Entry,
    check_digest,
    check_project,
    check_read,
    check_state,
    compare,
    entries,
    expiry,
)
from tests.build import ACME, NOW, found, member, team_member
from tests.report.stories import (
    adds,
    brings,
    invites,
    plan,
    promotes,
    removes,
    small,
    takes_out,
)
from tests.saved import BINDING, LINEAGE, saved

PLACE = "acme.plan"


def entry(change: Change) -> Entry:
    [found] = entries(plan(change))
    return found


def held_against(saved: Plan, fresh: Plan) -> Comparison:
    return compare(entries(saved), entries(fresh))


# The plan made anew -------------------------------------------------------------


def test_the_same_plan_holds_and_nothing_is_done_yet() -> None:
    assert held_against(small(), small()) == Comparison()


def test_what_is_done_already_drops_out() -> None:
    found = held_against(plan(invites("alice"), removes("bob")), plan(invites("alice")))

    assert found == Comparison(done=(entry(removes("bob")),))
    assert found.holds


def test_nothing_is_left_where_all_is_done() -> None:
    found = held_against(plan(invites("alice")), plan())

    assert found.holds
    assert [each.address for each in found.done] == ["members.alice"]


@pytest.mark.parametrize(
    "change",
    [invites("mallory", "admin"), removes("mallory"), adds("ops", "mallory")],
    ids=["granted", "removed", "put into a team"],
)
def test_what_nobody_has_reviewed_is_new(change: Change) -> None:
    found = held_against(plan(invites("alice")), plan(invites("alice"), change))

    assert found == Comparison(new=(entry(change),))
    assert not found.holds


AGAIN = Create(member("alice"), Reason.REINVITE)
DEMOTED = Update(
    found(member("alice", "admin")),
    member("alice"),
    frozenset({"role"}),
    Reason.CHANGE_ROLE,
)
OTHERWISE: dict[str, tuple[Change, Change]] = {
    "another role": (invites("alice"), invites("alice", "admin")),
    "for another reason": (invites("alice"), AGAIN),
    "another action": (invites("alice"), promotes("alice")),
    "the other way round": (promotes("alice"), DEMOTED),
    "somebody who was another before": (removes("bob"), removes("bob", "admin")),
    "in another role in the team": (
        adds("ops", "bob"),
        adds("ops", "bob", "maintainer"),
    ),
    "out of the team instead of in": (adds("ops", "bob"), takes_out("ops", "bob")),
    "in another spelling": (invites("alice"), invites("Alice")),
}


@pytest.mark.parametrize(("then", "now"), OTHERWISE.values(), ids=OTHERWISE)
def test_what_would_be_done_otherwise_does_not_hold(then: Change, now: Change) -> None:
    found = held_against(plan(then), plan(now))

    assert found == Comparison(other=((entry(then), entry(now)),))
    assert not found.holds


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (brings("ops", "eve"), adds("ops", "eve")),
        (adds("ops", "eve"), brings("ops", "eve")),
    ],
    ids=["somebody has invited them", "their invitation was cancelled"],
)
def test_a_place_in_a_team_is_the_same_with_the_invitation_or_without(
    then: Change, now: Change
) -> None:
    assert held_against(plan(then), plan(now)) == Comparison()


def test_another_role_in_the_team_is_not_the_same_with_the_invitation() -> None:
    then = Create(team_member("ops", "eve"), Reason.WITH_INVITATION)
    now = Create(team_member("ops", "eve", "maintainer"), Reason.ADD)

    assert not held_against(plan(then), plan(now)).holds


POOL = [
    *entries(small()),
    *(entry(each) for pair in OTHERWISE.values() for each in pair),
]


def a_plan() -> st.SearchStrategy[list[Entry]]:
    return st.lists(st.sampled_from(POOL), unique_by=lambda each: each.address)


@given(a_plan(), a_plan())
def test_whatever_a_saved_plan_says_only_what_it_says_is_done(
    saved: list[Entry], fresh: list[Entry]
) -> None:
    """So that who forges one can leave out, but add nothing."""
    found = compare(saved, fresh)

    assert found.holds == all(
        any(each.is_as(entry) for entry in saved) for each in fresh
    )
    told = [each.address for each in (*found.new, *(now for _, now in found.other))]
    assert len(told) + len([e for e in fresh if e.address not in told]) == len(fresh)
    assert {each.address for each in found.done} == (
        {each.address for each in saved} - {each.address for each in fresh}
    )


# What it is bound to ------------------------------------------------------------


def check(**otherwise: Any) -> None:
    here: dict[str, Any] = {
        "version": "0.1.0",
        "organization": "ACME",
        "files": BINDING.files,
        "now": NOW,
    }
    check_project(saved(), place=PLACE, **here | otherwise)


def reason(error: pytest.ExceptionInfo[PlanChanged]) -> str:
    before, _, rest = error.value.message.partition(" may not be applied: ")
    assert before == PLACE
    assert error.value.hint == "plan again: ghstate plan --out acme.plan"
    return rest.removesuffix("; nothing was changed")


def test_a_plan_holds_in_the_project_that_it_was_made_in() -> None:
    check()
    check(now=NOW + timedelta(days=7) - timedelta(seconds=1))


ADDED = ", ".join(f"{n}.toml was added" for n in range(5))
PROJECTS: dict[str, tuple[dict[str, Any], str]] = {
    "another ghstate": (
        {"version": "0.2.0"},
        "ghstate 0.1.0 made it, and this is 0.2.0",
    ),
    "another organization": (
        {"organization": "umbrella"},
        "it is for acme, and the settings name umbrella",
    ),
    "too late": (
        {"now": NOW + timedelta(days=7)},
        "it could be applied until 2026-11-28 09:12 UTC",
    ),
    "a file was changed": (
        {"files": {**BINDING.files, "members.toml": "ff"}},
        "since it was made, members.toml was changed",
    ),
    "a file was added": (
        {"files": {**BINDING.files, "more.toml": "3d"}},
        "since it was made, more.toml was added",
    ),
    "a file was removed": (
        {"files": {"ghstate.toml": "0a", "members.toml": "1b"}},
        "since it was made, teams.toml was removed",
    ),
    "a file was renamed": (
        {"files": {"ghstate.toml": "0a", "people.toml": "1b", "teams.toml": "2c"}},
        "since it was made, members.toml was removed and people.toml was added",
    ),
    "many files were changed": (
        {"files": {**BINDING.files, **{f"{n}.toml": "" for n in range(9)}}},
        f"since it was made, {ADDED} and 4 more are not as they were",
    ),
}


@pytest.mark.parametrize(("here", "words"), PROJECTS.values(), ids=PROJECTS)
def test_r12_a_plan_does_not_hold_elsewhere(here: dict[str, Any], words: str) -> None:
    with pytest.raises(PlanChanged) as error:
        check(**here)

    assert reason(error) == words


def test_a_plan_holds_after_reads_of_the_organization() -> None:
    check_state(saved(), place=PLACE, lineage=LINEAGE, applied_serial=9)


def test_a_plan_that_was_made_without_a_state_is_bound_to_none() -> None:
    check_state(saved(state=None), place=PLACE, lineage="other", applied_serial=99)


@pytest.mark.parametrize(
    ("lineage", "applied_serial", "words"),
    [
        (LINEAGE, 10, "there was an apply or an edit of the state since it was made"),
        (LINEAGE, 8, "there was an apply or an edit of the state since it was made"),
        (
            "another",
            9,
            f"it was made from the state {LINEAGE}, and this is another",
        ),
    ],
    ids=["an apply since", "an earlier state", "another state"],
)
def test_r12_a_plan_does_not_hold_for_another_state(
    lineage: str, applied_serial: int, words: str
) -> None:
    with pytest.raises(PlanChanged) as error:
        check_state(
            saved(), place=PLACE, lineage=lineage, applied_serial=applied_serial
        )

    assert reason(error) == words


def test_a_clock_that_is_a_little_behind_is_no_reason() -> None:
    check_read(saved(), place=PLACE, organization=ACME, now=NOW - timedelta(minutes=5))


@pytest.mark.parametrize(
    ("organization", "now", "words"),
    [
        (
            Organization("acme", 78),
            NOW,
            "it is for the organization 77, and acme is 78",
        ),
        (
            ACME,
            NOW - timedelta(minutes=5, seconds=1),
            "it was made in the future, on 2026-11-21 09:12 UTC",
        ),
        (
            ACME,
            NOW + timedelta(days=8),
            "it could be applied until 2026-11-28 09:12 UTC",
        ),
    ],
    ids=["another organization of that name", "from the future", "by GitHub's clock"],
)
def test_r12_a_plan_does_not_hold_for_what_github_says(
    organization: Organization, now: datetime, words: str
) -> None:
    with pytest.raises(PlanChanged) as error:
        check_read(saved(), place=PLACE, organization=organization, now=now)

    assert reason(error) == words


def test_the_plan_that_is_expected_is_told_from_any_other() -> None:
    check_digest(saved(), saved().digest, place=PLACE)

    with pytest.raises(PlanChanged, match="is not the plan that was expected"):
        check_digest(saved(plan()), saved().digest, place=PLACE)


def test_a_plan_that_never_expires_lasts_as_long_as_there_are_dates() -> None:
    assert expiry(NOW, timedelta(days=7)) == NOW + timedelta(days=7)
    assert expiry(NOW, timedelta(days=999_999_999)) == datetime(
        9999, 12, 31, 23, 59, 59, tzinfo=UTC
    )


def test_targets_are_addresses() -> None:
    targets = ("teams.ops", 'members."A@b.example"')

    assert replace(BINDING, targets=targets).addresses() == (
        ("teams", "ops"),
        ("members", "a@b.example"),
    )
