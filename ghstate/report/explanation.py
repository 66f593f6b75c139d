"""An access, explained: the lines that give it, what GitHub has, what the plan does."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from ghstate.model.address import Address
from ghstate.model.resource import Observed, Resource
from ghstate.plan.change import Change
from ghstate.plan.plan import Plan, Waiting
from ghstate.report.context import Context
from ghstate.report.describe import remark
from ghstate.report.document import Document, Line, Section, Tone
from ghstate.report.facts import COLUMNS, Facts, is_left
from ghstate.report.place import Locate, nowhere
from ghstate.report.words import date_in_words, span
from ghstate.rules.explanation import Decided, Explained, Explanation

IN_FULL = 12
"""So many things are told in full; of more, those about which there is more to say."""


def explained(explanation: Explanation, *, now: datetime, locate: Locate) -> Document:
    """What the files say of each thing, what GitHub has, and what the plan does.

    Of many things, those that the plan speaks of come first and in full, and the
    others in a table.
    """
    facts = Facts(
        day=explanation.day,
        context=_context(explanation, now),
        locate=locate,
        alone=len(explanation.things) == 1,
    )
    told, others = _in_full(explanation)
    sections = [
        Section(title=str(each.address), lines=tuple(facts.of(each)), facts=True)
        for each in told
    ]
    footer = ""
    if others:
        sections.append(_table(others, facts, title="The others" if told else "All"))
        command = shlex.join(["ghstate", "explain", str(others[0].address)])
        footer = f"more about one of them: {command}"
    if explanation.refusals:
        sections.append(
            Section(
                title="Refused: nothing of the plan will be done",
                lines=tuple(remark(note, nowhere) for note in explanation.refusals),
                tone=Tone.ERROR,
                remarks=True,
            )
        )
    header = _header(explanation, now)
    return Document(header=header, sections=tuple(sections), footer=footer)


def _header(explanation: Explanation, now: datetime) -> str:
    age = now - explanation.snapshot_at
    old = f"{span(age)} old" if age >= timedelta(seconds=1) else "just taken"
    organization = explanation.organization.login
    parts = [organization, f"snapshot {old}"]
    if [str(each.address) for each in explanation.things] != [explanation.subject]:
        # Of one thing alone, its address stands right below.
        parts.insert(0, explanation.subject)
    if explanation.day != now.astimezone(UTC).date():
        parts.append(f"the files as on {date_in_words(explanation.day)}")
    return " · ".join(parts)


def _context(explanation: Explanation, now: datetime) -> Context:
    """The part of the plan that is about these things."""
    implied: defaultdict[Address, list[Observed[Resource]]] = defaultdict(list)
    changes: list[Change] = []
    waiting: list[Waiting] = []
    for thing in explanation.things:
        decided, found = thing.decided, thing.found
        if decided.change is not None:
            changes.append(decided.change)
        if decided.along_with is not None and found is not None:
            implied[decided.along_with.address].append(found)
        if decided.waits and found is not None:
            waiting.append(Waiting(found))
    plan = Plan(
        organization=explanation.organization,
        snapshot_at=explanation.snapshot_at,
        changes=tuple(changes),
        waiting=tuple(waiting),
        implied={address: tuple(those) for address, those in implied.items()},
        at_once=explanation.at_once,
    )
    return Context.of(plan, now)


def _in_full(explanation: Explanation) -> tuple[list[Explained], list[Explained]]:
    """The things to tell in full, and those for the table."""
    things = explanation.things
    if len(things) <= IN_FULL:
        return list(things), []
    news = (each for each in things if each.decided != Decided() or is_left(each))
    told = {each.address for each in islice(news, IN_FULL)}
    told |= {each.address for each in things if _is_subject(each, explanation)}
    return (
        [each for each in things if each.address in told],
        [each for each in things if each.address not in told],
    )


def _is_subject(thing: Explained, explanation: Explanation) -> bool:
    return str(thing.address) == explanation.subject or (
        explanation.person is not None and thing.address[0] == "members"
    )


def _table(things: Sequence[Explained], facts: Facts, *, title: str) -> Section:
    """A row for each of *things*, without the columns in which nothing stands."""
    rows = [(each, facts.cells(each)) for each in things]
    used = [at for at in range(len(COLUMNS)) if any(cells[at] for _, cells in rows)]
    return Section(
        title=title,
        lines=tuple(
            Line(
                facts.plan(each).tone,
                str(each.address),
                cells=tuple(cells[at] for at in used),
            )
            for each, cells in rows
        ),
        columns=tuple(COLUMNS[at] for at in used),
    )
