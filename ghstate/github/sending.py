"""The calls that invitations are made of, each with one meaning."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from ghstate.errors import GitHubError, OutcomeUnknown, WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.invitation import address_of, invitations, joins
from ghstate.github.refusal import limit_behind
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.team_member import TeamMember


def named(person: Login) -> str:
    """*person* in a message; of an address, no more than tells it from others."""
    if isinstance(person, EmailAddress):
        return Mailbox.of(person, 0).mask
    return person.spelled


async def waiting_for(context: Context, person: Login) -> list[shapes.Invitation]:
    """The invitations to *person*, a login or an address, that wait at this moment."""
    return [row for row in await waiting(context) if is_to(row, person)]


async def waiting(context: Context) -> list[shapes.Invitation]:
    """All that wait; none where there are no invitations."""
    found: list[shapes.Invitation] = []
    try:
        async for row in invitations(context.session, "invitations"):
            found.append(row)  # noqa: PERF401 - an `async for` that may raise
    except WriteFailed as refusal:
        if refusal.status != 404 or context.invites:
            raise
    return found


def is_to(row: shapes.Invitation, person: Login) -> bool:
    if isinstance(person, EmailAddress):
        return address_of(row) == person
    return row.login is not None and row.login.lower() == person


def as_manager(rows: Collection[shapes.Invitation]) -> str | None:
    """The role of a waiting invitation that makes nobody a member, in words."""
    if any(joins(row) for row in rows):
        return None
    return next((str(row.role).replace("_", " ") for row in rows), None)


async def send(
    context: Context, to: Login, role: OrgRole, teams: Collection[int]
) -> shapes.Invited:
    """One invitation, one mail; `WriteFailed` with GitHub's words if it refuses."""
    invited_as = (
        InvitationRole.ADMIN if role is OrgRole.ADMIN else InvitationRole.MEMBER
    )
    body: dict[str, object] = (
        {"email": to.spelled}
        if isinstance(to, EmailAddress)
        else {"invitee_id": await context.user_id(to)}
    )
    body |= {"role": invited_as.value, "team_ids": sorted(teams)}
    reply = await context.session.write(
        "POST", f"{context.path}/invitations", body, creates_content=True
    )
    return reply.read(shapes.Invited)


async def send_after(
    context: Context,
    failed: Invitation | None,
    wanted: Member,
    places: Collection[TeamMember],
) -> shapes.Invited:
    """Send one where another has *failed*, whose record may stand in the way.

    The latest record is cleared away first (traps T04), the earlier ones only where
    GitHub refuses all the same: they count how often somebody was invited.
    """
    teams = [context.team_id(place.team) for place in places]
    if failed and failed.id is not None:
        await _clear(context, [failed.id])
    try:
        return await send(context, wanted.login, wanted.role, teams)
    except WriteFailed as refusal:
        earlier = failed.earlier if failed else ()
        if not earlier or refusal.status != 422 or limit_behind(refusal):
            raise
    await _clear(context, earlier)
    return await send(context, wanted.login, wanted.role, teams)


async def _clear(context: Context, records: Collection[int]) -> None:
    for number in records:
        # A record that is there afterwards does no harm by itself.
        with suppress(WriteFailed, OutcomeUnknown):
            await context.session.write("DELETE", invitation_path(context, number))


async def cancel_by_id(context: Context, number: int) -> bool:
    """Cancel one invitation; False if it was gone already.

    GitHub says 204 as often as it is asked, also where it says 404 for others.
    """
    try:
        await context.session.write("DELETE", invitation_path(context, number))
    except WriteFailed as refusal:
        if refusal.status != 404:
            raise
        return False
    return True


async def teams_of(context: Context, number: int) -> tuple[int, ...]:
    """The ids of the teams that come with an invitation."""
    path = f"{invitation_path(context, number)}/teams"
    return tuple(
        [each.id async for each in context.session.get_all(path, shapes.TeamId)]
    )


def invitation_path(context: Context, number: int) -> str:
    return f"{context.path}/invitations/{number}"


def check_role(answered: str, wanted: Member) -> None:
    """Hold GitHub's answer against what was asked (traps T42)."""
    role = "member" if answered == InvitationRole.MEMBER else answered
    if role != wanted.role:
        raise WriteFailed(
            f"asked for {wanted.role}, but GitHub made {named(wanted.login)} {role}",
            hint="run apply again",
        )


def left_for_later(made: shapes.Invited, teams: int) -> str:
    """What to say of an invitation by e-mail that does not bring all its *teams*.

    There is no call that adds one: a team takes logins only.
    """
    if made.team_count is None or made.team_count >= teams:
        return ""
    missing = teams - made.team_count
    return (
        f"{missing} of its {teams} teams did not go with the invitation "
        "and are given after it is accepted"
    )


def once_cancelled(error: GitHubError, person: Login) -> GitHubError:
    """*error*, telling that the earlier invitation is gone; it stays what it is."""
    error.message = (
        f"the earlier invitation of {named(person)} is cancelled, "
        f"and another could not be sent: {error.message}"
    )
    error.args = (error.message,)
    again = "the next apply invites them again"
    error.hint = f"{again}; {error.hint}" if error.hint else again
    return error
