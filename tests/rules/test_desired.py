"""The rules for what the files ask for, each by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ghstate.model.address import Address
from ghstate.model.complaint import Complaint
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, Resource
from ghstate.model.team import TEAMS, Privacy, Team
from ghstate.model.team_member import TeamMember
from ghstate.rules import desired as rules
from ghstate.rules.desired import CHECKS, Check


def person(login: str, number: int | None = None) -> Declared[Resource]:
    member = Member(login=Login(login))
    return Declared(member, frozenset({"role"}), ("members", login), number)


def team(
    slug: str,
    parent: str | None = None,
    *,
    secret: bool = False,
    previously: tuple[str, ...] = (),
) -> Declared[Resource]:
    return Declared(
        Team(
            slug=Slug(slug),
            name=slug,
            privacy=Privacy.SECRET if secret else Privacy.CLOSED,
            parent=None if parent is None else Slug(parent),
        ),
        frozenset(),
        ("teams", slug),
        formerly=previously,
    )


def in_team(slug: str, login: str, number: int = 0) -> Declared[Resource]:
    who = login if isinstance(login, Login) else Login(login)
    member = TeamMember(team=Slug(slug), login=who)
    return Declared(member, frozenset({"role"}), ("teams", slug, "members", number))


def desired(
    *declared: Declared[Resource],
    managed: Iterable[Address] = (),
    absent: Iterable[str] = (),
) -> Desired:
    return Desired(
        {d.resource.address: d for d in declared},
        frozenset(managed),
        {Team.at(slug): ("teams", slug) for slug in absent},
    )


def told(check: Check, want: Desired) -> Mapping[str, str]:
    """What a rule says, by the place it says it of."""
    return {
        ".".join(map(str, c.path)): f"{c.message}; {c.hint}" if c.hint else c.message
        for c in check(want)
    }


def test_t15_nobody_joins_the_organization_by_way_of_a_team() -> None:
    want = desired(
        person("grace"),
        person("Bob"),
        team("ops"),
        in_team("ops", "bob"),
        in_team("ops", "grcae", 1),
        in_team("ops", "Zoe", 2),
        managed=[MEMBERS],
    )
    assert told(rules.people_of_teams_are_members, want) == {
        "teams.ops.members.1": 'no member "grcae"; did you mean "grace"?',
        "teams.ops.members.2": 'no member "Zoe"',
    }


def test_where_members_are_not_managed_teams_may_name_anybody() -> None:
    want = desired(team("ops"), in_team("ops", "zoe"))
    assert not told(rules.people_of_teams_are_members, want)


def test_t15_an_address_in_a_team_must_be_a_members() -> None:
    here, there = (
        EmailAddress("new.hire@acme.example"),
        EmailAddress("two@acme.example"),
    )
    known = msgspec.structs.replace(person("dana"), email=there)
    want = desired(
        known,
        Declared(Member(login=here), frozenset({"role"}), ("members", here)),
        team("ops"),
        in_team("ops", EmailAddress("NEW.hire@acme.example")),
        in_team("ops", EmailAddress("new.hier@acme.example"), 1),
        in_team("ops", EmailAddress("twoo@acme.example"), 2),
        in_team("ops", EmailAddress("zoe@acme.example"), 3),
        managed=[MEMBERS],
    )
    assert told(rules.people_of_teams_are_members, want) == {
        "teams.ops.members.1": (
            'no member "new.hier@acme.example"; did you mean "new.hire@acme.example"?'
        ),
        "teams.ops.members.2": (
            'no member "twoo@acme.example"; did you mean "two@acme.example"?'
        ),
        "teams.ops.members.3": 'no member "zoe@acme.example"',
    }


def test_t15_where_members_are_not_managed_teams_name_no_address() -> None:
    want = desired(team("ops"), in_team("ops", EmailAddress("a@b.example")))
    assert told(rules.people_of_teams_are_members, want) == {
        "teams.ops.members.0": (
            'no member "a@b.example"; an address in a team must be in [members], too'
        )
    }


def test_guesses_are_made_for_the_first_of_many_mistakes_only() -> None:
    wrong = [in_team("ops", f"gracey{n}", n) for n in range(30)]
    want = desired(person("gracey"), team("ops"), *wrong, managed=[MEMBERS])
    complaints = list(rules.people_of_teams_are_members(want))
    assert len(complaints) == 30
    assert sum(bool(complaint.hint) for complaint in complaints) == 20


def test_a_parent_may_be_a_team_that_no_file_names() -> None:
    assert not told(rules.parents_are_known, desired(team("ops", "engineering")))


def test_a_parent_must_be_named_where_all_other_teams_are_deleted() -> None:
    want = desired(
        team("ops", "enginering"),
        team("engineering"),
        team("web", "engineering"),
        managed=[TEAMS],
    )
    assert told(rules.parents_are_known, want) == {
        "teams.ops.parent": 'no team "enginering"; did you mean "engineering"?'
    }


def test_t47_a_parent_must_not_be_deleted() -> None:
    want = desired(team("ops", "old"), absent=["old"], managed=[TEAMS])
    assert told(rules.parents_stay, want) == {
        "teams.ops.parent": 'the files delete the team "old"'
    }
    assert not told(rules.parents_are_known, want)


CYCLES = {
    "a→a": {"teams.a.parent": "this team is above itself: a → a"},
    "a→b b→a": {"teams.a.parent": "this team is above itself: a → b → a"},
    "c→b b→a a→c": {"teams.a.parent": "this team is above itself: a → c → b → a"},
    "x→c c→b b→c": {"teams.b.parent": "this team is above itself: b → c → b"},
    "a→b b→a c→d d→c": {
        "teams.a.parent": "this team is above itself: a → b → a",
        "teams.c.parent": "this team is above itself: c → d → c",
    },
    "a→b b→c": {},
    "a→c b→c c→d": {},
    "a→ b→a": {},
}


@pytest.mark.parametrize(("arrows", "expected"), CYCLES.items(), ids=CYCLES.keys())
def test_t47_a_team_is_not_above_itself(
    arrows: str, expected: Mapping[str, str]
) -> None:
    pairs = (arrow.split("→") for arrow in arrows.split())
    want = desired(*(team(slug, parent or None) for slug, parent in pairs))
    assert told(rules.teams_are_not_above_themselves, want) == expected


slugs = st.sampled_from("abcdef")


@settings(deadline=None)
@given(st.dictionaries(slugs, st.one_of(st.none(), slugs)))
def test_t47_there_is_a_complaint_just_where_a_cycle_is(
    parents: dict[str, str | None],
) -> None:
    def above(slug: str | None, steps: int) -> str | None:
        for _ in range(steps):
            slug = parents.get(slug) if slug else None
        return slug

    in_cycles = {s for s in parents if any(above(s, n) == s for n in range(1, 7))}
    want = desired(*(team(slug, parent) for slug, parent in parents.items()))
    shown = [
        c.message.partition(": ")[2] for c in rules.teams_are_not_above_themselves(want)
    ]
    assert {slug for cycle in shown for slug in cycle.split(" → ")} == in_cycles


def test_t43_a_secret_team_stands_alone() -> None:
    want = desired(
        team("hidden", "engineering", secret=True),
        team("engineering"),
        team("vault", secret=True),
        team("web", "vault"),
        team("top"),
    )
    assert told(rules.secret_teams_stand_alone, want) == {
        "teams.hidden.parent": (
            "a secret team cannot have a parent;"
            ' remove the parent, or make it privacy = "closed"'
        ),
        "teams.web.parent": '"vault" is secret, and a secret team cannot be a parent',
    }


def test_t44_a_former_slug_belongs_to_one_team() -> None:
    want = desired(
        team("a", previously=("old", "older")),
        team("b", previously=("old",)),
        team("c", previously=("old", "c", "gone")),
        team("d", previously=("twin", "twin")),
        absent=["gone"],
    )
    assert told(rules.a_team_was_not_always_itself, want) == {
        "teams.a.previously.0": '"old" is claimed by b and c, too',
        "teams.b.previously.0": '"old" is claimed by a and c, too',
        "teams.c.previously.0": '"old" is claimed by a and b, too',
        "teams.c.previously.1": '"c" is the slug that the team has now',
        "teams.c.previously.2": (
            'the files delete the team "gone", so it cannot be renamed'
        ),
        "teams.d.previously.0": '"twin" is claimed by d, too',
        "teams.d.previously.1": '"twin" is claimed by d, too',
    }


def test_two_teams_may_have_changed_names() -> None:
    want = desired(team("a", previously=("b",)), team("b", previously=("a",)))
    assert not told(rules.a_team_was_not_always_itself, want)


def test_every_rule_is_asked() -> None:
    here = {
        rule
        for name, rule in vars(rules).items()
        if callable(rule)
        and not name.startswith("_")
        and getattr(rule, "__module__", "") == rules.__name__
    }
    assert set(CHECKS) == here
    assert len(CHECKS) == len(here)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_nothing_is_wrong_with_nothing(check: Check) -> None:
    complaints: list[Complaint] = list(check(Desired()))
    assert complaints == []
