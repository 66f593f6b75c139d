"""Every kind of resource, in the order people read them."""

from __future__ import annotations

from collections.abc import Iterable

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
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


def kind_at(address: Address) -> type[Resource] | None:
    """The kind of what stands at *address*, if that is the address of anything."""
    collection = address.collection
    return next((kind for kind in KINDS if kind.collected_in(collection)), None)


def is_place(address: Address) -> bool:
    """Could anything stand at *address*, or below it?"""
    return any(
        kind.collected_in(address) or kind.collected_in(address.collection)
        for kind in KINDS
    )


def person_at(address: Address) -> Login | None:
    """Whose access stands at *address*, if it is a person's."""
    kind = kind_at(address)
    if kind is None or not kind.PERSONAL:
        return None
    who = address[-1]
    return EmailAddress(who) if "@" in who else Login(who)
