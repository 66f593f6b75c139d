"""The state in force, and what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from ghstate.journal import UnderWay
from ghstate.ports import Holder
from ghstate.report.document import Document, Line, Section, Tone
from ghstate.report.generations import FORMAT_VERSION, facts, holds, size_of
from ghstate.report.plan_json import encoded, moment
from ghstate.report.words import ago, plural
from ghstate.statefile import State


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The state in force and what stands around it."""

    place: str
    state: State
    size: int
    generations: int
    under_way: UnderWay | None
    holder: Holder | None


def overview_document(overview: Overview, now: datetime) -> Document:
    state = overview.state
    organization = state.organization
    name = organization.login if organization else "nothing read yet"
    sections = [
        Section(title="State", lines=tuple(_of_state(overview, now))),
        Section(title="Known besides what GitHub shows", lines=tuple(_besides(state))),
        Section(title="Lock", lines=tuple(_of_lock(overview.holder, now))),
    ]
    if overview.under_way:
        alive = overview.holder is not None
        line = _of_apply(overview.under_way, now, alive=alive)
        title = "Apply under way" if alive else "An apply that did not end"
        sections.append(Section(title=title, lines=(line,)))
    header = f"{name} · serial {state.serial} · {overview.place}"
    return Document(
        header=header, sections=tuple(each for each in sections if each.lines)
    )


def overview_json(overview: Overview) -> bytes:
    """The same for programs, ending in a line break."""
    state, begun, holder = overview.state, overview.under_way, overview.holder
    began = begun.began if begun else None
    return encoded(
        {
            "format_version": FORMAT_VERSION,
            "place": overview.place,
            **facts(state),
            "size": overview.size,
            "generations": overview.generations,
            "bindings": len(state.bindings),
            "past": len(state.past),
            "managed": [str(each) for each in sorted(state.managed)],
            "drift": [str(each) for each in sorted(state.drift)],
            "made": [str(each) for each in sorted(state.made)],
            "under_way": None
            if begun is None
            else {
                "id": begun.id,
                "began": moment(began.at) if began else None,
                "who": began.who if began else None,
                "changes": began.changes if began else None,
                "done": [str(each) for each in begun.done],
                "doing": str(begun.doing) if begun.doing else None,
                "damaged": begun.damaged,
            },
            "lock": None
            if holder is None
            else {
                "id": holder.id,
                "operation": holder.operation,
                "who": holder.who,
                "pid": holder.pid,
                "since": moment(holder.since),
            },
        }
    )


def _of_state(overview: Overview, now: datetime) -> Iterator[Line]:
    state, snapshot = overview.state, overview.state.snapshot
    if state.organization:
        yield Line(
            Tone.PLAIN,
            "organization",
            state.organization.login,
            f"id {state.organization.id}",
        )
    yield Line(Tone.PLAIN, "lineage", state.lineage)
    yield Line(
        Tone.PLAIN,
        "serial",
        str(state.serial),
        f"applied serial {state.applied_serial}",
    )
    if snapshot is None:
        yield Line(Tone.WARNING, "read", "never")
    elif snapshot.complete:
        what = f"{holds(state)}{'; to be read anew' if state.stale else ''}"
        yield Line(Tone.PLAIN, "read", ago(snapshot.taken_at, now), what)
    else:
        what = f"{holds(state)}, and not all of it"
        yield Line(Tone.WARNING, "read", ago(snapshot.taken_at, now), what)
    before = ""
    if overview.generations:
        before = (
            plural(overview.generations, "generation", "generations") + " before it"
        )
    yield Line(Tone.PLAIN, "size", size_of(overview.size), before)


def _besides(state: State) -> Iterator[Line]:
    for name, count, words in (
        (
            "bindings",
            len(state.bindings),
            "logins and addresses, each with its account",
        ),
        ("past", len(state.past), "people who are not members"),
        ("managed", len(state.managed), "collections and teams of the last apply"),
        ("drift", len(state.drift), "changed by others since the last apply"),
        ("made", len(state.made), "changed by applies lately"),
    ):
        if count:
            yield Line(Tone.PLAIN, name, f"{count:,}", words)


def _of_lock(holder: Holder | None, now: datetime) -> Iterator[Line]:
    if holder is None:
        yield Line(Tone.PLAIN, "nobody holds it")
        return
    about = f"{ago(holder.since, now)}, process {holder.pid}, lock {holder.id}"
    yield Line(Tone.WAIT, holder.who, holder.operation, about)


def _of_apply(under_way: UnderWay, now: datetime, *, alive: bool) -> Line:
    began = under_way.began
    when = ago(began.at, now) if began else "nobody knows when"
    made = plural(len(under_way.done), "change", "changes")
    about = [f"{made} made of {began.changes}" if began else f"{made} made"]
    if under_way.doing:
        about.append(f"at {under_way.doing}")
    if under_way.damaged:
        about.append("its journal is damaged")
    who = began.who if began and began.who else "somebody"
    tone = Tone.WAIT if alive else Tone.WARNING
    return Line(tone, who, f"began {when}", ", ".join(about))
