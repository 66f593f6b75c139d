"""Numbers, times and lists, as people say them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

_UNITS = (
    (timedelta(days=1), "day", "days"),
    (timedelta(hours=1), "hour", "hours"),
    (timedelta(minutes=1), "minute", "minutes"),
    (timedelta(seconds=1), "second", "seconds"),
)


def plural(count: int, one: str, several: str) -> str:
    """The count and what it counts: "1 person", "1,204 people"."""
    return f"{count:,} {one if count == 1 else several}"


def listed(names: Sequence[str], limit: int = 3) -> str:
    """The names, or the first of them: "ada, bob and 3 more"."""
    if len(names) <= limit:
        return ", ".join(names)
    shown = ", ".join(names[: limit - 1])
    return f"{shown} and {len(names) - limit + 1:,} more"


def span(time: timedelta) -> str:
    """A length of time in its largest unit, rounded down: "3 minutes", "2 days"."""
    for unit, one, several in _UNITS:
        if time >= unit:
            return plural(time // unit, one, several)
    return "0 seconds"


def left(time: timedelta) -> str:
    """What is left of a time in its largest unit, rounded up: "4 days left".

    With the age rounded down, both add up to the whole: 3 days ago, 4 days left.
    """
    return f"{rounded_up(time)} left"


def rounded_up(time: timedelta) -> str:
    """A length of time in its largest unit, and no less than it is: "3 hours"."""
    for unit, one, several in _UNITS:
        if time > unit:
            return plural(-(-time // unit), one, several)
    return plural(1, *_UNITS[-1][1:])


def precise_span(time: timedelta) -> str:
    """A length of time in its two largest units: "2 minutes 30 seconds"."""
    for (unit, *_), (smaller, one, several) in pairwise(_UNITS):
        if time >= unit:
            rest = time % unit // smaller
            more = f" {plural(rest, one, several)}" if rest else ""
            return span(time) + more
    return span(time)


def ago(then: datetime, now: datetime) -> str:
    """How long it has been: "3 days ago"; clocks that disagree make it "just now"."""
    time = now - then
    return "just now" if time < timedelta(seconds=1) else f"{span(time)} ago"


def day(time: datetime) -> str:
    """The day of *time* in UTC, as people say it within a few weeks: "28 November"."""
    there = time.astimezone(UTC)
    return f"{there.day} {there:%B}"


def date_in_words(day: date) -> str:
    """A day of any year, in words: "31 January 2027"."""
    return f"{day.day} {day:%B} {day.year}"


def moment(time: datetime) -> str:
    """*time* in UTC, to the second: "2026-11-21T09:12:00Z"."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def shortened(text: str, limit: int) -> str:
    """*text* in *limit* characters at most, with its middle left out if need be."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def first_sentence(text: str, limit: int = 72) -> str:
    """The first sentence of *text* without its full stop, in *limit* characters."""
    return shortened(text.split(". ", maxsplit=1)[0].rstrip(". "), limit)


def quoted(text: str, limit: int = 48) -> str:
    """*text* between quotes that it cannot get out of."""
    inside = shortened(text, limit).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{inside}"'
