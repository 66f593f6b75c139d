"""A TOML table that knows where it stands and writes down what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Generic, TypeAlias, TypeVar

import msgspec

from ghstate.config.keys import Keys
from ghstate.config.limits import MAX_PROBLEMS, MAX_TEXT
from ghstate.config.spelling import DURATION_FORM, UNSEEN, quoted
from ghstate.model.complaint import Complaint, Part
from ghstate.model.resource import KeyPath

E = TypeVar("E", bound=StrEnum)

_DURATION = re.compile(DURATION_FORM)
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


FIRST = "the first time"


class Finding(msgspec.Struct, frozen=True):
    """A complaint, and the other place that it is about, if there are two."""

    complaint: Complaint
    elsewhere: KeyPath | None = None
    what: str = FIRST
    """What stands elsewhere."""


class Findings(msgspec.Struct):
    """What was found to be wrong so far: the first of it, and how much *more*."""

    found: list[Finding] = msgspec.field(default_factory=list)
    more: int = 0

    @property
    def full(self) -> bool:
        return len(self.found) >= MAX_PROBLEMS

    def add(
        self,
        path: KeyPath,
        message: str,
        hint: str = "",
        part: Part = Part.VALUE,
        *,
        elsewhere: KeyPath | None = None,
    ) -> None:
        self.take(Complaint(path, message, hint, part), elsewhere)

    def take(
        self,
        complaint: Complaint,
        elsewhere: KeyPath | None = None,
        what: str = FIRST,
    ) -> None:
        if self.full:
            self.more += 1
        else:
            self.found.append(Finding(complaint, elsewhere, what))


class Choice(msgspec.Struct, Generic[E], frozen=True):
    """One of several *words*; *aliases* are words that others say for them."""

    words: type[E]
    aliases: Mapping[str, E] = msgspec.field(default_factory=dict)

    def read(
        self, value: object, name: str, path: KeyPath, findings: Findings
    ) -> E | None:
        """The word that *value* is, or a complaint with the nearest right one."""
        hint = ""
        if isinstance(value, str):
            for word in self.words:
                if value == word:
                    return word
            words = [word.value for word in self.words]
            hint = did_you_mean(
                self.aliases.get(value.lower()) or nearest(value, words)
            )
        findings.add(path, f"{name} must be {self.either()}", hint)
        return None

    def either(self) -> str:
        """All the words, as one says which to choose from."""
        *most, last = (f'"{word}"' for word in sorted(self.words))
        return f"{', '.join(most)} or {last}" if most else last


Spelled: TypeAlias = tuple[KeyPath, str]
"""A text and where it stands."""


class Table:
    """A table of the files.

    What is asked for and is not there, or is of the wrong kind, is None; the latter
    is also complained of.
    """

    def __init__(
        self,
        values: Mapping[str, object],
        path: KeyPath,
        findings: Findings,
        keys: Keys,
    ) -> None:
        self.values = values
        self.path = path
        self.findings = findings
        self._look_through(keys)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def _look_through(self, keys: Keys) -> None:
        missing = keys.required - self.values.keys()
        for key in self.values:
            if key in keys.known:
                continue
            path = (*self.path, key)
            if key in keys.later:
                self._complain(
                    path, f"{key} is not supported by this version", part=Part.KEY
                )
                continue
            if key in keys.astray:
                self._complain(path, *keys.astray[key], part=Part.KEY)
                continue
            if self.findings.full:
                self.findings.more += 1
                continue
            near = nearest(key, list(keys.known))
            missing -= {near}
            self._complain(
                path, f"unknown key {quoted(key)}", did_you_mean(near), Part.KEY
            )
        for key in sorted(missing):
            self._complain(self.path, f'"{key}" is missing', part=Part.KEY)

    def at(self, key: str) -> KeyPath:
        return (*self.path, key)

    def refuse(self, key: str, message: str, hint: str = "") -> None:
        self._complain(self.at(key), message, hint)

    def _complain(
        self, path: KeyPath, message: str, hint: str = "", part: Part = Part.VALUE
    ) -> None:
        self.findings.add(path, message, hint, part)

    def _wrong_kind(self, key: str, wanted: str) -> None:
        value = self.values[key]
        self.refuse(key, f'"{key}" must be {wanted}, not {kind(value)}')

    def table(self, key: str, keys: Keys) -> Table | None:
        match self.values.get(key):
            case None:
                return None
            case dict() as values:
                return Table(values, self.at(key), self.findings, keys)
            case _:
                self._wrong_kind(key, "a table")
                return None

    def text(self, key: str) -> str | None:
        """A text for people: of reasonable length, and nothing invisible in it."""
        match self.values.get(key):
            case None:
                return None
            case str() as text if len(text) > MAX_TEXT:
                self.refuse(key, f'"{key}" is longer than {MAX_TEXT:,} characters')
            case str() as text if unseen := UNSEEN.search(text):
                self.refuse(
                    key,
                    f'"{key}" has the character {quoted(unseen[0])[1:-1]} in it,'
                    " which nobody can see",
                )
            case str() as text:
                return text
            case _:
                self._wrong_kind(key, "a string")
        return None

    def truth(self, key: str) -> bool | None:
        match self.values.get(key):
            case None:
                return None
            case bool() as truth:
                return truth
            case _:
                self.refuse(key, f'"{key}" must be true or false')
                return None

    def number(self, key: str, least: int, most: int | None = None) -> int | None:
        match self.values.get(key):
            case None:
                return None
            case bool():
                pass
            case int() as number if most is None and number >= least:
                return number
            case int() as number if most is not None and least <= number <= most:
                return number
            case _:
                pass
        allowed = f"of {least} or more" if most is None else f"from {least} to {most}"
        self.refuse(key, f'"{key}" must be a whole number {allowed}')
        return None

    def duration(self, key: str) -> timedelta | None:
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and _DURATION.fullmatch(value):
            return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})
        self.refuse(
            key,
            f'"{key}" must be a whole number with its unit',
            'write it like "30s", "10m", "2h" or "7d"',
        )
        return None

    def choice(self, key: str, choice: Choice[E]) -> E | None:
        if key not in self.values:
            return None
        return choice.read(self.values[key], f'"{key}"', self.at(key), self.findings)

    def items(self, key: str, what: str) -> Iterator[tuple[KeyPath, object]]:
        """The items of a list; *what* says of what."""
        match self.values.get(key):
            case None:
                return
            case list() as items:
                path = self.at(key)
                for number, item in enumerate(items):
                    yield (*path, number), item
            case _:
                self._wrong_kind(key, f"a list of {what}")

    def numbers(self, key: str, what: str, least: int, most: int) -> Iterator[int]:
        for path, item in self.items(key, what):
            if type(item) is int and least <= item <= most:
                yield item
            else:
                self._complain(
                    path,
                    f'"{key}" must be a list of {what}, whole numbers from {least}'
                    f" to {most}",
                )

    def moment(self, key: str) -> datetime | None:
        """A date and time with its zone, in UTC."""
        match self.values.get(key):
            case None:
                return None
            case datetime() as moment if moment.tzinfo is not None:
                with suppress(OverflowError):  # in the years 1 and 9999
                    return moment.astimezone(UTC)
            case _:
                pass
        self.refuse(
            key,
            f'"{key}" must be a date and time with its zone',
            "write it like 2026-11-21T09:12:00Z",
        )
        return None

    def day(self, key: str) -> date | None:
        """A date without a time, which all of the files mean in UTC."""
        match self.values.get(key):
            case None:
                return None
            case datetime() as moment:
                hint = f"write {key} = {moment.date()}"
            case date() as day:
                return day
            case str() as text if _DAY.match(text):
                hint = f"write {key} = {text[:10]}, without quotes"
            case _:
                hint = f"write it like {key} = 2027-01-31"
        self.refuse(key, f'"{key}" must be a day, without a time', hint)
        return None

    def texts(self, key: str, what: str) -> Iterator[Spelled]:
        for path, item in self.items(key, what):
            if isinstance(item, str):
                yield path, item
            else:
                self._complain(
                    path, f'"{key}" must be a list of {what}, not of {kind(item)}'
                )


def nearest(word: str, words: Sequence[str]) -> str | None:
    return next(iter(get_close_matches(word[:100].lower(), words, 1)), None)


def did_you_mean(word: str | None) -> str:
    return f"did you mean {quoted(word)}?" if word else ""


def kind(value: object) -> str:
    """What *value* is, in TOML's words."""
    match value:
        case str():
            return "a string"
        case bool():
            return "true or false"
        case int():
            return "an integer"
        case float():
            return "a number"
        case datetime() | date() | time():
            return "a date or time"
        case list():
            return "a list"
        case _:
            return "a table"
