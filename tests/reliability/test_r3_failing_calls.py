"""Each call of the disk fails in turn, while a command is at work."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple

import pytest

from ghstate import statefile
from ghstate.cli.exits import Exit
from tests.reliability.effort import FULL, POINT, Account, sample
from tests.reliability.hooks import Call, Kind, Listing, Refusal
from tests.reliability.nursery import Ended, Nursery
from tests.reliability.scene import AUTO, Scene, on_stage
from tests.reliability.shapes import FEW
from tests.reliability.test_r1_kills import Unharmed, unharmed

CODES = (errno.ENOSPC, errno.EIO, errno.EROFS, errno.EACCES)
COMMANDS = {
    "refresh": ("refresh",),
    "plan": ("plan", "--refresh"),
    "apply": AUTO,
}
FOR_EVER = 10**6
IN_THE_GATE = {"refresh": 14, "plan": 14, "apply": 40}


class Fault(NamedTuple):
    """The *nth* call of the disk fails, alone or with all that follow."""

    nth: int
    code: int
    lasting: bool

    def __str__(self) -> str:
        name = errno.errorcode[self.code]
        return f"{self.nth}:{name}:{'lasting' if self.lasting else 'once'}"


def of_each_kind(calls: list[Call]) -> list[int]:
    """The first and the last call of each kind, by number, among those of the disk."""
    found: dict[str, list[int]] = {}
    disk = [call for call in calls if call.kind is Kind.DISK]
    for nth, call in enumerate(disk, start=1):
        about = "spare" if call.about.endswith(".tmp") else call.about
        found.setdefault(f"{call.name} {about}", []).append(nth)
    return sorted({nth for all_ in found.values() for nth in (all_[0], all_[-1])})


def faults(calls: list[Call], command: str) -> list[Fault]:
    """Everything in the full suite; else one fault for a call of each kind."""
    if FULL:
        many = sum(call.kind is Kind.DISK for call in calls)
        return [
            Fault(nth, code, lasting)
            for nth in range(1, many + 2)
            for code in CODES
            for lasting in (False, True)
        ]
    kinds = of_each_kind(calls)
    chosen = sample(kinds, IN_THE_GATE[command], "r3", command)
    return [
        Fault(nth, CODES[each % len(CODES)], each % 3 == 0)
        for each, nth in enumerate(chosen)
    ]


_LISTED: dict[tuple[str, bool], list[Call]] = {}


def calls_of(
    command: str, nursery: Nursery, fast: Path, *, with_state: bool
) -> list[Call]:
    if (command, with_state) not in _LISTED:
        with on_stage(FEW, nursery, fast) as scene:
            if with_state:
                assert scene.run("refresh").code == Exit.DONE
            ended = scene.run(*COMMANDS[command], hooks=(Listing(),))
            assert ended.code == Exit.DONE, ended.err
            _LISTED[command, with_state] = ended.findings[0]
    return _LISTED[command, with_state]


@pytest.mark.parametrize("with_state", [True, False], ids=["with", "without"])
@pytest.mark.parametrize("command", COMMANDS)
def test_r3_a_call_of_the_disk_that_fails_is_told_and_never_takes_anything_along(
    command: str, nursery: Nursery, fast: Path, account: Account, *, with_state: bool
) -> None:
    usual = unharmed(FEW, nursery, fast)
    calls = calls_of(command, nursery, fast, with_state=with_state)
    todo = faults(calls, command)
    if not (with_state or FULL):
        todo = todo[::3]
    seen: set[int] = set()
    for fault in account.each(todo):
        with account.of(fault), on_stage(FEW, nursery, fast) as scene:
            if with_state:
                assert scene.run("refresh").code == Exit.DONE
            hook = Refusal(fault.nth, fault.code, FOR_EVER if fault.lasting else 1)
            serial = scene.state.serial if scene.state else 0
            before = scene.sandbox.history.calls()
            ended = scene.run(*COMMANDS[command], hooks=(hook,))
            struck: list[Call] = ended.findings[0]
            seen.add(ended.code)
            told(scene, ended, fault, struck)
            success_is_kept(scene, ended, command, serial, struck)
            if command == "apply":
                outcome_is_told(scene, ended, struck, before)
            two_runs_converge(scene, usual, struck)
    # Faults that nothing follows from would prove nothing.
    assert POINT or command == "plan" or Exit.ERROR in seen
    assert POINT or command != "apply" or Exit.IN_PART in seen


@pytest.mark.parametrize("name", ["fstat", "lstat"])
def test_r3_a_lock_that_cannot_be_looked_at_is_not_said_to_be_taken_away(
    name: str, nursery: Nursery, fast: Path
) -> None:
    """Nobody has forced it open: the disk fails, and that is what is to be told."""
    calls = calls_of("refresh", nursery, fast, with_state=True)
    disk = [call for call in calls if call.kind is Kind.DISK]
    nth = max(
        n
        for n, call in enumerate(disk, start=1)
        if (call.name, call.about) == (name, "state.json.lock")
        and n < next(n for n, call in enumerate(disk) if call.about.endswith(".tmp"))
    )
    with on_stage(FEW, nursery, fast) as scene:
        assert scene.run("refresh").code == Exit.DONE
        before = scene.state_file.read_bytes()
        ended = scene.run("refresh", hooks=(Refusal(nth, errno.EIO),))
        assert ended.code == Exit.ERROR, ended.err
        assert "taken away" not in ended.err, ended.err
        told(scene, ended, Fault(nth, errno.EIO, lasting=False), ended.findings[0])
        assert scene.state_file.read_bytes() == before


def told(scene: Scene, ended: Ended, fault: Fault, struck: list[Call]) -> None:
    """No traceback; and an error has the path, the cause and the way out."""
    assert ended.code in {Exit.DONE, Exit.ERROR, Exit.IN_PART}, (struck, ended)
    assert "Traceback" not in ended.err, (struck, ended.err)
    if ended.code == Exit.DONE:
        return
    assert struck, ended.err
    said = ended.err + ended.out
    assert str(scene.state_file.parent) in said, (struck[0], said)
    assert os.strerror(fault.code).lower() in said.lower(), (struck[0], said)
    remedies = ("make room", "let this user", "may be failing", "run it again")
    assert any(each in said for each in remedies), (struck[0], said)


def success_is_kept(
    scene: Scene, ended: Ended, command: str, serial: int, struck: list[Call]
) -> None:
    """The state is whole in any case, and new after every success."""
    state = scene.state
    assert (state.serial if state else 0) >= serial, struck[:1]
    if ended.code == Exit.DONE and command != "plan":
        assert state is not None, struck[:1]
        assert state.serial > serial, struck[:1]
        assert state.snapshot is not None, struck[:1]
    if ended.code == Exit.DONE and command == "apply":
        assert state is not None
        assert state.applied_serial == state.serial, struck[:1]
        rested = scene.run("plan", "--no-refresh", "--detailed-exitcode")
        assert rested.code == Exit.DONE, (struck[:1], rested.out, rested.err)


def outcome_is_told(
    scene: Scene, ended: Ended, struck: list[Call], before: list[str]
) -> None:
    """What GitHub was asked to do is in the state, the journal, or a rescue file."""
    sent = len(scene.sandbox.history.calls()) > len(before)
    if ended.code == Exit.ERROR:
        assert not sent, (struck[:1], ended.err)
    if not sent or ended.code == Exit.DONE:
        return
    state = scene.state
    kept = state is not None and state.applied_serial == state.serial
    rescued = [
        each
        for each in (*scene.state_file.parent.iterdir(), *scene.directory.iterdir())
        if ".rescue-" in each.name
    ]
    for each in rescued:
        assert str(each) in ended.out + ended.err, struck[:1]
        assert statefile.decode(each.read_bytes(), place=str(each)).serial, struck[:1]
    assert kept or scene.under_way is not None or rescued, (struck[:1], ended.err)


def two_runs_converge(scene: Scene, usual: Unharmed, struck: list[Call]) -> None:
    first = scene.apply()
    assert first.code == Exit.DONE, (struck[:1], first.code, first.err)
    if scene.picture() != usual.picture:
        assert scene.apply().code == Exit.DONE, struck[:1]
    assert scene.picture() == usual.picture, struck[:1]
    assert scene.watched == [], struck[:1]
    assert scene.asked() == usual.asked, struck[:1]
    rested = scene.run("plan", "--no-refresh", "--detailed-exitcode")
    assert rested.code == Exit.DONE, (struck[:1], rested.out, rested.err)
