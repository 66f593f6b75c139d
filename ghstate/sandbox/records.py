"""What a world is made of: accounts, memberships, invitations, teams, mails."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

INVITATION_LIFE = timedelta(days=7)


class AccountKind(StrEnum):
    USER = "User"
    ORGANIZATION = "Organization"
    BOT = "Bot"


class OrgRole(StrEnum):
    ADMIN = "admin"
    MEMBER = "member"


class TeamRole(StrEnum):
    MEMBER = "member"
    MAINTAINER = "maintainer"


class Privacy(StrEnum):
    CLOSED = "closed"
    SECRET = "secret"  # noqa: S105 - a secret team is not a password


class TeamType(StrEnum):
    ORGANIZATION = "organization"
    ENTERPRISE = "enterprise"


class InvitationRole(StrEnum):
    ADMIN = "admin"
    DIRECT_MEMBER = "direct_member"
    BILLING_MANAGER = "billing_manager"
    HIRING_MANAGER = "hiring_manager"
    REINSTATE = "reinstate"

    @classmethod
    def granting(cls, role: OrgRole) -> Self:
        """The invitation that, once accepted, gives *role*."""
        return cls(role if role is OrgRole.ADMIN else "direct_member")

    @property
    def joins(self) -> bool:
        """Whether who accepts becomes a member, and so takes a seat."""
        return self not in {self.BILLING_MANAGER, self.HIRING_MANAGER}


class InvitationSource(StrEnum):
    MEMBER = "member"
    SCIM = "scim"


class Why(StrEnum):
    """The occasions on which GitHub writes to somebody."""

    INVITED = "invited"
    INVITED_AGAIN = "invited again"
    CANCELLED = "invitation cancelled"
    REMOVED = "removed"
    PROMOTED = "promoted"
    ADDED_TO_TEAM = "added to a team"


class Reason(StrEnum):
    """Why an invitation failed, in GitHub's words as far as they are known.

    GitHub's staff named them in github/docs#4423; not so the last two.
    """

    EXPIRED = "Invitation expired. User did not accept this invite for 7 days"
    ALREADY_ACCEPTED = "Invitation already accepted."
    NO_SEAT = "No seats available."
    TRADE = "This user isn't able to use this feature due to trade regulations."
    INVALID = "Invitation is invalid."
    TWO_FACTOR = "User does not have two-factor authentication enabled."
    DECLINED = "Invitation declined."


@dataclass(slots=True, kw_only=True)
class Account:
    """Somebody with a login: a person, a bot, or another organization."""

    id: int
    login: str
    name: str | None = None
    kind: AccountKind = AccountKind.USER
    emails: set[str] = field(default_factory=set)
    """Addresses of this account, lower case; an invitation to one of them is theirs."""
    verified_emails: set[str] = field(default_factory=set)
    """Those in a domain the organization has verified, which its owners may see."""
    invitable: bool = True
    """False for somebody who blocks the organization, or whose account is flagged."""
    blocked: bool = False
    """Whether the organization blocks this account."""
    provisioned: bool = True
    """Whether the enterprise of an EMU organization knows this account."""
    suspended_at: datetime | None = None
    """When the enterprise took a managed account out of use."""
    two_factor: bool | None = True
    created_at: datetime


@dataclass(slots=True, kw_only=True)
class Membership:
    """How somebody belongs to the organization."""

    role: OrgRole
    direct: bool = True
    enterprise_teams: tuple[str, ...] = ()
    """Enterprise teams that give this membership, whatever the organization does."""


@dataclass(slots=True, kw_only=True)
class Invitation:
    """An unanswered offer, to an account or to an e-mail address."""

    id: int
    account: int | None = None
    email: str | None = None
    role: InvitationRole
    created_at: datetime
    inviter: int
    teams: dict[int, TeamRole] = field(default_factory=dict)
    source: InvitationSource = InvitationSource.MEMBER
    failed_at: datetime | None = None
    failed_reason: str | None = None

    def expires_at(self) -> datetime:
        return self.created_at + INVITATION_LIFE


@dataclass(slots=True, kw_only=True)
class Team:
    id: int
    name: str
    slug: str
    description: str | None = None
    privacy: Privacy = Privacy.CLOSED
    notifications: bool = True
    parent: int | None = None
    members: dict[int, TeamRole] = field(default_factory=dict)
    """Direct members only, by account id."""
    type: TeamType = TeamType.ORGANIZATION
    external_group: str | None = None
    """The identity provider that owns the membership of this team."""
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail GitHub would have sent: *to* is a login or an address."""

    to: str
    why: Why
    at: datetime


@dataclass(frozen=True, slots=True)
class Former:
    """What somebody had when they went, for an invitation to reinstate them."""

    role: OrgRole
    teams: tuple[tuple[int, TeamRole], ...]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a call: an account of the world, perhaps by way of an App."""

    account: int
    app: bool = False
