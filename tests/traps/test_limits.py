"""GitHub's limits: waited out in sight, or a clean stop to go on from."""

import asyncio
import time
from datetime import timedelta

import pytest

from ghstate.cli.exits import Exit
from ghstate.errors import LimitReached
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.replies import Reply, complaint, secondary_limit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.conversation import MIDNIGHT, conversation
from tests.traps.scene import BOT, Begin, calls, invited, join, roles_in

HOUR = 3600.0


def primary_limit(seconds: float) -> Reply:
    """REST's answer when the hour is used up, *seconds* before its end."""
    body = complaint(403, "API rate limit exceeded for user ID 1.").body
    return Reply(403, body, _spent(time.time() + seconds))


def graphql_limit(seconds: float) -> Reply:
    """GraphQL's: a status of 200, and nothing in the body but the error."""
    error = {"type": "RATE_LIMITED", "message": "API rate limit exceeded."}
    return Reply(200, {"errors": [error]}, _spent(time.time() + seconds))


def _spent(reset: float) -> dict[str, str]:
    return {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(reset) + 1)}


@pytest.fixture
def large(world: World, acme: Begin) -> Project:
    """450 people: three pages, read from both ends."""
    join(world, *(f"person-{n}" for n in range(450)))
    return acme(members=roles_in(world))


# T61


def test_t61_a_limit_in_the_middle_of_a_read_leaves_the_state_alone(
    sandbox: Sandbox, large: Project
) -> None:
    assert large.refresh().code == Exit.DONE
    before = large.state
    sandbox.conditions.script(
        Fault(graphql_limit(HOUR), query="Snapshot", nth=3, times=None)
    )

    refreshed = large.refresh()

    assert refreshed.code == Exit.LIMIT
    assert large.state == before
    assert "GitHub's rate limit is reached, and lasts until" in refreshed.err


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_t61_no_plan_is_made_of_the_part_that_was_read(
    sandbox: Sandbox, large: Project, command: str
) -> None:
    sandbox.conditions.script(
        Fault(graphql_limit(HOUR), query="Snapshot", nth=3, times=None)
    )
    flags = ["--json"] if command == "plan" else ["--auto-approve"]

    ran = large.run(command, *flags)

    assert (ran.code, ran.out) == (Exit.LIMIT, "")
    assert large.state is None
    assert calls(sandbox) == []


def test_t61_a_limit_that_ends_soon_is_waited_out_in_sight(
    sandbox: Sandbox, large: Project
) -> None:
    sandbox.conditions.script(Fault(graphql_limit(0), query="Snapshot", nth=2))

    planned = large.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert "GitHub's rate limit" in planned.err


def test_t61_the_sandbox_counts_points_as_github_does(
    sandbox: Sandbox, world: World, large: Project
) -> None:
    """An hour's budget that is used up in the middle, not a scripted answer."""
    sandbox.conditions.graphql.enforce(
        limit=5_000, remaining=2, resets_at=world.now + timedelta(hours=1)
    )

    assert large.refresh().code == Exit.LIMIT
    assert large.state is None


def test_t61_in_an_apply_it_is_a_clean_stop_and_the_next_run_does_the_rest(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "carol", "dave", "erin")
    project = acme(
        members=BOT | dict.fromkeys(["alice", "carol", "dave", "erin"], "admin")
    )
    sandbox.conditions.script(
        Fault(primary_limit(HOUR), method="PUT", nth=3, times=None)
    )

    applied = project.apply()

    assert applied.code == Exit.LIMIT
    assert "GitHub's rate limit is reached, and lasts until" in " ".join(
        applied.out.split()
    )
    done = [each for each in sandbox.history.writes() if each.done]
    assert len(done) == 2

    sandbox.conditions.faults.clear()
    sandbox.history.clear()
    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == ["PUT memberships/dave", "PUT memberships/erin"]
    assert set(roles_in(world).values()) == {"admin"}
    assert project.is_at_rest()


# T62


def test_t62_a_secondary_limit_is_waited_out_and_the_same_write_sent_once_more(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for login in ("alice", "carol"):
        world.add_account(login)
    project = acme(members=BOT | {"alice": "member", "carol": "member"})
    sandbox.conditions.script(
        Fault(secondary_limit(1), method="POST", path="/orgs", nth=2)
    )
    began = time.monotonic()

    applied = project.apply("--max-wait", "30s")

    assert time.monotonic() - began >= 1.0
    assert applied.code == Exit.DONE
    assert "GitHub's secondary rate limit" in applied.err
    writes = sandbox.history.writes()
    assert [each.status for each in writes] == [201, 403, 201]
    assert writes[1].body == writes[2].body
    assert invited(world).keys() == {"alice", "carol"}
    assert len(world.mails) == 2


def test_t62_nothing_is_sent_while_it_lasts(world: World, sandbox: Sandbox) -> None:
    """The seventh write is told to wait for 37 seconds, and waits for 37 seconds."""
    team = world.add_team("sre")
    sandbox.conditions.script(Fault(secondary_limit(37), method="PATCH", nth=7))

    async def write() -> tuple[list[float], list[tuple[float, str]], float]:
        async with conversation(sandbox) as talk:
            for n in range(8):
                path = f"/orgs/acme/teams/{team.slug}"
                await talk.session.write("PATCH", path, {"description": f"{n}"})
            return talk.time.waits, talk.heard.waiting_for, talk.time.now

    waits, heard, now = asyncio.run(write())

    assert waits == [37.0]
    assert heard == [(37.0, "GitHub's secondary rate limit")]
    assert now == MIDNIGHT + 37.0
    described = [each.body["description"] for each in sandbox.history.writes()]
    assert described == ["0", "1", "2", "3", "4", "5", "6", "6", "7"]


def test_t62_a_limit_without_a_time_is_taken_for_a_minute(
    world: World, sandbox: Sandbox
) -> None:
    body = complaint(403, "You have exceeded a secondary rate limit.").body
    sandbox.conditions.script(Fault(Reply(403, body), path="/orgs/acme/members"))

    async def read() -> list[float]:
        async with conversation(sandbox) as talk:
            await talk.session.get("/orgs/acme/members")
            return talk.time.waits

    assert asyncio.run(read()) == [60.0]


def test_t62_a_limit_that_lasts_longer_than_one_would_wait_is_told_and_left(
    world: World, sandbox: Sandbox
) -> None:
    sandbox.conditions.script(
        Fault(secondary_limit(37), path="/orgs/acme/members", times=5)
    )

    async def read() -> LimitReached:
        async with conversation(sandbox, max_wait=36.0) as talk:
            with pytest.raises(LimitReached) as caught:
                await talk.session.get("/orgs/acme/members")
            assert talk.time.waits == []
            return caught.value

    limit = asyncio.run(read())
    assert limit.retry_at is not None
    assert limit.retry_at.timestamp() == MIDNIGHT + 37.0
    assert len(sandbox.history) == 1


@pytest.mark.parametrize("retry_after", [0, 1, 100])
def test_t62_limits_one_after_the_other_are_not_waited_out_for_ever(
    world: World, sandbox: Sandbox, retry_after: int
) -> None:
    sandbox.conditions.script(
        Fault(secondary_limit(retry_after), path="/orgs/acme/members", times=1_000)
    )

    async def read() -> float:
        async with conversation(sandbox, max_wait=250.0) as talk:
            with pytest.raises(LimitReached):
                await talk.session.get("/orgs/acme/members")
            return sum(talk.time.waits)

    assert 150.0 <= asyncio.run(read()) <= 250.0
    assert len(sandbox.history) <= 251


def test_t62_at_the_command_line_that_is_exit_5_and_the_next_run_goes_on(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    for login in ("alice", "carol"):
        world.add_account(login)
    join(world, "dave")
    project = acme(members=BOT | {"alice": "member", "carol": "member"})
    sandbox.conditions.script(
        Fault(secondary_limit(3600), method="POST", path="/orgs", nth=2, times=5)
    )

    applied = project.apply("--max-wait", "10s")

    assert applied.code == Exit.LIMIT
    assert "lasts until" in " ".join(applied.out.split())
    assert invited(world).keys() == {"alice"}

    sandbox.conditions.faults.clear()
    assert project.apply().code == Exit.DONE
    assert invited(world).keys() == {"alice", "carol"}
    assert len(world.mails_to("alice")) == 1
    assert roles_in(world).keys() == {"bot"}


def test_t62_there_is_a_second_between_two_writes(
    world: World, sandbox: Sandbox
) -> None:
    team = world.add_team("sre")

    async def write() -> list[float]:
        async with conversation(sandbox, pause=1.0) as talk:
            for n in range(4):
                path = f"/orgs/acme/teams/{team.slug}"
                await talk.session.write("PATCH", path, {"description": f"{n}"})
            return talk.time.waits

    assert asyncio.run(write()) == [1.0, 1.0, 1.0]


def test_t62_no_more_content_is_created_than_github_allows(
    world: World, sandbox: Sandbox
) -> None:
    """80 such calls in a minute, 500 in an hour, whatever the pause."""
    sent: list[float] = []

    async def write() -> None:
        async with conversation(sandbox, pause=0.1, max_wait=HOUR) as talk:
            for n in range(520):
                body = {"name": f"team {n}", "privacy": "closed"}
                await talk.session.write(
                    "POST", "/orgs/acme/teams", body, creates_content=True
                )
                sent.append(talk.time.now)
            assert {why for _, why in talk.heard.waiting_for} == {
                "GitHub's limit for calls that create content"
            }

    asyncio.run(write())

    assert all(
        late - early >= 60.0 for early, late in zip(sent, sent[80:], strict=False)
    )
    assert all(
        late - early >= HOUR for early, late in zip(sent, sent[500:], strict=False)
    )
