"""One GraphQL query on its way through a world."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeAlias

from graphql import GraphQLError, GraphQLResolveInfo

from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.price import Price
from ghstate.sandbox.records import Privacy, Team
from ghstate.sandbox.viewers import Viewer
from ghstate.sandbox.world import World

Info: TypeAlias = GraphQLResolveInfo[Any]
Resolve: TypeAlias = Callable[..., Any]
Fields: TypeAlias = Mapping[str, Resolve]
"""How each field of one type is resolved."""


class Reading:
    """One query: who asks, and what need be worked out only once for all of it."""

    def __init__(
        self,
        world: World,
        viewer: Viewer,
        conditions: Conditions,
        price: Price,
    ) -> None:
        self.world = world
        self.viewer = viewer
        self.conditions = conditions
        self.price = price
        self.owns = viewer.owns(world)
        self.hidden = {
            account.id
            for login in conditions.hidden
            if (account := world.account(login)) is not None
        }

    @cached_property
    def member_ids(self) -> list[int]:
        return sorted(self.world.members.keys() - self.unlisted)

    @cached_property
    def unlisted(self) -> set[int]:
        return self.world.unlisted()

    @cached_property
    def children(self) -> dict[int, list[Team]]:
        below: dict[int, list[Team]] = {}
        for team in self.world.teams.values():
            if team.parent is not None:
                below.setdefault(team.parent, []).append(team)
        return below

    def descendants(self, team: Team) -> Iterable[Team]:
        for child in self.children.get(team.id, ()):
            yield child
            yield from self.descendants(child)

    @cached_property
    def teams(self) -> list[Team]:
        """Those the viewer may know of."""
        return [team for team in self.world.teams.values() if self.sees(team)]

    @cached_property
    def team_invitations(self) -> dict[int, list[int]]:
        named: dict[int, list[int]] = {}
        for invitation in self.world.invitations.values():
            for team in invitation.teams:
                named.setdefault(team, []).append(invitation.id)
        return named

    def sees(self, team: Team) -> bool:
        if self.owns:
            return True
        if self.viewer.account not in self.world.members:
            return False
        return team.privacy is Privacy.CLOSED or self.viewer.account in team.members

    def need_members(self) -> None:
        if self.viewer.app and not self.viewer.may_read_members:
            raise GraphQLError(
                "Resource not accessible by integration",
                extensions={"type": "FORBIDDEN"},
            )


def reading_of(info: Info) -> Reading:
    reading: Reading = info.context
    return reading
