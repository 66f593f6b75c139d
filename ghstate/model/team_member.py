"""A person's place in a team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar, Self

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.resource import Resource
from ghstate.model.team import Team


class TeamRole(StrEnum):
    MEMBER = "member"
    MAINTAINER = "maintainer"


class TeamMember(Resource, frozen=True, kw_only=True):
    """A member's place in a team, and the role they hold there."""

    TYPE: ClassVar = "github_team_membership"
    TITLE: ClassVar = "Teams"
    NOUN: ClassVar = ("team membership", "team memberships")
    COLLECTION: ClassVar = "team members"
    KEY: ClassVar = ("team", "login")
    PERSONAL: ClassVar = True

    team: Slug
    login: Login
    role: TeamRole = TeamRole.MEMBER

    @property
    def address(self) -> Address:
        return TeamMember.at(self.team, self.login)

    @property
    def person(self) -> Login:
        return self.login

    def given_to(self, login: Login) -> Self:
        return replace(self, login=login)

    def document(self) -> Mapping[str, object]:
        return {
            "team_id": str(self.team),
            "username": self.login.spelled,
            "role": self.role.value,
        }

    def requires(self) -> Iterator[Address]:
        yield Team.at(self.team)
        yield Member.at(self.login)

    @classmethod
    def collected_in(cls, address: Address) -> bool:
        match address:
            case ("teams", _, "members"):
                return True
            case _:
                return False

    @staticmethod
    def at(team: str, login: str) -> Address:
        return Address("teams", str(team), "members", str(login))

    @staticmethod
    def all_of(team: str) -> Address:
        """The collection of everybody in *team*."""
        return Address("teams", str(team), "members")
