"""What has become of a saved plan since it was made, in the look of a plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from ghstate.model.address import Address
from ghstate.model.kinds import KINDS
from ghstate.model.team import Team
from ghstate.plan.change import Reason
from ghstate.plan.comparison import Comparison, Hindered, Otherwise, Over
from ghstate.plan.entries import Action, Attributes, Entry
from ghstate.plan.plan import Plan
from ghstate.report.change_lines import line
from ghstate.report.context import Context
from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.wording import WORDS
from ghstate.report.words import listed, plural, quoted

TONES: Mapping[Action, Tone] = MappingProxyType(
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

_THING = ("thing", "things")


class Earlier(Enum):
    """The plan that another is held against: how it became known, and its name."""

    SAVED = ("saved", "the saved plan")
    SHOWN = ("shown", "the plan that was shown")


def difference_document(
    found: Comparison, fresh: Plan, now: datetime, earlier: Earlier = Earlier.SAVED
) -> Document:
    """What keeps a plan from being applied: where *fresh* is not within it."""
    known, name = earlier.value
    count = plural(len(found.new) + len(found.other), "change", "changes")
    if not found.new and not found.other:
        count = "removals"
    return Document(
        header=f"{fresh.organization.login} · not as it was when the plan was {known}",
        sections=(*_differences(found, fresh, now, name), *dropped_sections(found)),
        summary=(Phrase(f"{count} that nobody has reviewed", Tone.ERROR),),
    )


def dropped_sections(found: Comparison) -> Iterator[Section]:
    """What the earlier plan has and this one has not, if there is any."""
    if found.done:
        done = [(entry.at, _entry_line(entry)) for entry in found.done]
        yield _section("No longer needed: done already", done)
    if found.hindered:
        hindered = [(each.entry.at, _hindered(each)) for each in found.hindered]
        yield _section("Cannot be carried out any more", hindered)


def _differences(
    found: Comparison, fresh: Plan, now: datetime, name: str
) -> Iterator[Section]:
    context = Context.of(fresh, now)
    changes = {str(change.address): change for change in fresh.changes}
    if found.new:
        new = [(entry.at, line(changes[entry.address], context)) for entry in found.new]
        yield _section(f"Not in {name}", new)
    if found.other:
        other = [
            (each.now.at, _otherwise(each, line(changes[each.now.address], context)))
            for each in found.other
        ]
        yield _section(f"Otherwise than in {name}", other)
    # What else there is of them is told by the lines above.
    if found.over and not found.new and not found.other:
        over = tuple(_over(each) for each in found.over)
        yield Section(title=f"More than {name} removes", lines=over)


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


def _otherwise(each: Otherwise, fresh: Line) -> Line:
    then, now = each.then, each.now
    apart = "; ".join((*_apart(then, now), *_about_more(each)))
    was = Line(Tone.PLAIN, "was planned", _phrase(then), _about(then))
    shown = Line(Tone.PLAIN, "would be now", _phrase(now), apart)
    return Line(fresh.tone, fresh.name, details=(was, shown))


def _about_more(each: Otherwise) -> Iterator[str]:
    """What is otherwise although the change itself is the same."""
    if each.another:
        what = "team" if each.now.type == Team.TYPE else "account"
        yield f"{_name(each.now)} is another {what} now"
    for kind in KINDS:
        names = [a[-1] for a in each.more if kind.collected_in(a.collection)]
        if names:
            one, several = kind.NOUN
            count = plural(len(names), f"more {one}", f"more {several}")
            yield f"would now take {count} with it: {listed(names)}"


def _over(each: Over) -> Line:
    noun = next((kind.NOUN for kind in KINDS if each.type == kind.TYPE), _THING)
    name = noun[each.now != 1]
    return Line(Tone.REMOVE, name, f"{each.now:,}", f"{each.then:,} were planned")


def _hindered(each: Hindered) -> Line:
    line = _entry_line(each.entry)
    return Line(line.tone, line.name, line.what, each.why)


def _entry_line(entry: Entry) -> Line:
    tone = TONES[entry.change.action]
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
