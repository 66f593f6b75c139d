"""Sets of people as the files name them, and the days on which something holds."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from ghstate.model.complaint import Part
from ghstate.model.names import Name
from ghstate.model.resource import KeyPath

ANY_TEAM = "*"
"""In the place of a slug: everybody in any team."""

_GLOB = frozenset("*?[")


class Period(msgspec.Struct, frozen=True):
    """The days in UTC on which something holds, *since* and *until* among them."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date | None) -> bool:
        """Does it hold on *day*? Without a day it does: that is how it is written."""
        if day is None:
            return True
        begun = self.since is None or self.since <= day
        return begun and (self.until is None or day <= self.until)

    def begins_by(self, day: date | None) -> bool:
        """Has it begun on *day*, even if it is over? Without a day: was it ever so?"""
        return self.since is None or (day is not None and self.since <= day)


ALWAYS = Period()


class Referred(StrEnum):
    """What a reference names."""

    PERSON = "person"
    GROUP = "group"
    TEAM = "team"


class Reference(msgspec.Struct, frozen=True):
    """One person, or a set of people, where something names them.

    *name* is a login or an address, the name of a group or a glob over such names,
    or a team's slug or `ANY_TEAM`.
    """

    refers: Referred
    name: Name
    path: KeyPath
    period: Period = ALWAYS

    @property
    def key(self) -> str:
        """What it names, as the files write it and in lower case: ``group:sre``."""
        if self.refers is Referred.PERSON:
            return str(self.name)
        return f"{self.refers.value}:{self.name}"

    @property
    def part(self) -> Part:
        """The half of its line that names it: in ``[members]`` it is the key."""
        return Part.KEY if isinstance(self.path[-1], str) else Part.VALUE

    @property
    def is_glob(self) -> bool:
        match self.refers:
            case Referred.GROUP:
                return not _GLOB.isdisjoint(self.name)
            case Referred.TEAM:
                return self.name == ANY_TEAM
            case Referred.PERSON:
                return False


class Expression(msgspec.Struct, frozen=True, kw_only=True):
    """A set of people: the union of *any*, cut by each of *all*, without *but*.

    Without *any* (None) it is the intersection of *all*.
    """

    path: KeyPath
    any: tuple[Reference, ...] | None = None
    all: tuple[Reference, ...] = ()
    but: tuple[Reference, ...] = ()
    period: Period = ALWAYS
    """Outside of it, nobody is in the set."""

    @property
    def references(self) -> tuple[Reference, ...]:
        return (*(self.any or ()), *self.all, *self.but)
