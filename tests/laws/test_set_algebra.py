"""Groups and teams of random files, against set algebra over their text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from fnmatch import fnmatchcase

from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.config.desired import Reading, read_desired
from ghstate.config.table import Findings
from ghstate.model.groups import Reference, Referred
from ghstate.model.names import Name
from ghstate.model.team_member import TeamMember
from tests.laws.sets_of_people import Item, Sets, days, sets, to_toml


def holds(it: Item, day: date | None, *, takes: bool = False) -> bool:
    """What *takes* somebody away begins on a day, and does not end."""
    if takes:
        return "from" not in it or (day is not None and it["from"] <= day)
    return day is None or it.get("from", day) <= day <= it.get("until", day)


def meant(ref: str, at: str, files: Sets) -> set[str]:
    """The sets that *ref* means in the set *at*, which no glob means."""
    return {key for key in files if fnmatchcase(key, ref) and (key != at or key == ref)}


def algebra(at: str, files: Sets, day: date | None, *, takes: bool = False) -> set[str]:
    """Who is in the set *at*, as a mathematician would write it down."""
    it = files[at]

    def of(each: Item, *, takes: bool) -> set[str]:
        if ":" not in each["ref"]:
            return {each["ref"]} if holds(each, day, takes=takes) else set()
        named = meant(each["ref"], at, files)
        if not holds(each, day, takes=takes):
            named = set()
        return set().union(*(algebra(key, files, day, takes=takes) for key in named))

    any_ = set().union(*(of(each, takes=takes) for each in it.get("any", ())))
    united = [any_] if "any" in it else []
    cut = (of(each, takes=takes) for each in it.get("all", ()))
    inside = set.intersection(*united, *cut)
    # What is under an except in an except gives again.
    without = inside.difference(
        *(of(each, takes=not takes) for each in it.get("except", ()))
    )
    return without if holds(it, day, takes=takes) else set()


def references(files: Sets) -> Iterator[tuple[str, str]]:
    """Every reference to a set, and the set that it stands in."""
    for at, it in files.items():
        for each in (*it.get("any", ()), *it.get("all", ()), *it.get("except", ())):
            if ":" in each["ref"]:
                yield at, each["ref"]


def knots(files: Sets) -> set[frozenset[str]]:
    """The sets that are in themselves, those together that are in one another."""
    reached: dict[str, set[str]] = {at: set() for at in files}
    for at, ref in references(files):
        reached[at] |= meant(ref, at, files)
    for through in files:
        for at, found in reached.items():
            reached[at] = found | (reached[through] if through in found else set())
    return {
        frozenset(b for b in files if b in reached[a] and a in reached[b])
        for a in files
        if a in reached[a]
    }


def read(files: Sets, day: date | None) -> tuple[Reading, Findings]:
    findings = Findings()
    whole = tomllib.loads(to_toml(files))
    return read_desired(whole, teams_all=False, findings=findings, today=day), findings


def found_in(at: str, reading: Reading, day: date | None) -> set[str]:
    kind, _, name = at.partition(":")
    if kind == "team":
        places = (each.resource for each in reading.desired.declared.values())
        return {
            str(place.login)
            for place in places
            if isinstance(place, TeamMember) and place.team == name
        }
    group = Reference(Referred.GROUP, Name(name), ("here", 0))
    return set(map(str, reading.sets.membership.on(day).people(group)))


@settings(max_examples=200)
@given(sets(wrong=False), st.one_of(days, days, days, st.none()))
def test_everybody_is_where_set_algebra_says(files: Sets, day: date | None) -> None:
    reading, findings = read(files, day)
    assert findings.found == []
    for at in files:
        assert found_in(at, reading, day) == algebra(at, files, day), at


@given(sets())
def test_sets_in_themselves_and_unknown_sets_are_always_found(files: Sets) -> None:
    _, findings = read(files, None)
    messages = [found.complaint.message for found in findings.found]
    cycles = [each for each in messages if "is in itself" in each]
    unknown = [each for each in messages if each.startswith(("no group", "no team"))]
    assert len(cycles) == len(knots(files))
    assert len(unknown) == sum(
        not any(fnmatchcase(key, ref) for key in files) for _, ref in references(files)
    )
    assert len(messages) == len(cycles) + len(unknown)
