"""Time passes over random files: nobody gets more by it, and nothing breaks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ghstate.config.desired import Guards, Reading, read_desired
from ghstate.config.table import Findings
from ghstate.model.groups import Reference, Referred
from ghstate.model.member import OrgRole
from ghstate.model.names import Name
from ghstate.model.organization import Desired
from ghstate.model.team_member import TeamRole

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


@settings(deadline=None, max_examples=200)
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
