"""Inviting people by an e-mail address, whose account nobody knows yet."""

from __future__ import annotations

from collections.abc import Sequence

from ghstate.errors import AddressRefused, GitHubError, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.invitation import joins, role_of
from ghstate.github.membership import PLAN_AGAIN
from ghstate.github.refusal import MANAGER_HINT, explained
from ghstate.github.sending import (
    as_manager,
    check_role,
    left_for_later,
    named,
    send_after,
    waiting_for,
)
from ghstate.model.member import Member
from ghstate.plan.change import Create
from ghstate.plan.order import Task
from ghstate.ports import Outcome

UNPROCESSABLE = 422


async def invite_address(
    context: Context, task: Task, change: Create, wanted: Member
) -> Outcome:
    """One call, one mail; none if an invitation to the address waits by now.

    A repeated one is the same one to GitHub; whether it mails again is not known.
    """
    if not context.invites:
        raise WriteFailed(
            "there are no invitations here, so that nobody is invited by an address",
            hint="write the login in place of the address",
        )
    if rows := await waiting_for(context, wanted.login):
        return _invited_already(task, wanted, rows)
    failed = change.before.invitation if change.before else None
    try:
        made = await send_after(context, failed, wanted, task.places)
    except WriteFailed as refusal:
        if rows := await waiting_for(context, wanted.login):
            return _invited_already(task, wanted, rows)
        raise _refused(explained(refusal, wanted.login)) from None
    check_role(made.role, wanted)
    return Outcome(left_for_later(made, len(task.places)), id=made.id)


def _refused(error: GitHubError) -> GitHubError:
    if not isinstance(error, WriteFailed) or error.status != UNPROCESSABLE:
        return error
    words = error.message.lower()
    return AddressRefused(
        error.message,
        codes=error.codes,
        is_members="already" in words or "part of" in words,
        hint=error.hint,
    )


async def is_invited(context: Context, wanted: Member) -> bool:
    """Does an invitation to the address wait, in this role?"""
    rows = await waiting_for(context, wanted.login)
    return any(joins(row) and role_of(row) is wanted.role for row in rows)


def _invited_already(
    task: Task, wanted: Member, rows: Sequence[shapes.Invitation]
) -> Outcome:
    who = named(wanted.login)
    if manager := as_manager(rows):
        raise WriteFailed(f"{who} is invited as {manager}", hint=MANAGER_HINT)
    row = next(row for row in rows if joins(row))
    role = role_of(row)
    if role is not wanted.role:
        raise WriteFailed(
            f"{who} is invited already, as {role}, and not as {wanted.role}",
            hint=PLAN_AGAIN,
        )
    words = f"{who} is invited already, as {role}"
    later = left_for_later(shapes.Invited(role.value, row.team_count), len(task.places))
    return Outcome(f"{words}; {later}" if later else words, already=True)
