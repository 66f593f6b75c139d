"""What time a snapshot is of, on machines whose clock is right and wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.serving import WSGIRequestHandler

from ghstate.github.date import AGREEMENT, Told, corrected, told
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.model.organization import Snapshot
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.github.wire import Says, Wire, asks, reads, writes
from tests.journey import OWNER
from tests.traps.conversation import MIDNIGHT, Heard

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOON_TOLD = "Sat, 21 Nov 2026 12:00:00 GMT"
HOUR = 3600.0


# What a header says


def test_a_date_is_read_as_rfc_9110_has_it() -> None:
    assert told(NOON_TOLD, 5.0) == Told(NOON, 5.0)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "yesterday",
        "Sat, 21 Nov 2026 12:00:00",
        "Sat, 21 Nov 2026 12:00:00 +0200",
        "Sat, 31 Feb 2026 12:00:00 GMT",
        "Sat, 21 Foo 2026 12:00:00 GMT",
        "Sat, 21 Nov 2026 25:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "2026-11-21T12:00:00Z",
    ],
)
def test_what_is_no_date_of_github_tells_nothing(header: str | None) -> None:
    assert told(header, 5.0) is None


@given(
    st.from_regex(
        r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} 2\d{3} \d{2}:\d{2}:\d{2} GMT",
        fullmatch=True,
    )
)
def test_whatever_looks_like_a_date_is_one_or_nothing(header: str) -> None:
    found = told(header, 0.0)

    assert found is None or found.date.tzinfo is UTC


@given(st.integers(-(10**7), 10**7), st.integers(-(10**5), 10**5))
def test_github_has_moved_on_by_as_much_as_the_local_clock(
    came: int, later: int
) -> None:
    assert Told(NOON, came).at(came + later) == NOON + timedelta(seconds=later)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_clock_that_agrees_is_believed_and_another_is_not(sign: int) -> None:
    close = NOON + sign * AGREEMENT
    far = close + sign * timedelta(seconds=1)

    assert corrected(close, NOON) == close
    assert corrected(far, NOON) == NOON


# What a conversation remembers


@pytest.fixture
def dates(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ``Date`` of each answer on the wire, to be filled in by the test."""
    dates: list[str] = []

    def next_date(self: object, timestamp: float | None = None) -> str:
        return dates.pop(0)

    monkeypatch.setattr(WSGIRequestHandler, "date_time_string", next_date)
    return dates


@pytest.mark.parametrize("work", [reads, asks, writes])
def test_the_latest_date_is_remembered_with_the_moment_it_came(
    wire: Wire, dates: list[str], work: Callable[[Session], Awaitable[object]]
) -> None:
    body = {"data": {"viewer": {"login": "ada"}}} if work is asks else {}
    wire.says(Says(403, {"message": "Wait."}, {"retry-after": "30"}), Says(200, body))
    dates += [NOON_TOLD, "Sat, 21 Nov 2026 12:00:30 GMT"]

    async def talk(session: Session) -> Told | None:
        assert session.told is None
        await work(session)
        return session.told

    assert wire.converse(talk) == Told(NOON + timedelta(seconds=30), MIDNIGHT + 30)


@pytest.mark.parametrize(
    ("said", "remembered"),
    [
        ([NOON_TOLD, "half past nine"], Told(NOON, MIDNIGHT)),
        (["half past nine", NOON_TOLD], Told(NOON, MIDNIGHT)),
        (["half past nine", ""], None),
    ],
)
def test_a_date_that_cannot_be_read_changes_nothing(
    wire: Wire, dates: list[str], said: list[str], remembered: Told | None
) -> None:
    dates += said

    async def talk(session: Session) -> Told | None:
        await reads(session)
        await reads(session)
        return session.told

    assert wire.converse(talk) == remembered


# What a snapshot is dated


def no_date(header: str | None, came: float) -> None:
    """What a server without a clock of its own would leave known."""


def snapshot(world: World, *, clock_off: float, dates: bool = True) -> Snapshot:
    """A read on a machine whose clock is *clock_off* seconds ahead."""

    def now() -> float:
        return time.time() + clock_off

    async def read() -> Snapshot:
        clock = Clock(now)
        async with Session.open(
            "acme",
            Endpoint(sandbox.url, sandbox.graphql_url),
            Token(OWNER),
            pause=0,
            max_wait=0,
            listener=Heard(),
            clock=clock,
        ) as session:
            github = GitHubOrganization(
                session, clock, lambda: datetime.fromtimestamp(now(), UTC)
            )
            return await github.read()

    with pytest.MonkeyPatch.context() as patch, Sandbox(world) as sandbox:
        if not dates:
            patch.setattr("ghstate.github.exchange.told", no_date)
        return asyncio.run(read())


@pytest.mark.parametrize("hours", [-26.0, -3.0, 3.0, 26.0])
def test_a_clock_that_is_wrong_by_hours_dates_no_snapshot(
    world: World, hours: float
) -> None:
    before = datetime.now(UTC)

    found = snapshot(world, clock_off=hours * HOUR)

    # To the second, and as of the beginning of the read.
    assert abs(found.taken_at - before) < timedelta(minutes=1)


def test_a_sandbox_that_is_days_ahead_dates_its_snapshots(world: World) -> None:
    world.advance(timedelta(days=8))

    found = snapshot(world, clock_off=0.0)

    assert abs(found.taken_at - world.now) < timedelta(minutes=1)


def test_a_clock_that_is_right_dates_the_snapshot_by_itself(world: World) -> None:
    before = datetime.now(UTC)

    found = snapshot(world, clock_off=0.0)

    assert before <= found.taken_at <= datetime.now(UTC)


def test_without_a_date_the_local_clock_has_to_do(world: World) -> None:
    before = datetime.now(UTC)

    found = snapshot(world, clock_off=-3 * HOUR, dates=False)

    assert abs(found.taken_at - before + timedelta(hours=3)) < timedelta(minutes=1)
