"""Invitations to the organization, as REST lists them."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ghstate.github import shapes
from ghstate.github.session import Session, segment
from ghstate.model.invitation import Invitation, InvitationRole, InvitationSource
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Standing


async def invitations(session: Session, which: str) -> AsyncIterator[shapes.Invitation]:
    """The waiting (*which* ``invitations``) or ``failed_invitations``.

    GraphQL's `pendingMembers` leaves out the role, the date, the sender and everybody
    who was invited by e-mail. A 404 raises `WriteFailed`: GitHub knows no invitations
    (GHES, managed users), or does not show them to this token.
    """
    path = f"/orgs/{segment(session.organization)}/{which}"
    async for each in session.get_all(path, shapes.Invitation):
        yield each


def invitation(row: shapes.Invitation) -> Invitation:
    return Invitation(
        id=row.id,
        role=InvitationRole(row.role or "unknown"),
        source=InvitationSource(row.invitation_source or "unknown"),
        invited_at=row.created_at,
        inviter=Login(row.inviter.login) if row.inviter else None,
        failed_at=row.failed_at,
        failed_reason=row.failed_reason,
    )


def invited(row: shapes.Invitation, standing: Standing) -> Observed[Member] | None:
    """The membership that an invitation leads to, if it is one to somebody known."""
    found = invitation(row)
    joins = found.role.of_a_member or found.role is InvitationRole.REINSTATE
    if not row.login or not joins:
        return None
    role = OrgRole.ADMIN if found.role is InvitationRole.ADMIN else OrgRole.MEMBER
    return Observed(
        Member(login=Login(row.login), role=role), standing, invitation=found
    )
