"""Everything or nothing: what GitHub did not show is never taken for gone."""

import asyncio
from dataclasses import dataclass

import pytest
from graphql import OperationDefinitionNode, parse

from ghstate.cli.exits import Exit
from ghstate.errors import Unreachable
from ghstate.model.member import Member
from ghstate.sandbox.conditions import Fault, Partial, TooLarge
from ghstate.sandbox.graphql import schema
from ghstate.sandbox.price import price
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.conversation import conversation
from tests.traps.scene import BOT, Begin, calls, join, lists, roles_in


def concludes_nothing(project: Project) -> str:
    """Neither a plan nor a write nor another state comes of it; the words do."""
    before = project.state
    planned = project.plan("--refresh")
    refreshed = project.refresh()
    applied = project.apply("--allow-removals", "99")

    assert planned.document == {}
    assert (planned.code, refreshed.code, applied.code) == (Exit.ERROR,) * 3
    assert planned.err.count("error: ") == 1
    assert "Traceback" not in planned.err + refreshed.err + applied.err
    assert project.state == before
    assert calls(project.sandbox) == []
    return " ".join(planned.err.split())


@pytest.fixture
def known(world: World, acme: Begin) -> Project:
    """acme with three members, all in the files, and a state of it."""
    join(world, "alice", "carol", "dave")
    project = acme(members=roles_in(world))
    assert project.refresh().code == Exit.DONE
    return project


# T60a


def test_t60a_an_organization_that_is_not_there_is_not_an_empty_one(
    world: World, known: Project
) -> None:
    world.login = "acme-renamed"

    assert "GitHub knows no organization acme" in concludes_nothing(known)


def test_t60a_without_a_state_it_is_no_other(world: World, acme: Begin) -> None:
    project = acme(members=BOT | {"alice": "member"})
    world.login = "acme-renamed"

    assert "GitHub knows no organization acme" in concludes_nothing(project)
    assert project.state is None


def test_t60a_another_organization_under_the_same_name_is_not_the_known_one(
    world: World, known: Project
) -> None:
    world.org_id = 99

    words = concludes_nothing(known)

    assert "acme is another organization now" in words
    assert "GitHub's id is 99, and 9000 is known from the state" in words


@pytest.mark.parametrize("path", ["/orgs/acme/invitations", "/graphql"])
def test_t60a_a_redirect_to_the_new_name_is_not_followed(
    sandbox: Sandbox, known: Project, path: str
) -> None:
    there = {"location": f"{sandbox.url}/organizations/9000/elsewhere"}
    sandbox.conditions.script(Fault(Reply(301, None, there), path=path, times=None))

    assert "a token is not sent after it" in concludes_nothing(known)
    assert not [each for each in sandbox.history if "elsewhere" in each.path]


# T63


def test_t63_a_token_without_single_sign_on_sees_no_empty_organization(
    known: Project,
) -> None:
    known.token = "sandbox-sso"

    words = concludes_nothing(known)

    assert "not authorised for the organization's single sign-on" in words
    assert "authorise it" in words


@pytest.mark.parametrize(
    "missing",
    [("organization",), ("organization", "membersForward"), ("organization", "teams")],
)
def test_t63_an_error_beside_the_data_is_not_overlooked(
    sandbox: Sandbox, known: Project, missing: tuple[str, ...]
) -> None:
    sandbox.conditions.script(
        Fault(
            Partial(missing, "FORBIDDEN", "Although you appear to be authorised, no."),
            query="Snapshot",
            times=None,
        )
    )

    assert "may not see all of acme" in concludes_nothing(known)


@pytest.mark.parametrize("kind", ["SOMETHING_NEW", "NOT_FOUND"])
def test_t63_an_error_that_nobody_knows_ends_the_read(
    sandbox: Sandbox, known: Project, kind: str
) -> None:
    sandbox.conditions.script(
        Fault(
            Partial(("organization", "teamsForward"), kind, "What is this?"),
            query="Snapshot",
            times=None,
        )
    )

    assert "What is this?" in concludes_nothing(known)


# T64


def crowd(world: World) -> dict[str, str]:
    """130 people, all in one team, half of them in another."""
    logins = [f"person-{n}" for n in range(130)]
    join(world, *logins)
    world.add_team("all", *logins)
    world.add_team("half", *logins[:65])
    return roles_in(world)


def written(world: World) -> str:
    """The teams of *world* as files would say them."""
    return "\n".join(
        f"[teams.{team.slug}]\nmembers = "
        + lists(world.accounts[account].login for account in team.members)
        for team in world.teams.values()
    )


@pytest.mark.parametrize("largest", [50, 7, 3])
def test_t64_a_page_that_was_too_large_is_read_again_in_smaller_ones(
    world: World, sandbox: Sandbox, acme: Begin, largest: int
) -> None:
    people = crowd(world)
    sandbox.conditions.max_page = largest
    sandbox.conditions.when_too_large = TooLarge.PARTIAL
    project = acme(members=people, teams=written(world))

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})


def test_t64_where_not_even_one_row_is_answered_the_read_fails(
    world: World, sandbox: Sandbox
) -> None:
    sandbox.conditions.max_page = 0
    sandbox.conditions.when_too_large = TooLarge.PARTIAL

    async def read() -> None:
        async with conversation(sandbox) as talk:
            with pytest.raises(Unreachable, match="Resource limits"):
                await talk.github.read()

    asyncio.run(read())
    sizes = [
        each.body["variables"]["membersPage"] for each in sandbox.history.queries()
    ]
    assert sizes[:8] == [100, 50, 25, 12, 6, 3, 1, 1]
    assert len(sizes) < 15


def test_t64_what_goes_wrong_for_a_moment_is_asked_again(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    people = crowd(world)
    sandbox.conditions.script(
        Fault(Partial(("organization", "membersBackward")), query="Snapshot"),
        Fault(Partial(("organization", "teamsForward")), query="Snapshot", nth=3),
    )
    project = acme(members=people, teams=written(world))

    assert project.plan("--detailed-exitcode").code == Exit.DONE


# T65


@pytest.mark.parametrize("size", [0, 1, 99, 100, 101, 250])
def test_t65_nobody_is_lost_beyond_the_hundredth(
    world: World, acme: Begin, size: int
) -> None:
    logins = [f"person-{n}" for n in range(size)]
    join(world, *logins)
    world.add_team("all", *logins)
    people = roles_in(world)
    project = acme(members=people, teams=written(world))

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})


@pytest.mark.parametrize("count", [39, 40, 41, 101])
def test_t65_no_team_is_lost_and_nobody_in_one(
    world: World, acme: Begin, count: int
) -> None:
    join(world, "alice", "carol")
    for n in range(count):
        world.add_team(f"team-{n}", "alice", *(["carol"] if n % 2 else []))
    project = acme(teams=written(world), settings='[manage]\nteams = "all"')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})


def test_t65_nobody_who_waits_is_lost_beyond_the_hundredth(
    world: World, acme: Begin
) -> None:
    world.add_team("all")
    logins = [f"person-{n}" for n in range(130)]
    for login in logins:
        world.invite(login, teams=("all",))
    project = acme(
        members=BOT | dict.fromkeys(logins, "member"),
        teams=f"[teams.all]\nmembers = {lists(logins)}",
    )

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert len([at for at in planned.waiting if at.startswith("members.")]) == 130


# T66


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """What GitHub can answer in time, and how few requests that can be read in."""

    max_nodes: int | None = None
    max_page: int | None = None
    least: int


@pytest.mark.parametrize(
    "narrow",
    [
        # Two lists of invitations; 700 people in pages of 100 from both ends.
        Narrow(max_nodes=5_000, least=2 + 4),
        Narrow(max_page=25, least=2 + 14),
    ],
    ids=["502 above 5,000 nodes", "502 above pages of 25"],
)
def test_t66_a_query_that_takes_too_long_is_asked_in_smaller_parts(
    world: World, sandbox: Sandbox, acme: Begin, narrow: Narrow
) -> None:
    logins = [f"person-{n}" for n in range(700)]
    join(world, *logins)
    for n in range(160):
        world.add_team(f"team-{n:03}", *logins[n : n + 12])
    sandbox.conditions.max_nodes = narrow.max_nodes
    sandbox.conditions.max_page = narrow.max_page
    project = acme(members=roles_in(world), teams=written(world))

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert narrow.least <= len(sandbox.history) < 3 * narrow.least


def test_t66_no_query_asks_for_anything_near_half_a_million_nodes(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    people = crowd(world)
    project = acme(members=people | {"stranger": "member"}, teams=written(world))
    assert project.plan().code == Exit.ERROR

    nodes = []
    for each in sandbox.history.queries():
        document = parse(each.body["query"])
        [operation] = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        variables = each.body["variables"]
        nodes.append(price(schema(), document, operation, variables).nodes)
    assert len(nodes) == 3
    assert max(nodes) < 10_000


# T67


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("sandbox-member", "only owners see every member, team and invitation"),
        ("sandbox-app-blind", "may not see all of acme"),
    ],
)
def test_t67_a_token_that_sees_a_part_is_not_believed_to_see_all(
    known: Project, token: str, said: str
) -> None:
    known.token = token

    words = concludes_nothing(known)

    assert said in words
    assert "owner" in words or "Members" in words


def test_t67_it_is_no_other_without_a_state(world: World, acme: Begin) -> None:
    """Seven people that a member's token does not show are not seven to invite."""
    names = ["ann", "ben", "cid", "dan", "eve", "fay", "gus"]
    join(world, *names)
    project = acme(members=roles_in(world), token="sandbox-member")

    concludes_nothing(project)

    assert project.state is None


def test_t67_an_owner_and_an_app_with_members_see_the_same(
    sandbox: Sandbox, world: World
) -> None:
    join(world, "alice")
    world.invite("zoe")

    async def read() -> set[str]:
        async with conversation(sandbox) as talk:
            return {
                str(f.resource.login) for f in (await talk.github.read()).each(Member)
            }

    as_owner = asyncio.run(read())
    sandbox.tokens["sandbox-owner"] = sandbox.tokens["sandbox-app"]

    assert asyncio.run(read()) == as_owner == {"bot", "alice", "zoe"}
