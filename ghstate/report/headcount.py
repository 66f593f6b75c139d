"""How many people and teams there are, counted alike wherever it is told."""

from __future__ import annotations

import msgspec

from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.report.words import plural


class Headcount(msgspec.Struct, frozen=True):
    """The *people* of an organization, its *teams*, and who has yet to answer."""

    people: int
    teams: int
    waiting: int
    """Of them, some may be known by an address only."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> Headcount:
        standings = [found.standing for found in snapshot.each(Member)]
        return cls(
            people=standings.count(Standing.ACTIVE),
            teams=sum(1 for _ in snapshot.each(Team)),
            waiting=standings.count(Standing.INVITED) + len(snapshot.others),
        )

    def __str__(self) -> str:
        people, teams = (
            plural(self.people, *Member.NOUN),
            plural(self.teams, *Team.NOUN),
        )
        waiting = f", {self.waiting:,} waiting" if self.waiting else ""
        return f"{people}, {teams}{waiting}"
