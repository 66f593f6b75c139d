"""What has changed on GitHub since the last apply, and what the plan makes of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, assert_never

import msgspec

from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Drifted, Hand, Outlook
from ghstate.model.kinds import KINDS
from ghstate.model.member import Member
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Reason
from ghstate.plan.plan import Plan
from ghstate.report.document import Line, Phrase, Section, Tone
from ghstate.report.words import ago, listed, moment, plural, quoted, rounded_up, span

TITLE = "Changed on GitHub since the last apply"

_NAMED = 3
"""So many of those that changed alike are named."""

_OUTLOOK: Mapping[Outlook, str] = MappingProxyType(
    {
        Outlook.UNDONE: "this plan undoes it",
        Outlook.OTHERWISE: "the files ask for something else by now",
        Outlook.AGREED: "the files ask for it, too",
        Outlook.LEFT: "nothing here undoes it",
    }
)


class _Told(msgspec.Struct, frozen=True):
    """One drift in words; what is equal in all but the name is told in one line."""

    type: str
    what: str
    values: str
    when: str
    outlook: Outlook
    tone: Tone

    @property
    def about(self) -> str:
        told = (self.values, self.when, _OUTLOOK[self.outlook])
        return "; ".join(filter(None, told))


def changed_on_github(plan: Plan, now: datetime, *, screen: int) -> Iterator[Section]:
    """A line for each thing, or for all that changed alike where there are many."""
    roots = [each for each in plan.drift if each.along is None]
    if not roots:
        return
    along = _along(plan.drift)
    told = [(each, _told(each, now, along.get(each.address, ""))) for each in roots]
    if len(told) <= screen:
        lines = tuple(
            Line(words.tone, _name(each), words.what, words.about)
            for each, words in told
        )
        yield Section(title=TITLE, lines=lines)
        return
    lines = tuple(_together(told))
    if (more := len(lines) - screen) > 1:
        rest = Line(Tone.NOTE, f"and {more:,} more sorts; `plan --json` has all")
        lines = (*lines[:screen], rest)
    counted = Phrase(plural(len(told), "thing", "things"))
    yield Section(title=TITLE, lines=lines, counts=(counted,))


def undoing(plan: Plan) -> Iterator[Phrase]:
    """How many of the changes only bring back what the last apply left."""
    undone = {each.address for each in plan.drift if each.outlook is Outlook.UNDONE}
    own = [c for c in plan.changes if c.reason is not Reason.WITH_INVITATION]
    count = sum(change.address in undone for change in own)
    if not count:
        return
    if count < len(own):
        of = f"{count:,} of these {'undoes' if count == 1 else 'undo'}"
    else:
        of = "this undoes" if count == 1 else f"all {count:,} undo"
    yield Phrase(f"{of} what was changed on GitHub")


# One thing --------------------------------------------------------------------


def _told(each: Drifted, now: datetime, along: str) -> _Told:
    what, values = _what(each)
    told = "; ".join(filter(None, (values, along)))
    when, tone = _when(each, now), _tone(each)
    return _Told(each.drift.type, what, told, when, each.outlook, tone)


def _tone(each: Drifted) -> Tone:
    """A reviewer must see who got or lost access otherwise than the files say."""
    was, now = each.drift.was or {}, each.is_now or {}
    invited = each.now is not None and each.now.standing is Standing.INVITED
    access = not (was and now) or was.get("role") != now.get("role") or invited
    agreed = each.outlook is Outlook.AGREED
    return Tone.NOTE if agreed or _on_their_own(each) or not access else Tone.WARNING


def _name(each: Drifted) -> str:
    """Who or what it is, in a list of all kinds: "bob", "bob in ops", "team ops"."""
    attributes = each.is_now or each.drift.was or {}
    person = attributes.get("username") or attributes.get("email") or each.address[-1]
    match each.drift.type:
        case Member.TYPE:
            return str(person)
        case Team.TYPE:
            return f"team {each.address[-1]}"
        case TeamMember.TYPE:
            return f"{person} in {each.address[1]}"
        case _:
            return str(each.address)


def _what(each: Drifted) -> tuple[str, str]:
    """What happened in two or three words, and from what to what it went."""
    was, now = each.drift.was, each.is_now
    if now is None:
        if each.drift.type == Team.TYPE:
            return "deleted", ""
        return ("left" if _on_their_own(each) else "removed"), ""
    invited = each.now is not None and each.now.standing is Standing.INVITED
    if was is None:
        return _came(each.drift.type, now, invited=invited), ""
    changed = [
        (_title(name), _value(name, was[name]), _value(name, held))
        for name, held in now.items()
        if name in was and was[name] != held and name not in _IDENTITY
    ]
    if not changed:
        return ("removed and invited again" if invited else "replaced"), ""
    if [name for name, _, _ in changed] == ["role"]:
        [(_, old, new)] = changed
        return f"{old} → {new}", ""
    names = ", ".join(name for name, _, _ in changed)
    return names, ", ".join(f"{old} → {new}" for _, old, new in changed)


_IDENTITY = frozenset({"username", "email", "team_id", "slug"})
"""Attributes that follow the name of a person or team, whose change is no drift."""


def _came(kind: str, now: Mapping[str, object], *, invited: bool) -> str:
    role = now.get("role")
    if kind == Team.TYPE:
        return "created"
    verb = "invited" if invited else "added"
    return verb if role is None else f"{verb} as {role}"


def _title(attribute: str) -> str:
    """An attribute of Terraform's provider by the key that it has in the files."""
    match attribute:
        case "parent_team_id":
            return "parent"
        case "notification_setting":
            return "notifications"
        case _:
            return attribute.replace("_", " ")


def _value(attribute: str, held: object) -> str:
    match held:
        case None:
            return "none"
        case "notifications_enabled":
            return "on"
        case "notifications_disabled":
            return "off"
        case str() if attribute in _FREE_TEXT:
            return quoted(held, 32)
        case _:
            return str(held)


_FREE_TEXT = frozenset({"name", "description"})


def _on_their_own(each: Drifted) -> bool:
    author = each.drift.by
    return author is not None and author.login == each.address[-1]


# When, and by whom ------------------------------------------------------------


def _when(each: Drifted, now: datetime) -> str:
    author = each.drift.by
    if author is None:
        return _between(each.drift, now)
    when = ago(author.at, now)
    return when if _on_their_own(each) else f"{when} by {_who(author)}"


def _who(author: Author) -> str:
    name = author.login.spelled
    match author.hand:
        case Hand.PERSON:
            return name
        case Hand.OWN:
            return f"{name}, this token's account (another run?)"
        case Hand.APP:
            return f"the app {name.removesuffix('[bot]')}"
        case Hand.PROVIDER:
            return f"{name}, for the identity provider"
        case _:
            assert_never(author.hand)


def _between(drift: Drift, now: datetime) -> str:
    """Between which two reads: never narrower than what is known."""
    longest, shortest = now - drift.after, now - drift.before
    if longest < timedelta(seconds=1):
        return "just now"
    if shortest < timedelta(minutes=1):
        return f"in the last {rounded_up(longest)}"
    return f"between {rounded_up(longest)} and {span(shortest)} ago"


# Several things ---------------------------------------------------------------


def _along(drift: Iterable[Drifted]) -> Mapping[Address, str]:
    """What went or came along with each, counted by kind."""
    counted: dict[Address, Counter[str]] = defaultdict(Counter)
    for each in drift:
        if each.along is not None:
            counted[each.along][each.drift.type] += 1
    nouns = {kind.TYPE: kind.NOUN for kind in KINDS}
    return {
        address: "with "
        + " and ".join(plural(n, *nouns.get(k, (k, k))) for k, n in those.items())
        for address, those in counted.items()
    }


def _together(told: Sequence[tuple[Drifted, _Told]]) -> Iterator[Line]:
    """What changed alike in one line: by the same hand, to the same effect."""
    alike: dict[tuple[str, str, str, Outlook], list[tuple[Drifted, _Told]]]
    alike = defaultdict(list)
    for each, words in told:
        author = each.drift.by
        who = "" if author is None else _who(author)
        alike[words.type, words.what, who, words.outlook].append((each, words))
    nouns = {kind.TYPE: kind.NOUN for kind in KINDS}
    for (kind, what, who, outlook), those in sorted(
        alike.items(), key=lambda group: -len(group[1])
    ):
        [(first, words), *others] = those
        if not others:
            yield Line(words.tone, _name(first), what, words.about)
            continue
        name = plural(len(those), *nouns.get(kind, (kind, kind)))
        names = listed([_name(each) for each, _ in those], _NAMED)
        by = f"by {who}" if who else ""
        about = "; ".join(filter(None, (names, by, _OUTLOOK[outlook])))
        yield Line(words.tone, name, what, about)


# For programs -----------------------------------------------------------------


def resource_drift(plan: Plan) -> list[dict[str, Any]]:
    """The drift as in Terraform's plan document; what is not in that is ours."""
    return [_entry(each) for each in plan.drift]


def _entry(each: Drifted) -> dict[str, Any]:
    drift = each.drift
    before, after = drift.was, each.is_now
    action = "create" if before is None else "delete" if after is None else "update"
    entry: dict[str, Any] = {
        "address": str(each.address),
        "mode": "managed",
        "type": drift.type,
        "name": each.address[-1],
        "change": {
            "actions": [action],
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
        },
        "outlook": each.outlook.value,
        "changed_after": moment(drift.after),
        "changed_before": moment(drift.before),
    }
    if each.now is not None and each.now.standing is Standing.INVITED:
        entry["invited"] = True
    if each.along is not None:
        entry["along_with"] = str(each.along)
    if drift.by is not None:
        entry["changed_by"] = {
            "login": drift.by.login.spelled,
            "hand": drift.by.hand.value,
            "at": moment(drift.by.at),
        }
    return entry
