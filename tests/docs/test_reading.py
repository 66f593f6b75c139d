"""The figures of docs/reading.md, counted on the sandbox."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.model.member import Member
from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.docs.pages import DOCS, README
from tests.pictures import Deaf

PEOPLE, TEAMS, LARGEST = 1276, 284, 127
PAGE = DOCS / "reading.md"


def organization() -> dict[str, Any]:
    """One of the size that the page speaks of, and like it in nothing else."""
    people = [f"person-{number:04}" for number in range(PEOPLE)]
    teams = [
        {"slug": f"team-{number:03}", "members": people[number * 4 : number * 4 + 6]}
        for number in range(TEAMS)
    ]
    teams[0]["members"] = people[:LARGEST]
    return {"org": "large", "admins": people[:10], "members": people, "teams": teams}


def cost(conditions: Conditions) -> tuple[int, int]:
    """How many requests and points it takes to read the organization."""

    async def read() -> None:
        async with Session.open(
            "large",
            Endpoint(sandbox.url, sandbox.graphql_url),
            Token("sandbox-owner"),
            pause=0,
            max_wait=0,
            listener=Deaf(),
            clock=Clock(sleep=_no_time),
        ) as session:
            now = datetime(2026, 11, 21, tzinfo=UTC)
            github = GitHubOrganization(session, Clock(sleep=_no_time), lambda: now)
            snapshot = await github.read()
        assert sum(1 for _ in snapshot.each(Member)) == PEOPLE

    with Sandbox(from_neutral(organization()), conditions) as sandbox:
        asyncio.run(read())
        return len(sandbox.history), sandbox.history.points


async def _no_time(seconds: float) -> None:
    """Wait for nothing: what is counted here is requests."""


def test_a_large_organization_costs_what_the_page_says() -> None:
    requests, points = cost(Conditions())

    text = PAGE.read_text("utf-8")
    assert f"{PEOPLE:,} people, {TEAMS} teams, the largest with {LARGEST}" in text
    assert f"| ghstate | {requests} | {points} |" in text
    assert f"| {requests} for {PEOPLE:,} people and {TEAMS} teams (modelled) |" in (
        README.read_text("utf-8")
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_lost_answers_cost_no_more_than_the_page_says(seed: int) -> None:
    fine, _ = cost(Conditions(max_page=25))
    flaky, _ = cost(Conditions(max_page=25, flaky=0.1, seed=seed))

    assert "at most three times as many requests" in PAGE.read_text("utf-8")
    assert flaky <= 3 * fine
