"""Who is in a set: the evaluator against ten lines of set algebra."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.model.groups import ALWAYS, Expression, Period, Reference, Referred
from ghstate.model.names import Login, Name
from ghstate.rules.membership import Membership
from ghstate.rules.references import Named, in_order

TODAY = date(2026, 11, 21)
PEOPLE = ("ada", "bob", "cyd", "dan", "eve")
GROUPS = ("g0", "g1", "g2", "g3", "g4")


def person(name: str, period: Period = ALWAYS) -> Reference:
    return Reference(Referred.PERSON, Login(name), ("at", name, 0), period)


def group(name: str, period: Period = ALWAYS) -> Reference:
    return Reference(Referred.GROUP, Name(name), ("at", name, 0), period)


def sets(**expressions: Expression) -> Named:
    return Named(groups={Name(k): v for k, v in expressions.items()}, teams={})


def any_of(
    *references: Reference,
    all: tuple[Reference, ...] = (),  # noqa: A002 - as the files call it
    but: tuple[Reference, ...] = (),
) -> Expression:
    return Expression(path=("x",), any=references, all=all, but=but)


def people_of(
    reference: Reference, membership: Membership, day: date | None
) -> set[Login]:
    return set(membership.on(day).people(reference))


days = st.integers(-2, 2).map(lambda n: TODAY + timedelta(days=n))
periods = st.just(ALWAYS) | st.builds(Period, st.none() | days, st.none() | days)


@st.composite
def systems(draw: st.DrawFn) -> Mapping[str, Expression]:
    """Groups, each of which may refer to those before it, so that none is in itself."""
    found: dict[str, Expression] = {}
    for number, name in enumerate(GROUPS):
        names = [person(each) for each in PEOPLE]
        names += [group(each) for each in GROUPS[:number]]
        plain = st.sampled_from(names)
        dated = st.builds(
            lambda each, period: Reference(each.refers, each.name, each.path, period),
            plain,
            periods,
        )
        several = st.lists(dated, max_size=4).map(tuple)
        united = draw(st.none() | several)
        found[name] = Expression(
            path=("groups", name),
            any=united,
            all=draw(several),
            but=draw(st.lists(plain, max_size=2).map(tuple)),
            period=draw(periods),
        )
    return found


def algebra(
    name: str,
    groups: Mapping[str, Expression],
    day: date | None,
    *,
    takes: bool = False,
) -> set[str]:
    """The same, as a mathematician would write it down.

    Where a set *takes* away, its ends do not count, and a beginning does once it came.
    """

    def holds(period: Period) -> bool:
        if not takes:
            return period.holds(day)
        return period.since is None or (day is not None and period.since <= day)

    def of(each: Reference, *, takes: bool) -> set[str]:
        if not holds(each.period):
            return set()
        if each.refers is Referred.PERSON:
            return {str(each.name)}
        return algebra(str(each.name), groups, day, takes=takes)

    it = groups[name]
    cut = [of(each, takes=takes) for each in it.all]
    united = set[str]().union(*(of(each, takes=takes) for each in it.any or ()))
    inside = (
        set.intersection(*cut, *([] if it.any is None else [united]))
        if (cut or it.any is not None)
        else set()
    )
    without = inside.difference(*(of(each, takes=not takes) for each in it.but))
    return without if holds(it.period) else set()


@given(systems(), st.none() | days)
def test_a_set_has_whom_set_algebra_says(
    groups: Mapping[str, Expression], day: date | None
) -> None:
    membership = Membership(sets(**groups))
    assert membership.complaints == []
    for name in GROUPS:
        found = people_of(group(name), membership, day)
        assert found == algebra(name, groups, day)
        kept_out = set(membership.on(day).taking.people(group(name)))
        assert kept_out == algebra(name, groups, day, takes=True)


@given(systems(), days, days)
def test_a_set_grows_by_time_only_where_something_begins(
    groups: Mapping[str, Expression], one: date, other: date
) -> None:
    before, after = sorted((one, other))
    membership = Membership(sets(**groups))
    begins = any(
        period.since is not None and before < period.since <= after
        for period in membership.periods()
    )
    for name in GROUPS:
        grown = people_of(group(name), membership, after) - people_of(
            group(name), membership, before
        )
        assert begins or not grown


@given(
    st.dictionaries(
        st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3)
    )
)
def test_a_set_that_is_in_itself_is_always_found(edges: dict[str, list[str]]) -> None:
    named = sets(**{name: any_of(*map(group, to)) for name, to in edges.items()})
    reached = {name: set(to) for name, to in edges.items()}
    for _ in reached:
        for to in reached.values():
            to.update(*(reached.get(each, set()) for each in list(to)))
    in_cycles = {name for name, to in reached.items() if name in to}
    found = Membership(named).complaints
    cycles = [each for each in found if "is in itself" in each.message]
    knots = {
        frozenset(n for n in in_cycles if n in reached[m] and m in reached[n])
        for m in in_cycles
    }
    assert len(cycles) == len(knots)
    unknown = [each for each in found if each.message.startswith("no group")]
    assert len(unknown) == sum(
        to not in edges for all_ in edges.values() for to in all_
    )


def test_sets_come_behind_those_that_they_need() -> None:
    edges = {"a": ("b", "c"), "b": ("c",), "c": (), "d": ("e",), "e": ("d",)}
    assert [set(each) for each in in_order(edges)] == [
        {"c"},
        {"b"},
        {"a"},
        {"d", "e"},
    ]


def test_a_chain_of_ten_thousand_groups_is_followed_to_its_end() -> None:
    named = sets(
        g0=any_of(person("ada")),
        **{f"g{n}": any_of(group(f"g{n - 1}")) for n in range(1, 10_000)},
    )
    membership = Membership(named)
    assert people_of(group("g9999"), membership, None) == {"ada"}


def test_a_long_cycle_is_told_in_short() -> None:
    named = sets(**{f"g{n}": any_of(group(f"g{(n + 1) % 99}")) for n in range(99)})
    (complaint,) = Membership(named).complaints
    assert complaint.message == (
        "group:g0 is in itself: group:g0 → group:g1 → group:g2 → group:g3"
        " → (93 more) → group:g97 → group:g98 → group:g0"
    )


def test_a_glob_does_not_mean_the_group_that_it_stands_in() -> None:
    membership = Membership(
        sets(
            every=any_of(group("*")),
            one=any_of(person("ada")),
            two=any_of(person("bob")),
        )
    )
    assert membership.complaints == []
    assert people_of(group("every"), membership, None) == {"ada", "bob"}
    assert people_of(group("?n?"), membership, None) == {"ada"}


def test_two_groups_of_everybody_are_in_themselves() -> None:
    (complaint,) = Membership(
        sets(all1=any_of(group("*")), all2=any_of(group("*")))
    ).complaints
    assert complaint.message == (
        "group:all1 is in itself: group:all1 → group:all2 → group:all1"
    )


def test_what_ends_under_all_narrows() -> None:
    over = Period(until=TODAY - timedelta(days=1))
    named = sets(
        g=any_of(person("ada"), all=(group("h", over),)), h=any_of(person("ada"))
    )
    assert people_of(group("g"), Membership(named), None) == {"ada"}
    assert people_of(group("g"), Membership(named), TODAY) == set()


@given(systems(), days, days)
def test_what_is_taken_away_shrinks_by_time_only_where_something_begins(
    groups: Mapping[str, Expression], one: date, other: date
) -> None:
    before, after = sorted((one, other))
    membership = Membership(sets(**groups))
    begins = any(
        period.since is not None and before < period.since <= after
        for period in membership.periods()
    )
    for name in GROUPS:
        taken = membership.on(before).taking.people(group(name))
        still = membership.on(after).taking.people(group(name))
        assert begins or set(taken) <= set(still)


@given(systems(), days)
def test_a_set_has_nobody_on_a_day_who_is_not_in_it_as_written(
    groups: Mapping[str, Expression], day: date
) -> None:
    membership = Membership(sets(**groups))
    for name in GROUPS:
        found = people_of(group(name), membership, day)
        assert found <= people_of(group(name), membership, None)


@pytest.mark.parametrize(
    ("period", "stay"),
    [
        (Period(until=date(2020, 1, 1)), {"ada"}),
        (Period(since=date(2020, 1, 1)), {"ada"}),
        (Period(since=date(2030, 1, 1)), {"ada", "bob"}),
    ],
)
def test_under_except_a_beginning_counts_and_an_end_does_not(
    period: Period, stay: set[str]
) -> None:
    named = sets(
        g=any_of(person("ada"), person("bob"), but=(group("out"),)),
        out=any_of(person("bob", period)),
    )
    assert people_of(group("g"), Membership(named), TODAY) == stay


@pytest.mark.parametrize(
    "period", [Period(until=date(2020, 1, 1)), Period(since=date(2030, 1, 1))]
)
def test_under_except_in_except_the_day_counts(period: Period) -> None:
    named = sets(
        staff=any_of(person("ada"), person("bob"), but=(group("leavers"),)),
        leavers=any_of(person("bob"), but=(group("back"),)),
        back=any_of(person("bob", period)),
    )
    assert people_of(group("staff"), Membership(named), TODAY) == {"ada"}


def test_who_is_excepted_from_an_except_stays() -> None:
    named = sets(
        staff=any_of(person("ada"), person("bob"), but=(group("leavers"),)),
        leavers=any_of(person("bob"), but=(group("back"),)),
        back=any_of(person("bob", Period(TODAY, TODAY))),
    )
    membership = Membership(named)
    assert people_of(group("staff"), membership, TODAY) == {"ada", "bob"}
    assert people_of(group("staff"), membership, None) == {"ada", "bob"}
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        assert people_of(group("staff"), membership, day) == {"ada"}


@pytest.mark.parametrize(
    "period", [Period(until=date(2020, 1, 1)), Period(since=date(2030, 1, 1))]
)
def test_the_dates_of_a_line_count_where_nothing_in_the_sets_has_any(
    period: Period,
) -> None:
    membership = Membership(sets(g=any_of(person("ada"))))
    assert people_of(group("g", period), membership, TODAY) == set()
    assert people_of(group("g", period), membership, None) == {"ada"}


def test_too_many_people_in_too_many_sets_are_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ghstate.rules.membership.MAX_HELD", 10)
    named = sets(**{g: any_of(*map(person, PEOPLE)) for g in GROUPS})
    assert Membership(named).too_large
    monkeypatch.setattr("ghstate.rules.membership.MAX_HELD", 100)
    assert not Membership(named).too_large


def test_sets_that_refer_to_one_another_too_often_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ghstate.rules.references.MAX_LINKS", 6)
    named = sets(a=any_of(group("*")), b=any_of(), c=any_of(), d=any_of())
    (complaint,) = Membership(named).complaints
    assert complaint.message == (
        "the groups refer to one another too often to be followed"
    )
