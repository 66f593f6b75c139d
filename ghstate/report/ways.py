"""The lines by which somebody comes to something, and why others do not count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import assert_never

import msgspec

from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.groups import Period
from ghstate.model.resource import KeyPath
from ghstate.model.way import Effect, Step, Way
from ghstate.report.document import Line, Tone
from ghstate.report.place import Locate, key_of, spelled, table_of
from ghstate.report.words import date_in_words, quoted, shortened

_DAYS = frozenset({"from", "until"})
"""Keys that say when something holds, and name nobody."""

_SETS = (("group:", "groups"), ("team:", "teams"))

_LONGEST_NAME = 48


class Words(msgspec.Struct, frozen=True):
    """What there is to say of the ways of *who* on *day*."""

    who: str
    day: date
    locate: Locate

    # In sentences -------------------------------------------------------------------

    def reason(self, way: Way) -> str:
        """Why *way* does not decide; nothing, if it does."""
        match way.effect:
            case Effect.GIVES:
                return ""
            case Effect.AGREES:
                return "gives the same"
            case Effect.OUTRANKED:
                until = f" until {date_in_words(way.until)}" if way.until else ""
                return f"the line that names {self.who} goes over it{until}"
            case Effect.OVER | Effect.TO_COME:
                return self._days(*(each.period for each in (*way.because, *way.steps)))
            case Effect.EXCLUDED:
                return f"{_owner(way.because)} does without {self.who}"
            case Effect.NOT_IN_ALL:
                return f"not in {_needed(way.because)}"
            case Effect.NOT_A_MEMBER:
                return f"not in the organization on {date_in_words(self.day)}"
            case Effect.NEVER:
                return f"the settings never give {self.who} anything"
            case _:
                assert_never(way.effect)

    def _days(self, *periods: Period) -> str:
        """What the first of *periods* that does not hold does not hold for."""
        for period in periods:
            if not period.holds(self.day):
                return self._of(period)
        return "not on that day"

    def _of(self, period: Period) -> str:
        if period.since is not None and self.day < period.since:
            return f"not before {date_in_words(period.since)}"
        if period.until is None:
            return ""
        over = "" if period.holds(self.day) else "ended on "
        return f"{over or 'until '}{date_in_words(period.until)}"

    # Line by line -------------------------------------------------------------------

    def rows(self, way: Way, label: str = "") -> Iterator[Line]:
        """*way* from the thing down to the person, then what takes it away.

        With a *label*, that heads the first row, and the reason stands there, too.
        """
        first, *further = way.steps
        yield self._first(way, first, label, self.reason(way) if label else "")
        for step in further:
            yield self._row("", step, self._of(step.period))
        told_of = {step.path for step in way.steps}
        others = [step for step in way.because if step.path not in told_of]
        for number, step in enumerate(others):
            yield self._row("" if number else "but", step, self._of(step.period))

    def in_short(self, way: Way, label: str = "") -> Line:
        """The line in the thing itself, and what becomes of it."""
        return self._first(way, way.steps[0], label, self.reason(way))

    def steps(self, steps: Iterable[Step]) -> Iterator[Line]:
        """A row for each of *steps*."""
        for step in steps:
            yield self._row("", step, self._of(step.period))

    def _first(self, way: Way, step: Step, label: str, reason: str = "") -> Line:
        days = self._of(step.period)
        if way.falls_back:
            return self._row(label, step, f"{days}, then {way.role}")
        told = dict.fromkeys(filter(None, (reason, days)))
        return self._row(label, step, "; ".join(told), way.role)

    def setting(self, path: KeyPath) -> Line:
        """A row about the key, or the entry of a list, at *path*."""
        part = Part.VALUE if isinstance(path[-1], int) else Part.KEY
        return Line(Tone.PLAIN, "", cells=(self._where(path, part), key_of(path)))

    def field(self, path: KeyPath, held: str) -> Line:
        """A row about a key of a table, and what it holds."""
        written = f"{path[-1]} = {held}"
        where = self._where(path, Part.KEY)
        return Line(Tone.PLAIN, "", cells=(where, table_of(path), written))

    def _where(self, path: KeyPath, part: Part) -> str:
        place = self.locate(path, part)
        return "" if place is None else spelled(place)

    def _row(self, label: str, step: Step, told: str, role: str = "") -> Line:
        where = self._where(step.path, step.part)
        cells = (where, table_of(step.path), _written(step, role))
        return Line(Tone.PLAIN, label, about=told, cells=cells)


def chain(way: Way) -> str:
    """The names on *way*, from the thing down to the person."""
    return " → ".join(step.names for step in way.steps)


def _written(step: Step, role: str) -> str:
    """What stands there, as TOML spells it, as far as it is known."""
    last = step.path[-1] if step.path else ""
    if last in _DAYS and last != step.names:  # somebody may be called until
        day = step.period.since if last == "from" else step.period.until
        return f"{last} = {day}" if day else str(last)
    if not any(isinstance(part, int) for part in step.path):
        key = shortened(str(Address(step.names)), _LONGEST_NAME)
        return f"{key} = {quoted(role)}" if role else key
    return quoted(step.names)


def _owner(because: tuple[Step, ...]) -> str:
    """The set whose `except` the first of the lines is."""
    return table_of(because[0].path).removesuffix(".except") if because else "a set"


def _needed(because: tuple[Step, ...]) -> str:
    """The set that the first of the lines asks for: ``groups.staff``."""
    names = because[0].names if because else "a set that it needs"
    for prefix, table in _SETS:
        if names.startswith(prefix):
            name = names.removeprefix(prefix)
            return f"{table}.{shortened(name, _LONGEST_NAME)}"
    return names
