"""How somebody stands to the organization at this very moment."""

from __future__ import annotations

from dataclasses import dataclass

from ghstate.errors import WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.session import refused, segment
from ghstate.model.member import OrgRole
from ghstate.model.names import Login

PLAN_AGAIN = "the organization changed since the plan was made; plan again"


@dataclass(frozen=True, slots=True)
class Membership:
    """A membership as REST tells it: active or pending, and in which role."""

    pending: bool
    role: OrgRole | None
    """None for a role that is no member's, such as billing manager."""

    words: str


async def membership(context: Context, login: Login) -> Membership | None:
    """What GitHub has of *login*; None is its clear answer that there is nothing.

    Shows the pending membership of people who were invited by e-mail, too, whom the
    list of invitations does not name.
    """
    reply = await context.session.get(membership_path(context, login))
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise refused(reply)
    found = reply.read(shapes.Membership)
    known = set(OrgRole)
    how = "is invited" if found.pending else "is a member"
    return Membership(
        found.pending,
        OrgRole(found.role) if found.role in known else None,
        f"{how} already, as {found.role}",
    )


def membership_path(context: Context, login: Login) -> str:
    return f"{context.path}/memberships/{segment(login)}"


async def check_not_invited(
    context: Context, login: Login, made: shapes.Membership
) -> None:
    """Take back the invitation that GitHub sends where somebody has just left.

    Between the look whether they are a member and the change of their role, people
    can go, and GitHub takes the same call for an invitation (traps T15).
    """
    if not made.pending:
        return
    await context.session.write("DELETE", membership_path(context, login))
    raise WriteFailed(
        f"{login.spelled} left the organization meanwhile; "
        "the invitation that GitHub made of the change was cancelled",
        hint=PLAN_AGAIN,
    )
