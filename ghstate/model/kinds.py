"""Every kind of resource, in the order people read them."""

from __future__ import annotations

from collections.abc import Iterable

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember

KINDS: tuple[type[Resource], ...] = (Member, Team, TeamMember)


def kinds_collected(collections: Iterable[Address]) -> frozenset[str]:
    """The kinds that *collections* are of, by `Resource.TYPE`."""
    some = tuple(collections)
    return frozenset(
        kind.TYPE for kind in KINDS if any(kind.collected_in(each) for each in some)
    )
