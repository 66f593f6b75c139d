"""Which lines lead to a person's place, what decides, and what takes it away."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta

import pytest

from ghstate.config.desired import Guards, read_desired
from ghstate.config.table import Findings
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.groups import Expression, Period, Reference, Referred
from ghstate.model.member import MEMBERS, OrgRole
from ghstate.model.names import Login, Name
from ghstate.model.resource import KeyPath
from ghstate.model.way import Effect, Step, Way
from ghstate.rules.grants import Grants, Line, membership_of
from ghstate.rules.sets import Sets
from ghstate.rules.ways import Ways

TODAY = date(2026, 11, 21)


def never(*names: str) -> tuple[Reference, ...]:
    """What the settings say of people who never get anything."""
    return tuple(
        Reference(Referred.GROUP, Name(name[6:]), ("manage", "never", number))
        if name.startswith("group:")
        else Reference(Referred.PERSON, Login(name), ("manage", "never", number))
        for number, name in enumerate(names)
    )


def read(text: str, *kept_out: str, day: date | None = TODAY) -> Ways:
    findings = Findings()
    guards = Guards(never(*kept_out), timedelta(days=14))
    reading = read_desired(
        tomllib.loads(text),
        teams_all=False,
        findings=findings,
        today=day,
        guards=guards,
    )
    assert findings.found == guards.findings.found == []
    return Ways(reading.sets, day)


def told(ways: Ways, address: str) -> list[str]:
    """Each way in a line: what becomes of it, its steps, and what takes it away."""
    return [_way(way) for way in ways.to(Address.parse(address))]


def _way(way: Way) -> str:
    role = f"{way.role} instead" if way.falls_back else way.role
    but = f" but {_steps(way.because)}" if way.because else ""
    return f"{way.effect} {role}: {_steps(way.steps)}{but}"


def _steps(steps: tuple[Step, ...]) -> str:
    return " → ".join(f"{_place(step.path)}={step.names}" for step in steps)


def _place(path: KeyPath) -> str:
    parts = path[:-1] if path[0] == "members" else path
    return ".".join(str(part) for part in parts if isinstance(part, str))


# What gives ----------------------------------------------------------------------


def test_a_line_that_names_the_person_gives() -> None:
    ways = read("[members]\nada = 'admin'")
    assert told(ways, "members.ada") == ["gives admin: members=ada"]


def test_a_set_gives_by_the_lines_down_to_the_one_that_names_the_person() -> None:
    ways = read(
        """
        members = {ada = "admin", "group:staff" = "member"}
        groups.staff.any = ["zoe", "group:sre"]
        groups.sre.any = ["zoe", "bob"]
        """
    )
    assert told(ways, "members.bob") == [
        (
            "gives member: members=group:staff → groups.staff.any=group:sre"
            " → groups.sre.any=bob"
        )
    ]


def test_a_step_says_where_it_stands_and_until_when_it_holds() -> None:
    ways = read(
        """
        [members]
        "group:sre" = { role = "member", until = 2027-03-31 }
        [groups.sre]
        any = [{ login = "Bob", until = 2027-01-31 }]
        until = 2027-02-28
        """
    )
    (way,) = ways.to(Address("members", "bob"))
    assert way.steps == (
        Step(
            ("members", "group:sre"),
            "group:sre",
            Part.KEY,
            Period(until=date(2027, 2, 28)),
        ),
        Step(
            ("groups", "sre", "any", 0),
            "bob",
            Part.VALUE,
            Period(until=date(2027, 1, 31)),
        ),
    )


def test_the_first_step_into_a_team_ends_with_the_team() -> None:
    ways = read(
        """
        groups.sre.any = ["bob"]
        [teams.web]
        members = ["group:sre", { login = "ada", from = 2026-01-01 }]
        until = 2027-03-31
        """
    )
    end = date(2027, 3, 31)
    (bob,) = ways.to(Address("teams", "web", "members", "bob"))
    (ada,) = ways.to(Address("teams", "web", "members", "ada"))
    assert bob.steps[0].period == Period(until=end)
    assert ada.steps[0].period == Period(date(2026, 1, 1), end)


def test_of_several_ways_into_a_set_the_shortest_is_shown() -> None:
    ways = read(
        """
        members = {"group:all" = "member"}
        groups.all.any = ["group:far", "group:near", "group:also"]
        groups.far.any = ["group:near"]
        groups.near.any = ["bob"]
        groups.also.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        (
            "gives member: members=group:all → groups.all.any=group:near"
            " → groups.near.any=bob"
        )
    ]


def test_a_way_goes_around_what_gives_nothing_today() -> None:
    ways = read(
        """
        members = {"group:all" = "member"}
        groups.all.any = ["group:past", "group:far"]
        groups.past = {any = ["bob"], until = 2026-11-20}
        groups.far.any = ["group:near"]
        groups.near.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        (
            "gives member: members=group:all → groups.all.any=group:far"
            " → groups.far.any=group:near → groups.near.any=bob"
        )
    ]


def test_a_way_goes_around_a_line_in_a_set_that_is_over() -> None:
    ways = read(
        """
        members = {"group:a" = "member"}
        groups.a.any = [{ login = "bob", until = 2026-11-20 }, "group:b"]
        groups.b.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=group:a → groups.a.any=group:b → groups.b.any=bob"
    ]


def test_of_several_ways_into_a_set_one_that_lasts_is_shown() -> None:
    ways = read(
        """
        members = {"team:*" = "member"}
        groups.sre.any = ["carol"]
        groups.web = {any = ["carol"], until = 2026-12-31}
        [teams.a]
        members = [{ login = "carol", until = 2026-12-01 }]
        [teams.b]
        members = ["carol"]
        until = 2026-12-02
        [teams.c]
        members = ["group:web"]
        [teams.d]
        members = ["group:sre"]
        """
    )
    assert told(ways, "members.carol") == [
        (
            "gives member: members=team:* → teams.d.members=group:sre"
            " → groups.sre.any=carol"
        )
    ]


def test_the_line_that_lasts_longest_gives_and_the_others_agree() -> None:
    ways = read(
        """
        groups.a.any = ["bob"]
        groups.b = {any = ["bob"], all = [{ group = "a", until = 2026-12-31 }]}
        groups.c = {any = ["bob"], until = 2027-12-31}
        [members]
        "group:a" = { role = "member", until = 2026-12-01 }
        "group:b" = "member"
        "group:c" = "member"
        """
    )
    assert [way.split(" → ")[0] for way in told(ways, "members.bob")] == [
        "gives member: members=group:c",
        "agrees member: members=group:b",
        "agrees member: members=group:a",
    ]


def test_a_line_that_ends_does_not_go_over_one_that_gives_the_same_afterwards() -> None:
    ways = read(
        """
        groups.a.any = ["bob", "cyd"]
        [members]
        bob = { role = "member", until = 2026-12-01 }
        cyd = { role = "admin", until = 2026-12-01 }
        "group:a" = "member"
        """
    )
    _, bob = ways.to(Address("members", "bob"))
    _, cyd = ways.to(Address("members", "cyd"))
    assert (bob.effect, bob.until) == (Effect.AGREES, None)
    assert (cyd.effect, cyd.until) == (Effect.OUTRANKED, date(2026, 12, 1))


def test_without_any_the_way_goes_through_all() -> None:
    ways = read(
        """
        members = {"group:both" = "member"}
        groups.both.all = ["group:a", "group:b"]
        groups.a.any = ["group:b"]
        groups.b.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=group:both → groups.both.all=group:b → groups.b.any=bob"
    ]


def test_a_glob_leads_on_into_a_group_that_it_means() -> None:
    ways = read(
        """
        members = {"group:oncall-*" = "member"}
        groups.oncall-a.any = ["ada"]
        groups.oncall-b.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=group:oncall-* → groups.oncall-b.any=bob"
    ]


def test_of_groups_that_a_glob_means_the_first_is_shown() -> None:
    ways = read(
        """
        members = {"group:x*" = "member"}
        groups.a.any = ["bob"]
        groups.b.any = ["bob"]
        groups.x1.any = ["group:b"]
        groups.x2.any = ["group:a"]
        groups.c.any = ["bob"]
        groups.x3.any = ["group:c"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=group:x* → groups.x1.any=group:b → groups.b.any=bob"
    ]


def test_a_glob_never_leads_into_the_group_that_it_stands_in() -> None:
    ways = read(
        """
        members = {"group:all" = "member"}
        groups.all.any = ["group:*", "zoe"]
        groups.b.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=group:all → groups.all.any=group:* → groups.b.any=bob"
    ]
    assert told(ways, "members.zoe") == [
        "gives member: members=group:all → groups.all.any=zoe"
    ]


def test_a_team_leads_on_through_its_own_lines() -> None:
    ways = read(
        """
        groups.sre.any = ["bob"]
        [members]
        "team:web" = "member"
        "team:*" = "member"
        [teams.web]
        maintainers = ["ada"]
        members = ["group:sre"]
        """
    )
    assert told(ways, "members.ada") == [
        "gives member: members=team:web → teams.web.maintainers=ada",
        "agrees member: members=team:* → teams.web.maintainers=ada",
    ]
    assert told(ways, "members.bob") == [
        (
            "gives member: members=team:web → teams.web.members=group:sre"
            " → groups.sre.any=bob"
        ),
        (
            "agrees member: members=team:* → teams.web.members=group:sre"
            " → groups.sre.any=bob"
        ),
    ]


def test_everybody_in_any_team_leads_not_into_the_team_that_it_stands_in() -> None:
    ways = read(
        """
        teams.all.members = ["team:*", { login = "ada", until = 2026-11-20 }]
        teams.web.members = ["bob"]
        """
    )
    assert told(ways, "teams.all.members.bob") == [
        "gives member: teams.all.members=team:* → teams.web.members=bob"
    ]
    assert told(ways, "teams.all.members.ada") == [
        "over member: teams.all.members=ada but teams.all.members=ada"
    ]


def test_who_is_known_by_an_address_has_ways_too() -> None:
    ways = read(
        """
        groups.new.any = ["New@acme.example", "bob@acme.example"]
        [members]
        bob = { role = "member", email = "bob@acme.example" }
        "group:new" = "member"
        """
    )
    assert told(ways, 'members."new@acme.example"') == [
        "gives member: members=group:new → groups.new.any=new@acme.example"
    ]
    assert told(ways, "members.bob") == [
        "gives member: members=bob",
        "outranked member: members=group:new → groups.new.any=bob",
    ]


# What goes over what -------------------------------------------------------------


def test_a_line_that_names_the_person_goes_over_sets() -> None:
    ways = read(
        """
        members = {"group:a" = "admin", bob = "member"}
        groups.a.any = ["bob"]
        """
    )
    assert told(ways, "members.bob") == [
        "gives member: members=bob",
        "outranked admin: members=group:a → groups.a.any=bob",
    ]


ENDED = """
    groups.staff.any = ["bob"]
    [members]
    zoe = "admin"
    bob = { role = "admin", until = 2026-11-20 }
    "group:staff" = "member"
"""


def test_a_set_decides_where_the_line_about_the_person_is_over() -> None:
    assert told(read(ENDED), "members.bob") == [
        "gives member: members=group:staff → groups.staff.any=bob",
        "over admin: members=bob but members=bob",
    ]


def test_without_a_day_everything_counts_as_it_is_written() -> None:
    assert told(read(ENDED, day=None), "members.bob") == [
        "gives admin: members=bob",
        "outranked member: members=group:staff → groups.staff.any=bob",
    ]


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("until = 2026-11-20, then = 'member'", "gives member instead: members=bob"),
        ("until = 2026-11-21, then = 'member'", "gives admin: members=bob"),
        (
            "from = 2026-11-22, until = 2026-12-24, then = 'member'",
            "to_come admin: members=bob but members=bob",
        ),
        ("until = 2026-11-20", "over admin: members=bob but members=bob"),
        ("from = 2026-11-22", "to_come admin: members=bob but members=bob"),
    ],
)
def test_a_line_about_a_person_holds_on_its_days(dates: str, expected: str) -> None:
    ways = read(f"members = {{ada = 'admin', bob = {{role = 'admin', {dates}}}}}")
    assert told(ways, "members.bob") == [expected]


def test_what_they_fall_back_to_goes_over_sets_too() -> None:
    ways = read(
        """
        groups.a.any = ["bob"]
        [members]
        zoe = "admin"
        bob = { role = "admin", until = 2026-11-20, then = "member" }
        "group:a" = "member"
        """
    )
    assert told(ways, "members.bob") == [
        "gives member instead: members=bob",
        "outranked member: members=group:a → groups.a.any=bob",
    ]


# What takes away -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        (
            'a.any = [{ login = "bob", until = 2026-11-20 }]',
            "over member: members=group:a → groups.a.any=bob but groups.a.any=bob",
        ),
        (
            'a = { any = ["bob"], until = 2026-11-20 }',
            (
                "over member: members=group:a → groups.a.any=bob"
                " but groups.a.until=group:a"
            ),
        ),
        (
            """
            a.any = [{ group = "b", from = 2027-01-01 }]
            b.any = ["bob"]
            """,
            (
                "to_come member: members=group:a → groups.a.any=group:b"
                " → groups.b.any=bob but groups.a.any=group:b"
            ),
        ),
        (
            """
            a.any = ["group:b"]
            b = { any = ["bob"], except = ["bob"], until = 2026-11-20 }
            """,
            (
                "over member: members=group:a → groups.a.any=group:b → groups.b.any=bob"
                " but groups.b.until=group:b"
            ),
        ),
        (
            """
            a = { any = ["group:b"], except = ["zoe", "group:out"] }
            b = { any = ["bob"], until = 2026-11-20 }
            out.any = ["group:gone"]
            gone.any = [{ login = "bob", until = 2026-01-01 }]
            """,
            (
                "excluded member: members=group:a → groups.a.any=group:b"
                " → groups.b.any=bob but groups.a.except=group:out"
                " → groups.out.any=group:gone → groups.gone.any=bob"
            ),
        ),
        (
            """
            a = { any = ["bob"], except = ["group:out-*"] }
            out-x.any = ["bob"]
            """,
            (
                "excluded member: members=group:a → groups.a.any=bob"
                " but groups.a.except=group:out-* → groups.out-x.any=bob"
            ),
        ),
        (
            """
            a = { any = ["bob"], all = ["group:b"] }
            b.any = ["zoe"]
            """,
            (
                "not_in_all member: members=group:a → groups.a.any=bob"
                " but groups.a.all=group:b"
            ),
        ),
        (
            """
            a = { any = ["bob"], all = ["group:b"] }
            b = { any = ["bob"], except = ["bob"] }
            """,
            (
                "not_in_all member: members=group:a → groups.a.any=bob"
                " but groups.a.all=group:b → groups.b.any=bob → groups.b.except=bob"
            ),
        ),
        (
            """
            a = { any = ["bob"], all = [{ group = "b", until = 2026-11-20 }] }
            b.any = ["bob"]
            """,
            (
                "not_in_all member: members=group:a → groups.a.any=bob"
                " but groups.a.all=group:b → groups.b.any=bob"
            ),
        ),
        (
            """
            a = { any = ["bob"], all = ["group:b"] }
            b = { any = ["bob"], all = ["group:c"] }
            c = { any = ["bob"], until = 2026-11-20 }
            """,
            (
                "not_in_all member: members=group:a → groups.a.any=bob"
                " but groups.a.all=group:b → groups.b.any=bob"
                " → groups.b.all=group:c → groups.c.any=bob → groups.c.until=group:c"
            ),
        ),
        (
            """
            a.all = ["group:b", "group:c"]
            b.any = ["zoe"]
            c.any = ["bob"]
            """,
            (
                "not_in_all member: members=group:a → groups.a.all=group:c"
                " → groups.c.any=bob but groups.a.all=group:b"
            ),
        ),
        (
            """
            a.all = ["group:b", "group:c"]
            b = { any = ["bob"], until = 2026-11-20 }
            c.any = ["bob"]
            """,
            (
                "over member: members=group:a → groups.a.all=group:b → groups.b.any=bob"
                " but groups.b.until=group:b"
            ),
        ),
    ],
)
def test_the_outermost_thing_on_a_way_takes_it_away(groups: str, expected: str) -> None:
    ways = read(f'[members]\nzoe = "admin"\n"group:a" = "member"\n[groups]\n{groups}')
    assert told(ways, "members.bob") == [expected]


def test_the_end_of_a_team_takes_every_way_into_it() -> None:
    ways = read(
        """
        groups.a.any = ["bob"]
        [teams.web]
        members = ["group:a", "bob", { login = "ada", from = 2027-01-01 }]
        until = 2026-11-20
        """
    )
    assert told(ways, "teams.web.members.bob") == [
        "over member: teams.web.members=bob but teams.web.until=team:web",
        (
            "over member: teams.web.members=group:a → groups.a.any=bob"
            " but teams.web.until=team:web"
        ),
    ]
    (way,) = ways.to(Address("teams", "web", "members", "ada"))
    assert [step.period for step in way.because] == [Period(until=date(2026, 11, 20))]


def test_what_is_taken_away_stays_taken_away_beside_a_line_that_decides() -> None:
    ways = read(
        """
        members = {"group:a" = "member", bob = "admin"}
        groups.a = {any = ["bob"], except = ["bob"]}
        """
    )
    assert told(ways, "members.bob") == [
        "gives admin: members=bob",
        "excluded member: members=group:a → groups.a.any=bob but groups.a.except=bob",
    ]


def test_who_leaves_the_organization_by_a_day_is_in_no_team() -> None:
    ways = read(
        """
        groups.a.any = ["bob"]
        [members]
        ada = "admin"
        bob = { role = "member", until = 2026-11-20 }
        [teams.web]
        maintainers = ["bob"]
        members = ["group:a", "ada"]
        """
    )
    assert told(ways, "teams.web.members.bob") == [
        "not_a_member maintainer: teams.web.maintainers=bob but members=bob",
        "outranked member: teams.web.members=group:a → groups.a.any=bob",
    ]
    assert told(ways, "teams.web.members.ada") == [
        "gives member: teams.web.members=ada"
    ]


def test_never_goes_over_everything_that_would_give() -> None:
    ways = read(
        """
        groups.leavers.any = [{ login = "bob", until = 2026-11-20 }]
        groups.past = { any = ["bob"], until = 2026-11-20 }
        [members]
        ada = "admin"
        "group:also" = "member"
        "group:past" = "member"
        "group:leavers" = "member"
        [groups.also]
        any = ["bob", "eve"]
        [teams.web]
        members = ["bob"]
        """,
        "eve",
        "group:leavers",
    )
    assert told(ways, "members.bob") == [
        (
            "never member: members=group:also → groups.also.any=bob"
            " but manage.never=group:leavers → groups.leavers.any=bob"
        ),
        (
            "over member: members=group:past → groups.past.any=bob"
            " but groups.past.until=group:past"
        ),
        (
            "over member: members=group:leavers → groups.leavers.any=bob"
            " but groups.leavers.any=bob"
        ),
    ]
    assert told(ways, "teams.web.members.bob") == [
        (
            "never member: teams.web.members=bob"
            " but manage.never=group:leavers → groups.leavers.any=bob"
        )
    ]
    assert told(ways, "members.eve") == [
        "never member: members=group:also → groups.also.any=eve but manage.never=eve"
    ]


def test_never_goes_over_a_membership_that_is_over() -> None:
    ways = read(
        """
        [members]
        ada = "admin"
        bob = { role = "member", until = 2026-11-20 }
        [teams.web]
        members = ["bob"]
        """,
        "bob",
    )
    assert told(ways, "teams.web.members.bob") == [
        "never member: teams.web.members=bob but manage.never=bob"
    ]


# What is no way ------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["teams.web", "teams", "members", "members.eve", "teams.no.members.bob"]
)
def test_what_no_line_leads_to_has_no_ways(address: str) -> None:
    ways = read(
        """
        members = {ada = "admin", "group:a" = "member"}
        groups.a = {any = [], all = ["group:b"], except = ["eve"]}
        groups.b.any = ["eve"]
        teams.web.members = ["ada"]
        """
    )
    assert told(ways, address) == []


def test_the_collections_of_a_person_are_those_from_which_any_line_leads() -> None:
    ways = read(
        """
        groups.a = { any = ["bob"], except = ["bob"] }
        [members]
        ada = "admin"
        bob = "member"
        [teams]
        web.members = ["bob"]
        ops.members = ["group:a"]
        old = { members = ["ada"], maintainers = ["group:?"], until = 2020-01-01 }
        dev.members = ["ada"]
        """
    )
    assert {str(each) for each in ways.collections(Login("bob"))} == {
        "members",
        "teams.web.members",
        "teams.ops.members",
        "teams.old.members",
    }
    assert list(ways.collections(Login("eve"))) == []


# How far it goes -----------------------------------------------------------------


def chained(length: int, *, until: date | None = None) -> Ways:
    """A way into the organization through *length* groups."""
    groups = {
        Name(f"g{n}"): Expression(
            path=("groups", f"g{n}"),
            any=(Reference(Referred.GROUP, Name(f"g{n + 1}"), ("groups", f"g{n}", 0)),),
        )
        for n in range(length - 1)
    }
    bob = Reference(
        Referred.PERSON, Login("bob"), ("groups", "last"), Period(until=until)
    )
    groups[Name(f"g{length - 1}")] = Expression(path=("groups",), any=(bob,))
    line = Line(
        Reference(Referred.GROUP, Name("g0"), ("members", "group:g0")), OrgRole.MEMBER
    )
    grants = Grants({}, frozenset({MEMBERS}), lines={MEMBERS: (line,)})
    return Ways(Sets(grants, membership_of(grants, groups)), TODAY)


@pytest.mark.parametrize("until", [None, date(2026, 1, 1)])
def test_a_way_through_ten_thousand_groups_is_followed_to_its_end(
    until: date | None,
) -> None:
    (way,) = chained(10_000, until=until).to(Address("members", "bob"))
    assert len(way.steps) == 10_001
    assert way.effect == ("over" if until else "gives")
