"""Cancelling an invitation and sending it again: the teams come with it once more.

What has been cancelled cannot be asked for its teams, and a lost answer may come at
any point; so it is written down first what the new one has to bring.
"""

from __future__ import annotations

from ghstate.errors import GitHubError, WriteFailed
from ghstate.github.adapter import Begun, Context
from ghstate.github.invitation import joins, role_of
from ghstate.github.membership import PLAN_AGAIN, membership
from ghstate.github.refusal import explained
from ghstate.github.sending import (
    cancel_by_id,
    check_role,
    left_for_later,
    named,
    once_cancelled,
    send,
    teams_of,
    waiting,
    waiting_for,
)
from ghstate.github.team_member import place
from ghstate.model.invitation import Invitation
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.resource import Observed, Resource
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Reason
from ghstate.plan.order import Task
from ghstate.ports import SENT_AGAIN, Outcome


async def send_again(
    context: Context, task: Task, before: Observed[Resource], wanted: Member
) -> Outcome:
    """Replace an invitation by e-mail, or renew any; `WriteFailed` if it is gone.

    Never by a PUT of the membership: beside an invitation by e-mail that would be a
    second one (traps T08).
    """
    old = touchable(before.invitation, wanted)
    to = _recipient(task, old, wanted)
    begun = context.begun.get(wanted.login)
    if begun is None:
        if done := await _is_done(context, old, before, wanted, to):
            return done
        teams = await _teams(context, task, old, before, wanted)
        begun = context.begun[wanted.login] = Begun(teams)
    begun.cancelled = True
    await cancel_by_id(context, number_of(old))
    return await send_instead(context, begun, to, wanted)


async def is_sent_again(
    context: Context, task: Task, before: Observed[Resource], wanted: Member
) -> bool:
    """Does another invitation than *before* wait, in the role that is wanted?"""
    old = touchable(before.invitation, wanted)
    rows = await waiting_for(context, _recipient(task, old, wanted))
    return any(
        row.id != old.id and joins(row) and role_of(row) is wanted.role for row in rows
    )


def touchable(invitation: Invitation | None, wanted: Member) -> Invitation:
    if invitation is None or invitation.untouchable:
        raise WriteFailed(
            f"the invitation of {named(wanted.login)} is not ghstate's to send again",
            hint="an owner can cancel it on GitHub",
        )
    return invitation


def number_of(invitation: Invitation) -> int:
    assert invitation.id is not None  # noqa: S101 - without an id it is untouchable
    return invitation.id


def gone(wanted: Member) -> WriteFailed:
    return WriteFailed(
        f"the invitation of {named(wanted.login)} is gone", hint=PLAN_AGAIN
    )


def accepted(wanted: Member) -> WriteFailed:
    return WriteFailed(
        f"{named(wanted.login)} has accepted the invitation meanwhile",
        hint="the next plan shows the change of their role",
    )


def _recipient(task: Task, old: Invitation, wanted: Member) -> Login:
    """A renewal goes where the old one went; else the files say whom to invite."""
    if task.change.reason is not Reason.RENEW or old.mailbox is None:
        return wanted.login
    if isinstance(wanted.login, EmailAddress):
        return wanted.login
    if old.mailbox.address is None:
        raise WriteFailed(
            f"where the invitation of {named(wanted.login)} went is not known",
            hint="it is known after a refresh; try again",
        )
    return EmailAddress(old.mailbox.address)


async def _is_done(
    context: Context,
    old: Invitation,
    before: Observed[Resource],
    wanted: Member,
    to: Login,
) -> Outcome | None:
    """How it ended without us, if it did; raises where the plan is out of date."""
    who = named(wanted.login)
    row = next((row for row in await waiting(context) if row.id == old.id), None)
    if row is None:
        return await _without(context, to, wanted)
    role = role_of(row)
    changes = getattr(before.resource, "role", None) is not wanted.role
    if changes and role is wanted.role:
        return Outcome(f"{who} is invited already, as {role}", already=True)
    if not changes and role is not wanted.role:
        raise WriteFailed(
            f"{who} is invited as {role} by now, and not as {wanted.role}",
            hint=PLAN_AGAIN,
        )
    return None


async def _without(context: Context, to: Login, wanted: Member) -> Outcome:
    """What is there in place of an invitation that waits no more."""
    if there := await _there_all_the_same(context, to, wanted):
        return there
    raise gone(wanted)


async def _there_all_the_same(
    context: Context, to: Login, wanted: Member
) -> Outcome | None:
    if not isinstance(wanted.login, EmailAddress):
        found = await membership(context, wanted.login)
        if found and found.role is wanted.role:
            return Outcome(f"{wanted.login.spelled} {found.words}", already=True)
        if found and not found.pending:
            raise accepted(wanted)
    if isinstance(to, EmailAddress):
        rows = await waiting_for(context, to)
        if any(joins(row) and role_of(row) is wanted.role for row in rows):
            who = named(wanted.login)
            return Outcome(f"{who} is invited already, as {wanted.role}", already=True)
    return None


async def _teams(
    context: Context,
    task: Task,
    old: Invitation,
    before: Observed[Resource],
    wanted: Member,
) -> tuple[int, ...]:
    """The teams of the old one, and those that the plan adds.

    One that is replaced although its role is right brings too many (no call takes a
    team away from an invitation by e-mail), so that the plan names all it shall bring.
    """
    places = {context.team_id(each.team) for each in task.places}
    same_role = getattr(before.resource, "role", None) is wanted.role
    if task.change.reason is Reason.REPLACE_INVITATION and same_role:
        return tuple(sorted(places))
    return tuple(sorted(places.union(await teams_of(context, number_of(old)))))


async def send_instead(
    context: Context, begun: Begun, to: Login, wanted: Member
) -> Outcome:
    """Send the new one, after the old one was cancelled."""
    try:
        made = await send(context, to, wanted.role, begun.teams)
    except WriteFailed as refusal:
        if there := await _there_all_the_same(context, to, wanted):
            return there
        raise once_cancelled(explained(refusal, to), wanted.login) from None
    except GitHubError as error:
        raise once_cancelled(error, wanted.login) from None
    check_role(made.role, wanted)
    del context.begun[wanted.login]
    words = SENT_AGAIN
    if not isinstance(to, EmailAddress):
        if made.team_count != len(begun.teams):
            await give_teams(context, wanted.login, begun.teams)
        return Outcome(words, id=made.id)
    later = left_for_later(made, len(begun.teams))
    return Outcome(f"{words}; {later}" if later else words, id=made.id)


async def give_teams(context: Context, login: Login, teams: tuple[int, ...]) -> None:
    for slug in context.slugs(teams):
        await place(context, TeamMember(team=slug, login=login))
