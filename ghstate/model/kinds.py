"""Every kind of resource, in the order people read them."""

from __future__ import annotations

from ghstate.model.member import Member
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember

KINDS: tuple[type[Resource], ...] = (Member, Team, TeamMember)
