"""The line of one change: whom it is about, what happens, what else to know."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.plan import Plan
from ghstate.report.document import Line, Tone
from ghstate.report.wording import name_of, tone_of, turned, value, what_happens
from ghstate.report.words import ago, left, listed, plural, quoted, shortened

ELSEWHERE = 3
"""So many things are named; more of them are counted."""


class Context(msgspec.Struct, frozen=True):
    """What a line has to know of the plan around its change."""

    plan: Plan
    now: datetime
    along: Mapping[Login, tuple[TeamMember, ...]]
    """The teams that come with an invitation in this plan."""

    awaited: frozenset[Login]
    """People who have not answered an invitation yet."""

    @classmethod
    def of(cls, plan: Plan, now: datetime) -> Context:
        along: dict[Login, list[TeamMember]] = defaultdict(list)
        for change in plan.changes:
            if change.reason is Reason.WITH_INVITATION and isinstance(
                change.resource, TeamMember
            ):
                along[change.resource.login].append(change.resource)
        return cls(
            plan,
            now,
            {login: tuple(those) for login, those in along.items()},
            awaited_people(plan),
        )

    def implied(self, change: Change) -> Sequence[Observed[Resource]]:
        return self.plan.implied.get(change.address, ())


def awaited_people(plan: Plan) -> frozenset[Login]:
    """Everybody who is invited to the organization and has not answered."""
    return frozenset(
        each.observed.resource.login
        for each in plan.waiting
        if isinstance(each.observed.resource, Member)
    )


def line(change: Change, context: Context) -> Line:
    """The change in one line; several fields at once go below it."""
    resource = change.resource
    match resource:
        case Member():
            about = _about_person(change, resource, context)
        case TeamMember():
            about = _about_place(change, resource, context)
        case Team():
            about = _about_team(change, resource, context)
        case _:
            about = _about_anything(change, context)
    return Line(
        tone_of(change),
        name_of(resource),
        what_happens(change),
        "; ".join(about),
        tuple(_fields(change)),
    )


def waiting_line(
    observed: Observed[Resource], now: datetime, teams: Sequence[str] = ()
) -> Line:
    """Somebody whose answer is awaited: since when, and for how much longer."""
    resource = observed.resource
    role = getattr(resource, "role", None)
    what = "invited" if role is None else f"invited as {value(role)}"
    if isinstance(resource, TeamMember):
        what += f" of {resource.team}"
    about = []
    if observed.invitation and (sent := observed.invitation.invited_at):
        about.append(ago(sent, now))
    if observed.invitation and (end := observed.invitation.expires_at):
        about.append(left(end - now) if end > now else "expires any time now")
    shown = ", ".join(about)
    if teams:
        shown = "; ".join(filter(None, (shown, f"with {listed(teams, ELSEWHERE)}")))
    return Line(Tone.WAIT, name_of(resource), what, shown)


def _about_person(change: Change, member: Member, context: Context) -> Iterator[str]:
    owner = member.role is OrgRole.ADMIN
    match change:
        case Create(reason=Reason.REINVITE, before=before, needs_gone=gone):
            yield from _becomes_owner(owner=owner)
            yield from _along(member, context)
            yield _why_again(before, gone, context.now)
        case Create():
            yield from _becomes_owner(owner=owner)
            yield from _along(member, context)
        case Update(before=before, reason=Reason.REPLACE_INVITATION):
            sent = _sent(before, context.now)
            yield f"replaces the one {sent}" if sent else "replaces the one that waits"
            yield from _becomes_owner(owner=owner)
        case Update() if owner:
            yield from _becomes_owner(owner=owner)
        case Update():
            yield "is no longer an organization owner"
        case Delete(before=before, reason=Reason.CANCEL_INVITATION):
            sent = _sent(before, context.now)
            role = f"as {value(member.role)}"
            yield f"{sent}, {role}" if sent else role
            yield from _leaves(change, context, "with")
        case Delete():
            if owner:
                yield "an organization owner"
            yield from _leaves(change, context, "leaves")


def _becomes_owner(*, owner: bool) -> Iterator[str]:
    if owner:
        yield "becomes an organization owner"


def _along(member: Member, context: Context) -> Iterator[str]:
    if teams := context.along.get(member.login):
        yield f"with {listed([_team_and_role(each) for each in teams], ELSEWHERE)}"


def _team_and_role(place: TeamMember) -> str:
    if place.role is TeamRole.MEMBER:
        return place.team.spelled
    return f"{place.team.spelled} ({value(place.role)})"


def _leaves(change: Delete, context: Context, verb: str) -> Iterator[str]:
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
        yield f"loses {_counted(rest)}"


def _why_again(
    before: Observed[Resource] | None, gone: Address | None, now: datetime
) -> str:
    if gone is not None:
        return f"GitHub cancels the invitation that {gone[-1]} sent"
    sent = _sent(before, now) if before else ""
    invitation = before.invitation if before else None
    ended = f"the one {sent} ended" if sent else "the earlier one ended"
    if invitation is None or not invitation.failed_reason:
        return ended
    return f"{ended}: {shortened(invitation.failed_reason.rstrip('. '), 72)}"


def _sent(observed: Observed[Resource], now: datetime) -> str:
    if observed.invitation is None or observed.invitation.invited_at is None:
        return ""
    return f"sent {ago(observed.invitation.invited_at, now)}"


def _about_place(change: Change, place: TeamMember, context: Context) -> Iterator[str]:
    match change:
        case Create() if place.login in context.awaited:
            yield "once they have accepted their invitation"
        case Delete(before=Observed(resource=TeamMember(role=TeamRole.MAINTAINER))):
            yield "was a maintainer"
        case _:
            pass


def _about_team(change: Change, team: Team, context: Context) -> Iterator[str]:
    match change:
        case Create():
            parent = "" if team.parent is None else f", under {team.parent.spelled}"
            yield value(team.privacy) + parent
            if not team.notifications:
                yield "notifications off"
            if team.name.lower() != team.slug:
                yield f"named {quoted(team.name)}"
            if team.description:
                yield quoted(team.description)
        case Update(reason=Reason.RENAME, before=before):
            yield f"{before.resource.address[-1]} → {team.slug}"
        case Update():
            yield from _only_field(change)
        case Delete():
            if implied := context.implied(change):
                yield f"with its {_counted(implied)}"


def _about_anything(change: Change, context: Context) -> Iterator[str]:
    """What any kind can tell by itself, those added after this module included."""
    match change:
        case Create():
            yield from _attributes(change.after)
        case Update():
            yield from _only_field(change)
        case Delete():
            yield from _attributes(change.before.resource)
            if implied := context.implied(change):
                yield f"with its {_counted(implied)}"


def _attributes(resource: Resource) -> Iterator[str]:
    """The attributes that the line does not show already."""
    told = {*resource.address, str(getattr(resource, "role", ""))}
    for name, held in resource.document().items():
        if held is not None and held != "" and str(held).lower() not in told:
            shown = value(held) if isinstance(held, bool) else shortened(str(held), 48)
            yield f"{name.replace('_', ' ')} {shown}"


def _only_field(change: Update) -> Iterator[str]:
    changed = list(change.fields())
    if len(changed) == 1 and changed[0][0] != "role":
        _, old, new = changed[0]
        yield turned(old, new)


def _fields(change: Change) -> Iterator[Line]:
    if not isinstance(change, Update):
        return
    changed = list(change.fields())
    renamed = change.reason is Reason.RENAME
    if len(changed) == 1 and not renamed:
        return
    for name, old, new in changed:
        if not (renamed and name in change.after.KEY):
            yield Line(Tone.PLAIN, name.replace("_", " "), turned(old, new))


def _counted(those: Sequence[Observed[Resource]]) -> str:
    """How many of each kind: "3 team memberships and 1 child team (web)"."""
    kinds = Counter(type(each.resource) for each in those)
    parts = []
    for kind, count in kinds.items():
        if kind is not Team:
            parts.append(plural(count, *kind.NOUN))
            continue
        names = [e.resource.address[-1] for e in those if type(e.resource) is kind]
        part = plural(count, "child team", "child teams")
        parts.append(f"{part} ({listed(names, ELSEWHERE)})")
    return " and ".join(parts)
