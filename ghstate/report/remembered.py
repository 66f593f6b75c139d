"""What a state knows of an address besides what GitHub shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any

from ghstate.engine.remembered import Remembered
from ghstate.engine.surgery import Forgotten, Moved
from ghstate.model.past import Past
from ghstate.report.describe import SCREEN
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.plan_json import moment
from ghstate.report.words import plural
from ghstate.statefile import State


def forgotten_document(forgotten: Forgotten, *, serial: int, written: bool) -> Document:
    """What was forgotten of whom; the state that was written is *serial*."""
    lines = [
        Line(Tone.REMOVE, str(address), _words(held))
        for address, held in forgotten.what
    ]
    title = "Forgotten" if written else "Would be forgotten"
    return _document(title, lines, forgotten.state, serial=serial, written=written)


def moved_document(moved: Moved, *, serial: int, written: bool) -> Document:
    """What is known under which name now; the state that was written is *serial*."""
    lines = [
        Line(Tone.CHANGE, f"{old} → {new}", _words(held))
        for old, new, held in moved.what
    ]
    title = "Moved" if written else "Would be moved"
    return _document(title, lines, moved.state, serial=serial, written=written)


def _document(
    title: str, lines: Sequence[Line], state: State, *, serial: int, written: bool
) -> Document:
    if len(lines) > SCREEN + 1:
        rest = Line(Tone.PLAIN, f"and {len(lines) - SCREEN:,} more")
        lines = [*lines[:SCREEN], rest]
    done = f"Written as serial {serial}" if written else "Nothing was written"
    return Document(
        header=_organization(state),
        sections=(Section(title=title, lines=tuple(lines)),),
        summary=(Phrase(done),),
        footer="Nothing on GitHub changes; the next plan reads it anew. "
        "Plans saved before are stale."
        if written
        else "",
    )


def _organization(state: State) -> str:
    return state.organization.login if state.organization else "nothing read"


def _words(held: Remembered) -> str:
    """What is known, in short: "account 1003, invited twice"."""
    return ", ".join(_facts(held)) or "invitations that count no more"


def _facts(held: Remembered) -> Iterator[str]:
    if held.account is not None:
        yield f"account {held.account}"
    if held.team is not None:
        yield f"team {held.team}"
    if held.managed:
        yield "managed"
    yield from _past(held.past)
    if held.drift is not None:
        yield "changed by others"
    if held.made:
        yield f"changed {_times(len(held.made))} by applies"


def _past(past: Past) -> Iterator[str]:
    if past.invited:
        yield f"invited {_times(len(past.invited))}"
    if past.member_until is not None:
        yield f"a member until {past.member_until.astimezone(UTC):%Y-%m-%d}"
    if past.left:
        yield "left on their own"
    if past.taken:
        yield "a member's address"
    if past.joined:
        came = plural(len(past.joined), "account", "accounts")
        yield f"perhaps one of {came}"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def remembered_entry(held: Remembered | None) -> Mapping[str, Any]:
    """The same for programs; what is not known is left out."""
    if held is None:
        return {}
    past, drift = held.past, held.drift
    facts: dict[str, Any] = {
        "account": held.account,
        "team": held.team,
        "managed": held.managed or None,
        "invited": list(past.invited) or None,
        "forgiven": list(past.forgiven) or None,
        "member_until": moment(past.member_until) if past.member_until else None,
        "left": past.left or None,
        "taken": past.taken or None,
        "joined": list(past.joined) or None,
        "drifted_after": moment(drift.after) if drift else None,
        "drifted_before": moment(drift.before) if drift else None,
        "made": [f"{each.reason} {moment(each.at)}" for each in held.made] or None,
    }
    return {key: value for key, value in facts.items() if value is not None}
