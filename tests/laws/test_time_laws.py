"""Time passes over random files: nobody gets more by it, and nothing breaks."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from ghstate.config.desired import Guards, Reading, read_desired
from ghstate.config.project import load
from ghstate.config.table import Findings
from ghstate.errors import FilesError
from ghstate.model.groups import Reference, Referred
from ghstate.model.member import OrgRole
from ghstate.model.names import Name
from ghstate.model.organization import Desired
from ghstate.model.team_member import TeamRole
from tests.config.writing import write
from tests.laws.sets_of_people import Sets, sets, to_toml

TODAY = date(2026, 11, 21)
PEOPLE = ("ada", "bob")
days = st.sampled_from((0, 0, 0, 1, -1)).map(lambda n: TODAY + timedelta(days=n))
"""Mostly today, so that most of what ends does so between today and tomorrow."""


@st.composite
def dates(draw: st.DrawFn, *, then: bool = False) -> dict[str, Any]:
    # Few beginnings, which allow everything, and many ends, which allow nothing.
    until = draw(st.none() | days)
    since = draw(days) if draw(st.integers(0, 9)) == 9 else None
    if since is not None and until is not None and until < since:
        since, until = until, since
    found: dict[str, Any] = {
        key: day for key, day in (("from", since), ("until", until)) if day
    }
    if then and until is not None and draw(st.booleans()):
        found["then"] = "member"
    return found


@st.composite
def items(draw: st.DrawFn, groups: int, *, dated: bool = True) -> Any:
    """Somebody, or one of the first *groups* groups, perhaps for some days only."""
    names: list[dict[str, Any]] = [{"login": each} for each in PEOPLE]
    names += [{"group": f"g{n}"} for n in range(groups)] * 2
    name = draw(st.sampled_from(names))
    return {**name, **(draw(dates()) if dated else {})}


def several(groups: int, *, dated: bool = True) -> st.SearchStrategy[list[Any]]:
    return st.lists(
        items(groups, dated=dated), max_size=3, unique_by=lambda x: str(x.get("login"))
    )


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """Groups, members and teams that may contradict one another."""
    groups: dict[str, Any] = {"out": {"any": draw(several(0))[:1]}}
    for n in range(3):
        until = draw(st.none() | days)
        groups[f"g{n}"] = {
            "any": draw(several(n)),
            **({"all": all_} if (all_ := draw(several(n))) else {}),
            "except": draw(several(n, dated=False)),
            **({"until": until} if until else {}),
        }
    members: dict[str, Any] = {"zoe": "admin", "team:t": "member"}
    for name in draw(st.sets(st.sampled_from(PEOPLE))):
        role = draw(st.sampled_from(("admin", "member")))
        members[name] = {"role": role, **draw(dates(then=role == "admin"))}
    for n in draw(st.sets(st.integers(0, 2))):
        role = "admin" if n == 2 else "member"
        members[f"group:g{n}"] = {"role": role, **draw(dates())}
    team: dict[str, Any] = {
        "maintainers": draw(several(3)),
        "members": draw(several(3)),
    }
    ends = draw(st.none() | days)
    team |= {"until": ends} if ends else {}
    return {
        **({"members": members} if draw(st.booleans()) else {}),
        "groups": groups,
        "teams": {"t": team},
    }


def on(day: date | None, whole: dict[str, Any]) -> tuple[Reading, Findings]:
    findings = Findings()
    never = (Reference(Referred.GROUP, Name("out"), ("manage", "never", 0)),)
    guards = Guards(never, timedelta(days=3))
    reading = read_desired(
        whole, teams_all=False, findings=findings, today=day, guards=guards
    )
    return reading, findings


def access(desired: Desired) -> set[tuple[str, bool]]:
    """Everybody's access, and once more whoever has the stronger role."""
    found = set()
    for address, declared in desired.declared.items():
        role = getattr(declared.resource, "role", None)
        if role is not None:
            found.add((str(address), False))
        if role in {OrgRole.ADMIN, TeamRole.MAINTAINER}:
            found.add((str(address), True))
    return found


def begins(value: object, after: date, until: date) -> bool:
    """Is there a `from` anywhere behind *after*, and not behind *until*?"""
    match value:
        case dict():
            since = value.get("from")
            return bool(since and after < since <= until) or any(
                begins(each, after, until) for each in value.values()
            )
        case list():
            return any(begins(each, after, until) for each in value)
        case _:
            return False


@settings(deadline=None, max_examples=50)
@given(files(), days, st.integers(1, 2))
def test_nobody_gets_more_because_a_day_has_passed(
    whole: dict[str, Any], before: date, later: int
) -> None:
    after = before + timedelta(days=later)
    assume(not on(None, whole)[1].found)
    more = access(on(after, whole)[0].desired) - access(on(before, whole)[0].desired)
    assert not more or begins(whole, before, after)


@settings(deadline=None)
@given(files(), days)
def test_files_are_in_order_on_every_day_or_on_none(
    whole: dict[str, Any], day: date
) -> None:
    assert on(day, whole)[1].found == on(None, whole)[1].found


@settings(deadline=None)
@given(files(), days)
def test_nobody_has_more_on_a_day_than_is_written(
    whole: dict[str, Any], day: date
) -> None:
    written, findings = on(None, whole)
    assume(not findings.found)
    addresses = {address for address, strong in access(on(day, whole)[0].desired)}
    assert addresses <= {address for address, strong in access(written.written)}


def without_dates(whole: Any) -> Any:
    """*whole* without any date in it."""
    match whole:
        case dict():
            return {
                key: without_dates(value)
                for key, value in whole.items()
                if key not in {"from", "until", "then"}
            }
        case list():
            return [without_dates(each) for each in whole]
        case _:
            return whole


def holding(lines: Any, day: date) -> Any:
    """The *lines* that hold on *day*, without their dates."""
    match lines:
        case dict():
            kept = {key: value for key, value in lines.items() if holds(value, day)}
            return without_dates(kept)
        case _:
            return without_dates([each for each in lines if holds(each, day)])


def holds(line: Any, day: date) -> bool:
    dates = line if isinstance(line, dict) else {}
    return bool(dates.get("from", day) <= day <= dates.get("until", day))


@settings(deadline=None)
@given(files(), days, st.sampled_from((None, "team:t")))
def test_a_line_that_does_not_hold_is_as_if_it_were_not_there(
    whole: dict[str, Any], day: date, dropped: str | None
) -> None:
    """Only the lines have dates: nothing inside the sets, and none falls back."""
    lines = {key: value for key, value in whole.items() if key == "members"}
    for line in lines.get("members", {}).values():
        if isinstance(line, dict):
            line.pop("then", None)
    people, others = (whole["teams"]["t"][key] for key in ("maintainers", "members"))
    named = {each.get("login") for each in people} - {None}
    others = [each for each in others if each.get("login") not in named]
    team = {"maintainers": people, "members": others}
    lines.get("members", {}).pop(dropped, None)
    whole = {
        **lines,
        "groups": without_dates(whole["groups"]),
        "teams": {"t": team},
    }
    assume(not dropped or "members" in whole)
    held = {
        **whole,
        **{key: holding(value, day) for key, value in lines.items()},
        "teams": {"t": {key: holding(people, day) for key, people in team.items()}},
    }
    assert of_members(day, whole) == of_members(day, held)


def of_members(day: date, whole: dict[str, Any]) -> set[str]:
    """What *whole* gives on *day*, but no places to those who are not members."""
    found = {each for each, _ in access(on(day, whole)[0].desired)}
    if "members" not in whole:
        return found
    return {
        each
        for each in found
        if not each.startswith("teams.")
        or f"members.{each.rpartition('.')[2]}" in found
    }


# Whole files, from their text on -------------------------------------------------

SETTINGS = """\
[github]
organization = "acme"
[manage]
never = ["group:b1"]
"""


@st.composite
def members(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """The lines of `[members]`, some of which hold for some days only; or nothing."""
    if draw(st.booleans()):
        return {}
    found: dict[str, dict[str, Any]] = {
        "zoe": {"role": "admin"},
        "team:*": {"role": "member", **draw(dates())},
    }
    if draw(st.integers(0, 3)) == 3:
        found["group:b0"] = {"role": "admin", **draw(dates())}
    for login in draw(st.sets(st.sampled_from(("ada", "bob", "cyd")))):
        role = draw(st.sampled_from(("admin", "member")))
        found[login] = {"role": role, **draw(dates(then=role == "admin"))}
    return found


def text_of(people: dict[str, dict[str, Any]], groups: Sets) -> str:
    text = "[members]\n" if people else ""
    for key, line in people.items():
        words = (
            f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"
            for name, value in line.items()
        )
        text += f'"{key}" = {{ {", ".join(words)} }}\n'
    # Nothing but the group itself in a team: whatever happens to it is seen there.
    alone = {
        key.replace("group:", "team:of-"): {"any": [{"ref": key}]}
        for key in groups
        if key.startswith("group:")
    }
    return text + to_toml({**groups, **alone})


def put_off(value: Any, after: date, until: date) -> Any:
    """*value* without any `from` behind *after* and not behind *until*: it is later."""
    match value:
        case dict():
            found = {key: put_off(each, after, until) for key, each in value.items()}
            if "from" in found and after < found["from"] <= until:
                found |= {key: date.max for key in ("from", "until") if key in found}
            return found
        case list():
            return [put_off(each, after, until) for each in value]
        case _:
            return value


def granted_on(day: date, text: str) -> set[tuple[str, bool]]:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write(root, {"ghstate.toml": SETTINGS, "people.toml": text})
        return access(load(root, today=day).desired)


@settings(max_examples=200)
@given(members(), sets(wrong=False), st.integers(1, 2))
def test_whatever_comes_with_a_day_has_a_from_that_begins_on_it(
    people: dict[str, dict[str, Any]], groups: Sets, later: int
) -> None:
    """Put off what begins in between, and nobody has more on the later day."""
    after = TODAY + timedelta(days=later)
    try:
        before = granted_on(TODAY, text_of(people, groups))
    except FilesError:
        reject()
    put = [put_off(each, TODAY, after) for each in (people, groups)]
    assert granted_on(after, text_of(*put)) <= before
