"""How an apply ended, in words: what was done, what was not, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from ghstate.engine.apply import Applied, End, Result
from ghstate.plan.change import Reason
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.words import plural

_TITLES = {
    End.FAILED: ("Failed", Tone.ERROR),
    End.SKIPPED: ("Not done, because something else failed", Tone.WARNING),
    End.LEFT: ("Not begun", Tone.WAIT),
    End.ALREADY: ("Was so already", Tone.NOTE),
}


def describe_applied(applied: Applied, *, cost: str) -> Document:
    """Failures in full, successes counted: they stand in the plan above."""
    return Document(
        header="",
        sections=tuple(_sections(applied)),
        summary=tuple(_summary(applied)),
        footer=f"{cost} altogether",
    )


def _sections(applied: Applied) -> Iterator[Section]:
    for end, (title, tone) in _TITLES.items():
        lines = tuple(_line(result, tone) for result in applied.ended(end))
        if lines:
            yield Section(title=title, lines=lines)
    remarks = tuple(_remarks(applied))
    if remarks:
        yield Section(title="What to know", lines=remarks, remarks=True)


def _line(result: Result, tone: Tone) -> Line:
    return Line(
        tone,
        name=str(result.change.address),
        what=result.words,
        about=result.hint,
    )


def _remarks(applied: Applied) -> Iterator[Line]:
    errors = (
        applied.limit,
        applied.stopped if applied.stopped is not applied.limit else None,
        applied.unwritten if applied.unwritten is not applied.stopped else None,
        applied.unread,
    )
    for error in errors:
        if error is not None:
            yield Line(Tone.WARNING, name="", what=error.message, about=error.hint)
    if applied.rescued:
        yield Line(
            Tone.WARNING,
            name="",
            what=f"the state was saved in {applied.rescued} instead",
            about="move it to its place when there is room again",
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
            name=str(change.address),
            what="was done, and GitHub does not show it",
            about="plan again in a moment",
        )


def _summary(applied: Applied) -> Iterator[Phrase]:
    """Counted as in the plan: what comes with an invitation is part of it."""

    def count(end: End) -> int:
        return sum(
            result.change.reason is not Reason.WITH_INVITATION
            for result in applied.ended(end)
        )

    done = count(End.DONE)
    yield Phrase(f"Applied: {plural(done, 'change', 'changes')} made")
    for end, words, tone in (
        (End.ALREADY, "already so", Tone.PLAIN),
        (End.FAILED, "failed", Tone.REMOVE),
        (End.SKIPPED, "skipped", Tone.REMOVE),
        (End.LEFT, "not begun", Tone.WAIT),
    ):
        if counted := count(end):
            yield Phrase(", ")
            yield Phrase(f"{counted} {words}", tone)
