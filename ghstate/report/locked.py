"""What changes in the lock file, line by line."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from ghstate.engine.locking import Difference
from ghstate.model.kinds import KINDS
from ghstate.model.locked import Locked
from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.past import Past
from ghstate.report.describe import SCREEN
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.words import plural


def describe_locked(
    name: str, before: Locked | None, after: Locked, *, written: bool, same: bool
) -> Document:
    """What *written* is, or would be, in the file *name*; *same* text or not."""
    old = before or Locked(organization=after.organization)
    difference = Difference.between(before, after)
    lines = [
        *(Line(Tone.ADD, p.spelled, _said(after, p)) for p in difference.added),
        *(_changed(p, old, after) for p in difference.changed),
        *(Line(Tone.REMOVE, p.spelled, _said(old, p)) for p in difference.removed),
    ]
    if len(lines) > SCREEN + 1:
        rest = Line(Tone.PLAIN, f"and {len(lines) - SCREEN:,} more")
        lines = [*lines[:SCREEN], rest]
    kinds = (
        *_kinds(Tone.ADD, difference.kinds_added),
        *_kinds(Tone.REMOVE, difference.kinds_removed),
    )
    sections = tuple(
        Section(title=title, lines=tuple(those))
        for title, those in (("Managed", kinds), (Member.TITLE, lines))
        if those
    )
    people = plural(len({*after.ids, *after.past}), *Member.NOUN)
    return Document(
        header=f"{name} · {people}",
        sections=sections,
        summary=tuple(_summary(difference, written=written, same=same)),
    )


def _kinds(tone: Tone, types: Collection[str]) -> Iterator[Line]:
    for kind in KINDS:
        if kind.TYPE in types:
            yield Line(tone, kind.COLLECTION)


def _summary(difference: Difference, *, written: bool, same: bool) -> Iterator[Phrase]:
    if same:
        yield Phrase("Up to date.")
        return
    counts = [
        Phrase(f"{len(those):,} {word}", tone)
        for those, word, tone in (
            (difference.added, "added", Tone.ADD),
            (difference.changed, "changed", Tone.CHANGE),
            (difference.removed, "removed", Tone.REMOVE),
            (difference.kinds_added, "newly managed", Tone.ADD),
            (difference.kinds_removed, "managed no longer", Tone.REMOVE),
        )
        if those
    ]
    yield Phrase("Written: " if written else "Would change: ")
    for number, phrase in enumerate(counts or [Phrase("nothing but the layout")]):
        if number:
            yield Phrase(", ")
        yield phrase
    if written:
        yield Phrase("; commit it")


def _changed(person: Login, old: Locked, new: Locked) -> Line:
    """Only what is otherwise now: "invited twice", "account 42 → account 43"."""
    before, after = _facts(old, person), _facts(new, person)
    parts = [
        _turned(was, now, none)
        for was, now, none in zip(before, after, _NONE, strict=True)
        if was != now
    ]
    return Line(Tone.CHANGE, person.spelled, ", ".join(parts) or "other invitations")


def _turned(before: str, after: str, none: str) -> str:
    return f"{before} → {after or none}" if before else after


def _said(locked: Locked, person: Login) -> str:
    """The account and the invitations: "account 42, invited twice"."""
    return ", ".join(filter(None, _facts(locked, person))) or "nothing known"


_NONE = ("no account", "no invitation", "none forgiven")
"""What is said in place of a fact that holds no more."""


def _facts(locked: Locked, person: Login) -> tuple[str, str, str]:
    number, past = locked.ids.get(person), locked.past.get(person, Past())
    return (
        "" if number is None else f"account {number}",
        f"invited {_times(len(past.invited))}" if past.invited else "",
        f"{len(past.forgiven)} forgiven" if past.forgiven else "",
    )


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
