"""Each fault at each call that an apply makes: the fault matrix.

The faults are in `faults.py`; the calls are found by watching an apply. Whatever
comes back, an apply ends with a code of the contract, sends its token nowhere else,
waits when it is told to, and what it leaves is brought to its end by the next.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from unittest.mock import patch

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox import conditions, server
from ghstate.sandbox.history import Request
from tests.reliability.effort import FULL, Account, sample
from tests.reliability.faults import FAULTS, RETRY_AFTER, pointing_at, raw_response
from tests.reliability.nursery import Ended, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW, Shape
from tests.reliability.test_r1_kills import Unharmed, unharmed
from tests.reliability.weather import NoTime

PAIRS_IN_THE_GATE = 120
PARTS = 8
_NUMBER = re.compile(r"/\d+")
_WHO = re.compile(r"(memberships)/[^/]+")


class Pair(NamedTuple):
    """One fault, at the *nth* request of a kind, before or after it is processed."""

    fault: str
    method: str
    path: str
    query: str | None
    nth: int
    after: bool

    def __str__(self) -> str:
        when = "after" if self.after else "before"
        what = self.query or self.path
        return f"{self.fault} {when} {self.method} {what} #{self.nth}"


class Target(NamedTuple):
    """A call to be hit: what it is like, and the how many-th of its kind."""

    method: str
    path: str
    query: str | None
    nth: int


def targets(requests: list[Request]) -> list[Target]:
    """The first call of each kind, and the last of those that write."""
    found: dict[tuple[str, str], list[Target]] = {}
    for each in requests:
        if each.operation is not None:
            kind = ("QUERY", each.operation)
            nth = len(found.get(kind, [])) + 1
            target = Target("POST", "/graphql", each.operation, nth)
        else:
            shape = _WHO.sub(r"\1/WHO", _NUMBER.sub("/N", each.path))
            kind = (each.method, shape)
            before = [t for t in found.get(kind, []) if t.path == each.path]
            target = Target(each.method, each.path, None, len(before) + 1)
        found.setdefault(kind, []).append(target)
    firsts = [calls[0] for calls in found.values()]
    lasts = [
        calls[-1]
        for (method, _), calls in found.items()
        if method not in {"GET", "QUERY"}
    ]
    return list(dict.fromkeys([*firsts, *lasts]))


def pairs(requests: list[Request]) -> list[Pair]:
    found = []
    for target in targets(requests):
        query, reads = target.query is not None, target.method == "GET"
        for name, fault in FAULTS.items():
            if fault.queries_only and not query:
                continue
            if fault.writes_only and (query or reads):
                continue
            if fault.heavy and not (FULL or query):
                continue
            found.append(Pair(name, *target, after=False))
            if fault.lost and not (query or reads):
                found.append(Pair(name, *target, after=True))
    return found


class Thief:
    """A server on another host, where no token may ever arrive."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.visits: list[bytes] = []
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                self.visits.append(connection.recv(65_536))

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(autouse=True)
def _any_body_at_all() -> Iterator[None]:
    with patch.object(server, "_response", raw_response):
        yield


@pytest.fixture(scope="module")
def thief() -> Iterator[Thief]:
    thief = Thief()
    yield thief
    thief.close()


_REQUESTS: dict[str, list[Request]] = {}


def requests_of(shape: Shape, nursery: Nursery, fast: Path) -> list[Request]:
    if shape.name not in _REQUESTS:
        with on_stage(shape, nursery, fast) as scene:
            assert scene.apply().code == Exit.DONE
            _REQUESTS[shape.name] = list(scene.sandbox.history)
    return _REQUESTS[shape.name]


@contextmanager
def struck(scene: Scene, pair: Pair, thief: Thief) -> Iterator[None]:
    """*pair* happens, until the block ends."""
    then = pointing_at(FAULTS[pair.fault], thief.port)
    fault = conditions.Fault(
        then,
        method=pair.method,
        path=pair.path,
        query=pair.query,
        nth=pair.nth,
        after=pair.after,
    )
    scene.sandbox.conditions.script(fault)
    try:
        yield
    finally:
        scene.sandbox.conditions.faults.remove(fault)
    assert fault.seen >= fault.nth, f"{pair}: no such request has come"


@pytest.mark.parametrize("part", range(PARTS))
def test_r7_whatever_comes_back_the_next_apply_brings_it_to_its_end(
    part: int, nursery: Nursery, fast: Path, account: Account, thief: Thief
) -> None:
    usual = unharmed(FEW, nursery, fast)
    everything = pairs(requests_of(FEW, nursery, fast))
    assert len(everything) >= 600
    chosen = sample(everything, PAIRS_IN_THE_GATE, "r7")
    for pair in account.each(chosen[part::PARTS]):
        with account.of(pair), on_stage(FEW, nursery, fast) as scene:
            with struck(scene, pair, thief):
                ended = scene.run(*AUTO, "--max-wait", "200s", hooks=(NoTime(),))
            it_ends_as_agreed(ended, pair)
            it_waits(ended.findings[0], pair)
            assert thief.visits == [], (pair, thief.visits)
            it_converges(scene, usual, ended, pair)


@pytest.mark.parametrize("fault", ["nothing", "other JSON", "JSON null"])
def test_r7_a_new_team_that_its_creator_did_not_leave_is_no_success(
    fault: str, nursery: Nursery, fast: Path, thief: Thief
) -> None:
    """GitHub, or somebody in between, says 200 to the call and has not made it."""
    usual = unharmed(FEW, nursery, fast)
    path = "/orgs/acme/teams/web/memberships/bot"
    pair = Pair(fault, "DELETE", path, None, 1, after=False)
    with on_stage(FEW, nursery, fast) as scene:
        with struck(scene, pair, thief):
            ended = scene.apply()
        it_converges(scene, usual, ended, pair)


def it_ends_as_agreed(ended: Ended, pair: Pair) -> None:
    allowed = {Exit.DONE, Exit.ERROR, Exit.IN_PART, Exit.LIMIT}
    assert ended.code in allowed, (pair, ended.code, ended.err[-1500:])
    assert "Traceback" not in ended.err, (pair, ended.err[-1500:])
    if ended.code == Exit.ERROR:
        assert "error: " in ended.err, (pair, ended.err)


def it_waits(kept: NoTime, pair: Pair) -> None:
    """Nothing is asked between being told to wait and the end of that time."""
    if "retry-after" not in pair.fault:
        return
    for began, seconds in kept.waits:
        if seconds >= RETRY_AFTER:
            early = [
                each for each in kept.asked if began < each.at < began + RETRY_AFTER
            ]
            assert early == [], (pair, early)


def it_converges(scene: Scene, usual: Unharmed, ended: Ended, pair: Pair) -> None:
    if ended.code == Exit.DONE:
        # Success is what it says: nothing is left for the next one.
        assert scene.picture() == usual.picture, (pair, ended.out)
    applied = scene.apply()
    if applied.code != Exit.DONE or scene.picture() != usual.picture:
        applied = scene.apply()
    assert applied.code == Exit.DONE, (pair, applied.out, applied.err)
    assert scene.picture() == usual.picture, (pair, ended.err, applied.out)
    rested = scene.run("plan", "--no-refresh", "--detailed-exitcode")
    assert rested.code == Exit.DONE, (pair, rested.out)
    assert scene.watched == [], pair
    for who, many in scene.asked().items():
        assert many <= usual.asked[who], (pair, who, many, ended.err)
