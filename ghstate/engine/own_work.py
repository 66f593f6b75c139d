"""What differs between two reads although nobody has changed anything there."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ghstate.engine.records import recorded
from ghstate.journal import UnderWay
from ghstate.model.address import Address
from ghstate.model.invitation import InvitationRole
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team_member import TeamMember


class Own:
    """What an apply may have done that was not heard of any more."""

    def __init__(
        self,
        under_way: UnderWay | None,
        before: Mapping[Address, Observed[Resource]],
        now: Mapping[Address, Observed[Resource]],
    ) -> None:
        self._begun: frozenset[Address] = frozenset()
        self._anything = False
        if under_way is not None:
            doing = (under_way.doing,) if under_way.doing else ()
            self._begun = frozenset((*under_way.done, *doing))
            self._anything = under_way.damaged
        self._by_mail = any("@" in part for each in self._begun for part in each)
        self._before = before
        self._now = now

    def may_have_made(self, address: Address) -> bool:
        """A removal takes places along, and an invitation brings them."""
        if self._anything or recorded(address) in self._begun:
            return True
        if not self._begun:
            return False
        thing = self._now.get(address) or self._before.get(address)
        if thing is None:
            return False
        if self._by_mail and address not in self._before:
            # Whoever accepted an invitation by e-mail is not known by its record.
            return isinstance(thing.resource, Member) or self._came(thing)
        return any(map(self.may_have_made, thing.resource.requires()))

    def _came(self, thing: Observed[Resource]) -> bool:
        return any(
            need in self._now and self.may_have_made(need)
            for need in thing.resource.requires()
        )


def by_themselves(
    before: Snapshot, now: Snapshot, bindings: Mapping[Login, int]
) -> frozenset[Address]:
    """The people who came by an invitation that showed no login, and their places.

    Where GitHub does not tell whose account accepted one, it may be any newcomer's.
    """
    waiting = {each.id for each in now.others}
    failed = {each.id for each in now.ended if not each.was_accepted}
    over = [
        each
        for each in before.others
        if each.joins and each.id not in waiting and each.id not in failed
    ]
    brought = {team for each in over for team in each.teams}
    keys = {each.mailbox.key for each in over if each.mailbox}
    known = {bindings[key] for key in keys if key in bindings}
    unclear = len(known) < len(over)
    came: dict[Login, Collection[Slug] | None] = {}
    for found in now.each(Member):
        login = found.resource.login
        old = before.observed.get(Member.at(login))
        if found.standing is not Standing.ACTIVE:
            continue
        if _is_reinstated(old):
            came[login] = None
        elif old is None and (unclear or found.id in known):
            came[login] = brought
    return frozenset((*map(Member.at, came), *_places(now, came)))


def _is_reinstated(old: Observed[Resource] | None) -> bool:
    """Did somebody get back what they once had, whatever that was (traps T20)?"""
    return (
        old is not None
        and old.standing is Standing.INVITED
        and old.invitation is not None
        and old.invitation.role is InvitationRole.REINSTATE
    )


def _places(
    snapshot: Snapshot, came: Mapping[Login, Collection[Slug] | None]
) -> Iterator[Address]:
    """The places of those who *came*, in the teams that came with them, or in all."""
    for found in snapshot.each(TeamMember) if came else ():
        place = found.resource
        if place.login in came:
            teams = came[place.login]
            if teams is None or place.team in teams:
                yield place.address
