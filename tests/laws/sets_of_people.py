"""Random files of groups and teams that name one another, and their text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from hypothesis import strategies as st

TODAY = date(2026, 11, 21)
PEOPLE = ("ada", "bob")

Item: TypeAlias = Mapping[str, Any]
"""``ref``, and perhaps ``from`` and ``until``."""

Sets: TypeAlias = Mapping[str, Mapping[str, Any]]
"""By ``group:a0`` or ``team:t0``: lists of items, and perhaps ``until``."""

SETS = (
    "group:a0", "group:a1", "team:t0", "group:b0", "group:b1", "team:t1",
    "group:c0", "team:t2",
)  # fmt: skip
GLOBS = ("group:a*", "group:?1", "group:[!a]0", "team:*")
UNKNOWN = ("group:a2", "group:zz-*", "team:t9")

days = st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n))
ends = st.sampled_from((0, 0, 0, 1, -1)).map(lambda n: TODAY + timedelta(days=n))
"""Mostly today, so that most of what ends does so between today and tomorrow."""


@st.composite
def items(draw: st.DrawFn, names: Sequence[str], *, dated: bool = True) -> Item:
    found: dict[str, Any] = {"ref": draw(st.sampled_from(names))}
    if dated and draw(st.integers(0, 2)) == 2:
        found["until"] = draw(ends)
    if dated and draw(st.integers(0, 7)) == 7:
        found["from"] = min(draw(days), found.get("until", date.max))
    return found


@st.composite
def sets(draw: st.DrawFn, *, wrong: bool = True) -> Sets:
    """Sets that name those before them; if they may be *wrong*, some name others.

    Few people, long lists and few conditions: most sets have somebody, and much of
    that is otherwise on the next day.
    """
    found: dict[str, dict[str, Any]] = {}
    for number, key in enumerate(SETS):
        before: Sequence[str] = SETS[:number]
        globs = [glob for glob in GLOBS if _is_in(glob, key, before)]
        teams = [each for each in before if each.startswith("team:")]
        names = [*PEOPLE, *before, *teams, *globs]
        if wrong and draw(st.integers(0, 9)) == 9:
            names = before = [*SETS, *GLOBS, *UNKNOWN]
        it: dict[str, Any] = {}
        least = draw(st.sampled_from((0, 1, 2, 2)))
        several = draw(st.lists(items(names), min_size=least, max_size=4))
        if key.startswith("team:"):
            it["any"] = _once_each(several)
        else:
            narrowed = draw(st.integers(0, 3))
            if several or narrowed < 3:
                it["any"] = _said_once(several)
            if narrowed == 3:
                cut = draw(st.lists(items(names), min_size=1, max_size=2))
                it["all"] = _said_once(cut)
            but = items([*before, *before, *PEOPLE], dated=False)
            it["except"] = draw(st.lists(but, max_size=1))
        if draw(st.integers(0, 2)) == 2:
            it["until"] = draw(ends)
        found[key] = it
    return found


def _is_in(glob: str, at: str, before: Sequence[str]) -> bool:
    """Does *glob* mean nothing *at* a set but those *before* it?"""
    meant = {each for each in SETS if fnmatchcase(each, glob)} - {at}
    return bool(meant) and meant <= set(before)


def _once_each(found: Sequence[Item]) -> list[Item]:
    """Without anybody for a second time, which a team refuses."""
    people = {each["ref"]: each for each in found if ":" not in each["ref"]}
    return [*people.values(), *(each for each in found if ":" in each["ref"])]


def _said_once(found: Sequence[Item]) -> list[Item]:
    """Without what says the same for a second time, which a group refuses."""
    return [each for number, each in enumerate(found) if each not in found[:number]]


def to_toml(found: Sets) -> str:
    """The files that say *found*, with ada for the maintainer of every team."""
    text = ""
    for key, it in found.items():
        kind, _, name = key.partition(":")
        lists = dict(it)
        if kind == "team":
            people = lists.pop("any")
            lists["maintainers"] = [x for x in people if x["ref"] == "ada"]
            lists["members"] = [x for x in people if x["ref"] != "ada"]
        text += f"[{kind}s.{name}]\n"
        text += "".join(f"{name} = {_value(value)}\n" for name, value in lists.items())
    return text


def _value(value: object) -> str:
    match value:
        case list():
            return f"[{', '.join(map(_value, value))}]"
        case {"ref": str() as ref, **dates}:
            if not dates:
                return f'"{ref}"'
            kind, _, name = ref.rpartition(":")
            pairs = [f'{kind or "login"} = "{name}"']
            pairs += [f"{key} = {day}" for key, day in dates.items()]
            return f"{{ {', '.join(pairs)} }}"
        case _:
            return str(value)
