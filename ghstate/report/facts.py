"""The facts about one thing: the files, the settings, GitHub, and the plan."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import date

import msgspec

from ghstate.model.complaint import Part
from ghstate.model.member import Member
from ghstate.model.note import Severity
from ghstate.model.resource import Declared, KeyPath, Resource, Standing
from ghstate.model.team import Team
from ghstate.model.way import Effect
from ghstate.plan.change import Change, Delete, Reason
from ghstate.report.change_lines import line
from ghstate.report.context import Context
from ghstate.report.describe import remark
from ghstate.report.document import Line, Tone
from ghstate.report.place import Locate, nowhere, spelled
from ghstate.report.standing import as_it_is, besides, tone_of_standing
from ghstate.report.ways import Words, chain
from ghstate.report.wording import name_of, tone_of, value, what_happens
from ghstate.report.words import plural, quoted
from ghstate.rules.explanation import Explained

COLUMNS = ("files", "GitHub", "plan", "line", "by way of")
"""The headings above `Facts.cells`."""

_OTHERS = "other"
"""The label of lines that do not decide."""

_ALSO = 3
"""So many of them are shown where they are shown in short."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Tells of things, one by one."""

    day: date
    """The day that the files count for."""

    context: Context
    locate: Locate
    alone: bool
    """Is there one thing only, so that all its ways are told in full?"""

    def of(self, thing: Explained) -> Iterator[Line]:
        """Each fact under its label, the lines that bear it out below."""
        words = self._words(thing)
        yield Line(
            Tone.PLAIN,
            "files",
            _asked(thing) or _not_asked(thing, words),
            details=tuple(self._lines(thing, words)),
        )
        yield from _settings(thing, words)
        yield self._github(thing)
        yield self.plan(thing)
        for note in thing.decided.notes:
            if note.severity is Severity.REFUSAL:
                continue  # it stands below, with what else is refused
            said = remark(note, nowhere)
            hint = (Line(Tone.PLAIN, "", said.about),) if said.about else ()
            yield Line(said.tone, "", said.what, "", hint)

    def cells(self, thing: Explained) -> tuple[str, ...]:
        """The same in a row; what goes without saying is left out."""
        words, plan = self._words(thing), self.plan(thing)
        way = thing.ways[0] if thing.ways else None
        place = None
        if way is not None:
            place = self.locate(way.steps[0].path, way.steps[0].part)
        elif thing.asked is not None:
            place = self.locate(thing.asked.path, Part.KEY)
        is_team = thing.found is not None and isinstance(thing.found.resource, Team)
        return (
            _asked(thing) or _in_short(thing, words),
            "there" if is_team else self._github(thing).what,
            "" if plan.tone is Tone.PLAIN else plan.what,
            "" if place is None else spelled(place),
            chain(way) if way and len(way.steps) > 1 else "",
        )

    def _words(self, thing: Explained) -> Words:
        return Words(_who(thing), self.day, self.locate)

    def _lines(self, thing: Explained, words: Words) -> Iterator[Line]:
        """The lines of the files that there are about *thing*."""
        if path := absent_at(thing):
            yield words.field(path, "true")
        if not thing.ways:
            if thing.asked is not None:
                yield from _fields(thing.asked, words)
            yield from words.steps(thing.naming)
            return
        first, *others = thing.ways
        yield from words.rows(first)
        if self.alone:
            for way in others:
                yield from words.rows(way, _OTHERS)
            return
        shown = others if len(others) <= _ALSO + 1 else others[:_ALSO]
        for number, way in enumerate(shown):
            yield words.in_short(way, "" if number else _OTHERS)
        if more := len(others) - len(shown):
            command = shlex.join(["ghstate", "explain", str(thing.address)])
            lines = plural(more, "line", "lines")
            yield Line(Tone.PLAIN, "", f"and {lines} more: `{command}`")

    def _github(self, thing: Explained) -> Line:
        found = thing.found
        if found is not None:
            about = besides(found, self.context.now)
            return Line(tone_of_standing(found), "GitHub", as_it_is(found), about)
        if thing.unseen:
            about = "GitHub counts more here than it shows"
            return Line(Tone.WARNING, "GitHub", "not seen", about)
        return Line(Tone.PLAIN, "GitHub", "not there")

    def plan(self, thing: Explained) -> Line:
        """What the next plan does about *thing*, in the words of the plan."""
        decided = thing.decided
        if decided.change is not None:
            return self._change(decided.change)
        if decided.along_with is not None:
            taking = decided.along_with
            what = f"goes along with {self._doing(taking)}"
            return Line(tone_of(taking), "plan", what)
        if decided.held_back:
            return Line(Tone.NOTE, "plan", "held back")
        if any(note.severity is Severity.ERROR for note in decided.notes):
            return Line(Tone.ERROR, "plan", "cannot be carried out")
        if decided.waits:
            return Line(Tone.WAIT, "plan", "waits for the answer")
        if is_left(thing):
            return Line(Tone.NOTE, "plan", "left as it is")
        return Line(Tone.PLAIN, "plan", "nothing to do")

    def _change(self, change: Change) -> Line:
        told = line(change, self.context)
        about = told.about
        if change.reason is Reason.WITH_INVITATION:
            at_once = self.context.plan.at_once
            about = "with the membership" if at_once else "with the invitation"
        fields = tuple(
            Line(Tone.PLAIN, "", cells=(each.name, each.what)) for each in told.details
        )
        return Line(told.tone, "plan", told.what, about, fields)

    def _doing(self, change: Change) -> str:
        """What takes other things along, as somebody would say it."""
        name = name_of(change.resource)
        match change:
            case Delete(reason=Reason.CANCEL_INVITATION):
                return f"cancelling the invitation of {name}"
            case Delete() if isinstance(change.resource, Member):
                return f"removing {name} from the organization"
            case Delete() if isinstance(change.resource, Team):
                return f"deleting the team {name}"
            case _:
                what = what_happens(change, at_once=self.context.plan.at_once)
                return f"{change.address}: {what}"


def is_left(thing: Explained) -> bool:
    """Is it there, or not there, against what the files say?"""
    found = thing.found
    there = found is not None and found.standing is not Standing.FAILED
    if thing.asked is not None:
        return not there
    return there and (thing.managed or thing.absent is not None)


def absent_at(thing: Explained) -> KeyPath | None:
    """The key that says that a team is absent; the path may be that of its table."""
    path = thing.absent
    if path is None or len(path) > len(thing.address):
        return path
    return (*path, "absent")


# What the files and the settings say --------------------------------------------------


def _who(thing: Explained) -> str:
    """Whose or what the thing is, in the spelling that people know."""
    held = thing.asked or thing.found
    return thing.address[-1] if held is None else name_of(held.resource)


def _asked(thing: Explained) -> str:
    """What the files ask for, in a word or two; nothing, if they do not."""
    if thing.asked is None:
        return ""
    role = getattr(thing.asked.resource, "role", None)
    return "asked for" if role is None else value(role)


def _not_asked(thing: Explained, words: Words) -> str:
    """Why the files do not ask for it, in a sentence."""
    if thing.absent is not None:
        return "not asked for: the files delete the team"
    if reason := _reason(thing, words):
        return f"not asked for: {reason}"
    where = _where(thing)
    if thing.managed and thing.naming:
        return (
            f"not asked for: groups name {words.who}, and nothing leads to them there"
        )
    if thing.managed:
        return f"not asked for: no line names {words.who}, and the files say {where}"
    unless = "" if thing.decided.along_with else ": left alone"
    return f"the files do not say {where}{unless}"


def _in_short(thing: Explained, words: Words) -> str:
    """The same in a word or two."""
    if thing.absent is not None:
        return "deleted"
    if reason := _reason(thing, words):
        return reason
    if thing.managed:
        return "no line"
    return "not managed" if thing.decided.along_with else "left alone"


def _reason(thing: Explained, words: Words) -> str:
    return words.reason(thing.ways[0]) if thing.ways else ""


def _where(thing: Explained) -> str:
    """What files that manage the collection of *thing* say."""
    match thing.address:
        case ("members", _):
            return "who is in the organization"
        case ("teams", slug, "members", _):
            return f"who is in {slug}"
        case ("teams", _):
            return "which teams there are"
        case _:
            return f"what is in {thing.address.collection}"


def _settings(thing: Explained, words: Words) -> Iterator[Line]:
    if thing.ignored is not None:
        what = f"ignored by the settings: ghstate leaves {words.who} alone"
        row = words.setting(thing.ignored)
        yield Line(Tone.PLAIN, "settings", what, details=(row,))
    told = any(way.effect is Effect.NEVER for way in thing.ways)
    if thing.never and not told:
        what = f"kept out by the settings: {words.who} never gets anything"
        yield Line(Tone.PLAIN, "settings", what, details=(*words.steps(thing.never),))
    if thing.protected is not None:
        what = f"protected by the settings: {words.who} is never removed or demoted"
        row = words.setting(thing.protected)
        yield Line(Tone.PLAIN, "settings", what, details=(row,))


def _fields(asked: Declared[Resource], words: Words) -> Iterator[Line]:
    """What the files give of a thing that no ways lead to."""
    fields = [name for name in asked.resource.__struct_fields__ if name in asked.fields]
    if not fields:
        yield words.setting(asked.path)
    for name in fields:
        held = getattr(asked.resource, name)
        written = str(held).lower() if isinstance(held, bool) else quoted(str(held))
        yield words.field((*asked.path, name), written)
