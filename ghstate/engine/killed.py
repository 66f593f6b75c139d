"""How an apply that was killed had left what its journal says was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from ghstate.journal import UnderWay
from ghstate.model.address import Address
from ghstate.model.drift import Made
from ghstate.model.member import MEMBERS, Member
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Declared, Observed, Resource
from ghstate.model.team import Team
from ghstate.plan.change import Reason, Update
from ghstate.plan.flapping import noted


class Left(msgspec.Struct, frozen=True):
    """What was at an address when the apply had made its change there, and when."""

    found: Observed[Resource] | None
    at: datetime


def left(
    under_way: UnderWay | None,
    desired: Desired,
    before: Mapping[Address, Observed[Resource]],
    now: Snapshot,
) -> dict[Address, Left]:
    """What the apply *under_way* had made of the things that it read *before*.

    A journal has the reason of a change and no more than a digest of its values, so
    that is left out which the files do not tell any more, and which GitHub may have
    changed further because of something else that the apply did.
    """
    if under_way is None or under_way.damaged:
        return {}
    done = frozenset(under_way.done)
    begun = done | ({under_way.doing} if under_way.doing else frozenset())
    journal = _Journal(desired, before, now, begun, _moved(under_way, now))
    return {
        journal.moved.get(address, address): Left(found, made.at)
        for address, made in under_way.made.items()
        if address in done and address != under_way.doing
        for found in journal.outcome(address, made)
        if not journal.is_caught_up(found or before.get(address))
    }


def _moved(under_way: UnderWay, now: Snapshot) -> dict[Address, Address]:
    """Where the teams that it created stand by now."""
    created = {number: slug for slug, number in under_way.teams.items()}
    return {
        Team.at(created[found.id]): found.resource.address
        for found in now.each(Team)
        if found.id in created
    }


class _Journal(msgspec.Struct, frozen=True):
    """What helps to understand a record of it."""

    desired: Desired
    before: Mapping[Address, Observed[Resource]]
    now: Snapshot
    begun: frozenset[Address]
    moved: Mapping[Address, Address]

    def outcome(
        self, address: Address, made: Made
    ) -> Iterator[Observed[Resource] | None]:
        """What the change led to; nothing at all where that cannot be told."""
        reason = _reason(made)
        old = self.before.get(address)
        match reason:
            case Reason.REMOVE | Reason.CANCEL_INVITATION | Reason.DELETE:
                yield None
            case Reason.CHANGE_ROLE | Reason.UPDATE | Reason.RENAME:
                want = self.desired.declared.get(address)
                if want is not None and old is not None:
                    yield from _changed(old, want, made, reason)
            case Reason.CREATE | Reason.ADD | Reason.INVITE | Reason.REINVITE:
                if reason in _INVITING and self.now.invites:
                    # It may come to nothing by itself.
                    return
                if address in self.now.observed:
                    # What GitHub made of it is not known any better.
                    yield self.now.observed[address]
                elif want := self.desired.declared.get(address):
                    yield Observed(want.resource, id=self._id(want.resource))
            case _:
                pass

    def is_caught_up(self, thing: Observed[Resource] | None) -> bool:
        """May it have changed by what the apply did to what it needs?

        It goes with that; and a person's role decides about theirs in teams.
        """
        return thing is not None and any(
            need in self.begun
            and (need.is_in(MEMBERS) or need not in self.now.observed)
            for need in thing.resource.requires()
        )

    def _id(self, resource: Resource) -> int | None:
        if resource.person is None:
            return None
        found = self.now.observed.get(Member.at(resource.person))
        return found.id if found else None


_INVITING = frozenset({Reason.INVITE, Reason.REINVITE})


def _reason(made: Made) -> Reason | None:
    try:
        return Reason(made.reason)
    except ValueError:  # of a newer ghstate
        return None


def _changed(
    old: Observed[Resource],
    want: Declared[Resource],
    made: Made,
    reason: Reason,
) -> Iterator[Observed[Resource]]:
    """*old* as the files want it, if they ask for what they asked for then."""
    after = want.onto(old.resource)
    managed = want.fields
    if isinstance(after, Team) and reason is Reason.RENAME:
        managed |= {"name"}
    if noted(Update(old, after, managed, reason), made.at) == made:
        yield Observed(after, old.standing, old.id, old.invitation, old.kept_by)
