"""The ways that are told are those by which access is asked for, for random files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from ghstate.config.desired import Guards, read_desired
from ghstate.config.table import Findings
from ghstate.model.address import Address
from ghstate.model.groups import Reference, Referred
from ghstate.model.names import EmailAddress, Login, Name
from ghstate.model.resource import KeyPath
from ghstate.model.way import Effect, Step, Way
from ghstate.rules.sets import Sets
from ghstate.rules.ways import Ways
from tests.laws.test_time_laws import dates, days

PEOPLE = ("ada", "bob", "new@acme.example")
GROUPS = ("g0", "g1", "g2", "g3")
TEAMS = ("t0", "t1")
COLLECTIONS = (Address("members"), *(Address("teams", t, "members") for t in TEAMS))
PLACES = [collection / person for collection in COLLECTIONS for person in PEOPLE]
NEVER: KeyPath = ("manage", "never", 0)


# Random files --------------------------------------------------------------------


@st.composite
def items(draw: st.DrawFn, sets: Sequence[str], *, dated: bool = True) -> Any:
    """Somebody, or one of some *sets*, perhaps for some days only."""
    names = [{"email" if "@" in each else "login": each} for each in PEOPLE]
    names += [{"team" if each[0] in "t*" else "group": each} for each in sets] * 2
    return {**draw(st.sampled_from(names)), **(draw(dates()) if dated else {})}


def several(
    sets: Sequence[str] = (), *, dated: bool = True
) -> st.SearchStrategy[list[Any]]:
    return st.lists(items(sets, dated=dated), max_size=3, unique_by=_whom)


def _whom(item: Mapping[str, Any]) -> str:
    return str(item.get("login") or item.get("email") or item)


@st.composite
def groups(draw: st.DrawFn) -> dict[str, Any]:
    """Groups, each of which may refer to those before it, so that none is in itself."""
    found: dict[str, Any] = {"out": {"any": draw(several())[:1]}}
    for number, name in enumerate(GROUPS):
        sets = GROUPS[:number] if number < 3 else (*GROUPS[:2], "g[0-2]", "t0")
        united, cut = draw(several(sets)), draw(several(sets))
        group: dict[str, Any] = {"except": draw(several(sets, dated=False))[:1]}
        match draw(st.integers(0, 5)):
            case 5 if cut:
                group |= {"all": cut}
            case 4:
                group |= {"any": united, "all": cut}
            case _:
                group |= {"any": united}
        if until := draw(st.none() | st.none() | days):
            group["until"] = until
        found[name] = group
    return found


@st.composite
def teams(draw: st.DrawFn) -> dict[str, Any]:
    """Teams: one may refer to the first three groups, the other one to any set."""
    found: dict[str, Any] = {}
    for name, sets in zip(TEAMS, (GROUPS[:3], (*GROUPS, "g*", "t0", "*")), strict=True):
        people = draw(several(sets))
        cut = draw(st.sampled_from((0, 0, 0, 1)))
        team: dict[str, Any] = {"maintainers": people[:cut], "members": people[cut:]}
        if until := draw(st.none() | st.none() | days):
            team["until"] = until
        found[name] = team
    return found


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    members: dict[str, Any] = {"zoe": "admin"}
    # Everybody in a team has to be a member, by whatever line.
    if draw(st.booleans()):
        members["team:*"] = "member"
        named = draw(st.sets(st.sampled_from(PEOPLE)))
    else:
        named = set(PEOPLE)
    for name in sorted(named):
        role = draw(st.sampled_from(("admin", "member")))
        members[name] = {"role": role, **draw(dates(then=role == "admin"))}
    for name in draw(st.sets(st.sampled_from((*GROUPS, "g[12]")))):
        members[f"group:{name}"] = {"role": "member", **draw(dates())}
    return {
        **({"members": members} if draw(st.integers(0, 3)) else {}),
        "groups": draw(groups()),
        "teams": draw(teams()),
    }


class Scene(NamedTuple):
    whole: Mapping[str, Any]
    sets: Sets
    day: date | None

    @property
    def ways(self) -> Ways:
        return Ways(self.sets, self.day)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    whole, findings = draw(files()), Findings()
    kept_out = draw(
        st.sampled_from(
            (
                Reference(Referred.GROUP, Name("out"), NEVER),
                Reference(Referred.PERSON, Login("bob"), NEVER),
                None,
                None,
            )
        )
    )
    guards = Guards((kept_out,) if kept_out else ())
    reading = read_desired(whole, teams_all=False, findings=findings, guards=guards)
    assume(not findings.found)
    return Scene(whole, reading.sets, draw(st.none() | days | days | days))


# What the files say, read without ghstate ----------------------------------------


def person(name: str) -> Login:
    return EmailAddress(name) if "@" in name else Login(name)


def lists(whole: Mapping[str, Any], name: str) -> Iterator[tuple[KeyPath, Any]]:
    """Everything that makes somebody be in a set, or in a collection, as written."""
    kind, _, called = name.partition(":")
    match kind:
        case "members":
            for key, value in whole.get("members", {}).items():
                word, colon, what = key.rpartition(":")
                refers = word if colon else "email" if "@" in key else "login"
                yield ("members", key), {**_table(value), refers: what}
        case "team":
            for key in ("maintainers", "members"):
                for number, item in enumerate(whole["teams"][called][key]):
                    yield ("teams", called, key, number), item
        case _:
            group = whole["groups"][called]
            key = "any" if "any" in group else "all"
            for number, item in enumerate(group[key]):
                yield ("groups", called, key, number), item


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {"role": value}


def written(item: Mapping[str, Any]) -> str:
    for word in ("group", "team"):
        if word in item:
            return f"{word}:{item[word]}"
    return str(item.get("login") or item.get("email"))


def sets_of(whole: Mapping[str, Any], names: str, within: str) -> list[str]:
    """The sets that ``group:g*`` means, where it stands in another one."""
    kind, colon, glob = names.partition(":")
    if not colon:
        return []
    every = whole["groups" if kind == "group" else "teams"]
    found = [f"{kind}:{name}" for name in every if fnmatchcase(name, glob)]
    return [each for each in found if each != within or each == names]


def reaches(whole: Mapping[str, Any], names: str, within: str, who: str) -> bool:
    """Does anything that *names* leads to name them at all?"""
    return names == who or any(
        reaches(whole, written(item), each, who)
        for each in sets_of(whole, names, within)
        for _, item in lists(whole, each)
    )


def collection_of(place: Address) -> str:
    return "members" if len(place) == 2 else f"team:{place[1]}"


def is_chain(whole: Mapping[str, Any], steps: Sequence[Step], place: Address) -> bool:
    """Does each step stand in a set that the one before names, down to the person?"""
    within = [collection_of(place)]
    for step in steps:
        standing = {
            (path, written(item), each)
            for each in within
            for path, item in lists(whole, each)
        }
        ((_, names, where),) = (it for it in standing if it[0] == step.path)
        if names != step.names:
            return False
        within = sets_of(whole, names, where)
    return steps[-1].names == place[-1]


# The laws ------------------------------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(scenes())
def test_one_way_gives_what_the_files_ask_for_and_none_anything_else(
    scene: Scene,
) -> None:
    asked, _ = scene.sets.asked_on(scene.day)
    for place in PLACES:
        giving = [w for w in scene.ways.to(place) if w.effect is Effect.GIVES]
        roles = [way.role for way in giving]
        declared = asked.declared.get(place)
        expected = [getattr(declared.resource, "role", "")] if declared else []
        assert roles == expected


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_a_way_is_told_for_every_line_that_leads_to_a_person_and_for_no_other(
    scene: Scene,
) -> None:
    for place in PLACES:
        home = collection_of(place)
        managed = home != "members" or "members" in scene.whole
        leading = {
            path
            for path, item in (lists(scene.whole, home) if managed else ())
            if reaches(scene.whole, written(item), home, place[-1])
        }
        ways = scene.ways.to(place)
        assert {way.steps[0].path for way in ways} == leading
        assert len(ways) == len(leading)


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_the_steps_of_a_way_lead_from_the_list_to_the_person(scene: Scene) -> None:
    for place in PLACES:
        for way in scene.ways.to(place):
            assert is_chain(scene.whole, way.steps, place)
            if way.effect in {Effect.GIVES, Effect.AGREES} and not way.falls_back:
                assert all(step.period.holds(scene.day) for step in way.steps)


@settings(deadline=None, max_examples=200)
@given(scenes())
def test_what_takes_a_way_away_is_told_with_its_lines(scene: Scene) -> None:
    for place in PLACES:
        ways = scene.ways.to(place)
        gives = any(way.effect is Effect.GIVES for way in ways)
        for way in ways:
            event(way.effect)
            assert gives or way.effect is not Effect.AGREES
            assert _is_because(way, scene, place)


def _is_because(way: Way, scene: Scene, place: Address) -> bool:
    because, who = way.because, place[-1]
    match way.effect:
        case Effect.GIVES | Effect.AGREES | Effect.OUTRANKED:
            return because == ()
        case Effect.OVER | Effect.TO_COME:
            (day,) = because
            since = day.period.since
            comes = since is not None and scene.day is not None and scene.day < since
            return not day.period.holds(scene.day) and comes == (
                way.effect is Effect.TO_COME
            )
        case Effect.EXCLUDED:
            inside = {step.names for step in way.steps} | {
                f"group:{step.path[1]}" for step in way.steps[1:]
            }
            first = because[0].path
            excepted = first[2] == "except" and f"group:{first[1]}" in inside
            return excepted and because[-1].names == who
        case Effect.NOT_IN_ALL:
            return because[0].path[2] == "all"
        case Effect.NEVER:
            return because[0].path == NEVER and because[-1].names == who
        case Effect.NOT_A_MEMBER:
            asked, _ = scene.sets.asked_on(scene.day)
            return bool(because) and Address("members", who) not in asked.declared


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_what_decides_comes_first(scene: Scene) -> None:
    order = (Effect.GIVES, Effect.AGREES, Effect.OUTRANKED)
    for place in PLACES:
        effects = [way.effect for way in scene.ways.to(place)]
        known = [order.index(each) for each in effects if each in order]
        assert known == sorted(known)
        if Effect.GIVES in effects:
            assert effects[0] is Effect.GIVES


@settings(deadline=None, max_examples=60)
@given(scenes())
def test_the_collections_of_a_person_are_those_with_a_way(scene: Scene) -> None:
    for name in PEOPLE:
        found = list(scene.ways.collections(person(name)))
        assert len(found) == len(set(found))
        assert set(found) == {
            each for each in COLLECTIONS if scene.ways.to(each / name)
        }


@settings(deadline=None, max_examples=60)
@given(scenes(), st.permutations(PLACES))
def test_what_was_asked_before_changes_no_answer(
    scene: Scene, places: Sequence[Address]
) -> None:
    shared = scene.ways
    for place in places:
        assert shared.to(place) == scene.ways.to(place)
