"""What has become of a saved plan since it was made, in the look of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from ghstate.model.address import Address
from ghstate.plan.change import Reason
from ghstate.plan.plan import Plan
from ghstate.plan.saved import Action, Attributes, Comparison, Entry
from ghstate.report.change_lines import line
from ghstate.report.context import Context
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.wording import WORDS
from ghstate.report.words import plural, quoted

_TONES: Mapping[Action, Tone] = MappingProxyType(
    {
        Action.CREATE: Tone.ADD,
        Action.UPDATE: Tone.CHANGE,
        Action.DELETE: Tone.REMOVE,
    }
)
_NAMES = ("username", "email")
"""The attributes that have a name as people spell it."""

_TEXTS = frozenset({"name", "description"})
"""Those that people have written."""


def difference_document(found: Comparison, fresh: Plan, now: datetime) -> Document:
    """What keeps a saved plan from being applied: where *fresh* is not within it."""
    context = Context.of(fresh, now)
    changes = {str(change.address): change for change in fresh.changes}
    sections: list[Section] = []
    if found.new:
        lines = [
            (entry.at, line(changes[entry.address], context)) for entry in found.new
        ]
        sections.append(_section("Not in the saved plan", lines))
    if found.other:
        lines = [
            (now.at, _otherwise(then, now, line(changes[now.address], context)))
            for then, now in found.other
        ]
        sections.append(_section("Otherwise than in the saved plan", lines))
    sections += done_section(found)
    count = plural(len(found.new) + len(found.other), "change", "changes")
    return Document(
        header=f"{fresh.organization.login} · not as it was when the plan was saved",
        sections=tuple(sections),
        summary=(Phrase(f"{count} that nobody has reviewed", Tone.ERROR),),
    )


def done_section(found: Comparison) -> Iterator[Section]:
    """What the saved plan has and needs no more, if there is any."""
    if found.done:
        lines = [(entry.at, _entry_line(entry)) for entry in found.done]
        yield _section("No longer needed: somebody has done it already", lines)


def _section(title: str, lines: Iterable[tuple[Address, Line]]) -> Section:
    return Section(title=title, lines=tuple(_grouped(lines)))


def _grouped(lines: Iterable[tuple[Address, Line]]) -> Iterator[Line]:
    """Each thing with what is below it; ``teams.platform`` heads its people."""
    groups: dict[Address, list[tuple[Address, Line]]] = defaultdict(list)
    for address, each in sorted(lines, key=_removals_last):
        groups[Address(*address[:2])].append((address, each))
    for place, those in groups.items():
        head = Line(Tone.PLAIN, place[-1])
        below: list[Line] = []
        for address, each in those:
            if address == place:
                head = each
            else:
                below.append(each)
        details = (*head.details, *below)
        yield Line(head.tone, head.name, head.what, head.about, details)


def _removals_last(those: tuple[Address, Line]) -> tuple[str, bool, Address]:
    address, each = those
    return address[0], each.tone is Tone.REMOVE, address


def _otherwise(then: Entry, now: Entry, fresh: Line) -> Line:
    was = Line(Tone.PLAIN, "was planned", _phrase(then), _about(then))
    shown = Line(Tone.PLAIN, "would be now", _phrase(now), "; ".join(_apart(then, now)))
    return Line(fresh.tone, fresh.name, details=(was, shown))


def _entry_line(entry: Entry) -> Line:
    tone = _TONES[entry.change.action]
    return Line(tone, _name(entry), _phrase(entry), _about(entry))


def _name(entry: Entry) -> str:
    held = entry.change.after or entry.change.before or {}
    found = next((held[name] for name in _NAMES if name in held), None)
    return entry.name if found is None else str(found)


def _phrase(entry: Entry) -> str:
    """The change in two or three words, as in the plan: "invite as member"."""
    words = WORDS[entry.action_reason]
    before, after = entry.change.before or {}, entry.change.after or {}
    parts = [words.phrase] if words.phrase else []
    role = after.get("role", before.get("role"))
    if words.as_role and role is not None:
        old = before.get("role", role)
        parts.append(f"{old} → {role}" if old != role else f"as {role}")
    if entry.action_reason is Reason.UPDATE:
        names = _changed(entry)
        few = len(names) == 1
        parts.append(_spelled(names[0]) if few else f"{len(names)} settings")
    return " ".join(parts)


def _about(entry: Entry) -> str:
    before, after = entry.change.before or {}, entry.change.after or {}
    match entry.action_reason, _changed(entry):
        case Reason.RENAME, _:
            return f"{before.get('slug')} → {after.get('slug')}"
        case Reason.UPDATE, [name]:
            return f"{_value(name, before)} → {_value(name, after)}"
        case _:
            return ""


def _changed(entry: Entry) -> list[str]:
    before, after = entry.change.before or {}, entry.change.after or {}
    return [name for name in after if before.get(name) != after[name]]


def _apart(then: Entry, now: Entry) -> Iterator[str]:
    """Every attribute that is not, or will not be, as the saved plan has it."""
    sides = (
        ("has", then.change.before, now.change.before),
        ("gets", then.change.after, now.change.after),
    )
    for verb, saved, fresh in sides:
        if saved is None or fresh is None:
            continue
        for name in {**saved, **fresh}:
            if saved.get(name) != fresh.get(name):
                new, old = _value(name, fresh), _value(name, saved)
                yield f"{verb} {_spelled(name)} {new}, not {old}"


def _value(name: str, of: Attributes) -> str:
    held = of.get(name)
    if held is None:
        return "none"
    return quoted(str(held)) if name in _TEXTS else str(held)


def _spelled(attribute: str) -> str:
    return attribute.replace("_", " ")
