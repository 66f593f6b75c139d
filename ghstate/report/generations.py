"""The state itself: its generations, what it holds, and what took whose place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from ghstate.engine.generations import Generation
from ghstate.model.organization import Snapshot
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.headcount import Headcount
from ghstate.report.plan_json import encoded, moment
from ghstate.report.words import ago, listed, plural
from ghstate.statefile import State

FORMAT_VERSION = "1.0"

_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


# The list -----------------------------------------------------------------------


def generations_document(
    place: str, generations: Sequence[Generation], now: datetime
) -> Document:
    """A table of them, the one in force first; the damaged ones with the reason."""
    count = plural(len(generations), "generation", "generations")
    table = Section(
        title="Serial",
        columns=("applied", "written", "people", "waiting", "teams", "size", "name"),
        lines=tuple(_row(each, now) for each in generations),
    )
    several = len(set(_lineages(generations))) > 1
    remarks = tuple(_lineage_rows(generations)) if several else ()
    sections = [table]
    if remarks:
        sections.append(Section(title="Lineages", lines=remarks))
    return Document(header=f"{place} · {count}", sections=tuple(sections))


def generations_json(place: str, generations: Iterable[Generation]) -> bytes:
    """The same for programs, ending in a line break."""
    return encoded(
        {
            "format_version": FORMAT_VERSION,
            "place": place,
            "generations": [_entry(each) for each in generations],
        }
    )


def _row(generation: Generation, now: datetime) -> Line:
    written = "in force"
    if not generation.in_force:
        written = ago(generation.written, now) if generation.written else ""
    size = size_of(generation.size)
    state = generation.state
    if state is None:
        cells = ("", written, "", "", "", size, generation.name)
        return Line(Tone.WARNING, "?", about=generation.damage, cells=cells)
    counts = _counts(state.snapshot)
    tone = Tone.ADD if generation.in_force else Tone.PLAIN
    applied = str(state.applied_serial)
    cells = (applied, written, *counts, size, generation.name)
    return Line(tone, str(state.serial), cells=cells)


def _counts(snapshot: Snapshot | None) -> tuple[str, str, str]:
    if snapshot is None:
        return "none read", "", ""
    count = Headcount.of(snapshot)
    return f"{count.people:,}", f"{count.waiting:,}", f"{count.teams:,}"


def _lineages(generations: Iterable[Generation]) -> Iterator[str]:
    return (each.state.lineage for each in generations if each.state)


def _lineage_rows(generations: Iterable[Generation]) -> Iterator[Line]:
    serials: dict[str, list[str]] = {}
    for each in generations:
        if each.state:
            serials.setdefault(each.state.lineage, []).append(str(each.state.serial))
    for lineage, those in serials.items():
        yield Line(Tone.PLAIN, f"serial {listed(those)}", lineage)


def _entry(generation: Generation) -> dict[str, Any]:
    state, written = generation.state, generation.written
    entry: dict[str, Any] = {
        "name": generation.name or None,
        "in_force": generation.in_force,
        "written": moment(written) if written else None,
        "size": generation.size,
        "damage": generation.damage or None,
    }
    return entry if state is None else entry | facts(state)


def facts(state: State) -> dict[str, Any]:
    organization, snapshot = state.organization, state.snapshot
    count = Headcount.of(snapshot) if snapshot else Headcount(0, 0, 0)
    return {
        "lineage": state.lineage,
        "serial": state.serial,
        "applied_serial": state.applied_serial,
        "organization": None
        if organization is None
        else msgspec.to_builtins(organization),
        "refreshed_at": None if snapshot is None else moment(snapshot.taken_at),
        "stale": state.stale,
        "complete": snapshot is not None and snapshot.complete,
        "people": count.people,
        "waiting": count.waiting,
        "teams": count.teams,
    }


# What took whose place --------------------------------------------------------


def replaced_document(
    *,
    new: tuple[str, State],
    old: Generation | None,
    serial: int,
    now: datetime,
    written: bool,
) -> Document:
    """What is in force now, in the place of what; *new* is where it was, and it."""
    called, state = new
    lines = [Line(Tone.ADD, f"serial {state.serial}", called, _read(state, now))]
    lineages = {state.lineage}
    if old is None:
        lines.append(Line(Tone.PLAIN, "nothing", "there was no state"))
    elif old.state is None:
        lines.append(Line(Tone.REMOVE, "what was there", "damaged", old.damage))
    else:
        lineages.add(old.state.lineage)
        was = f"serial {old.state.serial}"
        lines.append(Line(Tone.REMOVE, was, "was in force", _read(old.state, now)))
    words = f"In force now, as serial {serial}" if written else "Nothing was written"
    if not written:
        words += f"; it would be serial {serial}"
    elif len(lineages) > 1:
        words += f" of the lineage {state.lineage}"
    return Document(
        header=_title(state),
        sections=(Section(title="State", lines=tuple(lines)),),
        summary=(Phrase(words),),
        footer="The next plan reads GitHub anew. Plans saved before are stale."
        if written
        else "",
    )


def _title(state: State) -> str:
    return state.organization.login if state.organization else "nothing read"


def _read(state: State, now: datetime) -> str:
    if state.snapshot is None:
        return "nothing read"
    return f"{holds(state)}, read {ago(state.snapshot.taken_at, now)}"


def holds(state: State) -> str:
    return str(Headcount.of(state.snapshot)) if state.snapshot else "nothing"


def size_of(size: int) -> str:
    for unit, name in _UNITS:
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return plural(size, "byte", "bytes")
