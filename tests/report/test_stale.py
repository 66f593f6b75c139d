"""What is shown where a saved plan does not hold any more."""

from __future__ import annotations

from msgspec.structs import replace

from ghstate.model.note import Severity
from ghstate.plan.change import Change, Delete, Reason, Update
from ghstate.plan.plan import Plan
from ghstate.plan.saved import compare_plans
from ghstate.report.document import Document
from ghstate.report.stale import Earlier, difference_document, dropped_sections
from ghstate.report.terminal import to_text
from tests.build import NOW, found, member, team, team_member
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
from tests.saved import with_removals


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
    found = compare_plans(plan(*saved), now)
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
    found = compare_plans(plan(*saved), plan())

    text = to_text(Document(sections=tuple(dropped_sections(found)))).plain

    assert text == (
        "\n"
        "No longer needed: done already\n"
        "  + eve       invite as member\n"
        "  - dave      remove\n"
        "  ~ platform  2 settings\n"
        "  ~ www       rename  web → www\n"
        "    docs\n"
        "      - hedy  remove\n"
    )


def test_every_sort_of_change_can_be_told_from_a_file_alone() -> None:
    found = compare_plans(small(), plan())

    text = to_text(Document(sections=tuple(dropped_sections(found)))).plain

    assert all(change.address[-1] in text.lower() for change in small().changes)


def test_nothing_is_said_of_nothing() -> None:
    assert tuple(dropped_sections(compare_plans(plan(), plan()))) == ()


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


def deletes(slug: str, *people: str) -> Plan:
    change = Delete(found(team(slug)), Reason.DELETE)
    along = tuple(found(team_member(slug, each)) for each in people)
    return with_removals(plan(change, implied={change.address: along}))


def text_of(before: Plan, now: Plan, earlier: Earlier = Earlier.SAVED) -> str:
    apart = compare_plans(before, now)
    return to_text(difference_document(apart, now, NOW, earlier)).plain


def test_what_would_go_along_now_with_a_team_is_told_by_name() -> None:
    many = deletes("old", *(f"p{number:02}" for number in range(40)))

    assert text_of(deletes("old", "p00", "p01", "p02", "p03", "p04"), many) == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "Otherwise than in the saved plan\n"
        "  - old\n"
        "        was planned   delete\n"
        "        would be now  delete  would now take 35 more team memberships with "
        "it: p05, p06 and 33 more\n"
        "\n"
        "1 change that nobody has reviewed\n"
    )


def test_another_account_of_the_same_name_is_told_so() -> None:
    then = plan(removes("bob"), Delete(found(team("old")), Reason.DELETE))
    now = plan(
        Delete(found(member("bob"), number=4711), Reason.REMOVE),
        Delete(found(team("old"), number=4711), Reason.DELETE),
    )

    text = text_of(then, now)

    assert "would be now  remove  bob is another account now\n" in text
    assert "would be now  delete  old is another team now\n" in text


def test_more_removals_than_were_counted_are_told_where_nothing_else_is() -> None:
    now = with_removals(plan(removes("bob"), removes("carl")))
    then = replace(now, removals={"github_membership": 1})

    assert text_of(then, now) == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "More than the saved plan removes\n"
        "  - people  2  1 were planned\n"
        "\n"
        "removals that nobody has reviewed\n"
    )


def test_a_plan_that_was_only_shown_is_not_told_as_a_saved_one() -> None:
    text = text_of(plan(), plan(invites("eve")), Earlier.SHOWN)

    assert text.startswith(
        "acme · not as it was when the plan was shown\n"
        "\n"
        "Not in the plan that was shown\n"
        "  + eve  invite as member\n"
    )


def test_what_cannot_be_done_any_more_is_told_with_the_reason() -> None:
    why = note(Severity.ERROR, "x", "eve is somebody else now", at="members.eve")
    saved = plan(invites("eve"), adds("ops", "eve"), removes("bob"))
    apart = compare_plans(saved, plan(notes=[why]))

    text = to_text(Document(sections=tuple(dropped_sections(apart)))).plain

    assert text == (
        "\n"
        "No longer needed: done already\n"
        "  - bob      remove\n"
        "\n"
        "Cannot be carried out any more\n"
        "  + eve      invite as member  eve is somebody else now\n"
        "    ops\n"
        "      + eve  add as member     eve is somebody else now\n"
    )
