"""Asking until GitHub answers: how much at once, how often, and what ends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ghstate.errors import (
    GitHubError,
    IncompleteRead,
    OrganizationUnknown,
    SignInFailed,
    Unreachable,
)
from ghstate.github.accounts import look_up
from ghstate.github.asking import LARGEST_PAGE, Asker, Pages
from ghstate.github.exchange import TryAgain
from ghstate.github.session import ATTEMPTS, Session
from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.organization import Snapshot
from ghstate.model.team_member import TeamMember
from ghstate.sandbox.conditions import (
    Conditions,
    Distortion,
    Fault,
    Meanwhile,
    Partial,
    TooLarge,
)
from ghstate.sandbox.records import OrgRole, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.github.wire import Says, Wire
from tests.traps.conversation import conversation

LATE = TryAgain("GitHub answered 502")
TOO_MUCH = TryAgain("Resource limits exceeded", too_much=True)


# Pages, as a pure thing


def fail(pages: Pages, *reasons: TryAgain) -> list[float]:
    return [pages.failed(reason) for reason in reasons]


def test_a_first_failure_is_bad_luck_and_a_second_one_too_much() -> None:
    pages = Pages()

    assert fail(pages, LATE) == [0.2]
    assert pages.size == LARGEST_PAGE
    assert fail(pages, LATE) == [0.0]
    assert pages.size == 50


def test_t64_too_much_is_halved_at_once_and_down_to_one() -> None:
    pages = Pages()
    sizes = []
    while pages.size > 1:
        assert fail(pages, TOO_MUCH) == [0.0]
        sizes.append(pages.size)

    assert sizes == [50, 25, 12, 6, 3, 1]


def test_a_size_that_has_worked_is_not_given_up_for_bad_luck() -> None:
    pages = Pages()
    pages.worked()

    waits = fail(pages, *[LATE] * (ATTEMPTS - 1))

    assert pages.size == LARGEST_PAGE
    assert waits == [0.2, 0.4, 0.8, 1.6, 3.2]
    with pytest.raises(Unreachable, match=f"answered 502, {ATTEMPTS} times in a row"):
        pages.failed(LATE)


def test_a_size_that_has_worked_is_given_up_when_github_says_it_is_too_much() -> None:
    pages = Pages()
    pages.worked()

    assert fail(pages, TOO_MUCH) == [0.0]
    assert pages.size == 50


def test_an_answer_forgives_the_failures_before_it() -> None:
    pages = Pages()
    fail(pages, LATE)
    pages.worked()

    assert fail(pages, LATE, LATE) == [0.2, 0.4]
    assert pages.size == LARGEST_PAGE


@pytest.mark.parametrize("reason", [LATE, TOO_MUCH])
def test_t64_the_smallest_page_is_tried_a_few_times_and_then_no_more(
    reason: TryAgain,
) -> None:
    pages = Pages()

    while pages.size > 1:
        pages.failed(reason)
    fail(pages, *[reason] * (ATTEMPTS - 1))

    with pytest.raises(Unreachable, match=f"{ATTEMPTS} times in a row"):
        pages.failed(reason)


# What GitHub's errors mean


def asked(wire: Wire, *answers: Says, each: bool = False) -> Any:
    wire.says(*answers)

    async def work(session: Session) -> Any:
        asker = Asker(session, wire.time.sleep)
        if each:
            return await look_up(asker, [Login("Ada"), Login("bob")])
        return await asker.ask("query { viewer { login } }", dict)

    return wire.converse(work)


def errors(*kinds: str, data: object = None, path: str = "organization") -> Says:
    listed = [{"type": kind, "path": [path], "message": "So it is."} for kind in kinds]
    return Says(200, {"data": data, "errors": listed})


SAML = Says(
    200,
    {
        "data": {"organization": None},
        "errors": [
            {
                "type": "FORBIDDEN",
                "path": ["organization"],
                "extensions": {"saml_failure": True},
                "message": "Resource protected by organization SAML enforcement.",
            }
        ],
    },
)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (SAML, SignInFailed, "single sign-on"),
        (errors("FORBIDDEN"), SignInFailed, "may not see all of acme: So it is"),
        (errors("INSUFFICIENT_SCOPES"), SignInFailed, "may not see all of acme"),
        (errors("NOT_FOUND"), OrganizationUnknown, "no organization acme"),
        (errors("NOT_FOUND", path="t0"), IncompleteRead, "So it is"),
        (errors("SOMETHING_NEW", data={"a": 1}), IncompleteRead, "So it is"),
        (errors("NOT_FOUND", "INTERNAL", path="t0"), IncompleteRead, "So it is"),
        (Says(200, {"errors": [{"type": "X"}]}), IncompleteRead, "no reason given"),
    ],
)
def test_t63_an_error_beside_the_data_ends_the_read(
    wire: Wire, answer: Says, kind: type[GitHubError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        asked(wire, answer)

    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        errors("SERVICE_UNAVAILABLE", data={"viewer": None}),
        errors("INTERNAL"),
        errors("RESOURCE_LIMITS_EXCEEDED", data={"viewer": None}),
        errors("MAX_NODE_LIMIT_EXCEEDED"),
        Says(200, {"data": None, "errors": [{"message": "Something went wrong"}]}),
        Says(502, "oops"),
    ],
)
def test_t64_a_partial_answer_is_asked_for_again(wire: Wire, answer: Says) -> None:
    assert asked(wire, answer, Says(200, {"data": {"viewer": 1}})) == {"viewer": 1}
    assert len(wire.requests) == 2


# Accounts


ADA = {"databaseId": 1, "login": "Ada"}


def test_who_does_not_exist_is_a_part_of_the_answer(wire: Wire) -> None:
    found = asked(
        wire, errors("NOT_FOUND", data={"u0": ADA, "u1": None}, path="u1"), each=True
    )

    assert found[Login("ada")].id == 1
    assert found[Login("bob")] is None


@pytest.mark.parametrize(
    "answer",
    [
        Says(200, {"data": {"u0": ADA, "u1": None}}),
        Says(200, {"data": {"u0": ADA}}),
        errors("NOT_FOUND", data={"u0": ADA, "u1": None}, path="u0"),
        errors("NOT_FOUND", data=None, path="u0"),
    ],
)
def test_nobody_is_unknown_unless_github_says_so(wire: Wire, answer: Says) -> None:
    with pytest.raises(IncompleteRead, match="neither who bob is nor that there is no"):
        asked(wire, answer, each=True)


@pytest.mark.parametrize("node", [{}, {"login": "Ada"}, "ada", {"databaseId": "1"}])
def test_an_account_of_another_shape_is_a_clear_error(wire: Wire, node: object) -> None:
    with pytest.raises(Unreachable, match="GitHub's user is not as GitHub documents"):
        asked(wire, Says(200, {"data": {"u0": node, "u1": node}}), each=True)


@pytest.mark.parametrize(("many", "queries"), [(1, 1), (100, 1), (101, 2), (250, 3)])
def test_a_hundred_accounts_are_looked_up_at_once(many: int, queries: int) -> None:
    world = World("acme")
    logins = [Login(f"P{n}") for n in range(many)]
    for login in logins[:-1]:
        world.add_account(login.spelled)
    with Sandbox(world) as sandbox:

        async def work() -> Any:
            async with conversation(sandbox) as talk:
                return await talk.github.look_up(logins)

        found = asyncio.run(work())

        assert len(sandbox.history.queries()) == queries
    assert [login for login in logins if found[login] is None] == logins[-1:]
    assert all(found[login].login.spelled == login.spelled for login in logins[:-1])


# A whole organization


def snapshot(sandbox: Sandbox) -> Snapshot:
    async def work() -> Snapshot:
        async with conversation(sandbox) as talk:
            return await talk.github.read()

    return asyncio.run(work())


@pytest.fixture
def world() -> World:
    world = World("acme")
    world.add_member("ada", OrgRole.ADMIN)
    return world


def people(world: World, many: int) -> list[str]:
    logins = [f"p{n:03}" for n in range(many)]
    for login in logins:
        world.add_member(login)
    return logins


def places(found: Snapshot, team: str) -> dict[str, str]:
    return {
        each.resource.login.spelled: each.resource.role.value
        for each in found.each(TeamMember)
        if each.resource.team == team
    }


MANY = [0, 1, 99, 100, 101, 199, 201, 250]


@pytest.mark.parametrize("many", MANY)
def test_t65_a_team_is_read_with_all_of_its_people(world: World, many: int) -> None:
    logins = people(world, many)
    world.add_team("ops", *logins[1:], maintainers=tuple(logins[:1]))
    # An invitation has one team of many, and a team many invitations.
    invited = [f"q{n:03}" for n in range(many)]
    for login in invited:
        world.invite(login, teams=("ops",), by="ada")
    with Sandbox(world) as sandbox:
        found = snapshot(sandbox)

    expected = dict.fromkeys([*logins, *invited], "member")
    expected |= dict.fromkeys(logins[:1], "maintainer")
    assert places(found, "ops") == expected
    assert found.complete


@pytest.mark.parametrize("many", MANY)
def test_t65_an_organization_is_read_with_all_of_its_people(
    world: World, many: int
) -> None:
    logins = people(world, many)
    for login in logins:
        world.invite(f"new-{login}", by="ada")
    with Sandbox(world) as sandbox:
        found = snapshot(sandbox)

    names = {each.resource.login.spelled for each in found.each(Member)}
    assert names == {"ada", *logins, *(f"new-{login}" for login in logins)}


@pytest.mark.parametrize("many", [0, 1, 39, 40, 41, 101, 250])
def test_t65_an_organization_is_read_with_all_of_its_teams(
    world: World, many: int
) -> None:
    for n in range(many):
        world.add_team(f"team {n}", "ada")
    with Sandbox(world) as sandbox:
        found = snapshot(sandbox)

    teams = {each.resource.team for each in found.each(TeamMember)}
    assert teams == {f"team-{n}" for n in range(many)}


@pytest.mark.parametrize("when_too_large", TooLarge)
@pytest.mark.parametrize("most", [1, 7, 30, 99])
def test_t66_an_organization_is_read_in_pages_that_github_can_answer(
    world: World, most: int, when_too_large: TooLarge
) -> None:
    logins = people(world, 45)
    for team in ("dev", "ops"):
        world.add_team(team, *logins)
    conditions = Conditions(max_page=most, when_too_large=when_too_large)
    with Sandbox(world, conditions) as sandbox:
        found = snapshot(sandbox)
        assert len(found.observed) == 46 + 2 * 46

    assert set(places(found, "ops")) == set(logins)


def changes(act: Callable[[World], object], *, query: str, nth: int = 1) -> Fault:
    return Fault(Meanwhile(act), path="/graphql", query=query, nth=nth)


def comers() -> Iterator[str]:
    yield from (f"late{n}" for n in range(100))


def _leaves(team: int, who: int, world: World) -> None:
    del world.teams[team].members[who]


def test_a_team_that_grows_while_it_is_read_is_not_believed(world: World) -> None:
    team = world.add_team("ops", *people(world, 150))
    late = world.add_member("late").id
    act = changes(
        lambda world: world.place(team, late, TeamRole.MEMBER), query="query Overflow"
    )
    with Sandbox(world, Conditions(faults=[act])) as sandbox:
        found = snapshot(sandbox)
        assert len(places(found, "ops")) == 151

    first, *_, last = team.members
    early, lost = (
        changes(partial(_leaves, team.id, who), query="query Overflow")
        for who in (first, last)
    )
    with (
        Sandbox(world, Conditions(faults=[early])) as sandbox,
        pytest.raises(
            IncompleteRead, match="counts 150 members of the team ops, and 1"
        ),
    ):
        snapshot(sandbox)
    with Sandbox(world, Conditions(faults=[lost])) as sandbox:
        assert len(places(snapshot(sandbox), "ops")) == 149


def test_a_team_that_goes_while_it_is_read_is_not_believed(world: World) -> None:
    team = world.add_team("ops", *people(world, 150))
    act = changes(lambda world: world.teams.pop(team.id), query="query Overflow")
    with (
        Sandbox(world, Conditions(faults=[act])) as sandbox,
        pytest.raises(IncompleteRead, match="Could not resolve to a node"),
    ):
        snapshot(sandbox)


def test_somebody_who_joins_while_it_is_read_is_read_as_well(world: World) -> None:
    logins = people(world, 250)
    act = changes(lambda world: world.add_member("late"), query="query Snapshot", nth=2)
    with Sandbox(world, Conditions(faults=[act])) as sandbox:
        found = snapshot(sandbox)

    assert {m.resource.login for m in found.each(Member)} == {"ada", "late", *logins}


def test_an_organization_that_never_rests_is_not_believed(world: World) -> None:
    people(world, 450)
    names = comers()
    act = Fault(
        Meanwhile(lambda world: world.add_member(next(names))),
        path="/graphql",
        query="query Snapshot",
        times=None,
    )
    with (
        Sandbox(world, Conditions(faults=[act])) as sandbox,
        pytest.raises(IncompleteRead, match="list of members went from"),
    ):
        snapshot(sandbox)


@pytest.mark.parametrize(
    "lie",
    [
        Distortion(connection="Team.members", keep=3, honest=True),
        Distortion(connection="Team.members", total_off_by=1),
        Distortion(connection="Team.members", total_off_by=-1),
        Distortion(connection="Team.members", drop_page=0),
        Distortion(connection="Team.invitations", total_off_by=1),
        Distortion(connection="Organization.membersWithRole", keep=3, honest=True),
        Distortion(connection="Organization.teams", total_off_by=1),
    ],
)
def test_t65_a_number_that_does_not_fit_is_not_believed(
    world: World, lie: Distortion
) -> None:
    world.add_team("ops", *people(world, 5))
    with (
        Sandbox(world, Conditions(distortions=[lie])) as sandbox,
        pytest.raises(IncompleteRead),
    ):
        snapshot(sandbox)


def test_whoever_github_hides_is_told_and_not_taken_for_gone(world: World) -> None:
    world.add_team("ops", *people(world, 5))
    with Sandbox(world, Conditions(hidden={"p001", "p003"})) as sandbox:
        found = snapshot(sandbox)

    assert not found.complete
    assert {str(address): n for address, n in found.hidden.items()} == {
        "members": 2,
        "teams.ops.members": 2,
    }


def test_a_list_of_a_team_that_is_missing_altogether_is_not_an_empty_one(
    world: World,
) -> None:
    gap = Partial(("organization", "teamsForward"), "SERVICE_UNAVAILABLE")
    with (
        Sandbox(
            world, Conditions(faults=[Fault(gap, path="/graphql", times=None)])
        ) as sandbox,
        pytest.raises(Unreachable, match="6 times in a row"),
    ):
        snapshot(sandbox)
