"""SIGINT, SIGTERM and SIGHUP: the call at work is finished, and one leaves soon."""

from __future__ import annotations

import os
import pty
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.replies import secondary_limit
from ghstate.sandbox.world import World
from tests.reliability.gate import Gate
from tests.reliability.hooks import Signalled
from tests.reliability.nursery import Child, Ended, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW
from tests.reliability.test_r1_kills import (
    Place,
    Unharmed,
    nothing_is_doubled,
    nothing_is_lost,
    unharmed,
)

CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGTERM: 143}
SECONDS = 5.0
"""In which one leaves; GitHub's own answers left out."""

every_signal = pytest.mark.parametrize("number", CODES, ids=lambda each: each.name)


@pytest.fixture
def usual(nursery: Nursery, fast: Path) -> Unharmed:
    return unharmed(FEW, nursery, fast)


@dataclass(slots=True)
class Sender:
    """Sends signals to a command in the moment in which GitHub has its request."""

    numbers: tuple[signal.Signals, ...]
    children: list[Child] = field(default_factory=list)

    def __call__(self, _: World) -> None:
        for number in self.numbers:
            self.children[0].send(number)


def write_calls(usual: Unharmed) -> int:
    return sum(call.name == "answered" and call.traces for call in usual.calls)


def goes_on(scene: Scene, usual: Unharmed) -> None:
    """The lock is free, and the next apply brings it to its end."""
    place = Place(0, half=False, call=None)
    assert scene.run("refresh").code == 0
    assert scene.apply().code == 0
    assert scene.picture() == usual.picture
    nothing_is_doubled(scene, usual, place)
    nothing_is_lost(scene, place)
    assert scene.under_way is None


@every_signal
@pytest.mark.parametrize("nth", [1, 4, 9])
def test_a_signal_during_a_call_lets_it_end_and_writes_down_how_far_it_came(
    nth: int, number: signal.Signals, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    assert write_calls(usual) >= 9
    with on_stage(FEW, nursery, fast) as scene:
        sender = Sender((number,))
        hits = iter(range(1, 10**6))

        def at_the_nth_write(world: World) -> None:
            if next(hits) == nth:
                sender(world)

        for method in ("PUT", "POST", "PATCH", "DELETE"):
            scene.sandbox.conditions.script(
                Fault(
                    Meanwhile(at_the_nth_write),
                    method=method,
                    path="/orgs/",
                    times=None,
                )
            )
        child = scene.start(*AUTO)
        sender.children.append(child)
        ended = child.end()

        assert ended.code == CODES[number], (ended.code, ended.err)
        # The call that was under way was not broken off, and none follows on it but
        # those that belong to the same change.
        assert all(each.status for each in scene.sandbox.history.writes())
        writes = len(scene.sandbox.history.writes())
        assert nth <= writes <= nth + 3
        state = scene.state
        assert state is not None
        assert state.applied_serial == state.serial
        assert "Traceback" not in ended.err
        goes_on(scene, usual)


@every_signal
def test_a_signal_while_a_limit_is_waited_for_leaves_at_once(
    number: signal.Signals, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        scene.sandbox.conditions.script(
            Fault(secondary_limit(120), method="PUT", path="/orgs/")
        )
        child = scene.start(*AUTO)
        child.says("secondary rate limit")
        began = time.monotonic()
        child.send(number)
        ended = child.end()

        assert time.monotonic() - began < SECONDS
        assert ended.code == CODES[number], ended.err
        scene.sandbox.conditions.faults.pop()
        goes_on(scene, usual)


@every_signal
@pytest.mark.parametrize("command", [("refresh",), ("plan", "--refresh"), AUTO])
def test_a_signal_during_the_read_changes_nothing_and_lets_go_of_the_lock(
    command: tuple[str, ...],
    number: signal.Signals,
    nursery: Nursery,
    fast: Path,
    usual: Unharmed,
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        assert scene.run("refresh").code == 0
        before = scene.state_file.read_bytes()
        gate = Gate()
        scene.sandbox.conditions.script(Fault(Meanwhile(gate), path="/graphql"))
        child = scene.start(*command)
        gate.wait_until_reached()
        began = time.monotonic()
        child.send(number)
        ended = child.end()
        assert time.monotonic() - began < SECONDS
        gate.open()

        assert ended.code == CODES[number], (ended.code, ended.err)
        assert "Traceback" not in ended.err
        assert scene.state_file.read_bytes() == before
        assert scene.sandbox.history.writes() == []
        assert not scene.state_file.with_name("state.json.lock.info").exists()
        goes_on(scene, usual)


@contextmanager
def terminal() -> Iterator[tuple[int, int]]:
    """Our end and theirs."""
    ours, theirs = pty.openpty()
    try:
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


def at_the_question(
    scene: Scene, nursery: Nursery, act: Callable[[Child, int], None]
) -> Ended:
    """`apply` on a terminal, up to the question; then *act*, with our end of it."""
    with terminal() as (ours, theirs):
        sent = nursery.lend(theirs)
        child = scene.start("apply", terminal=sent)
        child.says("Only yes will do")
        act(child, ours)
        ended = child.end()
        nursery.give_back(sent)
    return ended


def _type(terminal: int, words: str) -> None:
    os.write(terminal, words.encode())


@every_signal
def test_a_signal_at_the_question_is_no_yes(
    number: signal.Signals, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        ended = at_the_question(scene, nursery, lambda child, _: child.send(number))

        assert ended.code == CODES[number], (ended.code, ended.err)
        assert "Traceback" not in ended.err
        assert scene.sandbox.history.writes() == []
        goes_on(scene, usual)


@every_signal
def test_a_signal_just_before_the_question_is_not_left_waiting_for_the_answer(
    number: signal.Signals, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    """It comes while the state is written, after which nothing is waited for."""
    with on_stage(FEW, nursery, fast) as scene, terminal() as (ours, theirs):
        lent = nursery.lend(theirs)
        _type(ours, "no\n")
        hook = Signalled("state.json", number)
        ended = scene.start("apply", terminal=lent, hooks=(hook,)).end()
        nursery.give_back(lent)

        assert ended.code == CODES[number], (ended.code, ended.err)
        assert "Only yes will do" not in ended.err
        assert scene.sandbox.history.writes() == []


def test_yes_at_the_question_is_a_yes(
    nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        ended = at_the_question(scene, nursery, lambda _, ours: _type(ours, "yes\n"))

        assert ended.code == 0, ended.err
        assert scene.picture() == usual.picture


@every_signal
def test_a_second_signal_leaves_in_the_middle_of_the_call(
    number: signal.Signals, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    """As if it was killed: the journal has what was under way."""
    with on_stage(FEW, nursery, fast) as scene:
        gate = Gate()
        scene.sandbox.conditions.script(
            Fault(Meanwhile(gate), method="POST", path="/orgs/acme/invitations")
        )
        child = scene.start(*AUTO)
        gate.wait_until_reached()
        began = time.monotonic()
        child.send(number)
        time.sleep(0.05)  # two at once are one
        child.send(number)
        ended = child.end()
        assert time.monotonic() - began < SECONDS
        gate.open()

        assert ended.code in {-number, CODES[number]}, (ended.code, ended.err)
        under_way = scene.under_way
        assert under_way is not None
        assert under_way.doing is not None
        told = scene.apply()
        assert told.code == 0, told.err
        assert f"while it was at {under_way.doing}" in told.err
        goes_on(scene, usual)
