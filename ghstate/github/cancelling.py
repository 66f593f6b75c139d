"""Cancelling invitations, and nothing else: whoever has accepted one stays."""

from __future__ import annotations

from ghstate.errors import WriteFailed
from ghstate.github.adapter import Context
from ghstate.github.membership import membership, membership_path
from ghstate.github.sending import cancel_by_id, waiting
from ghstate.model.names import Login
from ghstate.plan.change import Delete
from ghstate.ports import Outcome

_GONE = Outcome("was gone already", already=True)


async def cancel(context: Context, change: Delete, login: Login) -> Outcome:
    """Cancel by id where there is one: a login may have another one by e-mail."""
    invitation = change.before.invitation
    if invitation and invitation.mailbox and invitation.id is not None:
        return Outcome() if await cancel_by_id(context, invitation.id) else _GONE
    found = await membership(context, login)
    if found is None:
        words = f"the invitation of {login.spelled} was gone already"
        return Outcome(words, already=True)
    if not found.pending:
        raise WriteFailed(
            f"{login.spelled} has accepted the invitation meanwhile",
            hint="the next plan shows the removal",
        )
    if invitation is None or invitation.id is None:
        return await delete_membership(context, login)
    if not await cancel_by_id(context, invitation.id):
        return _GONE
    left = await membership(context, login)
    if left and left.pending:
        return Outcome(
            f"GitHub still says that {login.spelled} is invited: "
            "perhaps by e-mail as well"
        )
    return Outcome()


async def is_cancelled(context: Context, change: Delete, login: Login) -> bool:
    """Is this one invitation gone, whether or not another waits beside it?"""
    invitation = change.before.invitation
    number = invitation.id if invitation else None
    if number is None:
        return await membership(context, login) is None
    return all(row.id != number for row in await waiting(context))


async def delete_membership(context: Context, login: Login) -> Outcome:
    """Remove somebody who is in, or cancel whatever invites them."""
    try:
        await context.session.write("DELETE", membership_path(context, login))
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
        return _GONE
    return Outcome()
