"""People and teams that have another name in the next read, known by their ids."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.drift import Drift
from ghstate.model.member import MEMBERS, Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import TEAMS

_HEAD = 2
"""So many parts has the address of a person or a team, and begins that of a place."""


class Moves(msgspec.Struct, frozen=True):
    """From where to where people and teams moved between two reads."""

    to: Mapping[Address, Address]
    back: Mapping[Address, Address]

    @classmethod
    def between(
        cls, before: Snapshot | None, now: Snapshot, drift: Mapping[Address, Drift]
    ) -> Moves:
        """What has the same id in both, or had it before it went."""
        known: dict[tuple[str, int], Address] = {
            (each.type, each.id): address
            for address, each in drift.items()
            if each.id is not None and len(address) == _HEAD
        }
        known |= _named(before) if before else {}
        names = _named(now)
        to = {
            address: names[thing]
            for thing, address in known.items()
            if thing in names and names[thing] != address
        }
        return cls(to, {new: old for old, new in to.items()})

    def of(self, address: Address) -> Address:
        """Where it stands now what was at *address*."""
        return _renamed(address, self.to) if self.to else address

    def former(self, address: Address) -> Address:
        """Where it stood before what is at *address*."""
        return _renamed(address, self.back) if self.back else address

    def observed(self, snapshot: Snapshot) -> Mapping[Address, Observed[Resource]]:
        """What was found before, by where it would stand now."""
        if not self.to:
            return snapshot.observed
        return {self.of(a): found for a, found in snapshot.observed.items()}

    def drift(self, drift: Drift) -> Drift:
        """*drift* with the names of today for what it needs."""
        if not self.to or not drift.needed:
            return drift
        was = drift.was
        if was is not None:
            was = {name: self._parent(name, held) for name, held in was.items()}
        return replace(drift, was=was, needed=tuple(map(self.of, drift.needed)))

    def _parent(self, attribute: str, held: object) -> object:
        """The attribute of a team that has another team's name in it."""
        if attribute != "parent_team_id" or not isinstance(held, str):
            return held
        return self.of(TEAMS / held)[-1]


def _named(snapshot: Snapshot) -> dict[tuple[str, int], Address]:
    return {
        (found.resource.TYPE, found.id): address
        for address, found in snapshot.observed.items()
        if len(address) == _HEAD and found.id is not None
    }


def _renamed(address: Address, names: Mapping[Address, Address]) -> Address:
    head = Address(*address[:_HEAD])
    head = names.get(head, head)
    if len(address) == _HEAD:
        return head
    last = address[-1]
    if address[-2:-1] == MEMBERS:
        person = Member.at(last)
        last = names.get(person, person)[-1]
    return Address(*head, *address[_HEAD:-1], last)
