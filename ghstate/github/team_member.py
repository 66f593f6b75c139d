"""Places in teams, on GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ghstate.model.names import Login, Slug
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember, TeamRole

ROLES = {"MAINTAINER": TeamRole.MAINTAINER, "MEMBER": TeamRole.MEMBER}


def places(
    team: Slug, edges: Iterable[Mapping[str, Any]]
) -> Iterator[Observed[TeamMember]]:
    """The people of *team* itself, without those of the teams below."""
    for edge in edges:
        node = edge["node"]
        yield Observed(
            TeamMember(team=team, login=Login(node["login"]), role=ROLES[edge["role"]]),
            id=node["databaseId"],
        )


def invited(
    team: Slug, nodes: Iterable[Mapping[str, Any]]
) -> Iterator[Observed[TeamMember]]:
    """Who gets a place in *team* on accepting an invitation to the organization.

    An invitation says which role in the organization, not which in the team.
    """
    for node in nodes:
        if invitee := node.get("invitee"):
            yield Observed(
                TeamMember(team=team, login=Login(invitee["login"])),
                Standing.INVITED,
                id=invitee["databaseId"],
            )
