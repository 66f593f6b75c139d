"""How an apply ended, in words: what was done, what was not, and what to do next."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from ghstate.engine.applied import Applied, End, Result
from ghstate.errors import GhstateError, LimitReached, StateConflict
from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Reason
from ghstate.ports import SENT_AGAIN
from ghstate.report.describe import SCREEN
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.invited import who_was_invited
from ghstate.report.wording import name_of
from ghstate.report.words import plural

_TITLES = {
    End.FAILED: ("Failed", Tone.ERROR),
    End.SKIPPED: ("Not done, because something else failed", Tone.WARNING),
    End.LEFT: ("Not begun", Tone.WAIT),
    End.ALREADY: ("Was so already", Tone.NOTE),
}

_IN_SHORT = frozenset({End.LEFT, End.ALREADY})
"""What stands in the plan above, and needs no more than a screen here."""

_AS_ASKED = {Reason.RENEW: SENT_AGAIN}
"""What `GitHub.carry_out` tells of a change that is just what was asked for."""

_FEW = 3
"""So many changes that ended in the same words are named; more are counted."""


def describe_applied(
    applied: Applied, *, cost: str, now: datetime, snapshot: Snapshot | None = None
) -> Document:
    """Failures in full, successes counted: they stand in the plan above.

    *snapshot* is what was read after the changes, if anything was. Where it does not
    tell until when an invitation holds, that is counted from *now*.
    """
    return Document(
        header="",
        sections=tuple(_sections(applied, snapshot, now)),
        summary=tuple(_summary(applied)),
        footer=f"{cost} altogether",
    )


def _sections(
    applied: Applied, snapshot: Snapshot | None, now: datetime
) -> Iterator[Section]:
    yield from who_was_invited(applied, snapshot, now)
    for end, (title, tone) in _TITLES.items():
        lines = [_line(result, tone) for result in _own(applied, end)]
        more = len(lines) - SCREEN
        if end in _IN_SHORT and more > 1:
            lines[SCREEN:] = [Line(tone, f"and {more:,} more")]
        if lines:
            rows = end is End.LEFT
            yield Section(title=title, lines=tuple(lines), remarks=not rows)
    remarks = (*_remarkable(applied), *_remarks(applied))
    if remarks:
        yield Section(title="Worth knowing", lines=remarks, remarks=True)


def _line(result: Result, tone: Tone) -> Line:
    return Line(
        tone,
        name=_named(result.change.resource),
        what=result.words,
        about=result.hint,
    )


def _named(resource: Resource) -> str:
    """Who or what it is, in a list of all kinds: "bob", "bob in ops", "team ops"."""
    match resource:
        case Member():
            return name_of(resource)
        case Team():
            return f"team {name_of(resource)}"
        case TeamMember():
            return f"{name_of(resource)} in {resource.team.spelled}"
        case _:
            return str(resource.address)


# What to know -----------------------------------------------------------------


def _remarkable(applied: Applied) -> Iterator[Line]:
    """What was done, but not simply: the same words of many are told once."""
    alike: dict[str, list[Result]] = defaultdict(list)
    for result in _own(applied, End.DONE):
        if words := _remarkable_words(result):
            alike[words].append(result)
    for words, results in alike.items():
        if len(results) > _FEW:
            changes = plural(len(results), "change", "changes")
            yield Line(Tone.NOTE, changes, words)
            continue
        for result in results:
            yield Line(Tone.NOTE, _named(result.change.resource), words, result.hint)


def _remarkable_words(result: Result) -> str:
    told = result.words.split("; ")
    asked_for = _AS_ASKED.get(result.change.reason)
    return "; ".join(each for each in told if each != asked_for)


def _remarks(applied: Applied) -> Iterator[Line]:
    errors = (
        applied.limit,
        applied.stopped if applied.stopped is not applied.limit else None,
        applied.unwritten if applied.unwritten is not applied.stopped else None,
        applied.unread,
    )
    for error in errors:
        if error is not None:
            way_out = "; ".join(_way_out(error, applied))
            yield Line(Tone.WARNING, name="", what=error.message, about=way_out)
    if applied.rescued:
        yield Line(
            Tone.WARNING,
            name="",
            what=f"the state was saved in {applied.rescued} instead",
            about=_what_for(applied),
        )
    if applied.interrupted:
        yield Line(
            Tone.WARNING,
            name="",
            what="interrupted: the call under way was finished, no other was begun",
            about="run apply again to go on",
        )
    for change in applied.remaining:
        yield Line(
            Tone.WARNING,
            name=_named(change.resource),
            what="was done, and GitHub does not show it",
            about="plan again in a moment",
        )


def _what_for(applied: Applied) -> str:
    """What a rescued state is good for."""
    if isinstance(applied.unwritten, StateConflict):
        return "keep it until you know that another run has read the organization"
    return (
        "the next plan reads what became of this apply; for all that it knew besides: "
        f"ghstate state push {applied.rescued}"
    )


def _way_out(error: GhstateError, applied: Applied) -> Iterator[str]:
    """What to do about *error*; of a limit also when, and how much is left."""
    if error.hint:
        yield error.hint
    if not isinstance(error, LimitReached):
        return
    if error.retry_at is not None:
        yield f"again from {error.retry_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if left := len(_own(applied, End.LEFT)):
        yield f"{plural(left, 'change is', 'changes are')} left"


# The last lines ---------------------------------------------------------------


def _summary(applied: Applied) -> Iterator[Phrase]:
    done = len(_own(applied, End.DONE))
    yield Phrase(f"Applied: {plural(done, 'change', 'changes')} made")
    for end, words, tone in (
        (End.ALREADY, "already so", Tone.PLAIN),
        (End.FAILED, "failed", Tone.REMOVE),
        (End.SKIPPED, "skipped", Tone.REMOVE),
        (End.LEFT, "not begun", Tone.WAIT),
    ):
        if counted := len(_own(applied, end)):
            yield Phrase(", ")
            yield Phrase(f"{counted} {words}", tone)
    if held := applied.plan.held_back:
        yield Phrase(", ")
        yield Phrase(f"{held:,} held back", Tone.WARNING)


def _own(applied: Applied, end: End) -> list[Result]:
    """What ended so; what comes with an invitation is part of it, as in the plan."""
    return [
        result
        for result in applied.ended(end)
        if result.change.reason is not Reason.WITH_INVITATION
    ]
