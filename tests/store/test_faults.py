"""Whatever call fails or never returns, the state on disk is a whole generation."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from ghstate.errors import StateError, StateUnreadable, StateUnwritable
from ghstate.ports import Stored
from ghstate.statefile import State, decode, encode
from ghstate.store.file import FileStore
from tests.store.disks import FailingDisk, left_open
from tests.store.holding import holder, start

OLD = encode(State(lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11", serial=1))
NEW = encode(State(lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11", serial=2))

FAULTS = {
    errno.errorcode[code]: code
    for code in (
        errno.ENOSPC,
        errno.EIO,
        errno.EROFS,
        errno.EACCES,
        errno.EDQUOT,
        errno.EMFILE,
        errno.EINTR,
    )
}
faults = pytest.mark.parametrize("code", FAULTS.values(), ids=FAULTS)

LIKELY_ENOUGH = 100
"""More calls than any of these takes; a loop that gets here does not end."""


def failure(
    action: Callable[..., object], *args: object, **options: object
) -> StateError | None:
    """The error that *action* raises, complete with its hint, if it does."""
    try:
        action(*args, **options)
    except StateError as error:
        return error
    return None


def hold(store: FileStore) -> None:
    with store.lock(holder("b41c")):
        pass


def content_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


@faults
@pytest.mark.parametrize("old", [OLD, None], ids=["second", "first"])
def test_r3_a_write_whose_nth_call_fails_says_so_and_spoils_nothing(
    code: int, old: bytes | None, tmp_path: Path
) -> None:
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / ".ghstate" / "state.json"
        revision = None if old is None else FileStore(path).write(old, replacing=None)
        disk = FailingDisk(nth, code)
        error = failure(FileStore(path, disk=disk).write, NEW, replacing=revision)
        assert left_open(tmp_path) == []
        if error is None:
            assert path.read_bytes() == NEW
            if not disk.has_failed:
                break
            continue
        failures += 1
        assert isinstance(error, StateUnwritable)
        assert str(path) in str(error)
        assert os.strerror(code).lower() in str(error).lower()
        assert error.hint
        if ("rename", path) in disk.done:
            # Only bringing the name to disk is missing.
            assert content_of(path) == NEW
            generation = path.with_name("state.json.generation-00000001")
            assert content_of(generation) == old
        else:
            assert content_of(path) == old
    assert failures >= 8


@faults
def test_r3_a_write_after_one_that_failed_leaves_nothing_lying_about(
    code: int, tmp_path: Path
) -> None:
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        healthy = FileStore(path)
        revision = healthy.write(OLD, replacing=None)
        disk = FailingDisk(nth, code)
        failure(FileStore(path, disk=disk).write, NEW, replacing=revision)
        stored = healthy.read()
        assert stored is not None
        healthy.write(NEW, replacing=stored.revision)
        # One for each that was in place: what failed last may have got that far.
        names = sorted(each.name for each in path.parent.iterdir())
        assert names[:2] == ["state.json", "state.json.generation-00000001"]
        assert names[2:] == ["state.json.generation-00000002"] * (stored.content == NEW)
        if not disk.has_failed:
            break


@faults
def test_r3_a_read_whose_nth_call_fails_is_an_error_and_never_nothing(
    code: int, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    FileStore(path).write(OLD, replacing=None)
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        store = FileStore(path, disk=(disk := FailingDisk(nth, code)))
        found: list[Stored | None] = []
        error = failure(lambda store, found: found.append(store.read()), store, found)
        assert left_open(tmp_path) == []
        if error is None:
            assert [each.content if each else None for each in found] == [OLD]
            if not disk.has_failed:
                break
            continue
        assert isinstance(error, StateUnreadable)
        assert str(path) in str(error)
        assert error.hint


@faults
def test_r3_a_lock_whose_nth_call_fails_is_an_error_and_leaves_nobody_locked_out(
    code: int, tmp_path: Path
) -> None:
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        disk = FailingDisk(nth, code)
        error = failure(hold, FileStore(path, disk=disk))
        assert left_open(tmp_path) == []
        with FileStore(path).lock(holder("d63e")) as lock:
            assert lock.still_held()
        if not disk.has_failed:
            break
        if error is not None:
            failures += 1
            assert isinstance(error, StateUnwritable)
            assert str(path) in str(error)
            assert error.hint
    assert failures >= 8


@faults
def test_r3_opening_a_lock_whose_nth_call_fails_is_an_error_or_done(
    code: int, tmp_path: Path
) -> None:
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        disk = FailingDisk(nth, code)
        with FileStore(path).lock(holder("b41c")) as lock:
            error = failure(FileStore(path, disk=disk).break_lock, "b41c")
            assert lock.still_held() == (error is not None)
            assert error is None or str(path) in str(error)
        if not disk.has_failed:
            break


@faults
def test_r3_a_rescue_whose_nth_call_fails_finds_another_place(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        disk = FailingDisk(nth, code)
        saved = FileStore(tmp_path / "state.json", disk=disk).rescue(NEW)
        assert saved is not None
        assert Path(saved).read_bytes() == NEW
        if not disk.has_failed:
            break


@pytest.mark.parametrize("old", [OLD, b""], ids=["second", "first"])
def test_r1_a_writer_may_die_at_any_call(old: bytes, tmp_path: Path) -> None:
    with start("process_that_dies", str(tmp_path), old.decode(), NEW.decode()) as child:
        assert child.wait(timeout=60) == 0
    attempts = sorted(tmp_path.iterdir(), key=lambda each: int(each.name))
    outcomes = []
    for attempt in attempts:
        store = FileStore(attempt / "state.json")
        stored = store.read()
        outcomes.append(None if stored is None else stored.content)
        store.write(NEW, replacing=stored.revision if stored else None)
        assert not [each for each in attempt.iterdir() if each.name.endswith(".tmp")]
    # The old one up to a certain call, the new one from there on, and nothing else.
    turn = outcomes.index(NEW)
    assert turn >= 8
    assert outcomes[:turn] == [old or None] * turn
    assert outcomes[turn:] == [NEW] * (len(outcomes) - turn)
    assert decode(NEW, place="here").serial == 2
