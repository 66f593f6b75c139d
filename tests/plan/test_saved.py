"""Whether a saved plan still holds: everything that keeps it from being applied."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.errors import PlanChanged
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Organization
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.comparison import Comparison, Extent, Otherwise, Over, compare
from ghstate.plan.entries import Entry, entries
from ghstate.plan.plan import Plan
from ghstate.plan.saved import (
    check_digest,
    check_project,
    check_read,
    check_state,
    compare_plans,
    compare_saved,
    expiry,
)
from tests.build import ACME, NOW, found, member, team, team_member
from tests.report.stories import (
    adds,
    brings,
    invites,
    note,
    plan,
    promotes,
    removes,
    small,
    takes_out,
)
from tests.saved import BINDING, LINEAGE, saved, with_removals

PLACE = "acme.plan"


def entry(change: Change) -> Entry:
    [found] = entries(plan(change))
    return found


def held_against(before: Plan, fresh: Plan) -> Comparison:
    """As both a saved plan and one that was shown a moment ago are held."""
    before, fresh = with_removals(before), with_removals(fresh)
    found = compare_plans(before, fresh)
    assert compare_saved(saved(before), fresh) == found
    return found


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

    assert found.new == (entry(change),)
    assert not found.other
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

    assert found.other == (Otherwise(entry(then), entry(now)),)
    assert not found.new
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
    found = compare(Extent(entries=tuple(saved)), Extent(entries=tuple(fresh)))

    assert found.holds == all(
        any(each.is_as(entry) for entry in saved) for each in fresh
    )
    told = [each.address for each in (*found.new, *(x.now for x in found.other))]
    assert len(told) + len([e for e in fresh if e.address not in told]) == len(fresh)
    assert {each.address for each in found.done} == (
        {each.address for each in saved} - {each.address for each in fresh}
    )


# What is no change of its own ---------------------------------------------------


def deletes(*people: str, number: int | None = None) -> Plan:
    """The team ``old``, with the people who are in it."""
    change = Delete(found(team("old"), number=number), Reason.DELETE)
    along = tuple(found(team_member("old", each)) for each in people)
    return plan(change, implied={change.address: along})


def test_a_team_that_would_take_more_people_along_does_not_hold() -> None:
    found = held_against(deletes("ada"), deletes("ada", "bob", "carl"))

    [otherwise] = found.other
    assert [str(each) for each in otherwise.more] == [
        "teams.old.members.bob",
        "teams.old.members.carl",
    ]
    assert found.over == (Over("github_team_membership", 1, 3),)
    assert not found.holds


def test_a_team_that_would_take_somebody_else_along_does_not_hold() -> None:
    found = held_against(deletes("ada", "bob"), deletes("ada", "carl"))

    assert [each.more for each in found.other] == [
        (TeamMember.at("old", "carl"),),
    ]


def test_a_team_whose_people_are_fewer_by_now_holds() -> None:
    assert held_against(deletes("ada", "bob"), deletes("bob")).holds


def test_whatever_teams_somebody_leaves_with_the_organization_it_is_the_same() -> None:
    bob = removes("bob")
    more = {bob.address: (found(team_member("ops", "bob")),)}

    assert held_against(plan(bob), plan(bob, implied=more)).holds


def test_never_do_more_things_of_a_kind_go_than_the_saved_plan_counts() -> None:
    fresh = with_removals(plan(removes("bob"), removes("carl")))
    forged = saved(fresh, removals={"github_membership": 1})

    found = compare_saved(forged, fresh)

    assert found == Comparison(over=(Over("github_membership", 1, 2),))
    assert not found.holds


def _as(number: int | None, change: Change) -> Change:
    assert not isinstance(change, Create)
    return replace(change, before=replace(change.before, id=number))


ANOTHER: dict[str, Change] = {
    "a person who goes": removes("bob"),
    "a person who is promoted": promotes("bob"),
    "a person who leaves a team": takes_out("ops", "bob"),
    "a team that is deleted": Delete(found(team("old")), Reason.DELETE),
}


@pytest.mark.parametrize("change", ANOTHER.values(), ids=ANOTHER)
def test_a_name_that_another_account_or_team_has_by_now_does_not_hold(
    change: Change,
) -> None:
    fresh = _as(4711, change)

    found = held_against(plan(change), plan(fresh))

    assert found.other == (Otherwise(entry(change), entry(fresh), another=True),)
    assert not found.holds


def test_where_nobody_knew_the_account_nothing_is_said_of_it() -> None:
    change = _as(None, removes("bob"))

    assert held_against(plan(change), plan(_as(4711, change))).holds
    assert held_against(plan(_as(4711, change)), plan(_as(4711, change))).holds


# What drops out, and why --------------------------------------------------------


def hindered(
    *gone: Change, note: Note | None = None, now: Plan | None = None
) -> list[tuple[str, str]]:
    """What is not done although nobody has done it, and why."""
    fresh = now or plan(notes=[note] if note else [])
    found = held_against(plan(*gone), fresh)
    assert len(found.done) + len(found.hindered) == len(gone)
    return [(each.entry.address, each.why) for each in found.hindered]


@pytest.mark.parametrize(
    ("severity", "code"),
    [
        (Severity.ERROR, "identity-changed"),
        (Severity.ERROR, "unknown-login"),
        (Severity.WARNING, "account-gone"),
        (Severity.WARNING, "left"),
        (Severity.WARNING, "invitation-given-up"),
        (Severity.INFO, "held-back"),
        (Severity.INFO, "place-after-answer"),
    ],
)
def test_what_cannot_be_done_any_more_is_told_from_what_is_done(
    severity: Severity, code: str
) -> None:
    why = note(severity, code, "so it is", at="members.eve")

    assert hindered(invites("eve"), removes("bob"), note=why) == [
        ("members.eve", "so it is")
    ]


@pytest.mark.parametrize(
    ("severity", "code"),
    [(Severity.WARNING, "flapping"), (Severity.INFO, "invitation-role")],
)
def test_a_remark_that_keeps_nothing_from_being_done_is_no_reason(
    severity: Severity, code: str
) -> None:
    remark = note(severity, code, "so it is", at="members.eve")

    assert hindered(invites("eve"), note=remark) == []


@pytest.mark.parametrize("at", ["members.eve", "teams.ops"])
def test_a_place_in_a_team_fails_with_its_person_and_with_its_team(at: str) -> None:
    why = note(Severity.ERROR, "team-changed", "so it is", at=at)

    assert hindered(adds("ops", "eve"), adds("web", "bob"), note=why) == [
        ("teams.ops.members.eve", "so it is")
    ]


def test_what_github_did_not_show_is_not_taken_for_removed() -> None:
    why = note(Severity.WARNING, "incomplete", "not shown", at="teams.ops.members")

    assert hindered(takes_out("ops", "bob"), adds("ops", "eve"), note=why) == [
        ("teams.ops.members.bob", "not shown")
    ]


def test_somebody_who_goes_under_another_name_by_now_is_not_told_as_gone() -> None:
    bob = removes("bob")
    bobby = replace(bob, before=replace(bob.before, resource=member("bobby")))

    assert hindered(bob, now=plan(bobby)) == [
        ("members.bob", "bob is called bobby now")
    ]


# What it is bound to ------------------------------------------------------------


def check(**otherwise: Any) -> None:
    here: dict[str, Any] = {
        "version": "0.1.0",
        "organization": "ACME",
        "files": BINDING.files,
        "lifetime": timedelta(days=7),
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
    "a shorter life by the settings": (
        {"lifetime": timedelta(days=6, hours=23)},
        (
            "it says that it may be applied until 2026-11-28 09:12 UTC, and by the "
            "settings it may be until 2026-11-28 08:12 UTC"
        ),
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
