"""Inviting people by their logins."""

from __future__ import annotations

from ghstate.errors import GitHubError, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.membership import (
    PLAN_AGAIN,
    Membership,
    membership,
    membership_path,
)
from ghstate.github.refusal import (
    MANAGER_HINT,
    NOT_PROVISIONED_HINT,
    explained,
    limit_behind,
)
from ghstate.github.sending import as_manager, check_role, send_after, waiting_for
from ghstate.github.team_member import place
from ghstate.model.member import Member
from ghstate.plan.change import Create
from ghstate.plan.order import Task
from ghstate.ports import Outcome


async def invite(
    context: Context, task: Task, change: Create, wanted: Member
) -> Outcome:
    """One call, one mail; or none, if somebody else was quicker."""
    if found := await membership(context, wanted.login):
        return await _there_already(context, task, wanted, found)
    if not context.invites:
        return await _add(context, task, wanted)
    failed = change.before.invitation if change.before else None
    try:
        made = await send_after(context, failed, wanted, task.places)
    except WriteFailed as refusal:
        return await settle_refusal(context, task, wanted, refusal)
    check_role(made.role, wanted)
    if made.team_count != len(task.places):
        await _give_places(context, task)
    return Outcome(id=made.id)


async def has_come(context: Context, task: Task, wanted: Member) -> bool:
    """Is the person there, or invited as they should be, and in their teams?"""
    found = await membership(context, wanted.login)
    if found is None or found.role is not wanted.role:
        return False
    if not found.pending:
        # Without an invitation to carry them, places follow by themselves.
        await _give_places(context, task)
    return True


async def settle_refusal(
    context: Context, task: Task, wanted: Member, refusal: WriteFailed
) -> Outcome:
    """GitHub has many words for "is there already"; what is there decides."""
    if found := await membership(context, wanted.login):
        return await _there_already(context, task, wanted, found)
    if limit := limit_behind(refusal):
        raise limit from None
    await _check_no_manager(context, wanted)
    raise explained(refusal, wanted.login) from None


async def _there_already(
    context: Context, task: Task, wanted: Member, found: Membership
) -> Outcome:
    if found.pending:
        await _check_no_manager(context, wanted)
    if found.role is not wanted.role:
        raise WriteFailed(
            f"{wanted.login.spelled} {found.words}, and not as {wanted.role}",
            hint=PLAN_AGAIN,
        )
    await _give_places(context, task)
    return Outcome(f"{wanted.login.spelled} {found.words}", already=True)


async def _check_no_manager(context: Context, wanted: Member) -> None:
    """Refuse somebody who is asked to be what `ghstate` does not manage."""
    if role := as_manager(await waiting_for(context, wanted.login)):
        raise WriteFailed(
            f"{wanted.login.spelled} is invited as {role}, "
            "and GitHub lets no other invitation in beside that",
            hint=MANAGER_HINT,
        )


async def _add(context: Context, task: Task, wanted: Member) -> Outcome:
    """Make somebody a member where there are no invitations: GHES, managed users."""
    path = membership_path(context, wanted.login)
    try:
        reply = await context.session.write(
            "PUT", path, {"role": wanted.role.value}, creates_content=True
        )
    except WriteFailed as refusal:
        if found := await membership(context, wanted.login):
            return await _there_already(context, task, wanted, found)
        raise _not_added(refusal) from None
    made = reply.read(shapes.Membership)
    check_role(made.role, wanted)
    await _give_places(context, task)
    if made.pending:
        return Outcome()
    return Outcome("added at once: there are no invitations here")


def _not_added(refusal: WriteFailed) -> GitHubError:
    if limit := limit_behind(refusal):
        return limit
    return WriteFailed(
        refusal.message,
        status=refusal.status,
        codes=refusal.codes,
        hint=NOT_PROVISIONED_HINT,
    )


async def _give_places(context: Context, task: Task) -> None:
    for each in task.places:
        await place(context, each)
