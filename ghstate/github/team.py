"""Teams, on GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ghstate.github.lanes import Lane
from ghstate.model.names import Slug
from ghstate.model.resource import Keeper, Observed
from ghstate.model.team import Privacy, Team

_PAGE_INFO = "pageInfo { hasNextPage endCursor }"


def inner(what: str, start: str | None = None) -> str:
    """A list inside a team, ``members`` or ``invitations``, in a query.

    `membership: IMMEDIATE`, or the people of every team below would count, too
    (traps T52).
    """
    after = f", after: {start}" if start else ""
    match what:
        case "members":
            arguments = f"first: $placesPage{after}, membership: IMMEDIATE"
            content = "edges { role node { databaseId login } }"
        case _:
            arguments = f"first: $placesPage{after}"
            content = "nodes { role invitee { databaseId login } }"
    return f"{what}({arguments}) {{ totalCount {_PAGE_INFO} {content} }}"


# Forty teams to a page: wider queries were seen to lose nested things without a
# word, at sixty and more.
TEAMS = Lane(
    name="teams",
    connection="teams(orderBy: {field: NAME, direction: ASC})",
    selection=(
        "cursor node {"
        " id databaseId slug name description privacy notificationSetting"
        f" parentTeam {{ slug }} {inner('members')} {inner('invitations')} }}"
    ),
    largest_page=40,
)

PRIVACY = {"VISIBLE": Privacy.CLOSED, "SECRET": Privacy.SECRET}


def team(node: Mapping[str, Any]) -> Observed[Team]:
    parent = node["parentTeam"]
    # A team of the enterprise shows in its organizations, with `ent:` before its
    # name, and cannot be changed there (traps T50).
    kept_by = Keeper.ENTERPRISE if node["slug"].startswith("ent:") else None
    return Observed(
        Team(
            slug=Slug(node["slug"]),
            name=node["name"],
            description=node["description"] or "",
            privacy=PRIVACY[node["privacy"]],
            notifications=node["notificationSetting"] == "NOTIFICATIONS_ENABLED",
            parent=Slug(parent["slug"]) if parent else None,
        ),
        id=node["databaseId"],
        kept_by=kept_by,
    )
