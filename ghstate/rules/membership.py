"""Who is in each set, on a day or as it is written.

A set of people is an integer here, with one bit for each person: 2,000 groups of 10,000
people are united, cut and nested in some milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
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

MAX_HELD = 200_000_000
"""Bits that all sets together may take: 50,000 people in 4,000 sets."""

MAX_WORK = 8_000_000_000
"""Bits that may be united and cut."""

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
        """The sets as they are written, whatever the dates in them."""
        return On(self, None, None)

    @cached_property
    def addresses(self) -> int:
        """The bits of those who are known by an e-mail address only."""
        return self.bits_of(x for x in self._logins if isinstance(x, EmailAddress))

    def on(self, day: date | None) -> On:
        """The sets on *day*."""
        return On(self, day, self.written) if self.dated and day else self.written

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

    # What `On` needs ------------------------------------------------------------

    def fill(self, on: On) -> None:
        """Put into *on* who is in each set, in an order that needs no going back."""
        for key in self._order:
            union = self._links.union(key)
            if union is not None:
                on.put(key, on.united(union))
            elif expression := self.named.expression(key):
                on.put(key, on.value(key, expression))

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


class On:
    """Who is in the sets on one day."""

    def __init__(
        self, membership: Membership, day: date | None, written: On | None
    ) -> None:
        self._membership = membership
        self.day = day
        self.written = written or self
        self._bits: dict[str, int] = {}
        self._held = self._work = 0
        self.too_large = False
        """Are the sets too large to tell who is in them?"""

        membership.fill(self)

    def bits(self, reference: Reference, within: str = "") -> int:
        """Everybody whom *reference* means on the day."""
        if self._membership.complaints or not reference.period.holds(self.day):
            return 0
        if reference.refers is Referred.PERSON:
            login = reference.name
            return self._membership.bit(login) if isinstance(login, Login) else 0
        return self.united(self._membership.meant(reference, within))

    def people(self, reference: Reference) -> Iterator[Login]:
        return self._membership.logins(self.bits(reference))

    def has(self, reference: Reference, login: Login, within: str = "") -> bool:
        return bool(self.bits(reference, within) & self._membership.bit(login))

    def holding(self, login: Login) -> Callable[[str], bool]:
        """What tells of a set, by its key, whether somebody is in it."""
        bits, bit = self._bits, self._membership.bit(login)
        return lambda key: bool(bits.get(key, 0) & bit)

    # While it is filled ----------------------------------------------------------

    def united(self, keys: Iterable[str]) -> int:
        found = 0
        for key in keys:
            bits = self._bits.get(key)
            if bits is None:
                # A glob that nothing in the files needs, or what is in no set.
                parts = (*self._membership.sets((key,)),)
                bits = 0 if parts == (key,) else self.united(parts)
            found |= bits
            self._work += bits.bit_length()
        return found

    def put(self, key: str, bits: int) -> None:
        self._held += bits.bit_length()
        if self._held > MAX_HELD or self._work > MAX_WORK:
            self.too_large = True
        self._bits[key] = 0 if self.too_large else bits

    def value(self, key: str, expression: Expression) -> int:
        """Who is in the set *key*; all that it needs is there already."""
        if self.too_large or not expression.period.holds(self.day):
            return 0
        plus, minus = self._membership.halves(key, expression)
        found = plus.people
        for each in plus.others:
            found |= self.bits(each, key)
        for number, each in enumerate(expression.all):
            bits = self.bits(each, key)
            found = bits if expression.any is None and not number else found & bits
            self._work += found.bit_length()
        # As written: what ends here would give somebody access by its end.
        but = minus.people
        for each in minus.others:
            but |= self.written.bits(each, key)
        return found & ~but
