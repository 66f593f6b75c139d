"""What a store promises to several machines, each with processes of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from ghstate.errors import StateConflict, StateLocked
from tests.store.holding import ROOT, holder
from tests.store.openers import STORES

SHARED = ("file", "s3", "postgresql")
"""Those that outlive a process."""

PATIENCE = 240


@pytest.fixture(params=SHARED)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def start(
    what: str, name: str, directory: Path, number: int, *, machine: int = 0
) -> subprocess.Popen[str]:
    """A process on a *machine* that shares nothing with the others but the store."""
    home = directory / f"machine-{machine}"
    home.mkdir(exist_ok=True)
    work = (what, name, f"{directory}", f"{number}")
    return subprocess.Popen(  # noqa: S603 - our own module and paths
        [sys.executable, "-m", "tests.store.process_of_conformance", *work],
        cwd=home,
        env={**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def ended(processes: Sequence[subprocess.Popen[str]]) -> Iterator[str]:
    """What each of them said, once all have ended well."""
    try:
        for process in processes:
            said, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0
            yield said
    finally:
        for process in processes:
            process.kill()
            process.communicate()


@contextmanager
def held_by_another(name: str, directory: Path) -> Iterator[subprocess.Popen[str]]:
    process = start("hold", name, directory, PATIENCE, machine=1)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def test_no_writing_of_eight_processes_on_two_machines_is_lost(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    processes = [start("count", name, tmp_path, 20, machine=n % 2) for n in range(8)]
    assert list(ended(processes)) == [""] * 8
    stored = opened().read()
    assert stored is not None
    assert stored.content == b"160"
    latest = opened().generations()[0]
    assert opened().generation(latest.name) == b"159"


def test_p3_no_two_of_six_processes_hold_the_lock_at_once(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    processes = [start("take", name, tmp_path, 5, machine=n % 2) for n in range(6)]
    lines = [line.split() for said in ended(processes) for line in said.splitlines()]
    times = sorted((int(begun), int(over)) for begun, over in lines)
    assert len(times) == 30
    for (_, over), (begun, _) in pairwise(times):
        assert over < begun
    assert opened().holder() is None


def test_another_machine_is_told_who_holds_the_lock(name: str, tmp_path: Path) -> None:
    opened = STORES[name](tmp_path)
    with held_by_another(name, tmp_path):
        assert opened().holder() == holder("dead", "refresh")
        with pytest.raises(StateLocked, match="lock dead"), opened().lock(holder()):
            pytest.fail("two at once")


@pytest.mark.parametrize("name", ["file", "postgresql"])
def test_a_holder_that_is_killed_frees_the_lock_and_is_remembered(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    with held_by_another(name, tmp_path) as process:
        process.kill()
        process.wait(timeout=20)
        with opened().lock(holder("next"), timeout=20) as lock:
            assert lock.left_behind == holder("dead", "refresh")
    with opened().lock(holder("third")) as lock:
        assert lock.left_behind is None


def test_a_holder_that_is_killed_keeps_a_lock_in_s3_until_it_is_forced_open(
    tmp_path: Path,
) -> None:
    opened = STORES["s3"](tmp_path)
    with held_by_another("s3", tmp_path) as process:
        process.kill()
        process.wait(timeout=20)
    with (
        pytest.raises(StateLocked, match="lock dead"),
        opened().lock(holder("next"), timeout=2),
    ):
        pytest.fail("time has opened the lock")
    assert opened().break_lock("dead") == holder("dead", "refresh")
    with opened().lock(holder("next")) as lock:
        assert lock.still_held()


def test_a_process_whose_lock_was_forced_open_ends_like_any_other(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    process = start("hold", name, tmp_path, 3)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert opened().break_lock("dead") == holder("dead", "refresh")
        with opened().lock(holder("next")) as lock:
            process.communicate(timeout=60)
            assert process.returncode == 0
            assert lock.still_held()
            assert opened().holder() == holder("next")
    finally:
        process.kill()
        process.communicate()


def test_who_has_lost_the_lock_changes_nothing_once_another_has(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    old, new = opened(), opened()
    with old.lock(holder("old")) as lost:
        first = old.write(b"one", replacing=None)
        old.journal.begin(b"old began\n")
        new.break_lock("old")
        with new.lock(holder("new")) as lock:
            assert new.journal.read() == b"old began\n"
            new.journal.begin(b"new began\n")
            new.write(b"two", replacing=first)
            with pytest.raises(StateConflict):
                old.write(b"three", replacing=first)
            with pytest.raises(StateConflict):
                old.journal.append(b"old doing\n")
            with pytest.raises(StateConflict):
                old.journal.begin(b"old again\n")
            with pytest.raises(StateConflict):
                old.journal.end()
            assert not lost.still_held()
            assert lock.still_held()
    stored = opened().read()
    assert stored is not None
    assert stored.content == b"two"
    assert opened().journal.read() == b"new began\n"


def test_who_has_lost_the_lock_cannot_go_on_with_a_journal_that_was_ended(
    name: str, tmp_path: Path
) -> None:
    opened = STORES[name](tmp_path)
    old, new = opened(), opened()
    with old.lock(holder("old")):
        old.journal.begin(b"old began\n")
        new.break_lock("old")
        with new.lock(holder("new")):
            assert new.journal.read() == b"old began\n"
            new.journal.end()
            with pytest.raises(StateConflict):
                old.journal.append(b"old doing\n")
    assert opened().journal.read() is None
