"""A team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import ClassVar

from ghstate.model.address import Address
from ghstate.model.names import Slug
from ghstate.model.resource import Resource

TEAMS = Address("teams")


class Privacy(StrEnum):
    """Who can see a team, in REST's words; GraphQL says VISIBLE for closed."""

    CLOSED = "closed"
    SECRET = "secret"  # noqa: S105 - a secret team is no password


class Team(Resource, frozen=True, kw_only=True):
    """A team, which may stand under a parent team."""

    TYPE: ClassVar = "github_team"
    TITLE: ClassVar = "Teams"
    NOUN: ClassVar = ("team", "teams")
    COLLECTION: ClassVar = "teams"
    KEY: ClassVar = ("slug",)

    slug: Slug
    name: str
    description: str = ""
    privacy: Privacy = Privacy.CLOSED
    notifications: bool = True
    parent: Slug | None = None

    @property
    def address(self) -> Address:
        return Team.at(self.slug)

    def document(self) -> Mapping[str, object]:
        setting = "notifications_enabled"
        return {
            "slug": str(self.slug),
            "name": self.name,
            "description": self.description,
            "privacy": self.privacy.value,
            "notification_setting": (
                setting if self.notifications else "notifications_disabled"
            ),
            "parent_team_id": None if self.parent is None else str(self.parent),
        }

    def requires(self) -> Iterator[Address]:
        if self.parent is not None:
            yield Team.at(self.parent)

    @classmethod
    def collected_in(cls, address: Address) -> bool:
        return address == TEAMS

    @staticmethod
    def at(slug: str) -> Address:
        return Address("teams", str(slug))
