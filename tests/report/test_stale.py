"""What is shown where a saved plan does not hold any more."""

from __future__ import annotations

from msgspec.structs import replace

from ghstate.plan.change import Change, Reason, Update
from ghstate.plan.saved import compare, entries
from ghstate.report.document import Document
from ghstate.report.stale import difference_document, done_section
from ghstate.report.terminal import to_text
from tests.build import NOW, found, team, team_member
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


def updates(before: str, after: str, *, notifications: bool = True) -> Update:
    """The description of a team, and what else is to change with it."""
    return Update(
        found(team("platform", description=before)),
        team("platform", description=after, notifications=notifications),
        frozenset({"description", "notifications"}),
        Reason.UPDATE,
    )


def renamed(old: str, new: str) -> Update:
    return Update(found(team(old)), team(new), frozenset({"name"}), Reason.RENAME)


def shown(saved: tuple[Change, ...], fresh: tuple[Change, ...]) -> str:
    now = plan(*fresh)
    found = compare(entries(plan(*saved)), entries(now))
    return to_text(difference_document(found, now, NOW)).plain


def test_what_is_new_is_told_as_in_a_plan() -> None:
    assert shown((), (invites("eve"), adds("ops", "bob", "maintainer"))) == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "Not in the saved plan\n"
        "  + eve      invite as member\n"
        "    ops\n"
        "      + bob  add as maintainer\n"
        "\n"
        "2 changes that nobody has reviewed\n"
    )


def test_a_place_in_a_team_that_is_new_is_told_although_its_invitation_is_not() -> None:
    text = shown((invites("eve"),), (invites("eve"), brings("ops", "eve")))

    assert "Not in the saved plan\n    ops\n      + eve  add as member\n" in text


def test_what_is_otherwise_is_told_as_it_was_planned_and_as_it_would_be() -> None:
    then = (promotes("carol"), updates("Old words", "New words"))
    now = (removes("carol"), updates("Other words", "New words"))

    assert shown(then, now) == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "Otherwise than in the saved plan\n"
        "  - carol\n"
        "        was planned   member → admin\n"
        "        would be now  remove\n"
        "  ~ platform\n"
        '        was planned   description  "Old words" → "New words"\n'
        '        would be now  description  has description "Other words", '
        'not "Old words"\n'
        "\n"
        "2 changes that nobody has reviewed\n"
    )


def test_what_is_done_is_told_with_removals_last() -> None:
    saved = (
        removes("dave"),
        invites("eve"),
        renamed("web", "www"),
        updates("a", "b", notifications=False),
        takes_out("docs", "hedy"),
    )
    found = compare(entries(plan(*saved)), ())

    text = to_text(Document(sections=tuple(done_section(found)))).plain

    assert text == (
        "\n"
        "No longer needed: somebody has done it already\n"
        "  + eve       invite as member\n"
        "  - dave      remove\n"
        "  ~ platform  2 settings\n"
        "  ~ www       rename  web → www\n"
        "    docs\n"
        "      - hedy  remove\n"
    )


def test_every_sort_of_change_can_be_told_from_a_file_alone() -> None:
    found = compare(entries(small()), ())

    text = to_text(Document(sections=tuple(done_section(found)))).plain

    assert all(change.address[-1] in text.lower() for change in small().changes)


def test_nothing_is_said_of_nothing() -> None:
    assert tuple(done_section(compare((), ()))) == ()


def test_somebody_who_is_spelled_otherwise_by_now_is_told_so() -> None:
    then = replace(invites("eve"), after=invites("Eve").after)

    text = shown((then,), (invites("eve"),))

    assert "would be now  invite as member  gets username eve, not Eve\n" in text


def test_another_role_in_a_team_is_told_below_the_team() -> None:
    then, now = adds("ops", "bob"), adds("ops", "bob", "maintainer")
    assert now.after == team_member("ops", "bob", "maintainer")

    text = shown((then,), (now,))

    assert "    ops\n      + bob\n" in text
    assert "was planned   add as member\n" in text
    assert "would be now  add as maintainer  gets role maintainer, not member\n" in text
