"""A bit that has turned over, or a file that was cut: state, journal and saved plan."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from ghstate import journal, planfile, statefile
from ghstate.cli.exits import Exit
from ghstate.errors import PlanChanged, StateUnreadable, UsageError
from tests.reliability.effort import FULL, Account, rng
from tests.reliability.hooks import Death, Kind
from tests.reliability.nursery import Nursery
from tests.reliability.scene import Scene, on_stage
from tests.reliability.shapes import FEW, PEOPLE
from tests.reliability.test_r1_kills import unharmed

SAMPLES = 13_400 if FULL else 700
"""Of each of the three files."""

AT_THE_COMMAND_LINE = 60 if FULL else 6


class Damage(NamedTuple):
    """Bit *bit* of byte *at* turned over; without it, the file ends before *at*."""

    at: int
    bit: int | None

    def __str__(self) -> str:
        return f"{self.at}{'-' if self.bit is None else f'.{self.bit}'}"

    def of(self, content: bytes) -> bytes:
        if self.bit is None:
            return content[: self.at]
        turned = content[self.at] ^ (1 << self.bit)
        return content[: self.at] + bytes((turned,)) + content[self.at + 1 :]


def damages(content: bytes, many: int, what: str) -> list[Damage]:
    random = rng("r4", what)
    return [
        Damage(
            random.randrange(len(content)),
            random.randrange(8) if random.random() < 0.7 else None,
        )
        for _ in range(many)
    ]


@dataclass(frozen=True, slots=True)
class Files:
    """The three of them, as a run leaves them behind."""

    state: bytes
    journal: bytes
    plan: bytes


_FILES: list[Files] = []


@pytest.fixture
def files(nursery: Nursery, fast: Path) -> Files:
    """Of an apply of thirty changes that was killed after two thirds of them."""
    if not _FILES:
        calls = unharmed(PEOPLE, nursery, fast).calls
        with on_stage(PEOPLE, nursery, fast) as scene:
            plan = scene.project / "the.plan"
            assert scene.run("plan", "--out", str(plan)).code == Exit.DONE
            killed = scene.apply(hooks=(Death(len(calls) * 2 // 3),))
            assert killed.code == -signal.SIGKILL
            _FILES.append(
                Files(
                    scene.state_file.read_bytes(),
                    scene.journal_file.read_bytes(),
                    plan.read_bytes(),
                )
            )
    return _FILES[0]


def test_r4_a_state_that_was_damaged_anywhere_is_never_read_as_another_one(
    files: Files, account: Account
) -> None:
    whole = statefile.decode(files.state, place="here")
    for damage in account.each(damages(files.state, SAMPLES, "state")):
        with account.of(damage):
            try:
                found = statefile.decode(damage.of(files.state), place="here")
            except StateUnreadable as error:
                assert error.message.startswith("here"), damage  # noqa: PT017 - in a loop
                assert error.hint, damage  # noqa: PT017 - in a loop
            else:
                # Only the end of the last line is gone.
                assert found == whole, damage
                assert damage.at >= len(files.state) - 1, damage


def test_r4_a_journal_that_was_damaged_keeps_what_stands_before_and_says_so(
    files: Files, account: Account
) -> None:
    lines = files.journal.splitlines(keepends=True)
    assert len(lines) >= 30
    for damage in account.each(damages(files.journal, SAMPLES, "journal")):
        with account.of(damage):
            intact = files.journal[: damage.at].count(b"\n")
            told = journal.read(damage.of(files.journal))
            before = journal.read(b"".join(lines[:intact]))
            assert told.done[: len(before.done)] == before.done, damage
            if intact:
                assert told.began == before.began, damage
                assert told.id == before.id, damage
            if damage.bit is not None and intact < len(lines) - 1:
                assert told.damaged, damage
            if not intact:
                assert told.damaged, damage


def test_r4_a_saved_plan_that_was_damaged_anywhere_is_refused(
    files: Files, account: Account
) -> None:
    planfile.decode(files.plan, place="here")
    for damage in account.each(damages(files.plan, SAMPLES, "plan")):
        with account.of(damage):
            try:
                planfile.decode(damage.of(files.plan), place="here")
            except PlanChanged as error:
                assert "here" in error.message, damage  # noqa: PT017 - in a loop
                assert error.hint, damage  # noqa: PT017 - in a loop
            except UsageError:
                # So little is left of it that nobody can say what it was.
                assert damage.bit is None, damage
                assert damage.at < 400, damage
            else:
                raise AssertionError(f"{damage}: it was accepted")


READERS: dict[str, tuple[str, ...]] = {
    "refresh": ("refresh",),
    "plan": ("plan",),
    "plan, offline": ("plan", "--no-refresh"),
    "apply": ("apply", "--auto-approve"),
    "show": ("show",),
    "state list": ("state", "list"),
}


@pytest.mark.parametrize("name", READERS)
def test_r4_no_command_takes_a_damaged_state_for_an_empty_one(
    name: str, nursery: Nursery, fast: Path, account: Account
) -> None:
    """They say where the way out is, and that way leads out."""
    usual = unharmed(FEW, nursery, fast)
    with on_stage(FEW, nursery, fast) as scene:
        for _ in range(2):
            assert scene.run("refresh").code == Exit.DONE
        content = scene.state_file.read_bytes()
        todo = [
            Damage(0, None),
            *damages(content[:-1], AT_THE_COMMAND_LINE, f"reading, {name}"),
        ]
        for damage in account.each(todo):
            with account.of(damage):
                is_refused(scene, READERS[name], damage, content)
        scene.state_file.write_bytes(Damage(len(content) // 2, None).of(content))
        restored = scene.run("state", "restore")
        assert restored.code == Exit.DONE, restored.err
        assert scene.apply().code == Exit.DONE
        assert scene.picture() == usual.picture


def is_refused(
    scene: Scene, command: tuple[str, ...], damage: Damage, content: bytes
) -> None:
    damaged = damage.of(content)
    scene.state_file.write_bytes(damaged)
    writes = len(scene.sandbox.history.writes())
    ended = scene.run(*command)
    assert ended.code == Exit.ERROR, (damage, ended)
    assert str(scene.state_file) in ended.err, (damage, ended.err)
    assert "ghstate state restore" in ended.err, (damage, ended.err)
    assert ended.out == "", (damage, ended.out)
    assert len(scene.sandbox.history.writes()) == writes, damage
    assert scene.state_file.read_bytes() == damaged, damage


def test_r4_an_apply_whose_journal_was_damaged_is_gone_on_from_all_the_same(
    nursery: Nursery, fast: Path, account: Account
) -> None:
    usual = unharmed(FEW, nursery, fast)
    answered = [
        nth
        for nth, call in enumerate(usual.calls, start=1)
        if call.kind is Kind.ANSWERED and call.traces
    ]
    for nth in account.each(answered if FULL else answered[::2]):
        with account.of(nth), on_stage(FEW, nursery, fast) as scene:
            assert scene.apply(hooks=(Death(nth),)).code == -signal.SIGKILL
            content = scene.journal_file.read_bytes()
            [damage] = damages(content, 1, f"going on, {nth}")
            scene.journal_file.write_bytes(damage.of(content))
            goes_on = scene.apply()
            assert goes_on.code == Exit.DONE, (damage, goes_on.err)
            assert "did not end" in goes_on.err, (damage, goes_on.err)
            if damage.bit is not None and b"\n" in content[damage.at :][:-1]:
                assert "journal is damaged" in goes_on.err, (damage, goes_on.err)
            assert scene.picture() == usual.picture, damage
            assert scene.asked() == usual.asked, damage
            assert scene.under_way is None, damage


def test_r4_a_damaged_plan_is_not_carried_out(
    nursery: Nursery, fast: Path, account: Account
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        plan = scene.project / "the.plan"
        assert scene.run("plan", "--out", str(plan)).code == Exit.DONE
        content = plan.read_bytes()
        for damage in account.each(damages(content, AT_THE_COMMAND_LINE, "apply")):
            with account.of(damage):
                plan.write_bytes(damage.of(content))
                refused = scene.run("apply", str(plan))
                assert refused.code in {Exit.STALE, Exit.ERROR}, (damage, refused)
                assert refused.code == Exit.STALE or damage.at < 400, damage
                assert str(plan) in refused.err, (damage, refused.err)
                assert scene.sandbox.history.writes() == [], damage
