"""Which changes of a plan hang together, so that none is made without the others.

What gives is brought along: the team that a place is in, the invitation that carries
it, the move that has to come first. What takes never is: a change that has to wait for
a removal or a demotion nobody asked for has to wait.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

import msgspec

from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Slug
from ghstate.model.resource import Observed
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.draft import Draft
from ghstate.plan.order import stood_under
from ghstate.plan.resources import sends_anew
from ghstate.plan.tree import team_errors


class Selection(msgspec.Struct):
    """The changes of a draft, and which of them hang together."""

    draft: Draft
    asked_for: Callable[[Address], bool]
    renames: Mapping[Slug, Address]
    """Renames, by the slug that each sets free."""

    sent_again: Mapping[Address, list[Address]]
    """Invitations that GitHub cancels with their sender, by the sender's change."""

    carried: Mapping[Address, list[Address]]
    """Places that wait with an invitation which is sent anew, by its address."""

    children: Mapping[Slug, list[Address]]
    """Changes of the teams that GitHub would delete along with one."""

    teams: Mapping[Slug, Team]

    @classmethod
    def of(cls, draft: Draft, asked_for: Callable[[Address], bool]) -> Selection:
        renames: dict[Slug, Address] = {}
        sent_again: dict[Address, list[Address]] = defaultdict(list)
        carried: dict[Address, list[Address]] = defaultdict(list)
        children: dict[Slug, list[Address]] = defaultdict(list)
        for address, change in draft.changes.items():
            if parent := stood_under(change):
                children[parent].append(address)
            match change:
                case Update(
                    reason=Reason.RENAME, before=Observed(resource=Team(slug=old))
                ):
                    renames[old] = address
                case Create(needs_gone=Address() as sender):
                    sent_again[sender].append(address)
                case Create(
                    reason=Reason.WITH_INVITATION, after=TeamMember(login=login)
                ) if address in draft.observed:
                    carried[Member.at(login)].append(address)
                case _:
                    pass
        teams = {
            found.resource.slug: found.resource
            for found in draft.observed.values()
            if isinstance(found.resource, Team)
        }
        return cls(draft, asked_for, renames, sent_again, carried, children, teams)

    def made(self) -> tuple[set[Address], dict[Address, Address]]:
        """What is kept; and what has to wait for another change, which is left out."""
        late: dict[Address, Address] = {}
        while True:
            kept = self._closed(late)
            more = {
                address: other
                for address in kept
                if (other := self._waits_for(address, kept, late))
            }
            if not more:
                return kept, late
            late |= more

    def _closed(self, without: Mapping[Address, Address]) -> set[Address]:
        """All that is asked for, and what that brings along, in the end."""
        changes = self.draft.changes
        kept: set[Address] = set()
        ahead = [address for address in changes if self.asked_for(address)]
        while ahead:
            while ahead:
                address = ahead.pop()
                free = address not in kept and address not in without
                if free and address in changes:
                    kept.add(address)
                    ahead += self._needs(changes[address])
                    ahead += self._goes_along(changes[address])
            more = self._for_the_tree(kept)
            ahead = [a for a in more if a not in kept and a not in without]
        return kept

    def _needs(self, change: Change) -> Iterator[Address]:
        """What gives, and has to come before *change*."""
        changes = self.draft.changes
        for need in change.resource.requires():
            other = changes.get(need)
            carries = change.reason is Reason.WITH_INVITATION
            renames = other is not None and other.reason is Reason.RENAME
            creates = isinstance(other, Create) and not isinstance(change, Delete)
            if renames or creates or (carries and need == _person(change)):
                yield need
        if not isinstance(change.resource, Team):
            return
        slug = change.resource.slug
        if isinstance(change, Delete):
            yield from self.children.get(slug, ())
        elif slug in self.renames:
            # A slug has to be free before another team gets it.
            yield self.renames[slug]

    def _goes_along(self, change: Change) -> Iterator[Address]:
        """What would be lost with *change*, and is made good by the plan."""
        yield from self.sent_again.get(change.address, ())
        if sends_anew(change):
            yield from self.carried.get(change.address, ())

    def _waits_for(
        self, address: Address, kept: set[Address], late: Mapping[Address, Address]
    ) -> Address | None:
        """A change that is left out, and without which this one must not be made."""
        change = self.draft.changes[address]
        gone = change.needs_gone if isinstance(change, Create) else None
        if gone is not None and gone not in kept:
            return gone
        for need in self._needs(change):
            if need in late:
                return late[need]
        if self._follows_the_role(change):
            person = _person(change)
            return None if person in kept else person
        return None

    def _follows_the_role(self, change: Change) -> bool:
        """Is the role in a team another as long as the one in the organization is?

        GitHub makes every owner a maintainer, whatever anybody asks (traps T33).
        """
        place, person = change.resource, _person(change)
        if not isinstance(place, TeamMember) or person is None:
            return False
        role = self.draft.changes.get(person)
        if isinstance(change, Delete) or role is None:
            return False
        if role.reason is not Reason.CHANGE_ROLE:
            return False
        have = self.draft.found(Member, person)
        want = self.draft.wanted(TeamMember, change.address)
        is_owner = have is not None and have.resource.role is OrgRole.ADMIN
        asked = want.resource.role if want else place.role
        return place.role is not (TeamRole.MAINTAINER if is_owner else asked)

    # The tree of teams ----------------------------------------------------------

    def _for_the_tree(self, kept: set[Address]) -> Iterator[Address]:
        """What makes the teams that are kept possible: moves, for the most part.

        A team cannot go while a child stays under it, nor stand under one that is
        still secret, or still below it.
        """
        changes = {
            change.resource.slug: change
            for address in kept
            if isinstance((change := self.draft.changes[address]).resource, Team)
        }
        impossible = [slug for slug, _ in team_errors(changes, self.teams)]
        if not impossible:
            return
        parents = {slug: team.parent for slug, team in self.teams.items()}
        for slug, change in changes.items():
            if isinstance(change, Create | Update) and isinstance(change.after, Team):
                parents[slug] = change.after.parent
        lines = {slug: _line(slug, parents) for slug in parents}
        for slug in impossible:
            related = {slug, *lines[slug]}
            related |= {below for below, line in lines.items() if slug in line}
            for each in sorted(related):
                other = self.draft.changes.get(Team.at(each))
                if other is not None and _shapes(other):
                    yield other.address


def _person(change: Change) -> Address | None:
    login = change.resource.person
    return None if login is None else Member.at(login)


def _line(slug: Slug, parents: Mapping[Slug, Slug | None]) -> set[Slug]:
    """Every team above *slug*."""
    above: set[Slug] = set()
    here = parents.get(slug)
    while here is not None and here not in above:
        above.add(here)
        here = parents.get(here)
    return above


def _shapes(change: Change) -> bool:
    """Does *change* have to do with which team may stand under which?"""
    if not isinstance(change, Update):
        return True
    return any(name in {"parent", "privacy"} for name, _, _ in change.fields())
