"""Invitations: actions that somebody else completes, or does not."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from ghstate.model.mailbox import Mailbox
from ghstate.model.names import Login, Slug

LIFETIME = timedelta(days=7)
"""How long GitHub keeps an invitation open (documented since 2020)."""


class InvitationRole(StrEnum):
    """What an invitation makes of the person who accepts it, in REST's words."""

    ADMIN = "admin"
    MEMBER = "direct_member"
    BILLING_MANAGER = "billing_manager"
    HIRING_MANAGER = "hiring_manager"
    REINSTATE = "reinstate"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> InvitationRole:
        return cls.UNKNOWN

    @property
    def of_a_member(self) -> bool:
        """Does accepting it make somebody an ordinary member or owner?"""
        return self in (InvitationRole.ADMIN, InvitationRole.MEMBER)


class InvitationSource(StrEnum):
    MEMBER = "member"
    SCIM = "scim"
    UNKNOWN = "unknown"

    @classmethod
    def _missing_(cls, value: object) -> InvitationSource:
        return cls.UNKNOWN


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """One invitation to the organization, waiting or over.

    Without an *id* it is known by its effect only: GitHub says that somebody waits,
    and lists no invitation under their login (traps T07).
    """

    id: int | None = None
    role: InvitationRole = InvitationRole.MEMBER
    source: InvitationSource = InvitationSource.MEMBER
    invited_at: datetime | None = None
    inviter: Login | None = None
    failed_at: datetime | None = None
    failed_reason: str | None = None
    invitee: Login | None = None
    """Who would become a manager by it: nobody's membership, so it stands here."""

    mailbox: Mailbox | None = None
    """The address it went to, if it was sent by e-mail."""

    teams: tuple[Slug, ...] = ()
    """The teams that come with one by e-mail; for others, their places tell."""

    earlier: tuple[int, ...] = ()
    """The ids of failed invitations to the same person, which GitHub still lists."""

    @property
    def expires_at(self) -> datetime | None:
        """Until when it can be accepted; None where that is not known, or no date."""
        try:
            return self.invited_at + LIFETIME if self.invited_at else None
        except OverflowError:
            return None

    @property
    def was_accepted(self) -> bool:
        """Did it fail only because somebody had accepted it already?

        "Invitation already accepted." is among the reasons that GitHub's staff listed.
        """
        return "already accepted" in (self.failed_reason or "").lower()

    @property
    def joins(self) -> bool:
        """Does accepting it make somebody a member, for the first time or again?"""
        return self.role.of_a_member or self.role is InvitationRole.REINSTATE

    @property
    def grants_ownership(self) -> bool:
        return self.role is InvitationRole.ADMIN

    @property
    def by_mail(self) -> bool:
        """Did it go to an address, so that calls by login do not mean it?"""
        return self.mailbox is not None or self.id is None

    @property
    def untouchable(self) -> bool:
        """Is it the work of somebody whose records a change here would break?

        Cancelling what SCIM sent leaves a record that blocks the identity provider
        (traps T14); a reinstating invitation restores more than a role; beside one by
        e-mail, which is known by its effect and not by an id, a change by login would
        be a second invitation (traps T08).
        """
        unlisted = self.id is None
        return (
            unlisted
            or not self.role.of_a_member
            or self.source is InvitationSource.SCIM
        )
