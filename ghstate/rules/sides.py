"""Who is in the sets on one day: where that gives something, or takes it away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, assert_never

from ghstate.model.groups import Expression, Period, Reference, Referred
from ghstate.model.names import Login

if TYPE_CHECKING:
    from ghstate.rules.membership import Membership


class Sign(Enum):
    """What somebody being in a set does: it gives them something, or takes it away.

    Under `except` it is the other one, and under `except` in that, the first again.
    """

    GIVES = "gives"
    TAKES = "takes"


class Side:
    """Who is in the sets on one day, where that gives something, or takes it away.

    What takes away begins with its `from`, and no end of it gives anything back.
    """

    def __init__(self, membership: Membership, day: date | None, sign: Sign) -> None:
        self._membership = membership
        self._sign = sign
        self._bits: dict[str, int] = {}
        self.day = day

    def counts(self, period: Period) -> bool:
        """Does what holds in *period* count on the day?"""
        match self._sign:
            case Sign.GIVES:
                return period.holds(self.day)
            case Sign.TAKES:
                return period.begins_by(self.day)
            case _:
                assert_never(self._sign)

    def ends(self, period: Period) -> date | None:
        """The last day on which what holds in *period* counts."""
        return period.until if self._sign is Sign.GIVES else None

    def bits(self, reference: Reference, within: str = "") -> int:
        """Everybody whom *reference* means on the day."""
        if self._membership.complaints or not self.counts(reference.period):
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

    def put(self, key: str, bits: int) -> None:
        self._bits[key] = bits

    def share(self, other: Side) -> None:
        """Have the same people as *other*, where no day makes a difference."""
        self._bits = other._bits

    def united(self, keys: Iterable[str]) -> int:
        found = 0
        for key in keys:
            bits = self._bits.get(key)
            if bits is None:
                # A glob that nothing in the files needs, or what is in no set.
                parts = (*self._membership.sets((key,)),)
                bits = 0 if parts == (key,) else self.united(parts)
            found |= bits
        return found

    def value(self, key: str, expression: Expression, other: Side) -> int:
        """Who is in the set *key*; what it needs is in this and the *other* side."""
        if not self.counts(expression.period):
            return 0
        plus, minus = self._membership.halves(key, expression)
        found = plus.people
        for each in plus.others:
            found |= self.bits(each, key)
        for number, each in enumerate(expression.all):
            bits = self.bits(each, key)
            found = bits if expression.any is None and not number else found & bits
        but = minus.people
        for each in minus.others:
            but |= other.bits(each, key)
        return found & ~but


class On(Side):
    """Who is in the sets on one day; *taking* is the same for what takes away."""

    def __init__(self, membership: Membership, day: date | None) -> None:
        super().__init__(membership, day, Sign.GIVES)
        self.taking = Side(membership, day, Sign.TAKES)
        if membership.dated:
            membership.fill(self, self.taking)
            return
        if day is None:
            membership.fill(self, self)
        else:
            self.share(membership.written)
        self.taking.share(self)
