"""Reading a list page by page: everything, or an error, whatever moves meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.errors import IncompleteRead, Unreachable
from ghstate.github.lanes import Lane, Progress
from ghstate.github.shapes import MemberEdge

BOTH_ENDS = Lane(
    name="people",
    connection="membersWithRole",
    selection="cursor node { databaseId }",
    edges=list[MemberEdge],
    largest_page=100,
    both_ends=True,
)
ONE_END = replace(BOTH_ENDS, largest_page=3, both_ends=False)


@dataclass(slots=True)
class Listed:
    """A list as GitHub pages it: by keys, so that it may change between two pages."""

    keys: Sequence[int]
    hidden: frozenset[int] = frozenset()
    total_off_by: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The variables of each request."""

    def answer(self, progress: Progress, page: int = 100) -> dict[str, Any]:
        """What one request brings that asks for as much as *progress* wants."""
        variables: dict[str, Any] = dict(progress.variables(page))
        self.asked.append(variables)
        name, size = progress.lane.name, variables[f"{progress.lane.name}Page"]
        data: dict[str, Any] = {}
        for end in progress.lane.ends:
            if variables[f"{name}{end}"]:
                start = variables[f"{name}{end}From"]
                data[f"{name}{end}"] = self._page(end, size, start)
        return data

    def _page(self, end: str, size: int, start: str | None) -> dict[str, Any]:
        keys = sorted(self.keys)
        if end == "Forward":
            left = [key for key in keys if start is None or key > int(start)]
            shown = left[:size]
        else:
            left = [key for key in keys if start is None or key < int(start)]
            shown = left[-size:]
        more = len(left) > len(shown)
        return {
            "totalCount": len(keys) + self.total_off_by,
            "pageInfo": {
                "hasNextPage": end == "Forward" and more,
                "hasPreviousPage": end == "Backward" and more,
                "startCursor": str(shown[0]) if shown else None,
                "endCursor": str(shown[-1]) if shown else None,
            },
            "edges": [self._edge(key) for key in shown],
        }

    def _edge(self, key: int) -> dict[str, Any]:
        node = {"databaseId": key, "login": f"p{key}"}
        shown = None if key in self.hidden else node
        return {"cursor": str(key), "role": "MEMBER", "node": shown}


def read(
    lane: Lane,
    listed: Listed,
    *,
    page: int = 100,
    meanwhile: Callable[[int], object] = bool,
) -> Progress:
    """Read to the end; *meanwhile* is called before each request with its number."""
    progress = Progress(lane)
    for request in range(1000):
        if progress.done:
            return progress
        meanwhile(request)
        progress.take(listed.answer(progress, page))
    raise AssertionError("it never ends")


def ids(progress: Progress) -> list[int]:
    return sorted(edge["node"]["databaseId"] for edge in progress.shown)


LANES = pytest.mark.parametrize("lane", [BOTH_ENDS, ONE_END])


@LANES
@given(keys=st.sets(st.integers(1, 10**6), max_size=60), page=st.integers(1, 40))
def test_every_thing_is_read_once_whatever_the_size_of_the_page(
    lane: Lane, keys: set[int], page: int
) -> None:
    listed = Listed(sorted(keys))

    progress = read(lane, listed, page=page)

    size = min(page, lane.largest_page) * len(lane.ends)
    assert ids(progress) == sorted(keys)
    assert len(listed.asked) <= max(1, -(-len(keys) // size)) + 1
    assert progress.restarts == 0


@pytest.mark.parametrize(
    ("many", "requests"), [(0, 1), (1, 1), (100, 1), (200, 1), (201, 2), (1276, 7)]
)
def test_two_ends_take_half_the_requests(many: int, requests: int) -> None:
    listed = Listed(range(many))

    assert len(ids(read(BOTH_ENDS, listed))) == many
    assert len(listed.asked) == requests


def test_where_the_ends_meet_no_more_is_asked_for_than_is_missing() -> None:
    listed = Listed(range(205))

    read(BOTH_ENDS, listed)

    assert [asked["peoplePage"] for asked in listed.asked] == [100, 3]


def test_a_lane_that_is_done_is_left_out_of_the_next_request() -> None:
    progress = read(BOTH_ENDS, Listed(range(3)))

    assert dict(progress.variables(100))["peopleForward"] is False
    assert dict(progress.variables(100))["peopleBackward"] is False


def test_what_comes_from_both_ends_counts_once() -> None:
    progress = Progress(BOTH_ENDS)
    page = Listed(range(5)).answer(progress)
    assert len(page["peopleForward"]["edges"]) == 5
    assert len(page["peopleBackward"]["edges"]) == 5

    progress.take(page)

    assert (ids(progress), progress.done) == ([0, 1, 2, 3, 4], True)


@LANES
def test_t65_a_list_that_grows_is_read_again_from_the_start(lane: Lane) -> None:
    listed = Listed(list(range(10, 20)))

    def grow(request: int) -> None:
        if request == 1:
            listed.keys = [*listed.keys, 5]

    progress = read(lane, listed, page=2, meanwhile=grow)

    assert ids(progress) == [5, *range(10, 20)]
    assert progress.restarts == 1


@LANES
def test_t65_a_list_that_never_rests_is_not_believed(lane: Lane) -> None:
    listed = Listed(list(range(20)))

    def grow(request: int) -> None:
        listed.keys = [*listed.keys, 100 + request]

    with pytest.raises(IncompleteRead) as caught:
        read(lane, listed, page=2, meanwhile=grow)

    assert "GitHub's list of people went from " in caught.value.message
    assert caught.value.message.endswith(", 3 times in a row")
    assert "nobody is changing" in caught.value.hint


@LANES
@pytest.mark.parametrize("off_by", [-3, -1, 1, 5])
def test_a_number_that_does_not_fit_what_arrives_is_not_believed(
    lane: Lane, off_by: int
) -> None:
    with pytest.raises(IncompleteRead, match="and 7 arrived, 3 times in a row"):
        read(lane, Listed(range(7), total_off_by=off_by), page=100)


def test_somebody_who_came_and_somebody_who_went_are_noticed() -> None:
    """The number stays the same, and what arrived is one too many."""
    listed = Listed(range(10, 30))

    def swap(request: int) -> None:
        if request == 1:
            listed.keys = [*range(11, 30), 40]

    progress = read(ONE_END, listed, meanwhile=swap)

    assert ids(progress) == [*range(11, 30), 40]
    assert progress.restarts == 1


def test_a_list_that_stands_still_ends() -> None:
    progress = Progress(ONE_END)
    stuck = {
        "totalCount": 5,
        "pageInfo": {"hasNextPage": True, "endCursor": None},
        "edges": [],
    }
    progress.take({"peopleForward": stuck})
    progress.take({"peopleForward": stuck})
    with pytest.raises(IncompleteRead, match="stands still, 3 times in a row"):
        progress.take({"peopleForward": stuck})


@LANES
def test_what_github_hides_is_counted_and_not_shown(lane: Lane) -> None:
    progress = read(lane, Listed(range(10), hidden=frozenset({3, 7})), page=2)

    assert ids(progress) == [0, 1, 2, 4, 5, 6, 8, 9]
    assert progress.hidden == 2


@LANES
def test_an_edge_that_is_null_is_something_missing(lane: Lane) -> None:
    progress = Progress(lane)
    page = Listed(range(3)).answer(progress)
    for end in page.values():
        end["edges"][1] = None

    progress.take(page)

    assert (progress.restarts, progress.done) == (1, False)


@pytest.mark.parametrize(
    "page",
    [
        {},
        [],
        "text",
        {"totalCount": "3", "pageInfo": {}, "edges": []},
        {"totalCount": 3, "pageInfo": None, "edges": []},
        {"totalCount": 3, "pageInfo": {"hasNextPage": True}, "edges": []},
        {
            "totalCount": 1,
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "edges": [{"cursor": "x", "role": "MEMBER", "node": {"databaseId": 1}}],
        },
        {
            "totalCount": 1,
            "pageInfo": {"hasNextPage": False, "endCursor": None},
            "edges": ["ada"],
        },
    ],
)
def test_a_page_of_another_shape_is_a_clear_error(page: object) -> None:
    progress = Progress(ONE_END)

    with pytest.raises(Unreachable, match="GitHub's list of people is not as GitHub"):
        progress.take({"peopleForward": page})


def test_the_fields_of_a_lane_carry_its_arguments_and_its_ends() -> None:
    lane = replace(ONE_END, connection="teams(orderBy: {field: NAME})")

    assert list(lane.parameters()) == [
        "$peoplePage: Int!",
        "$peopleForward: Boolean!, $peopleForwardFrom: String",
    ]
    [text] = lane.fields()
    assert text.startswith(
        "peopleForward: teams(first: $peoplePage, after: $peopleForwardFrom, "
        "orderBy: {field: NAME}) @include(if: $peopleForward) {"
    )
    assert len(list(BOTH_ENDS.fields())) == 2
