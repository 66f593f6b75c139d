"""A page out of a file shows every change of the plan, or it is not shown."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.engine.refresh import plan as plan_for
from ghstate.plan.change import Change, Delete, Reason
from ghstate.plan.comparison import Extent
from ghstate.plan.plan import Plan
from ghstate.report.agreement import tells_of_all
from ghstate.report.describe import describe
from ghstate.report.document import Document, Line, Section, Tone
from ghstate.report.place import nowhere
from tests.build import NOW, found, team, team_member
from tests.laws.direct import Direct, DirectEngine
from tests.laws.scenes import Scene, scenes
from tests.report import stories
from tests.saved import with_removals

SETTINGS = settings(
    max_examples=60,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def page_of(plan: Plan) -> Document:
    return describe(plan, now=NOW, place_of=nowhere, digest="3f9c2e71")


def agrees(page: Document, plan: Plan) -> bool:
    return tells_of_all(page, Extent.of(with_removals(plan)))


def planned(scene: Scene) -> Plan:
    engine = DirectEngine(
        Direct(scene.world()), scene.desired, scene.policy, scene.token
    )
    engine.refresh()
    return plan_for(scene.desired, engine.memory().state, scene.policy)


@SETTINGS
@given(scenes())
def test_a_page_that_was_made_of_a_plan_shows_all_of_it(scene: Scene) -> None:
    made = planned(scene)

    assert agrees(page_of(made), made)


@SETTINGS
@given(scenes(), st.integers(0, 999))
def test_a_page_of_a_plan_without_some_change_does_not_show_all_of_it(
    scene: Scene, pick: int
) -> None:
    made = planned(scene)
    told = [each for each in made.changes if each.reason is not Reason.WITH_INVITATION]
    assume(told)
    hidden = told[pick % len(told)]
    rest = tuple(each for each in made.changes if each is not hidden)

    assert not agrees(page_of(replace(made, changes=rest)), made)


@pytest.mark.parametrize(
    "made", [stories.small(), stories.again(), stories.big(200), stories.plan()]
)
def test_pages_of_every_sort_of_change_agree(made: Plan) -> None:
    assert agrees(page_of(made), made)


def _only(*changes: Change) -> Plan:
    return stories.plan(*changes)


INSTEAD: dict[str, tuple[Plan, Plan]] = {
    "a member for an admin": (
        _only(stories.invites("eve", "admin")),
        _only(stories.invites("eve")),
    ),
    "an invitation for a removal": (
        _only(stories.removes("eve")),
        _only(stories.invites("eve")),
    ),
    "a removal from a team for one from the organization": (
        _only(stories.removes("eve")),
        _only(stories.takes_out("ops", "eve")),
    ),
    "another team": (
        _only(stories.adds("ops", "eve")),
        _only(stories.adds("web", "eve")),
    ),
    "another person": (
        _only(stories.promotes("eve")),
        _only(stories.promotes("ada")),
    ),
    "a maintainer for a member": (
        _only(stories.adds("ops", "eve", "maintainer")),
        _only(stories.adds("ops", "eve")),
    ),
    "one of two": (
        _only(stories.takes_out("ops", "eve"), stories.takes_out("web", "eve")),
        _only(stories.takes_out("ops", "eve")),
    ),
}


@pytest.mark.parametrize(("made", "shown"), INSTEAD.values(), ids=INSTEAD)
def test_a_page_that_shows_something_else_does_not_agree(
    made: Plan, shown: Plan
) -> None:
    assert agrees(page_of(made), made)
    assert not agrees(page_of(shown), made)


def test_a_page_that_shows_fewer_people_leaving_with_a_team_does_not_agree() -> None:
    def deletes(*people: str) -> Plan:
        change = Delete(found(team("old")), Reason.DELETE)
        along = tuple(found(team_member("old", each)) for each in people)
        return stories.plan(change, implied={change.address: along})

    assert agrees(page_of(deletes("ada", "bob")), deletes("ada", "bob"))
    assert not agrees(page_of(deletes("ada")), deletes("ada", "bob"))


def _no_section(page: Document) -> Document:
    return replace(page, sections=())


def _in_the_header(page: Document) -> Document:
    return Document(header="- bob  remove", footer="bob")


def _as_a_remark(page: Document) -> Document:
    lines = (Line(Tone.REMOVE, "bob", "remove"),)
    return Document(sections=(Section(title="Notes", lines=lines, remarks=True),))


def _in_a_table(page: Document) -> Document:
    lines = (Line(Tone.REMOVE, "bob", cells=("remove",)),)
    return Document(sections=(Section(title="Who", lines=lines, columns=("What",)),))


def _without_its_sign(page: Document) -> Document:
    lines = (Line(Tone.PLAIN, "bob", "remove"),)
    return Document(sections=(Section(title="People", lines=lines),))


@pytest.mark.parametrize(
    "forge",
    [_no_section, _in_the_header, _as_a_remark, _in_a_table, _without_its_sign],
)
def test_a_name_elsewhere_on_the_page_is_no_change(
    forge: Callable[[Document], Document],
) -> None:
    made = stories.plan(stories.removes("bob"))

    assert not agrees(forge(page_of(made)), made)
