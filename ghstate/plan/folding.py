"""What goes along with a change by GitHub's own doing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Delete
from ghstate.plan.draft import Draft


def fold(draft: Draft) -> None:
    """Put the places that a removal or a deletion ends under it.

    Whoever leaves the organization leaves its teams (traps T54), and a team that is
    deleted has nobody in it: neither is a change, or a call, of its own.
    """
    people = {
        member.login: change.address
        for change, member in draft.changes_of(Member)
        if isinstance(change, Delete)
    }
    teams = {
        team.slug: change.address
        for change, team in draft.changes_of(Team)
        if isinstance(change, Delete)
    }
    if not people and not teams:
        return
    for address, found in draft.observed.items():
        place = found.resource
        if not isinstance(place, TeamMember):
            continue
        cause = people.get(place.login) or teams.get(place.team)
        if cause:
            draft.implied[cause].append(found)
            draft.changes.pop(address, None)


def count_removals(
    changes: Iterable[Change], implied: Mapping[Address, Iterable[Observed[Resource]]]
) -> dict[str, int]:
    """How many of each kind go, as the removal limit counts them (contract §2.1).

    Team memberships that end with a removal are not counted again; a deleted team
    counts one, and its memberships as team memberships.
    """
    counts: dict[str, int] = {}
    for change in changes:
        if not isinstance(change, Delete):
            continue
        going: list[Resource] = [change.resource]
        if isinstance(change.resource, Team):
            going += [each.resource for each in implied.get(change.address, ())]
        for resource in going:
            counts[resource.TYPE] = counts.get(resource.TYPE, 0) + 1
    return dict(sorted(counts.items()))
