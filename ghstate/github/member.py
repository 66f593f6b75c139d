"""Memberships of the organization, on GitHub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any

from ghstate.errors import IncompleteRead
from ghstate.github.lanes import Lane
from ghstate.github.session import Session
from ghstate.model.invitation import Invitation, InvitationRole, InvitationSource
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Standing

MEMBERS = Lane(
    name="members",
    connection="membersWithRole",
    selection="cursor role node { databaseId login }",
    largest_page=100,
    both_ends=True,
)

ROLES = {"ADMIN": OrgRole.ADMIN, "MEMBER": OrgRole.MEMBER}


def members(edges: Iterator[Mapping[str, Any]]) -> Iterator[Observed[Member]]:
    """The active members, as `MEMBERS` brought them."""
    for edge in edges:
        login = Login(edge["node"]["login"])
        role = ROLES.get(edge["role"])
        if role is None:
            raise IncompleteRead(
                f"GitHub does not say in which role {login.spelled} is a member "
                f"({edge['role']})",
                hint="a token of an owner sees it; a newer ghstate may know the role",
            )
        yield Observed(Member(login=login, role=role), id=edge["node"]["databaseId"])


async def invitations(session: Session, which: str) -> AsyncIterator[Mapping[str, Any]]:
    """The waiting (*which* ``invitations``) or ``failed_invitations``, from REST.

    GraphQL's `pendingMembers` leaves out the role, the date, the sender and everybody
    who was invited by e-mail. A 404 raises `WriteFailed`: GitHub knows no invitations
    (GHES, managed users), or does not show them to this token.
    """
    async for each in session.get_all(f"/orgs/{session.organization}/{which}"):
        yield each


def invitation(row: Mapping[str, Any]) -> Invitation:
    inviter = row.get("inviter") or {}
    return Invitation(
        id=row["id"],
        role=InvitationRole(row.get("role") or "unknown"),
        source=InvitationSource(row.get("invitation_source") or "unknown"),
        invited_at=_time(row.get("created_at")),
        inviter=Login(inviter["login"]) if inviter.get("login") else None,
        failed_at=_time(row.get("failed_at")),
        failed_reason=row.get("failed_reason"),
    )


def invited(row: Mapping[str, Any], standing: Standing) -> Observed[Member] | None:
    """The membership that an invitation leads to, if it is one to somebody known."""
    found = invitation(row)
    joins = found.role.of_a_member or found.role is InvitationRole.REINSTATE
    if not row.get("login") or not joins:
        return None
    role = OrgRole.ADMIN if found.role is InvitationRole.ADMIN else OrgRole.MEMBER
    return Observed(
        Member(login=Login(row["login"]), role=role), standing, invitation=found
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
