"""Lanes: connections that are read page by page, side by side in one query.

One request carries the next page of every lane that has one, so that an organization
of 1,276 people and 284 teams takes eight queries. A lane believes nothing until it
has as many different things as GitHub says there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ghstate.errors import IncompleteRead, Unreachable
from ghstate.github.shapes import Page, shaped


@dataclass(frozen=True, slots=True)
class Lane:
    """A connection of the organization, and what is asked of each thing in it."""

    name: str
    """What the lane is called in the query, and in messages."""

    connection: str
    """The field and its arguments, other than paging: ``teams(orderBy: …)``."""

    selection: str
    """What is asked below ``edges``; must hold ``cursor`` and ``node``."""

    edges: type
    """What the edges have to look like, to go with *selection*."""

    largest_page: int
    both_ends: bool = False
    """Read from both ends at once, which halves the number of requests."""

    @property
    def ends(self) -> tuple[str, ...]:
        return ("Forward", "Backward") if self.both_ends else ("Forward",)

    def parameters(self) -> Iterator[str]:
        """The variables that the query needs for this lane."""
        yield f"${self.name}Page: Int!"
        for end in self.ends:
            yield f"${self.name}{end}: Boolean!, ${self.name}{end}From: String"

    def fields(self) -> Iterator[str]:
        """The lane in the query: once for each end."""
        field_name, _, arguments = self.connection.partition("(")
        more = f", {arguments.removesuffix(')')}" if arguments else ""
        for end in self.ends:
            size, start = ("first", "after") if end == "Forward" else ("last", "before")
            alias = f"{self.name}{end}"
            yield (
                f"{alias}: {field_name}("
                f"{size}: ${self.name}Page, {start}: ${alias}From{more}"
                f") @include(if: ${alias}) {{"
                " totalCount"
                " pageInfo { hasNextPage endCursor hasPreviousPage startCursor }"
                f" edges {{ {self.selection} }} }}"
            )


@dataclass(slots=True)
class Progress:
    """How far one lane has been read."""

    lane: Lane
    edges: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Every edge that arrived, by its key; what comes twice counts once."""

    total: int | None = None
    positions: dict[str, str | None] = field(default_factory=dict)
    open_ends: set[str] = field(default_factory=set)
    restarts: int = 0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.edges = {}
        self.total = None
        self.positions = dict.fromkeys(self.lane.ends)
        self.open_ends = set(self.lane.ends)

    @property
    def done(self) -> bool:
        # Two ends stop where they meet; one alone goes on for as long as there is more.
        met = self.lane.both_ends and len(self.edges) >= (self.total or 0)
        return self.total is not None and (met or not self.open_ends)

    def variables(self, page: int) -> Iterator[tuple[str, object]]:
        name = self.lane.name
        size = min(page, self.lane.largest_page)
        if self.total is not None and self.lane.both_ends:
            # The last pages meet in the middle: ask for no more than is missing.
            missing = max(1, self.total - len(self.edges))
            size = min(size, (missing + 1) // 2 if len(self.open_ends) > 1 else missing)
        yield f"{name}Page", size
        for end in self.lane.ends:
            wanted = not self.done and end in self.open_ends
            yield f"{name}{end}", wanted
            yield f"{name}{end}From", self.positions[end]

    def take(self, data: Mapping[str, Any]) -> None:
        """Take in what one request brought for this lane."""
        asked = {f"{self.lane.name}{end}" for end in self.open_ends}
        if not self.done and all(data.get(alias) is None for alias in asked):
            raise Unreachable(
                f"GitHub left the list of {self.lane.name} out of its answer",
                hint="try again; nothing was concluded from it",
            )
        for end in self.lane.ends:
            found = data.get(f"{self.lane.name}{end}")
            if found is None:
                continue
            page = shaped(found, Page, f"GitHub's list of {self.lane.name}")
            if self.total is not None and page.total_count != self.total:
                self._again(f"went from {self.total} to {page.total_count}")
                return
            self.total = page.total_count
            # An edge that is null cannot be told from the others, and does not count.
            edges = [edge for edge in page.edges or () if edge is not None]
            shaped(edges, self.lane.edges, f"GitHub's list of {self.lane.name}")
            known = len(self.edges)
            self.edges |= {_key(edge): edge for edge in edges}
            news = len(self.edges) > known
            info = page.page_info
            more, position = (
                (info.has_next_page, info.end_cursor)
                if end == "Forward"
                else (info.has_previous_page, info.start_cursor)
            )
            stands_still = position == self.positions[end] or not news
            if more and stands_still and not self.lane.both_ends:
                self._again("stands still")
                return
            self.positions[end] = position
            # An end that only brings what the other one brought has met it.
            if not more or stands_still:
                self.open_ends.discard(end)
        if self.done and self.total is not None and len(self.edges) != self.total:
            self._again(f"has {self.total}, and {len(self.edges)} arrived")

    def _again(self, why: str) -> None:
        """Read the lane from the start: it moved while it was read."""
        self.restarts += 1
        if self.restarts > 2:
            raise IncompleteRead(
                f"GitHub's list of {self.lane.name} {why}, "
                f"{self.restarts} times in a row",
                hint="try again when nobody is changing the organization",
            )
        self.start()

    @property
    def shown(self) -> Iterator[Mapping[str, Any]]:
        """The edges that GitHub let us see."""
        return (edge for edge in self.edges.values() if edge.get("node") is not None)

    @property
    def hidden(self) -> int:
        """How many edges came without the thing itself."""
        return sum(1 for edge in self.edges.values() if edge.get("node") is None)


def _key(edge: Mapping[str, Any]) -> str:
    node = edge.get("node")
    if node is None:
        return f"cursor:{edge['cursor']}"
    return f"id:{node['databaseId']}"
