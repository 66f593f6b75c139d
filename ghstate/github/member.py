"""Memberships of the organization, on GitHub."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ghstate.errors import IncompleteRead, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.cancelling import cancel, delete_membership, is_cancelled
from ghstate.github.inviting import has_come, invite
from ghstate.github.inviting_by_mail import invite_address, is_invited
from ghstate.github.lanes import Lane
from ghstate.github.membership import (
    PLAN_AGAIN,
    check_not_invited,
    membership,
    membership_path,
)
from ghstate.github.replacing import is_replaced, replace_invitation
from ghstate.github.resending import is_sent_again, send_again
from ghstate.github.sending import check_role
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.resource import Observed, Standing
from ghstate.plan.change import Change, Create, Delete, Reason, Update
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
        person = _person(change)
        match change:
            case Create(before=Observed() as before, after=Member() as wanted) if (
                change.reason is Reason.RENEW
            ):
                return await send_again(context, task, before, wanted)
            case Create(after=Member(login=EmailAddress()) as wanted):
                return await invite_address(context, task, change, wanted)
            case Create(after=Member() as wanted):
                return await invite(context, task, change, wanted)
            case Update(after=Member() as wanted, reason=Reason.CHANGE_ROLE):
                return await _change_role(context, wanted)
            case Update(before=before, after=Member() as wanted) if _anew(change):
                return await send_again(context, task, before, wanted)
            case Update(after=Member() as wanted):
                return await replace_invitation(context, change, wanted)
            case Delete(reason=Reason.CANCEL_INVITATION):
                return await cancel(context, change, person)
            case _:
                return await delete_membership(context, person)

    async def holds(self, context: Context, task: Task) -> bool:
        """Has *task* reached its end, whoever brought it there?"""
        change = task.change
        person = _person(change)
        match change:
            case Create(before=Observed() as before, after=Member() as wanted) if (
                change.reason is Reason.RENEW
            ):
                return await is_sent_again(context, task, before, wanted)
            case Create(after=Member(login=EmailAddress()) as wanted):
                return await is_invited(context, wanted)
            case Create(after=Member() as wanted):
                return await has_come(context, task, wanted)
            case Update(after=Member() as wanted, reason=Reason.CHANGE_ROLE):
                found = await membership(context, person)
                is_in = found is not None and not found.pending
                return is_in and found is not None and found.role is wanted.role
            case Update(before=before, after=Member() as wanted) if _anew(change):
                return await is_sent_again(context, task, before, wanted)
            case Update(after=Member() as wanted):
                return await is_replaced(context, wanted)
            case Delete(reason=Reason.CANCEL_INVITATION):
                return await is_cancelled(context, change, person)
            case _:
                return await membership(context, person) is None


def _person(change: Change) -> Login:
    person = change.resource.person
    assert person is not None  # noqa: S101 - a member is somebody
    return person


def _anew(change: Update) -> bool:
    """Is another invitation sent in any case: by e-mail, or to last longer?"""
    old = change.before.invitation
    return change.reason is Reason.RENEW or (old is not None and old.by_mail)


async def _change_role(context: Context, wanted: Member) -> Outcome:
    """One PUT, never a removal and an invitation; and never by it an invitation."""
    found = await membership(context, wanted.login)
    if found is None or found.pending:
        raise WriteFailed(
            f"{wanted.login.spelled} is not a member any more",
            hint=PLAN_AGAIN,
        )
    if found.role is wanted.role:
        return Outcome(f"{wanted.login.spelled} {found.words}", already=True)
    path = membership_path(context, wanted.login)
    reply = await context.session.write("PUT", path, {"role": wanted.role.value})
    made = reply.read(shapes.Membership)
    await check_not_invited(context, wanted.login, made)
    check_role(made.role, wanted)
    return Outcome()
