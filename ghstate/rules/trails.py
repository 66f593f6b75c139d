"""Trails: from every set that names a person, the best way down to their name.

That is the one that lasts longest, and of those the shortest.

They are found upwards, from the lines that name the person to the sets around them:
so only sets that have to do with the person are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from heapq import heappop, heappush
from typing import NamedTuple, TypeAlias

import msgspec

from ghstate.model.groups import Expression, Period, Reference, Referred
from ghstate.model.names import Login
from ghstate.rules.membership import Membership
from ghstate.rules.sides import On, Side


class Link(msgspec.Struct, frozen=True):
    """A reference, and the set that a way goes into by it; none where it names them."""

    reference: Reference
    key: str | None = None


_Item: TypeAlias = tuple[str, int, Reference]
"""A set's key, the place in its list, and what stands there.

No struct: there are 200,000 of them, and they are made in a fifth of the time.
"""


class _Hop(NamedTuple):
    """How it goes on from a set towards the person: into another set, or to a name.

    The least one is the best.
    """

    over: int
    """How many days before the last one of all times it ends."""

    distance: int
    position: int
    reference: Reference | None
    """None where a glob means the set that it goes into: nobody wrote a line there."""

    into: str | None


class Trail:
    """The sets from which lines lead to one person, each with the next line."""

    def __init__(
        self,
        membership: Membership,
        person: Login,
        counts: Callable[[Period], bool],
        hops: Mapping[str, _Hop],
    ) -> None:
        self._membership = membership
        self._person = person
        self._counts = counts
        self._hops = hops

    def leads(self, reference: Reference, within: str = "") -> bool:
        """Does it go from *reference*, which stands *within* a set, to the person?"""
        if reference.refers is Referred.PERSON:
            named = reference.name == self._person
            return named and self._counts(reference.period)
        return self._first(reference, within) is not None

    def links(self, reference: Reference, within: str = "") -> tuple[Link, ...]:
        """The best way there is from *reference*; empty if there is none."""
        if not self.leads(reference, within):
            return ()
        found: list[Link] = []
        key = self._first(reference, within)
        while key is not None:
            hop = self._hops[key]
            if hop.reference is not None:
                found.append(Link(reference, key))
                reference = hop.reference
            key = hop.into
        return (*found, Link(reference))

    def last(self, reference: Reference, within: str = "") -> date:
        """The last day on which that way leads to the person."""
        key = self._first(reference, within)
        over = self._hops[key].over if key is not None else 0
        until = reference.period.until or date.max
        return min(until, date.fromordinal(date.max.toordinal() - over))

    def _first(self, reference: Reference, within: str) -> str | None:
        if reference.refers is Referred.PERSON or not self._counts(reference.period):
            return None
        keys = self._membership.meant(reference, within)
        there = (key for key in keys if key in self._hops)
        return min(there, key=lambda key: self._hops[key][:2], default=None)


class Trails:
    """Where people and sets stand in sets, so that trails can be found."""

    def __init__(self, membership: Membership, used: Iterable[Reference] = ()) -> None:
        """*used* are references outside of the sets that will be asked about."""
        self._membership = membership
        self._people: defaultdict[str, list[_Item]] = defaultdict(list)
        self._above: defaultdict[str, list[_Item]] = defaultdict(list)
        """The lines that mean a set, by its key."""

        self._globs: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        """The globs that mean a set, each with its place among those that it means."""

        self._periods: dict[str, tuple[Period, ...]] = {}
        """What ends a set as a whole, of those that do end: its own days, and those
        of what its people must be in, too."""

        if not membership.complaints:
            self._enter(used)

    def _enter(self, used: Iterable[Reference]) -> None:
        meant, people, above = self._membership.meant, self._people, self._above
        met = {needed for each in used for needed in meant(each, "")}
        named = Referred.PERSON  # an enum's members are slow to look up
        for key, expression in _sets(self._membership):
            inside = expression.all if expression.any is None else expression.any
            both = (expression.period, *(each.period for each in expression.all))
            if any(period.until for period in both):
                self._periods[key] = both
            for position, each in enumerate(inside):
                if each.refers is named:
                    people[each.name].append((key, position, each))
                    continue
                for needed in meant(each, key):
                    above[needed].append((key, position, each))
            for each in (*expression.all, *expression.but):
                met.update(meant(each, key))
        for glob in sorted(met | self._above.keys()):
            for position, key in enumerate(self._membership.sets((glob,))):
                if key != glob:
                    self._globs[key].append((glob, position))

    def on(self, side: Side, person: Login) -> Trail:
        """The trail to *person* through the sets that they are in on a day."""
        return self._found(person, side.counts, side.holding(person), side.ends)

    def whatever(self, person: Login) -> Trail:
        """The trail to *person* whatever dates, `all` and `except` say."""
        return self._found(person, lambda _: True, lambda _: True, lambda _: None)

    def _found(
        self,
        person: Login,
        counts: Callable[[Period], bool],
        admits: Callable[[str], bool],
        ends: Callable[[Period], date | None],
    ) -> Trail:
        hops: dict[str, _Hop] = {}
        # By a hop and the set that it is in: the best one comes first, and what
        # follows from it is never better than it is.
        waiting: list[tuple[int, int, int, str, int]] = []
        made: list[_Hop] = []

        def wait(hop: _Hop, key: str) -> None:
            heappush(waiting, (*hop[:3], key, len(made)))
            made.append(hop)

        def rise(items: Iterable[_Item], into: str | None) -> None:
            distance, over = 0, 0
            if into is not None:
                distance, over = hops[into].distance + 1, hops[into].over
            for key, position, reference in items:
                if key not in hops and counts(reference.period) and admits(key):
                    here = self._periods.get(key, ())
                    days = [ends(period) for period in (reference.period, *here)]
                    cut = max((_before_the_last(day) for day in days if day), default=0)
                    wait(_Hop(max(over, cut), distance, position, reference, into), key)

        rise(self._people.get(person, ()), None)
        while waiting:
            *_, key, number = heappop(waiting)
            if key in hops:
                continue
            hop = hops[key] = made[number]
            for glob, position in self._globs.get(key, ()):
                if glob not in hops:
                    # Globs that mean the set are as near as it is.
                    wait(_Hop(hop.over, hop.distance, position, None, key), glob)
            rise(self._above.get(key, ()), key)
        return Trail(self._membership, person, counts, hops)


def _before_the_last(day: date) -> int:
    return date.max.toordinal() - day.toordinal()


def _sets(membership: Membership) -> Iterator[tuple[str, Expression]]:
    for name, expression in membership.named.groups.items():
        yield f"{Referred.GROUP.value}:{name}", expression
    for slug, expression in membership.named.teams.items():
        yield f"{Referred.TEAM.value}:{slug}", expression


class Somebody:
    """One person, and the trails to them."""

    def __init__(self, person: Login, trails: Trails, on: On) -> None:
        self.person = person
        self._trails = trails
        self._on = on

    @cached_property
    def live(self) -> Trail:
        """Through the sets that they are in on the day."""
        return self._trails.on(self._on, self.person)

    @cached_property
    def taking(self) -> Trail:
        """Through the sets that they are in where that takes something away."""
        return self._trails.on(self._on.taking, self.person)

    @cached_property
    def reached(self) -> Trail:
        """Through every set that names them, whatever takes them away again."""
        return self._trails.whatever(self.person)
