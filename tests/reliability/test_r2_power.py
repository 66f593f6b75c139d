"""The power fails while an apply of thirty changes is at work."""

from __future__ import annotations

import pickle
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from ghstate import journal, statefile
from ghstate.cli.exits import Exit
from ghstate.errors import StateUnreadable
from tests.reliability.effort import FULL, Account, rng
from tests.reliability.nursery import Nursery
from tests.reliability.power import Act, NamesSynced, Platter, Recorder, Sent
from tests.reliability.scene import Scene, on_stage
from tests.reliability.shapes import SHAPES
from tests.reliability.test_r1_kills import (
    Place,
    Unharmed,
    nothing_is_doubled,
    nothing_is_lost,
    unharmed,
)

FAILURES = 20_000 if FULL else 600
"""Of which there is more than one for each shape and each seed."""

RECOVERIES = 300 if FULL else 6
"""Of each shape: the same, with an apply afterwards."""

STATE, JOURNAL = "state.json", "state.json.journal"


class Failure(NamedTuple):
    """Before which call the power fails, and which of the things that may be left."""

    shape: str
    nth: int
    seed: int

    def __str__(self) -> str:
        return f"{self.shape}:{self.nth}:{self.seed}"


@dataclass(frozen=True, slots=True)
class Recorded:
    before: Mapping[str, bytes]
    acts: list[Act]
    at: list[int]


_RECORDED: dict[str, Recorded] = {}


def recorded(name: str, nursery: Nursery, fast: Path) -> Recorded:
    """An apply that follows on a refresh, and all that it does to the disk."""
    if name not in _RECORDED:
        with on_stage(SHAPES[name], nursery, fast) as scene:
            assert scene.run("refresh").code == Exit.DONE
            before = files_of(scene)
            hook = Recorder(scene.state_file.parent)
            ended = scene.apply(hooks=(hook,))
            assert ended.code == Exit.DONE, ended.err
            acts, at = ended.findings[0]
            _RECORDED[name] = Recorded(before, acts, at)
    return _RECORDED[name]


def files_of(scene: Scene) -> dict[str, bytes]:
    there = scene.state_file.parent.iterdir()
    return {each.name: each.read_bytes() for each in there if each.is_file()}


def drawn(name: str, calls: int, many: int, what: str) -> list[Failure]:
    random = rng("r2", what, name)
    return [
        Failure(name, random.randrange(1, calls + 1), random.randrange(10**6))
        for _ in range(many)
    ]


def whole(platter: Platter, left: Mapping[str, bytes], failure: Failure) -> None:
    """The state is one whole generation, and the journal has what it had for certain.

    Whatever was sent to GitHub is in one of them.
    """
    certain = platter.certain(STATE)
    assert certain is not None, failure
    assert STATE in left, failure
    try:
        state = statefile.decode(left[STATE], place=STATE)
    except StateUnreadable as error:
        raise AssertionError(f"{failure}: {error}") from error
    assert state.serial >= statefile.decode(certain, place=STATE).serial, failure
    noted = platter.certain(JOURNAL)
    if noted is None:
        return
    known = journal.read(noted)
    if JOURNAL not in left:
        # It is taken away after the state that knows its end, and not before.
        assert state.settled == known.id, failure
        return
    told = journal.read(left[JOURNAL])
    if told.id != known.id:
        assert state.settled == known.id, failure
        return
    assert left[JOURNAL].startswith(noted), failure
    assert set(known.done) <= set(told.done), failure


@pytest.mark.parametrize("name", SHAPES)
def test_r2_after_a_power_failure_the_state_is_whole_and_the_journal_knows(
    name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    run = recorded(name, nursery, fast)
    failures = drawn(name, len(run.at), FAILURES // len(SHAPES), "left")
    for failure in account.each(failures):
        with account.of(failure):
            acts = run.acts[: run.at[failure.nth - 1]]
            platter = Platter.of(run.before).follow(acts)
            left = platter.after_the_failure(rng("r2", failure))
            whole(platter, left, failure)


@pytest.mark.parametrize("name", SHAPES)
def test_r2_nothing_is_sent_to_github_before_its_record_is_on_disk(
    name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    run = recorded(name, nursery, fast)
    platter = Platter.of(run.before)
    for act in run.acts:
        platter.follow((act,))
        if isinstance(act, Sent):
            with account.of(act.what):
                noted = platter.certain(JOURNAL)
                assert noted is not None, act
                assert journal.read(noted).doing is not None, act
                assert noted.endswith(b"\n"), act
    assert account.tried >= 25
    assert any(isinstance(act, NamesSynced) for act in run.acts)


@pytest.mark.parametrize("name", SHAPES)
def test_r2_after_a_power_failure_the_next_apply_goes_on(
    name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(SHAPES[name], nursery, fast)
    calls = len(recorded(name, nursery, fast).at)
    for failure in account.each(drawn(name, calls, RECOVERIES, "recovery")):
        with account.of(failure), on_stage(SHAPES[name], nursery, fast) as scene:
            the_power_fails(scene, failure)
            goes_on(scene, usual, failure)


def the_power_fails(scene: Scene, failure: Failure) -> None:
    assert scene.run("refresh").code == Exit.DONE
    before, leaving = files_of(scene), scene.directory / "acts"
    hook = Recorder(scene.state_file.parent, failure.nth, leaving)
    assert scene.apply(hooks=(hook,)).code == -signal.SIGKILL, failure
    acts: list[Act] = pickle.loads(leaving.read_bytes())  # noqa: S301 - our own
    platter = Platter.of(before).follow(acts)
    left = platter.after_the_failure(rng("r2", failure))
    whole(platter, left, failure)
    for each in scene.state_file.parent.iterdir():
        each.unlink()
    for name, content in left.items():
        (scene.state_file.parent / name).write_bytes(content)


def goes_on(scene: Scene, usual: Unharmed, failure: Failure) -> None:
    place = Place(failure.nth, half=False, call=None)
    under_way = scene.under_way
    first = scene.apply()
    assert first.code == Exit.DONE, (failure, first.code, first.err[-800:])
    assert ("did not end" in first.err) == (under_way is not None), failure
    if scene.picture() != usual.picture:
        assert scene.apply().code == Exit.DONE, failure
    assert scene.picture() == usual.picture, failure
    rested = scene.run("plan", "--no-refresh", "--detailed-exitcode")
    assert rested.code == Exit.DONE, (failure, rested.out, rested.err)
    nothing_is_doubled(scene, usual, place)
    nothing_is_lost(scene, place)
    strays = [name for name in files_of(scene) if name.endswith(".tmp")]
    assert strays == [], failure
