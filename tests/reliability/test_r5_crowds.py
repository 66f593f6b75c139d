"""Many processes at once on one organization and one state."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ghstate.cli.exits import Exit
from tests.reliability.effort import FULL, Account, rng
from tests.reliability.hooks import Call
from tests.reliability.nursery import Ended, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW
from tests.reliability.test_r1_kills import unharmed

LOCK = "state.json.lock"
COMMANDS: dict[str, tuple[str, ...]] = {
    "apply": AUTO,
    "apply, waiting": (*AUTO, "--lock-timeout", "40s"),
    "refresh": ("refresh",),
    "refresh, waiting": ("refresh", "--lock-timeout", "40s"),
    "plan": ("plan", "--refresh"),
    "plan, offline": ("plan", "--no-refresh"),
}
ROUNDS = {2: 400, 4: 400, 16: 200} if FULL else {2: 34, 4: 13, 16: 3}
PARTS = 2
_NOBODY_HAS_READ_YET = "there is no snapshot of the organization yet"


class Held(NamedTuple):
    """From when to when the lock was held, by the clock that all processes share."""

    since: int
    until: int


@dataclass(slots=True)
class Witness:
    """Notes when its process had the lock of the state."""

    held: list[Held] = field(default_factory=list)
    _files: dict[int, str] = field(default_factory=dict)
    _since: dict[int, int] = field(default_factory=dict)

    @property
    def findings(self) -> list[Held]:
        return self.held

    def before(self, call: Call, arguments: tuple[Any, ...]) -> None:
        if call.name == "close" and (since := self._since.pop(arguments[0], None)):
            self.held.append(Held(since, time.monotonic_ns()))

    def after(self, call: Call, arguments: tuple[Any, ...], result: Any) -> None:
        if call.name == "open":
            self._files[result] = Path(arguments[0]).name
        if call.name == "lock" and self._files.get(arguments[0]) == LOCK:
            self._since[arguments[0]] = time.monotonic_ns()


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("many", ROUNDS)
def test_r5_of_many_at_once_one_works_and_the_others_say_for_whom_they_leave(
    many: int, part: int, nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(FEW, nursery, fast)
    for nth in account.each([f"{many}:{n}" for n in range(part, ROUNDS[many], PARTS)]):
        with account.of(nth), on_stage(FEW, nursery, fast) as scene:
            random = rng("r5", nth)
            chosen = [random.choice(list(COMMANDS)) for _ in range(many - 1)]
            chosen.insert(random.randrange(many), "apply, waiting")
            scene.sandbox.conditions.latency = random.choice((0.0, 0.001, 0.004))
            ended = all_at_once(scene, chosen)
            for name, each in zip(chosen, ended, strict=True):
                it_ends_well(name, each)
            nobody_overlaps([each.findings[0] for each in ended])
            # One of them was an apply that waits, so it is all done.
            assert scene.picture() == usual.picture
            assert scene.asked() == usual.asked
            assert scene.watched == []
            assert scene.under_way is None
            assert scene.done().most_common(1)[0][1] == 1, scene.done()
            assert scene.run("plan", "--no-refresh").code == Exit.DONE


def all_at_once(scene: Scene, chosen: list[str]) -> list[Ended]:
    started = [scene.start(*COMMANDS[name], hooks=(Witness(),)) for name in chosen]
    return [each.end() for each in started]


def it_ends_well(name: str, ended: Ended) -> None:
    assert "Traceback" not in ended.err, (name, ended.err)
    if name == "plan, offline" and _NOBODY_HAS_READ_YET in ended.err:
        assert ended.code == Exit.ERROR
        return
    if ended.code == Exit.LOCKED:
        # Whoever waits for forty seconds, and a plan, need not go away.
        assert name in {"apply", "refresh"}, (name, ended.err)
        assert "is locked by" in ended.err or "left no note" in ended.err, ended.err
        assert "process" in ended.err, ended.err
        return
    assert ended.code == Exit.DONE, (name, ended.code, ended.err)


def nobody_overlaps(held: list[list[Held]]) -> None:
    spans = sorted(span for each in held for span in each)
    for one, other in pairwise(spans):
        assert one.until <= other.since, (one, other)


def test_r5_the_witness_would_see_two_who_hold_it_together() -> None:
    with pytest.raises(AssertionError):
        nobody_overlaps([[Held(1, 5)], [Held(4, 6)]])
    nobody_overlaps([[Held(1, 4)], [Held(4, 6)]])
