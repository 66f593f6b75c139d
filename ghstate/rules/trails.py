"""Trails: from every set that names a person, the shortest way down to their name.

They are found upwards, from the lines that name the person to the sets around them:
so only sets that have to do with the person are looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import NamedTuple, TypeAlias

import msgspec

from ghstate.model.groups import Expression, Reference, Referred
from ghstate.model.names import Login
from ghstate.rules.membership import Membership, On


class Link(msgspec.Struct, frozen=True):
    """A reference, and the set that a way goes into by it; none where it names them."""

    reference: Reference
    key: str | None = None


_Item: TypeAlias = tuple[str, int, Reference]
"""A set's key, the place in its list, and what stands there.

No struct: there are 200,000 of them, and they are made in a fifth of the time.
"""


class _Hop(NamedTuple):
    """How it goes on from a set towards the person: into another set, or to a name."""

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
        day: date | None,
        hops: Mapping[str, _Hop],
    ) -> None:
        self._membership = membership
        self._person = person
        self._day = day
        self._hops = hops

    def leads(self, reference: Reference, within: str = "") -> bool:
        """Does it go from *reference*, which stands *within* a set, to the person?"""
        if reference.refers is Referred.PERSON:
            named = reference.name == self._person
            return named and reference.period.holds(self._day)
        return self._first(reference, within) is not None

    def links(self, reference: Reference, within: str = "") -> tuple[Link, ...]:
        """The shortest way there is from *reference*; empty if there is none."""
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

    def _first(self, reference: Reference, within: str) -> str | None:
        if reference.refers is Referred.PERSON or not reference.period.holds(self._day):
            return None
        keys = self._membership.meant(reference, within)
        there = (key for key in keys if key in self._hops)
        return min(there, key=lambda key: self._hops[key].distance, default=None)


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

        if not membership.complaints:
            self._enter(used)

    def _enter(self, used: Iterable[Reference]) -> None:
        meant, people, above = self._membership.meant, self._people, self._above
        met = {needed for each in used for needed in meant(each, "")}
        named = Referred.PERSON  # an enum's members are slow to look up
        for key, expression in _sets(self._membership):
            inside = expression.all if expression.any is None else expression.any
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

    def on(self, on: On, person: Login) -> Trail:
        """The trail to *person* through sets that they are in *on* a day."""
        return self._found(person, on.day, on.holding(person))

    def whatever(self, person: Login) -> Trail:
        """The trail to *person* whatever dates, `all` and `except` say."""
        return self._found(person, None, lambda _: True)

    def _found(
        self, person: Login, day: date | None, admits: Callable[[str], bool]
    ) -> Trail:
        hops: dict[str, _Hop] = {}
        distance = 0
        reached: list[tuple[str | None, list[_Item]]]
        reached = [(None, self._people.get(person, []))]
        while reached:
            nearest: dict[str, _Hop] = {}
            for into, items in reached:
                for key, position, reference in items:
                    if key in hops or _is_before(nearest.get(key), position):
                        continue
                    if reference.period.holds(day) and admits(key):
                        nearest[key] = _Hop(distance, position, reference, into)
            self._through_globs(nearest, hops)
            hops |= nearest
            reached = [(key, self._above[key]) for key in nearest if key in self._above]
            distance += 1
        return Trail(self._membership, person, day, hops)

    def _through_globs(
        self, nearest: dict[str, _Hop], known: Mapping[str, _Hop]
    ) -> None:
        """Add the globs that mean any of the sets: they are as near as those."""
        for key, hop in list(nearest.items()):
            for glob, position in self._globs.get(key, ()):
                if glob not in known and not _is_before(nearest.get(glob), position):
                    nearest[glob] = _Hop(hop.distance, position, None, key)


def _is_before(other: _Hop | None, position: int) -> bool:
    """Of two ways of one length, that of the line that is written first is shown."""
    return other is not None and other.position <= position


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
    def written(self) -> Trail:
        """Through the sets that they are in as the files are written."""
        written = self._on.written
        if written is self._on:
            return self.live
        return self._trails.on(written, self.person)

    @cached_property
    def reached(self) -> Trail:
        """Through every set that names them, whatever takes them away again."""
        return self._trails.whatever(self.person)
