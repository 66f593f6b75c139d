"""A plan, described: who is affected and how, most important last."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from ghstate.model.address import Address
from ghstate.model.kinds import KINDS
from ghstate.model.member import Member
from ghstate.model.note import Note, Severity
from ghstate.plan.change import Change, Delete, Reason
from ghstate.plan.plan import Plan
from ghstate.report.change_lines import line, waiting_line
from ghstate.report.context import ELSEWHERE, Context
from ghstate.report.document import Document, Line, Section, Tone
from ghstate.report.drift import changed_on_github
from ghstate.report.place import PlaceOf, spelled
from ghstate.report.summary import summary
from ghstate.report.wording import counts, name_of
from ghstate.report.words import day, plural, span

SCREEN = 20
"""A section of more lines than this says in its title what it holds."""

ALIKE = 8
"""So many remarks with one code are shown; the others are counted."""

_ORDER = (Tone.ADD, Tone.CHANGE, Tone.PLAIN, Tone.REMOVE)
"""Removals stand together at the end of their section, where reading stops."""


def describe(
    plan: Plan,
    *,
    now: datetime,
    place_of: PlaceOf,
    digest: str,
    flags: Sequence[str] = (),
) -> Document:
    """What would happen to whom, what is awaited, and what has to be said.

    With an empty *digest* nothing is said of how to apply exactly this; *flags* are
    those without which it would be another plan.
    """
    sections = (
        *changed_on_github(plan, now, screen=SCREEN),
        *_changes(plan, now),
        *_waiting(plan, now),
        *_remarks(plan, place_of),
    )
    footer = ""
    if digest and plan.changes and not plan.refusals:
        command = shlex.join(["ghstate", "apply", "--expect", digest, *flags])
        footer = f"apply exactly this with: {command}"
    return Document(
        header=_header(plan, now),
        sections=sections,
        summary=tuple(summary(plan)),
        footer=footer,
    )


def _header(plan: Plan, now: datetime) -> str:
    people = plural(plan.people, *Member.NOUN)
    teams = plural(plan.teams, "team", "teams")
    age = now - plan.snapshot_at
    old = f"{span(age)} old" if age >= timedelta(seconds=1) else "just taken"
    return f"{plan.organization.login} · {people}, {teams} · snapshot {old}"


# Changes ----------------------------------------------------------------------


def _changes(plan: Plan, now: datetime) -> Iterator[Section]:
    context = Context.of(plan, now)
    titles = dict.fromkeys(kind.TITLE for kind in KINDS)
    by_title: dict[str, list[Change]] = {title: [] for title in titles}
    for change in plan.changes:
        by_title.setdefault(change.resource.TITLE, []).append(change)
    for title, changes in by_title.items():
        lines = tuple(_grouped(changes, context))
        if lines:
            big = sum(1 + len(each.details) for each in lines) > SCREEN
            counted = counts(changes, at_once=plan.at_once) if big else ()
            yield Section(title=title, lines=lines, counts=counted)


def _grouped(changes: Iterable[Change], context: Context) -> Iterator[Line]:
    """Each thing with what happens below it; ``teams.platform`` heads its people."""
    groups: dict[Address, list[Change]] = defaultdict(list)
    for change in changes:
        groups[Address(*change.address[:2])].append(change)
    leaving = _leaving(context.plan) if groups else {}
    lines = [
        group
        for place, those in sorted(groups.items())
        if (group := _group(place, those, leaving.get(place, ()), context))
    ]
    yield from _sorted(lines)


def _group(
    place: Address,
    changes: Sequence[Change],
    leaving: Sequence[str],
    context: Context,
) -> Line | None:
    """The line of *place* and those below it, if any is not told elsewhere."""
    told_elsewhere = [c for c in changes if c.reason is Reason.WITH_INVITATION]
    own = [change for change in changes if change.reason is not Reason.WITH_INVITATION]
    if not own:
        return None
    head = Line(Tone.PLAIN, place[-1])
    below: list[Line] = []
    for change in own:
        if change.address == place:
            head = line(change, context)
        else:
            below.append(line(change, context))
    if head.tone is not Tone.REMOVE:
        invited = [name_of(change.resource) for change in told_elsewhere]
        how = "with the membership" if context.plan.at_once else "with the invitation"
        below += _echo(Tone.ADD, invited, "comes", "come", how)
        below += _echo(Tone.REMOVE, leaving, "leaves", "leave", "with the organization")
    details = (*head.details, *_sorted(below))
    return Line(head.tone, head.name, head.what, head.about, details)


def _sorted(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda each: _ORDER.index(each.tone))


def _leaving(plan: Plan) -> dict[Address, list[str]]:
    """Who leaves which team because they leave the organization."""
    leaving: dict[Address, list[str]] = defaultdict(list)
    for change in plan.changes:
        if isinstance(change, Delete) and isinstance(change.resource, Member):
            for each in plan.implied.get(change.address, ()):
                place = Address(*each.resource.address[:2])
                leaving[place].append(name_of(each.resource))
    return leaving


def _echo(
    tone: Tone, names: Sequence[str], one: str, several: str, how: str
) -> list[Line]:
    """What a person's own line has told, once more in short."""
    if len(names) <= ELSEWHERE:
        return [Line(tone, name, f"({one} {how})") for name in names]
    return [Line(tone, plural(len(names), *Member.NOUN), f"({several} {how})")]


# Waiting ----------------------------------------------------------------------


def _waiting(plan: Plan, now: datetime) -> Iterator[Section]:
    if not plan.waiting:
        return
    lines = tuple(
        waiting_line(each.observed, now, [team.spelled for team in each.teams])
        for each in plan.waiting[: SCREEN + 1]
    )
    if len(lines) > SCREEN:
        lines = (_waiting_in_short(plan),)
    yield Section(title="Waiting for an answer", lines=lines)


def _waiting_in_short(plan: Plan) -> Line:
    """More people than a screen takes, in one line."""
    people = {each.observed.resource.person for each in plan.waiting}
    awaited = [each.observed.invitation for each in plan.waiting]
    ends = [each.expires_at for each in awaited if each and each.expires_at]
    until = f", the next until {day(min(ends))}" if ends else ""
    wait = plural(len(people), "person waits", "people wait")
    return Line(Tone.WAIT, f"{wait}{until}; `ghstate invites` shows them")


# Remarks ----------------------------------------------------------------------


def _remarks(plan: Plan, place_of: PlaceOf) -> Iterator[Section]:
    notes = [
        *plan.of_severity(Severity.WARNING),
        *plan.of_severity(Severity.INFO),
    ]
    if notes:
        lines = tuple(_few_of_each(notes, place_of))
        yield Section(title="Notes", lines=lines, remarks=True)
    if plan.errors:
        yield Section(
            title="Entries that cannot be carried out",
            lines=tuple(remark(note, place_of) for note in plan.errors),
            tone=Tone.ERROR,
            remarks=True,
        )
    if plan.refusals:
        yield Section(
            title="Refused: nothing of this plan will be done",
            lines=tuple(remark(note, place_of) for note in plan.refusals),
            tone=Tone.ERROR,
            remarks=True,
        )


def _few_of_each(notes: Iterable[Note], place_of: PlaceOf) -> Iterator[Line]:
    """All warnings, and of the rest a few of each sort."""

    def sort(note: Note) -> tuple[bool, str]:
        return note.severity is not Severity.WARNING, note.code

    for (minor, code), group in groupby(sorted(notes, key=sort), sort):
        alike = list(group)
        shown = alike[:ALIKE] if minor and len(alike) > ALIKE + 1 else alike
        yield from (remark(note, place_of) for note in shown)
        if more := len(alike) - len(shown):
            yield Line(Tone.NOTE, "", f"and {more:,} more like these ({code})")


_TONES = {
    Severity.INFO: Tone.NOTE,
    Severity.WARNING: Tone.WARNING,
    Severity.ERROR: Tone.ERROR,
    Severity.REFUSAL: Tone.ERROR,
}


def remark(note: Note, place_of: PlaceOf) -> Line:
    """The note in a sentence after its place, and the way out."""
    place = place_of(note)
    name = spelled(place) if place else str(note.address or "")
    return Line(_TONES[note.severity], name, note.summary, note.hint)
