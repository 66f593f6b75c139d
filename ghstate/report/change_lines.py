"""The line of one change: whom it is about, what happens, what else to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from ghstate.model.member import Member
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.report.context import ELSEWHERE, Context, counted
from ghstate.report.document import Line, Tone
from ghstate.report.person_lines import about_person, age
from ghstate.report.wording import name_of, tone_of, turned, value, what_happens
from ghstate.report.words import listed, quoted, shortened


def line(change: Change, context: Context) -> Line:
    """The change in one line; several fields at once go below it."""
    resource = change.resource
    match resource:
        case Member():
            about = about_person(change, resource, context)
        case TeamMember():
            about = _about_place(change, resource, context)
        case Team():
            about = _about_team(change, resource, context)
        case _:
            about = _about_anything(change, context)
    return Line(
        tone_of(change),
        name_of(resource),
        what_happens(change, at_once=context.plan.at_once),
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
    shown = ", ".join(age(observed.invitation, now))
    if teams:
        shown = "; ".join(filter(None, (shown, f"with {listed(teams, ELSEWHERE)}")))
    return Line(Tone.WAIT, name_of(resource), what, shown)


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
                yield f"with its {counted(implied)}"


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
                yield f"with its {counted(implied)}"


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
