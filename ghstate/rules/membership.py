"""Who is in each set, on a day or as it is written.

A set of people is an integer here, with one bit for each person: 2,000 groups of 10,000
people are united, cut and nested in some milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property

import msgspec

from ghstate.model.complaint import Complaint
from ghstate.model.groups import (
    ALWAYS,
    ANY_TEAM,
    Expression,
    Period,
    Reference,
    Referred,
)
from ghstate.model.names import EmailAddress, Login
from ghstate.rules.references import Entangled, Links, Named, about_cycle, cycle_in
from ghstate.rules.references import in_order as order_of
from ghstate.rules.sides import On, Side

MAX_HELD = 200_000_000
"""Bits that all sets together may take: 50,000 people in 4,000 sets."""

MAX_WORK = 8_000_000_000
"""Bits that may be united and cut."""

_RECENT = 2
"""So many days are kept in mind: one is asked about several times over."""

_SOMEBODY = re.compile(rb"[^\0]", re.DOTALL)
_BITS = tuple(tuple(n for n in range(8) if byte >> n & 1) for byte in range(256))


class _Half(msgspec.Struct, frozen=True):
    """The references of one list: people of all days as bits, and the others."""

    people: int
    others: tuple[Reference, ...]


class Membership:
    """Every set of the files.

    As long as there are *complaints*, nobody is in any of them.
    """

    def __init__(self, named: Named, used: Iterable[Reference] = ()) -> None:
        """*used* are references outside of the sets, such as those in ``[members]``."""
        self.named = named
        self.complaints: list[Complaint] = []
        self._links = Links(named)
        self._numbers: dict[Login, int] = {}
        self._order: list[str] = []
        self._recent: dict[date, On] = {}
        self._halves: dict[str, tuple[_Half, _Half]] = {}
        used = tuple(used)
        try:
            self._find_wrong(used)
            self._put_in_order(used)
        except Entangled:
            self._refuse("the groups refer to one another too often to be followed")
        self._logins = list(self._numbers)
        if self.complaints:
            self._order = []

    @cached_property
    def dated(self) -> bool:
        """Is anything in the sets different on different days?"""
        return any(period != ALWAYS for period in self.periods())

    def periods(self) -> Iterator[Period]:
        """When the sets, and whatever stands in them, hold."""
        for expression in self._expressions():
            yield expression.period
            for each in expression.references:
                yield each.period

    @property
    def means_any_team(self) -> bool:
        """Does any reference mean everybody in any team?"""
        return self._links.union(f"team:{ANY_TEAM}") is not None

    @cached_property
    def written(self) -> On:
        """The sets as they are written: nobody is in one on any day who is not here."""
        return On(self, None)

    @cached_property
    def too_large(self) -> bool:
        """Are the sets too large to tell who is in them, on whatever day?"""
        lengths: dict[str, int] = {}
        held = work = 0
        for key in self._order:
            length = 0
            for needed in self._links.union(key) or self._into(key):
                if isinstance(needed, int):
                    length = max(length, needed)
                else:
                    work += lengths[needed]
                    length = max(length, lengths[needed])
            lengths[key] = length
            held += length
        return held > MAX_HELD or work > MAX_WORK

    @cached_property
    def addresses(self) -> int:
        """The bits of those who are known by an e-mail address only."""
        return self.bits_of(x for x in self._logins if isinstance(x, EmailAddress))

    def on(self, day: date | None) -> On:
        """The sets on *day*."""
        if day is None:
            return self.written
        if day not in self._recent:
            while len(self._recent) >= _RECENT:
                del self._recent[next(iter(self._recent))]
            self._recent[day] = On(self, day)
        return self._recent[day]

    def logins(self, bits: int) -> Iterator[Login]:
        """The people that *bits* stand for."""
        content = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        for found in _SOMEBODY.finditer(content):
            first = found.start() * 8
            for number in _BITS[found[0][0]]:
                yield self._logins[first + number]

    def bit(self, login: Login) -> int:
        """The bit of somebody; 0 for who is in no set."""
        number = self._numbers.get(login)
        return 0 if number is None else 1 << number

    def bits_of(self, logins: Iterable[Login]) -> int:
        """The bits of those among *logins* who are in any set."""
        numbers = (self._numbers.get(login) for login in logins)
        return _bits([number for number in numbers if number is not None])

    # How the sets hang together -------------------------------------------------

    def _find_wrong(self, used: Iterable[Reference]) -> None:
        for expression in self._expressions():
            for reference in expression.references:
                self._look_at(reference)
        for reference in used:
            self._look_at(reference)

    def _look_at(self, reference: Reference) -> None:
        if reference.refers is Referred.PERSON:
            login = reference.name
            if isinstance(login, Login):
                self._numbers.setdefault(login, len(self._numbers))
        elif wrong := self._links.wrong(reference):
            self.complaints.append(wrong)

    def _put_in_order(self, used: Iterable[Reference]) -> None:
        for reference in used:
            self._links.meant(reference)
        edges = self._links.edges()
        for knot in order_of(edges):
            if len(knot) > 1 or knot[0] in edges[knot[0]]:
                cycle = cycle_in(knot, edges, self.named)
                self.complaints.append(about_cycle(cycle, self._links, self.named))
            self._order += knot

    def _expressions(self) -> Iterator[Expression]:
        yield from self.named.groups.values()
        yield from self.named.teams.values()

    def _refuse(self, message: str) -> None:
        self.complaints.append(Complaint(("groups",), message))

    # What `Side` needs ----------------------------------------------------------

    def fill(self, gives: Side, takes: Side) -> None:
        """Put into both sides who is in each set; they may be the same.

        In an order that needs no going back: each side needs the other one.
        """
        sides = ((gives, takes), (takes, gives))[: 1 if gives is takes else 2]
        for key in () if self.too_large else self._order:
            union = self._links.union(key)
            expression = None if union is not None else self.named.expression(key)
            for side, other in sides:
                if union is not None:
                    side.put(key, side.united(union))
                elif expression is not None:
                    side.put(key, side.value(key, expression, other))

    def _into(self, key: str) -> Iterator[str | int]:
        """The sets that the set *key* refers to, and how many bits its people take."""
        expression = self.named.expression(key)
        for each in expression.references if expression else ():
            if isinstance(each.name, Login):
                yield self._numbers[each.name] + 1
            else:
                yield from self._links.meant(each, key)

    def meant(self, reference: Reference, within: str) -> tuple[str, ...]:
        return self._links.meant(reference, within)

    def sets(self, keys: Iterable[str]) -> Iterator[str]:
        """The sets that *keys* stand for, where some of them are globs."""
        for key in keys:
            yield from self._links.union(key) or (key,)

    def halves(self, key: str, expression: Expression) -> tuple[_Half, _Half]:
        """The lists `any` and `except` of a set."""
        found = self._halves.get(key)
        if found is None:
            found = self._half(expression.any or ()), self._half(expression.but)
            self._halves[key] = found
        return found

    def _half(self, references: Iterable[Reference]) -> _Half:
        numbers: list[int] = []
        others: list[Reference] = []
        for each in references:
            if each.refers is Referred.PERSON and each.period == ALWAYS:
                numbers.append(self._numbers[each.name])  # type: ignore[index]  # a person's name is a login
            else:
                others.append(each)
        return _Half(_bits(numbers), tuple(others))


def _bits(numbers: Sequence[int]) -> int:
    # By way of bytes: to unite the bits one by one takes a minute for 200,000.
    content = bytearray(max(numbers, default=0) // 8 + 1)
    for number in numbers:
        content[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(content, "little")
