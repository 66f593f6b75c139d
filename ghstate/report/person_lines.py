"""What the line of a person adds: what comes with a change, and how old it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ghstate.model.address import Address
from ghstate.model.invitation import LIFETIME, Invitation
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.report.context import ELSEWHERE, Context, counted
from ghstate.report.wording import value
from ghstate.report.words import ago, first_sentence, left, listed, plural


def about_person(change: Change, member: Member, context: Context) -> Iterator[str]:
    match change:
        case Create():
            yield from _becomes_owner(member)
            yield from along(member, context)
            if change.reason is Reason.REINVITE:
                yield _why_again(change.before, change.needs_gone, context.now)
        case Update():
            yield from _about_update(change, member, context)
        case Delete(reason=Reason.CANCEL_INVITATION, before=before):
            about = (_to(before, member), _sent(before, context.now))
            yield ", ".join((*filter(None, about), f"as {value(member.role)}"))
            yield from _leaves(change, context, "with")
            if not context.implied(change):
                yield from _brings(before.invitation)
        case Delete():
            if member.role is OrgRole.ADMIN:
                yield "an organization owner"
            yield from _leaves(change, context, "leaves")


def _about_update(change: Update, member: Member, context: Context) -> Iterator[str]:
    match change.reason:
        case Reason.RENEW:
            yield f"as {value(member.role)}"
            if since := ", ".join(age(change.before.invitation, context.now)):
                yield f"sent {since}"
            yield from _leaves(change, context, "with")
        case Reason.REPLACE_INVITATION:
            sent = _sent(change.before, context.now)
            yield f"replaces the one {sent}" if sent else "replaces the one that waits"
            yield from _becomes_owner(member)
            yield from along(member, context)
        case _ if member.role is OrgRole.ADMIN:
            yield from _becomes_owner(member)
        case _:
            yield "is no longer an organization owner"


def _becomes_owner(member: Member) -> Iterator[str]:
    if member.role is OrgRole.ADMIN:
        yield "becomes an organization owner"


def along(member: Member, context: Context) -> Iterator[str]:
    """The teams that come with the invitation of *member*."""
    if teams := context.along.get(member.login):
        yield f"with {listed([team_and_role(each) for each in teams], ELSEWHERE)}"


def team_and_role(place: TeamMember) -> str:
    """The team, and the role where it is more than being in it."""
    if place.role is TeamRole.MEMBER:
        return place.team.spelled
    return f"{place.team.spelled} ({value(place.role)})"


def _brings(invitation: Invitation | None) -> Iterator[str]:
    """The teams of an invitation by e-mail whose places are nobody's by name."""
    if invitation is not None and invitation.teams:
        slugs = [team.spelled for team in invitation.teams]
        yield f"with {listed(slugs, ELSEWHERE)}"


def _leaves(change: Change, context: Context, verb: str) -> Iterator[str]:
    implied = context.implied(change)
    teams = [
        each.resource.team.spelled
        for each in implied
        if isinstance(each.resource, TeamMember)
    ]
    if teams:
        few = len(teams) <= ELSEWHERE
        yield f"{verb} {', '.join(teams) if few else plural(len(teams), *Team.NOUN)}"
    rest = [each for each in implied if not isinstance(each.resource, TeamMember)]
    if rest:
        yield f"loses {counted(rest)}"


def _why_again(
    before: Observed[Resource] | None, gone: Address | None, now: datetime
) -> str:
    if gone is not None:
        return f"GitHub cancels the invitation that {gone[-1]} sent"
    if before is None:
        return "the earlier one was declined or cancelled"
    sent = _sent(before, now)
    invitation = before.invitation
    ended = f"the one {sent} ended" if sent else "the earlier one ended"
    if invitation is None or not invitation.failed_reason:
        return ended
    return f"{ended}: {first_sentence(invitation.failed_reason)}"


def _sent(observed: Observed[Resource], now: datetime) -> str:
    if observed.invitation is None or observed.invitation.invited_at is None:
        return ""
    return f"sent {ago(observed.invitation.invited_at, now)}"


def _to(observed: Observed[Resource], member: Member) -> str:
    """Where an invitation went, of somebody who is not known by that."""
    mailbox = observed.invitation.mailbox if observed.invitation else None
    if mailbox is None or isinstance(member.login, EmailAddress):
        return ""
    return f"to {mailbox.mask}"


# The age of an invitation ------------------------------------------------------


def age(invitation: Invitation | None, now: datetime) -> Iterator[str]:
    """How long ago it was sent, and for how much longer it can be accepted."""
    if invitation is None or invitation.invited_at is None:
        return
    yield ago(invitation.invited_at, now)
    yield time_left(invitation.invited_at + LIFETIME, now)


def time_left(end: datetime, now: datetime) -> str:
    """How much is left until *end*, which GitHub may notice a little later."""
    return left(end - now) if end > now else "expires any time now"
