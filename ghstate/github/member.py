"""Memberships of the organization, on GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ghstate.errors import IncompleteRead, LimitReached, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.lanes import Lane
from ghstate.github.membership import (
    PLAN_AGAIN,
    Membership,
    check_not_invited,
    membership,
    membership_path,
)
from ghstate.github.session import Reply
from ghstate.github.team_member import place
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Create, Delete, Reason, Update
from ghstate.plan.identity import Account
from ghstate.plan.order import Task
from ghstate.ports import Outcome

MEMBERS = Lane(
    name="members",
    connection="membersWithRole",
    selection="cursor role node { databaseId login }",
    edges=list[shapes.MemberEdge],
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


async def membership_of(context: Context, account: Account) -> Observed[Member] | None:
    """What GitHub says of one person, whom its lists of people may leave out.

    They leave out whoever was invited by e-mail (traps T07), and hide people whose
    account is flagged (traps T26).
    """
    found = await membership(context, account.login)
    if found is None or found.role is None:
        return None
    person = Member(login=account.login, role=found.role)
    if not found.pending:
        return Observed(person, id=account.id)
    admin = found.role is OrgRole.ADMIN
    role = InvitationRole.ADMIN if admin else InvitationRole.MEMBER
    return Observed(
        person, Standing.INVITED, id=account.id, invitation=Invitation(role=role)
    )


class Members:
    """Invites, promotes, demotes, cancels and removes."""

    kind = Member

    async def make(self, context: Context, task: Task) -> Outcome:
        change = task.change
        login = change.resource.person
        assert login is not None  # noqa: S101 - a member is somebody
        match change:
            case Create(after=Member() as wanted):
                return await _invite(context, change, wanted, task.places)
            case Update(after=Member() as wanted, reason=Reason.CHANGE_ROLE):
                return await _change_role(context, wanted)
            case Update(after=Member() as wanted):
                return await _replace_invitation(context, change, wanted)
            case Delete(reason=Reason.CANCEL_INVITATION):
                return await _cancel(context, change, login)
            case _:
                return await _delete(context, membership_path(context, login))

    async def holds(self, context: Context, task: Task) -> bool:
        """Has *task* reached its end, whoever brought it there?"""
        login = task.change.resource.person
        assert login is not None  # noqa: S101 - a member is somebody
        found = await membership(context, login)
        match task.change:
            case Delete():
                return found is None
            case Create(after=Member(role=role)):
                if found is None or found.role is not role:
                    return False
                if not found.pending:
                    # Without an invitation to carry them, places follow by themselves.
                    for each in task.places:
                        await place(context, each)
                return True
            case Update(after=Member(role=role), reason=reason):
                invited = reason is Reason.CHANGE_ROLE and found and found.pending
                return found is not None and found.role is role and not invited
            case _:
                return False


async def _invite(
    context: Context, change: Create, wanted: Member, places: tuple[TeamMember, ...]
) -> Outcome:
    """One call, one mail; or none, if somebody else was quicker."""
    if found := await membership(context, wanted.login):
        return await _there_already(context, wanted, found, places)
    old = change.before.invitation if change.before else None
    if old and old.id is not None:
        # A failed invitation that is left over blocks the next one (traps T04).
        with suppress(WriteFailed):
            path = f"{context.path}/invitations/{old.id}"
            await context.session.write("DELETE", path)
    try:
        reply = await _send_invitation(context, wanted, places)
    except WriteFailed as refusal:
        # GitHub has many words for "is there already"; what is there decides.
        if found := await membership(context, wanted.login):
            return await _there_already(context, wanted, found, places)
        raise _limit(refusal) or refusal from None
    made = reply.read(shapes.Invited)
    _check_role(made.role, wanted)
    if made.team_count == len(places):
        return Outcome()
    for each in places:
        await place(context, each)
    return Outcome()


async def _send_invitation(
    context: Context, wanted: Member, places: tuple[TeamMember, ...]
) -> Reply:
    role = (
        InvitationRole.ADMIN if wanted.role is OrgRole.ADMIN else InvitationRole.MEMBER
    )
    body = {
        "invitee_id": await context.user_id(wanted.login),
        "role": role.value,
        "team_ids": [context.team_id(each.team) for each in places],
    }
    try:
        return await context.session.write(
            "POST", f"{context.path}/invitations", body, creates_content=True
        )
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
    # No invitations on this server (GHES) or in this enterprise (managed users):
    # there a membership is there at once.
    return await context.session.write(
        "PUT",
        membership_path(context, wanted.login),
        {"role": wanted.role.value},
        creates_content=True,
    )


async def _there_already(
    context: Context, wanted: Member, found: Membership, places: tuple[TeamMember, ...]
) -> Outcome:
    if found.role is not wanted.role:
        raise WriteFailed(
            f"{wanted.login.spelled} {found.words}, and not as {wanted.role}",
            hint=PLAN_AGAIN,
        )
    for each in places:
        await place(context, each)
    return Outcome(f"{wanted.login.spelled} {found.words}")


async def _change_role(context: Context, wanted: Member) -> Outcome:
    """One PUT, never a removal and an invitation; and never by it an invitation."""
    found = await membership(context, wanted.login)
    if found is None or found.pending:
        raise WriteFailed(
            f"{wanted.login.spelled} is not a member any more",
            hint=PLAN_AGAIN,
        )
    if found.role is wanted.role:
        return Outcome(f"{wanted.login.spelled} {found.words}")
    path = membership_path(context, wanted.login)
    reply = await context.session.write("PUT", path, {"role": wanted.role.value})
    made = reply.read(shapes.Membership)
    await check_not_invited(context, wanted.login, made)
    _check_role(made.role, wanted)
    return Outcome()


async def _replace_invitation(
    context: Context, change: Update, wanted: Member
) -> Outcome:
    """Give a waiting invitation another role, and keep its teams.

    GitHub may edit it in place or send another; neither is documented. So the role
    is tried first, and only where that did not take is the invitation cancelled and
    sent again.
    """
    found = await membership(context, wanted.login)
    if found is None:
        raise WriteFailed(
            f"the invitation of {wanted.login.spelled} is gone",
            hint=PLAN_AGAIN,
        )
    if found.role is wanted.role:
        return Outcome(f"{wanted.login.spelled} {found.words}")
    if not found.pending:
        raise WriteFailed(
            f"{wanted.login.spelled} has accepted the invitation meanwhile",
            hint="the next plan shows the change of their role",
        )
    old = change.before.invitation
    teams = await _teams_of_invitation(context, old)
    path = membership_path(context, wanted.login)
    with suppress(WriteFailed):
        await context.session.write(
            "PUT", path, {"role": wanted.role.value}, creates_content=True
        )
    after = await membership(context, wanted.login)
    if after and after.role is wanted.role:
        return Outcome()
    if after and after.pending and old and old.id is not None:
        await context.session.write("DELETE", f"{context.path}/invitations/{old.id}")
    body = {
        "invitee_id": await context.user_id(wanted.login),
        "role": "admin" if wanted.role is OrgRole.ADMIN else "direct_member",
        "team_ids": teams,
    }
    try:
        reply = await context.session.write(
            "POST", f"{context.path}/invitations", body, creates_content=True
        )
    except WriteFailed as refusal:
        raise _limit(refusal) or refusal from None
    _check_role(reply.read(shapes.Invited).role, wanted)
    return Outcome("cancelled and sent again")


async def _teams_of_invitation(
    context: Context, invitation: Invitation | None
) -> list[int]:
    if invitation is None or invitation.id is None:
        return []
    path = f"{context.path}/invitations/{invitation.id}/teams"
    return [each.id async for each in context.session.get_all(path, shapes.TeamId)]


async def _cancel(context: Context, change: Delete, login: Login) -> Outcome:
    """Cancel an invitation, and nothing else: whoever has accepted it stays."""
    invitation = change.before.invitation
    found = await membership(context, login)
    if found is None:
        return Outcome(f"the invitation of {login.spelled} was gone already")
    if not found.pending:
        raise WriteFailed(
            f"{login.spelled} has accepted the invitation meanwhile",
            hint="the next plan shows the removal",
        )
    if invitation is None or invitation.id is None:
        return await _delete(context, membership_path(context, login))
    return await _delete(context, f"{context.path}/invitations/{invitation.id}")


async def _delete(context: Context, path: str) -> Outcome:
    try:
        await context.session.write("DELETE", path)
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
        return Outcome("was gone already")
    return Outcome()


def _check_role(answered: str, wanted: Member) -> None:
    """Hold GitHub's answer against what was asked (traps T42)."""
    role = "member" if answered == "direct_member" else answered
    if role != wanted.role:
        raise WriteFailed(
            f"asked for {wanted.role}, but GitHub made {wanted.login.spelled} {role}",
            hint="run apply again",
        )


def _limit(refusal: WriteFailed) -> LimitReached | None:
    """The limit behind a refused invitation, if it is one."""
    if "no_seat" in refusal.codes:
        return LimitReached(
            "the organization has no seat left",
            grants_only=True,
            hint="buy seats or free some, and run apply again",
        )
    if "invitation rate limit" in str(refusal).lower():
        return LimitReached(
            "GitHub's limit of invitations a day is reached",
            grants_only=True,
            hint="run apply again in 24 hours; nobody is invited twice",
        )
    return None
