"""Teams whose people come from the identity provider.

GraphQL does not tell them apart. Organizations of an enterprise with managed users
have a list of groups in REST; everywhere else the list is a 4xx, and no team is
external (traps T49).
"""

from __future__ import annotations

import asyncio

from ghstate.github import shapes
from ghstate.github.session import Session, segment


async def external_teams(session: Session) -> frozenset[int]:
    """The ids of the teams that follow a group; none where there are no groups."""
    path = f"/orgs/{segment(session.organization)}"
    groups: set[int] = set()
    page = 1
    while True:
        reply = await session.get(f"{path}/external-groups", per_page=100, page=page)
        if reply.status != 200:
            return frozenset()
        found = {group.group_id for group in reply.read(shapes.ExternalGroups).groups}
        # A page that brings nothing new is the last, whatever its size.
        full = len(found) == 100 and not found <= groups
        groups |= found
        if not full:
            break
        page += 1
    async with asyncio.TaskGroup() as several:
        answers = [
            several.create_task(_following(session, f"{path}/external-group/{group}"))
            for group in sorted(groups)
        ]
    return frozenset(team for answer in answers for team in answer.result())


async def _following(session: Session, path: str) -> frozenset[int]:
    reply = await session.get(path, per_page=100)
    teams = reply.read(shapes.FollowedGroup).teams if reply.status == 200 else ()
    return frozenset(team.team_id for team in teams)
