"""What a line of a plan has to know of the plan around its change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Reason
from ghstate.plan.plan import Plan
from ghstate.report.words import listed, plural

ELSEWHERE = 3
"""So many things are named; more of them are counted."""


class Context(msgspec.Struct, frozen=True):
    """What a line has to know of the plan around its change."""

    plan: Plan
    now: datetime
    along: Mapping[Login, tuple[TeamMember, ...]]
    """The teams that come with an invitation in this plan."""

    awaited: frozenset[Login]
    """People who have not answered an invitation yet."""

    @classmethod
    def of(cls, plan: Plan, now: datetime) -> Context:
        along: dict[Login, list[TeamMember]] = defaultdict(list)
        for change in plan.changes:
            if change.reason is Reason.WITH_INVITATION and isinstance(
                change.resource, TeamMember
            ):
                along[change.resource.login].append(change.resource)
        return cls(
            plan,
            now,
            {login: tuple(those) for login, those in along.items()},
            awaited_people(plan),
        )

    def implied(self, change: Change) -> Sequence[Observed[Resource]]:
        return self.plan.implied.get(change.address, ())


def awaited_people(plan: Plan) -> frozenset[Login]:
    """Everybody who is invited to the organization and has not answered."""
    return frozenset(
        each.observed.resource.login
        for each in plan.waiting
        if isinstance(each.observed.resource, Member)
    )


def counted(those: Sequence[Observed[Resource]]) -> str:
    """How many of each kind: "3 team memberships and 1 child team (web)"."""
    kinds = Counter(type(each.resource) for each in those)
    parts = []
    for kind, count in kinds.items():
        if kind is not Team:
            parts.append(plural(count, *kind.NOUN))
            continue
        names = [e.resource.address[-1] for e in those if type(e.resource) is kind]
        part = plural(count, "child team", "child teams")
        parts.append(f"{part} ({listed(names, ELSEWHERE)})")
    return " and ".join(parts)
