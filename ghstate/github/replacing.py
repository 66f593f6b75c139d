"""Giving the waiting invitation of a login another role.

GitHub has no call for it. A PUT of the membership may edit the invitation in place,
send another, or change nothing: none of it is documented. So that is tried first,
what came of it is looked at, and only where it did not take is the invitation
cancelled and sent again.
"""

from __future__ import annotations

from ghstate.errors import WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Begun, Context
from ghstate.github.invitation import joins, role_of
from ghstate.github.membership import Membership, membership, membership_path
from ghstate.github.refusal import limit_behind
from ghstate.github.resending import (
    accepted,
    give_teams,
    gone,
    number_of,
    send_instead,
    touchable,
)
from ghstate.github.sending import cancel_by_id, teams_of, waiting_for
from ghstate.model.invitation import Invitation
from ghstate.model.member import Member, OrgRole
from ghstate.plan.change import Update
from ghstate.ports import Outcome


async def replace_invitation(
    context: Context, change: Update, wanted: Member
) -> Outcome:
    """Ends with one invitation, in the right role and with its teams."""
    old = touchable(change.before.invitation, wanted)
    begun = context.begun.get(wanted.login)
    found = _still_pending(await membership(context, wanted.login), wanted)
    if begun is None:
        if found is None:
            raise gone(wanted)
        if found.role is wanted.role:
            words = f"{wanted.login.spelled} {found.words}"
            return Outcome(words, already=True)
        begun = Begun(await teams_of(context, number_of(old)))
        context.begun[wanted.login] = begun
    if not begun.cancelled:
        if not begun.edited:
            begun.edited = True
            await _edit(context, wanted)
        found = _still_pending(await membership(context, wanted.login), wanted)
        if found is None:
            raise gone(wanted)
        if found.role is wanted.role:
            await _settle(context, wanted, begun)
            return Outcome()
    begun.cancelled = True
    for number in sorted(await _numbers(context, old, wanted)):
        await cancel_by_id(context, number)
    return await send_instead(context, begun, wanted.login, wanted)


async def is_replaced(context: Context, wanted: Member) -> bool:
    """Has it the role, and all that it had before?"""
    found = await membership(context, wanted.login)
    if found is None or found.role is not wanted.role:
        return False
    begun = context.begun.get(wanted.login)
    if found.pending and begun:
        await _settle(context, wanted, begun)
    return True


def _still_pending(found: Membership | None, wanted: Member) -> Membership | None:
    if found and not found.pending and found.role is not wanted.role:
        raise accepted(wanted)
    return found


async def _edit(context: Context, wanted: Member) -> None:
    """Try to change the invitation where it is, once: each try sends a mail.

    A refusal leads on to the next step. A limit ends it as long as the old invitation
    gives less than is wanted; one that gives more is better cancelled than left.
    """
    path = membership_path(context, wanted.login)
    try:
        await context.session.write(
            "PUT", path, {"role": wanted.role.value}, creates_content=True
        )
    except WriteFailed as refusal:
        limit = limit_behind(refusal)
        if limit and wanted.role is OrgRole.ADMIN:
            raise limit from None


async def _settle(context: Context, wanted: Member, begun: Begun) -> None:
    """Leave one live invitation, with its teams, whatever GitHub made of the call."""
    rows = [row for row in await waiting_for(context, wanted.login) if joins(row)]
    right = [row for row in rows if role_of(row) is wanted.role]
    if not right:
        # The list has not caught up with the membership, which is what counts.
        return
    kept = max(right, key=lambda row: row.id)
    for row in rows:
        if row is not kept:
            await cancel_by_id(context, row.id)
    await _give_missing(context, wanted, kept, begun)
    context.begun.pop(wanted.login, None)


async def _give_missing(
    context: Context, wanted: Member, kept: shapes.Invitation, begun: Begun
) -> None:
    if not begun.teams or (kept.team_count or 0) >= len(begun.teams):
        return
    there = await teams_of(context, kept.id)
    missing = tuple(team for team in begun.teams if team not in there)
    await give_teams(context, wanted.login, missing)


async def _numbers(context: Context, old: Invitation, wanted: Member) -> set[int]:
    """The old invitation, and what GitHub may have made of it."""
    rows = await waiting_for(context, wanted.login)
    return {number_of(old), *(row.id for row in rows if joins(row))}
