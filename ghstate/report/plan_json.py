"""A plan for programs: ``schemas/plan.v1.schema.json``, after Terraform's layout."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from ghstate.model.note import Note, Severity
from ghstate.plan.document import digest, resource_changes
from ghstate.plan.plan import Plan, Waiting
from ghstate.report.place import PlaceOf

_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
"""Controls beyond ASCII, direction marks, what has no width, and half surrogates."""

FORMAT_VERSION = "1.2"
"""That of the Terraform release whose layout this is."""


def to_json(
    plan: Plan,
    *,
    version: str,
    timestamp: datetime,
    state: tuple[str, int] | None,
    place_of: PlaceOf,
) -> bytes:
    """The plan document, ending in a line break.

    *state* is the lineage and serial of the stored state, if there is one. But for
    *timestamp*, the same arguments give the same bytes.
    """
    changes = resource_changes(plan)
    return encoded(
        {
            "format_version": FORMAT_VERSION,
            "ghstate_version": version,
            "timestamp": moment(timestamp),
            "organization": {
                "login": plan.organization.login,
                "id": plan.organization.id,
            },
            "state": None
            if state is None
            else {"lineage": state[0], "serial": state[1]},
            "resource_changes": changes,
            "waiting": [_waiting(each) for each in plan.waiting],
            "notes": [_note(note, place_of) for note in plan.notes],
            "summary": _summary(plan, changes),
            "refused": bool(plan.refusals),
            "digest": f"sha256:{digest(plan)}",
        }
    )


def encoded(content: dict[str, Any]) -> bytes:
    """*content* as JSON that people can read, too.

    What a terminal would obey instead of show is escaped, as JSON lets everything be.
    """
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return _OBEYED.sub(lambda found: json.dumps(found[0])[1:-1], text).encode()


def moment(time: datetime) -> str:
    """*time* in UTC, to the second: ``2026-11-21T09:12:00Z``."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


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


def _note(note: Note, place_of: PlaceOf) -> dict[str, Any]:
    refusal = note.severity is Severity.REFUSAL
    severity = Severity.ERROR if refusal else note.severity
    entry: dict[str, Any] = {"severity": severity.value, "code": note.code}
    if note.address is not None:
        entry["address"] = str(note.address)
    entry["summary"] = note.summary
    if note.hint:
        entry["hint"] = note.hint
    place = None if note.address is None else place_of(note.address)
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
