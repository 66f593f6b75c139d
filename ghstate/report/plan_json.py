"""A plan for programs: ``schemas/plan.v1.schema.json``, after Terraform's layout."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from ghstate.model.note import Note, Severity
from ghstate.plan.document import digest, resource_changes
from ghstate.plan.plan import Plan, Waiting
from ghstate.planfile import encoded
from ghstate.report.drift import resource_drift
from ghstate.report.place import PlaceOf
from ghstate.report.words import moment

__all__ = ["FORMAT_VERSION", "encoded", "moment", "note_entry", "plan_document"]

FORMAT_VERSION = "1.2"
"""That of the Terraform release whose layout this is."""


def plan_document(
    plan: Plan,
    *,
    version: str,
    timestamp: datetime,
    state: tuple[str, int] | None,
    place_of: PlaceOf,
) -> dict[str, Any]:
    """The plan document, in JSON's types; `encoded` makes the bytes.

    *state* is the lineage and serial of the stored state, if there is one. But for
    *timestamp*, the same arguments give the same document.
    """
    changes = resource_changes(plan)
    targets = [str(each) for each in plan.targets]
    return {
        "format_version": FORMAT_VERSION,
        "ghstate_version": version,
        "timestamp": moment(timestamp),
        "organization": {
            "login": plan.organization.login,
            "id": plan.organization.id,
        },
        "state": None if state is None else {"lineage": state[0], "serial": state[1]},
        **({"targets": targets} if targets else {}),
        **({"resource_drift": drift} if (drift := resource_drift(plan)) else {}),
        "resource_changes": changes,
        "waiting": [_waiting(each) for each in plan.waiting],
        "notes": [note_entry(note, place_of) for note in plan.notes],
        "summary": _summary(plan, changes),
        "refused": bool(plan.refusals),
        "digest": f"sha256:{digest(plan)}",
    }


def _waiting(waiting: Waiting) -> dict[str, Any]:
    observed = waiting.observed
    entry: dict[str, Any] = {"address": str(waiting.address)}
    role = getattr(observed.resource, "role", None)
    if role is not None:
        entry["role"] = role.value
    invitation = observed.invitation
    if invitation is not None:
        if invitation.invited_at is not None:
            entry["invited_at"] = moment(invitation.invited_at)
        if invitation.expires_at is not None:
            entry["expires_at"] = moment(invitation.expires_at)
    if waiting.teams:
        entry["teams"] = [str(team) for team in waiting.teams]
    return entry


def note_entry(note: Note, place_of: PlaceOf) -> dict[str, Any]:
    """The note in JSON's types, with its place if that is known."""
    refusal = note.severity is Severity.REFUSAL
    severity = Severity.ERROR if refusal else note.severity
    entry: dict[str, Any] = {"severity": severity.value, "code": note.code}
    if note.address is not None:
        entry["address"] = str(note.address)
    entry["summary"] = note.summary
    if note.hint:
        entry["hint"] = note.hint
    place = place_of(note)
    if place is not None:
        entry |= {"file": place.file, "line": place.line, "column": place.column}
    return entry


def _summary(plan: Plan, changes: list[dict[str, Any]]) -> dict[str, int]:
    actions = Counter(change["change"]["actions"][0] for change in changes)
    return {
        "create": actions["create"],
        "update": actions["update"],
        "delete": actions["delete"],
        "waiting": len(plan.waiting),
        "held_back": plan.held_back,
    }
