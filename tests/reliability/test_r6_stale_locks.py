"""Locks that somebody left behind, and clocks that are wrong."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from tests.reliability.effort import FULL
from tests.reliability.gate import Gate
from tests.reliability.hooks import Death, Kind
from tests.reliability.nursery import Child, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW
from tests.reliability.test_r1_kills import Unharmed, unharmed
from tests.reliability.weather import ClockSet


@pytest.fixture
def usual(nursery: Nursery, fast: Path) -> Unharmed:
    return unharmed(FEW, nursery, fast)


def halfway(usual: Unharmed) -> int:
    writes = [
        nth
        for nth, call in enumerate(usual.calls, start=1)
        if call.kind is Kind.ANSWERED and call.traces
    ]
    return writes[len(writes) // 2]


def note_of(scene: Scene) -> Path:
    return scene.state_file.with_name("state.json.lock.info")


NOTES: Mapping[str, Mapping[str, object]] = {
    "as it was": {},
    "of another host": {"who": "ada@another-host"},
    "of a process that is somebody else's now": {"pid": os.getpid()},
    "of two days ahead": {"since": datetime.now(UTC) + timedelta(hours=48)},
    "of two days ago": {"since": datetime.now(UTC) - timedelta(hours=48)},
    "of the beginning of time": {"since": "0001-01-01T00:00:00Z"},
}


@pytest.mark.parametrize("how", [*NOTES, "that is no note", "empty"])
def test_r6_a_note_that_a_dead_holder_left_keeps_nobody_out(
    how: str, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    """The kernel has freed the lock; whatever the note says, nobody holds it."""
    with on_stage(FEW, nursery, fast) as scene:
        dead = scene.apply(hooks=(Death(halfway(usual)),))
        assert dead.code == -signal.SIGKILL
        note = note_of(scene)
        if how in NOTES:
            told = json.loads(note.read_bytes()) | dict(NOTES[how])
            note.write_text(json.dumps(told, default=str), "utf-8")
        else:
            note.write_text("" if how == "empty" else "gone fishing", "utf-8")

        planned = scene.run("plan", "--refresh")
        assert planned.code == Exit.DONE, planned.err
        applied = scene.apply()
        assert applied.code == Exit.DONE, applied.err
        assert scene.picture() == usual.picture
        assert not note.exists()


@contextmanager
def holding(scene: Scene, *hooks: object) -> Iterator[tuple[Child, Gate]]:
    """An apply that is in the middle of a call, and stays there until it is let on."""
    gate = Gate()
    scene.sandbox.conditions.script(
        Fault(Meanwhile(gate), method="POST", path="/orgs/acme/teams")
    )
    child = scene.start(*AUTO, hooks=hooks)
    gate.wait_until_reached()
    try:
        yield child, gate
    finally:
        gate.open()
        child.end()


CLOCKS = {
    "right": ClockSet(0),
    "two days behind": ClockSet(-48),
    "two days ahead": ClockSet(48),
    "set back by four days meanwhile": ClockSet(48, then=-48),
    "set on by four days meanwhile": ClockSet(-48, then=48),
}


@pytest.mark.parametrize("theirs", CLOCKS)
@pytest.mark.parametrize("ours", CLOCKS)
def test_r6_no_clock_takes_a_lock_away(
    ours: str, theirs: str, nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    if not FULL and "right" not in {ours, theirs}:
        pytest.skip("both clocks wrong at once: in the full suite")
    with on_stage(FEW, nursery, fast) as scene:
        with holding(scene, CLOCKS[theirs]) as (child, gate):
            for command in (("refresh",), AUTO):
                refused = scene.run(*command, hooks=(CLOCKS[ours],))
                assert refused.code == Exit.LOCKED, refused.err
                assert f"(process {child.pid}, " in refused.err
                assert "runner@" in refused.err
            gate.open()
            assert child.end().code == Exit.DONE, child.end().err
        assert scene.picture() == usual.picture
        rested = scene.run("plan", "--detailed-exitcode", hooks=(CLOCKS[ours],))
        assert rested.code == Exit.DONE, rested.out + rested.err


def test_r6_somebody_who_waits_gets_the_lock_of_whoever_dies(
    nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        with holding(scene) as (child, gate):
            waiting = scene.start(*AUTO, "--lock-timeout", "20s")
            waiting.says("for the lock: apply by runner@")
            child.send(signal.SIGKILL)
            assert child.end().code == -signal.SIGKILL
            gate.open()
        ended = waiting.end()
        assert ended.code == Exit.DONE, ended.err
        assert "did not end" in ended.err
        assert scene.picture() == usual.picture
        assert scene.asked() == usual.asked


def test_r6_who_waits_in_vain_leaves_and_says_for_whom_it_was(
    nursery: Nursery, fast: Path
) -> None:
    with on_stage(FEW, nursery, fast) as scene, holding(scene) as (child, _):
        ended = scene.run("refresh", "--lock-timeout", "1s")
        assert ended.code == Exit.LOCKED
        assert "for the lock: apply by runner@" in ended.err
        assert f"(process {child.pid}, " in ended.err


def test_r6_an_apply_whose_lock_was_forced_open_stops_and_doubles_nothing(
    nursery: Nursery, fast: Path, usual: Unharmed
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        with holding(scene) as (child, gate):
            told = json.loads(note_of(scene).read_bytes())
            wrong = scene.run("force-unlock", "0" * 12)
            assert wrong.code == Exit.ERROR
            assert told["id"] in wrong.err
            opened = scene.run("force-unlock", told["id"])
            assert opened.code == Exit.DONE, opened.err
            gate.open()
            stopped = child.end()
            assert stopped.code == Exit.IN_PART, stopped
            assert "the lock was taken away" in stopped.out + stopped.err
        goes_on = scene.apply()
        assert goes_on.code == Exit.DONE, goes_on.err
        assert "did not end" in goes_on.err
        assert scene.picture() == usual.picture
        assert scene.asked() == usual.asked
        assert scene.watched == []
