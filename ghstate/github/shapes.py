"""What GitHub's answers look like, as far as they are read.

An answer of another shape is not believed: it ends in one clear error, and never in
a value that is merely missing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypedDict, TypeVar

import msgspec

from ghstate.errors import Unreachable

T = TypeVar("T")

# REST


class Person(msgspec.Struct, frozen=True):
    login: str


class Account(msgspec.Struct, frozen=True):
    id: int
    login: str


class Membership(msgspec.Struct, frozen=True):
    """Somebody in the organization, or in a team of it."""

    state: str
    role: str

    @property
    def pending(self) -> bool:
        return self.state == "pending"


class Parent(msgspec.Struct, frozen=True):
    slug: str


class Team(msgspec.Struct, frozen=True):
    """A team; what GHES of some versions leaves out is None."""

    id: int
    slug: str
    name: str
    description: str | None = None
    privacy: str | None = None
    notification_setting: str | None = None
    parent: Parent | None = None


class TeamId(msgspec.Struct, frozen=True):
    id: int


class Invited(msgspec.Struct, frozen=True):
    """The answer to an invitation."""

    role: str
    team_count: int | None = None
    id: int | None = None


class Invitation(msgspec.Struct, frozen=True):
    """A row of the waiting or the failed invitations.

    The *email* in it is for comparing only: it is in no message, and not in what the
    row shows of itself.
    """

    id: int
    login: str | None = None
    email: str | None = None
    role: str | None = None
    team_count: int | None = None
    invitation_source: str | None = None
    created_at: datetime | None = None
    inviter: Person | None = None
    failed_at: datetime | None = None
    failed_reason: str | None = None

    def __repr__(self) -> str:
        return f"Invitation({self.id})"


class Plan(msgspec.Struct, frozen=True):
    """What an organization pays for; GitHub shows it to owners, and not everywhere."""

    seats: int | None = None
    filled_seats: int | None = None


class Organization(msgspec.Struct, frozen=True):
    plan: Plan | None = None


class AuditEvent(msgspec.Struct, frozen=True):
    """An event of the audit log; times are in milliseconds since the epoch."""

    action: str
    team: str | None = None
    user: str | None = None
    user_id: int | None = None
    actor: str | None = None
    actor_id: int | None = None
    created_at: int | None = None
    timestamp: int | None = msgspec.field(default=None, name="@timestamp")
    permission: object = None


class ExternalGroup(msgspec.Struct, frozen=True):
    group_id: int


class ExternalGroups(msgspec.Struct, frozen=True):
    """The identity provider's groups that teams of the organization may follow."""

    groups: list[ExternalGroup] = []


class FollowingTeam(msgspec.Struct, frozen=True):
    team_id: int


class FollowedGroup(msgspec.Struct, frozen=True):
    """One group, and the teams whose people come from it."""

    teams: list[FollowingTeam] = []


# GraphQL


class UserNode(TypedDict):
    databaseId: int | None
    login: str


class FoundUser(TypedDict):
    databaseId: int
    login: str


class MemberEdge(TypedDict):
    cursor: str
    role: str | None
    node: UserNode | None


class PlaceEdge(TypedDict):
    role: Literal["MAINTAINER", "MEMBER"]
    node: UserNode | None


class InvitationNode(TypedDict):
    email: str | None
    invitee: UserNode | None


class VerifiedUser(TypedDict):
    databaseId: int | None
    organizationVerifiedDomainEmails: list[str]


class SamlIdentity(TypedDict):
    nameId: str | None
    username: str | None


class ScimIdentity(TypedDict):
    username: str | None


class ExternalIdentity(TypedDict):
    """What the identity provider calls somebody, and whose account that is."""

    user: UserNode | None
    samlIdentity: SamlIdentity | None
    scimIdentity: ScimIdentity | None


class ExternalIdentities(TypedDict):
    nodes: list[ExternalIdentity | None] | None


class ParentNode(TypedDict):
    slug: str


class TeamNode(TypedDict):
    id: str
    databaseId: int | None
    slug: str
    name: str
    description: str | None
    privacy: Literal["VISIBLE", "SECRET"]
    notificationSetting: str
    parentTeam: ParentNode | None
    members: dict[str, Any]
    invitations: dict[str, Any] | None


class TeamEdge(TypedDict):
    cursor: str
    node: TeamNode | None


class Page(msgspec.Struct, frozen=True, rename="camel"):
    """One page of a connection of the organization."""

    total_count: int
    page_info: PageInfo
    edges: list[dict[str, Any] | None] | None


class PageInfo(msgspec.Struct, frozen=True, rename="camel"):
    has_next_page: bool
    end_cursor: str | None
    has_previous_page: bool = False
    start_cursor: str | None = None


class PlacesPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of a team's members; an edge is null where GitHub hides somebody."""

    total_count: int
    page_info: PageInfo
    edges: list[PlaceEdge | None] | None


class InvitationsPage(msgspec.Struct, frozen=True, rename="camel"):
    """One page of the invitations to a team."""

    total_count: int
    page_info: PageInfo
    nodes: list[InvitationNode | None] | None


class OrganizationNode(TypedDict):
    databaseId: int
    login: str
    viewerCanAdminister: bool


class Head(TypedDict):
    """What a query about the organization has beside its lists."""

    viewer: ViewerNode
    organization: OrganizationNode | None


class ViewerNode(TypedDict):
    login: str


def shaped(found: object, shape: type[T], what: str) -> T:
    """*found* as *shape*; `Unreachable` if *what* GitHub answered is anything else."""
    try:
        return msgspec.convert(found, shape)
    except msgspec.ValidationError as error:
        raise Unreachable(
            f"{what} is not as GitHub documents it: {error}",
            hint="is there a proxy in between, or is api_url wrong?",
        ) from None


def shaped_or_none(found: object, shape: type[T]) -> T | None:
    """*found* as *shape*, or None: for answers that nothing depends on."""
    try:
        return msgspec.convert(found, shape)
    except msgspec.ValidationError:
        return None
