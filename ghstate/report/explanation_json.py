"""An explanation for programs: ``schemas/explanation.v1.schema.json``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ghstate.model.complaint import Part
from ghstate.model.kinds import kind_at
from ghstate.model.resource import Declared, KeyPath, Observed, Resource
from ghstate.model.way import Step, Way
from ghstate.plan.document import attributes, resource_change
from ghstate.report.facts import absent_at
from ghstate.report.place import Locate, key_of, nowhere, table_of
from ghstate.report.plan_json import moment, note_entry
from ghstate.report.tables import invitation_entry
from ghstate.rules.explanation import Decided, Explained, Explanation

FORMAT_VERSION = "1.0"


def explanation_document(
    explanation: Explanation, *, version: str, timestamp: datetime, locate: Locate
) -> dict[str, Any]:
    """The explanation in JSON's types.

    But for *timestamp*, the same arguments give the same document.
    """
    organization, person = explanation.organization, explanation.person
    return {
        "format_version": FORMAT_VERSION,
        "ghstate_version": version,
        "timestamp": moment(timestamp),
        "organization": {"login": organization.login, "id": organization.id},
        "snapshot_at": moment(explanation.snapshot_at),
        "day": explanation.day.isoformat(),
        "subject": explanation.subject,
        "person": None if person is None else person.spelled,
        "things": [_thing(each, locate) for each in explanation.things],
        "refusals": [note_entry(each, nowhere) for each in explanation.refusals],
    }


def _thing(thing: Explained, locate: Locate) -> dict[str, Any]:
    return {
        "address": str(thing.address),
        "type": _type(thing),
        "asked": None if thing.asked is None else _asked(thing.asked),
        "managed": thing.managed,
        "ways": [_way(each, locate) for each in thing.ways],
        "naming": [_step(each, locate) for each in thing.naming],
        "never": [_step(each, locate) for each in thing.never],
        "absent": _place(absent_at(thing), locate),
        "ignored": _place(thing.ignored, locate),
        "protected": _place(thing.protected, locate),
        "github": None if thing.found is None else _found(thing.found),
        "unseen": thing.unseen,
        "plan": _plan(thing.decided),
    }


def _type(thing: Explained) -> str | None:
    kind = kind_at(thing.address)
    return None if kind is None else kind.TYPE


def _asked(asked: Declared[Resource]) -> dict[str, Any]:
    return attributes(asked.resource, asked.fields)


# What the files say -------------------------------------------------------------------


def _way(way: Way, locate: Locate) -> dict[str, Any]:
    return {
        "role": way.role,
        "effect": way.effect.value,
        "falls_back": way.falls_back,
        "steps": [_step(each, locate) for each in way.steps],
        "because": [_step(each, locate) for each in way.because],
    }


def _step(step: Step, locate: Locate) -> dict[str, Any]:
    return {
        **_at(step.path, step.part, locate),
        "key": table_of(step.path),
        "names": step.names,
        "from": _day(step.period.since),
        "until": _day(step.period.until),
    }


def _place(path: KeyPath | None, locate: Locate) -> dict[str, Any] | None:
    if path is None:
        return None
    part = Part.VALUE if isinstance(path[-1], int) else Part.KEY
    return {**_at(path, part, locate), "key": key_of(path)}


def _at(path: KeyPath, part: Part, locate: Locate) -> dict[str, Any]:
    place = locate(path, part)
    return {
        "file": None if place is None else place.file,
        "line": None if place is None else place.line,
        "column": None if place is None else place.column,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# What GitHub has, and what the plan does ----------------------------------------------


def _found(found: Observed[Resource]) -> dict[str, Any]:
    invitation, keeper = found.invitation, found.kept_by
    return {
        "standing": found.standing.value,
        "attributes": dict(found.resource.document()),
        "id": found.id,
        "kept_by": None if keeper is None else keeper.value,
        "invitation": None if invitation is None else invitation_entry(invitation),
    }


def _plan(decided: Decided) -> dict[str, Any]:
    change, taking = decided.change, decided.along_with
    entry = None if change is None else resource_change(change)
    made = (
        {"actions": [], "before": None, "after": None}
        if entry is None
        else entry["change"]
    )
    return {
        "actions": made["actions"],
        "action_reason": None if entry is None else entry["action_reason"],
        "before": made["before"],
        "after": made["after"],
        "along_with": None if taking is None else str(taking.address),
        "held_back": decided.held_back,
        "waits": decided.waits,
        "notes": [note_entry(each, nowhere) for each in decided.notes],
    }
