"""The journal on the local disk: on disk before the call, and nobody else's."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ghstate.errors import StateConflict, StateError, StateUnreadable, StateUnwritable
from ghstate.ports import JournalStore
from ghstate.store import journal_file
from ghstate.store.disk import LocalDisk
from ghstate.store.file import FileStore
from tests.store.disks import (
    BrokenDisk,
    FailingDisk,
    WatchedDisk,
    left_open,
)
from tests.store.holding import start
from tests.store.process_that_notes import SCRIPT
from tests.store.test_faults import LIKELY_ENOUGH, content_of, failure, faults

BEGAN, DOING, ENDED = b"began 1\n", b"doing 1\n", b"ended 1\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ghstate" / "state.json"


@pytest.fixture
def place(path: Path) -> Path:
    return path.with_name("state.json.journal")


def leftovers(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir() if each.name.endswith(".tmp")]


def steps(disk: WatchedDisk) -> list[str]:
    """What was asked of the disk that changes it, in order."""
    changing = ("write", "truncate", "fsync", "close", "rename", "unlink")
    return [name for name, _ in disk.calls if name in changing]


def test_p1_a_journal_gets_its_name_once_it_is_on_disk(path: Path) -> None:
    FileStore(path).journal.end()
    path.parent.mkdir()
    disk = WatchedDisk()
    FileStore(path, disk=disk).journal.begin(BEGAN)
    above = ["fsync", "close"]
    assert steps(disk) == [
        *above,
        *("write", "fsync", "close", "rename", "fsync", "close"),
    ]
    synced = [args[0] for name, args in disk.calls if name == "fsync"]
    (directory,) = (args[0] for name, args in disk.calls if name == "lock")
    assert synced[2] == directory


def test_p4_a_record_is_on_disk_when_the_call_returns(path: Path, place: Path) -> None:
    disk = WatchedDisk()
    journal = FileStore(path, disk=disk).journal
    journal.begin(BEGAN)
    disk.calls.clear()
    journal.append(DOING)
    assert steps(disk) == ["write", "fsync", "close"]
    ((_, (_, flags)),) = [each for each in disk.calls if each[0] == "open"]
    assert flags & os.O_APPEND
    assert flags & os.O_NOFOLLOW
    assert place.read_bytes() == BEGAN + DOING


def test_the_end_of_a_journal_is_on_disk_when_the_call_returns(path: Path) -> None:
    FileStore(path).journal.begin(BEGAN)
    disk = WatchedDisk()
    FileStore(path, disk=disk).journal.end()
    assert steps(disk)[-3:] == ["unlink", "fsync", "close"]


def test_an_end_that_was_not_brought_to_disk_is_when_it_is_asked_for_again(
    path: Path,
) -> None:
    def syncs_a_directory(name: str, args: tuple[Any, ...]) -> bool:
        return name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)

    FileStore(path).journal.begin(BEGAN)
    with pytest.raises(StateUnwritable):
        FileStore(path, disk=BrokenDisk(errno.EIO, syncs_a_directory)).journal.end()
    assert FileStore(path).journal.read() is None
    disk = WatchedDisk()
    FileStore(path, disk=disk).journal.end()
    assert steps(disk) == ["fsync", "close"]


def test_no_directory_is_made_to_end_what_never_began(path: Path) -> None:
    store = FileStore(path)
    store.journal.end()
    assert store.journal.read() is None
    assert list(store.generations()) == []
    assert not path.parent.exists()


def test_a_disk_that_takes_a_little_at_a_time_gets_the_whole_record(
    path: Path, place: Path
) -> None:
    class Sluggish(LocalDisk):
        def write(self, fd: int, content: memoryview) -> int:
            return super().write(fd, content[:3])

        def read(self, fd: int, size: int) -> bytes:
            return super().read(fd, min(size, 5))

    journal = FileStore(path, disk=Sluggish()).journal
    for step, record in ((journal.begin, BEGAN), (journal.append, DOING)) * 2:
        step(record)
    journal.append(ENDED)
    assert place.read_bytes() == BEGAN + DOING + ENDED
    assert journal.read() == BEGAN + DOING + ENDED


class Tearing(WatchedDisk):
    """Takes half of the next record and then fails; *broken* breaks more."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.tears = False
        self._broken = broken

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        if not self.tears:
            return
        if name == "write":
            fd, content = args
            os.write(fd, content[: len(content) // 2])
        if name in ("write", *self._broken):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("broken", [(), ("truncate",)], ids=["mended", "left torn"])
def test_a_record_never_sticks_to_a_piece_of_one_that_failed(
    broken: tuple[str, ...], path: Path, place: Path
) -> None:
    disk = Tearing(*broken)
    journal = FileStore(path, disk=disk).journal
    journal.begin(BEGAN)
    journal.append(DOING)
    disk.tears = True
    for _ in range(3):
        with pytest.raises(StateUnwritable) as caught:
            journal.append(b"lost\n")
        assert str(caught.value) == (
            f"{place}: the journal could not be written: no space left on device"
        )
        assert caught.value.hint == "make room on that disk, and run it again"
        torn = b"lo" if broken else b""
        assert place.read_bytes() == BEGAN + DOING + torn
    disk.tears = False
    journal.append(ENDED)
    assert place.read_bytes() == BEGAN + DOING + ENDED


@pytest.mark.parametrize("step", ["begin", "end"])
def test_a_torn_journal_is_still_ours_to_replace_or_end(
    step: str, path: Path, place: Path
) -> None:
    disk = Tearing("truncate")
    journal = FileStore(path, disk=disk).journal
    journal.begin(BEGAN)
    disk.tears = True
    with pytest.raises(StateUnwritable):
        journal.append(DOING)
    disk.tears = False
    if step == "begin":
        journal.begin(b"began 2\n")
        assert place.read_bytes() == b"began 2\n"
    else:
        journal.end()
        assert not place.exists()


def test_reading_a_torn_journal_does_not_make_a_record_of_the_piece(
    path: Path, place: Path
) -> None:
    disk = Tearing("truncate")
    journal = FileStore(path, disk=disk).journal
    journal.begin(BEGAN)
    disk.tears = True
    with pytest.raises(StateUnwritable):
        journal.append(b"lost\n")
    disk.tears = False
    assert journal.read() == BEGAN + b"lo"
    journal.append(DOING)
    assert place.read_bytes() == BEGAN + DOING


def test_a_record_that_could_not_be_taken_back_is_taken_back_by_the_next(
    path: Path, place: Path
) -> None:
    # All of it is in the file, but nobody knows whether it is on disk.
    journal = FileStore(path, disk=(disk := FailsWhile("fsync", "truncate"))).journal
    journal.begin(BEGAN)
    disk.failing = True
    with pytest.raises(StateUnwritable):
        journal.append(b"a record that nobody trusts\n")
    assert b"nobody trusts" in place.read_bytes()
    disk.failing = False
    journal.append(DOING)
    assert place.read_bytes() == BEGAN + DOING


class FailsWhile(WatchedDisk):
    """Fails the calls *names* while `failing`."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.failing = False
        self._names = names

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        if self.failing and name in self._names:
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def taken_over(path: Path) -> tuple[JournalStore, Callable[[], bytes | None]]:
    """A journal whose holder was forced out, and another run's in its place."""
    journal = FileStore(path).journal
    journal.begin(BEGAN)
    journal.append(DOING)
    theirs = FileStore(path).journal
    theirs.end()
    theirs.begin(b"began 2\n")
    return journal, theirs.read


STEPS: dict[str, Callable[[JournalStore], None]] = {
    "begin": lambda journal: journal.begin(b"began 3\n"),
    "append": lambda journal: journal.append(ENDED),
    "end": lambda journal: journal.end(),
}
each_step = pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)


@each_step
def test_p3_who_was_forced_out_does_not_touch_the_next_ones_journal(
    step: Callable[[JournalStore], None], path: Path, place: Path
) -> None:
    journal, theirs = taken_over(path)
    for _ in range(2):
        with pytest.raises(StateConflict) as caught:
            step(journal)
        assert str(caught.value) == (
            f"{place}: another run has taken this journal's place"
        )
        assert caught.value.hint
        assert theirs() == b"began 2\n"
    # Who looks again knows what it does.
    assert journal.read() == b"began 2\n"
    journal.begin(b"began 3\n")
    assert theirs() == b"began 3\n"


@each_step
@pytest.mark.parametrize("looked", [True, False], ids=["looked", "ended"])
def test_p3_what_began_after_the_last_look_is_somebody_elses(
    looked: bool,  # noqa: FBT001 - a table of two
    step: Callable[[JournalStore], None],
    path: Path,
    place: Path,
) -> None:
    journal = FileStore(path).journal
    if looked:
        assert journal.read() is None
    else:
        journal.end()
    FileStore(path).journal.begin(BEGAN)
    with pytest.raises(StateConflict):
        step(journal)
    assert place.read_bytes() == BEGAN


def test_p3_a_record_that_somebody_else_has_added_is_not_written_over(
    path: Path, place: Path
) -> None:
    journal = FileStore(path).journal
    journal.begin(BEGAN)
    FileStore(path).journal.append(DOING)
    with pytest.raises(StateConflict):
        journal.append(ENDED)
    assert place.read_bytes() == BEGAN + DOING


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_p3_a_journal_replaced_while_a_record_is_written_is_noticed(
    call: str, path: Path, place: Path
) -> None:
    class Replacing(WatchedDisk):
        def before(self, name: str, args: tuple[Any, ...]) -> None:
            if began and name == call:
                began.clear()
                FileStore(path).journal.begin(b"began 2\n")

    began: list[bool] = []
    journal = FileStore(path, disk=Replacing()).journal
    journal.begin(BEGAN)
    began.append(True)
    with pytest.raises(StateConflict):
        journal.append(DOING)
    assert place.read_bytes() == b"began 2\n"


def test_p3_a_journal_removed_while_a_record_is_written_is_noticed(
    path: Path, place: Path
) -> None:
    class Removing(WatchedDisk):
        def before(self, name: str, args: tuple[Any, ...]) -> None:
            if name == "fsync" and [each for each, _ in self.calls].count(name) > 4:
                place.unlink(missing_ok=True)

    journal = FileStore(path, disk=Removing()).journal
    path.parent.mkdir()
    journal.begin(BEGAN)
    journal.append(DOING)
    with pytest.raises(StateConflict):
        journal.append(ENDED)
    assert not place.exists()


def test_what_writers_of_journals_left_is_swept_by_writers_of_the_state(
    path: Path,
) -> None:
    def gives_a_journal_its_name(name: str, args: tuple[Any, ...]) -> bool:
        return name in ("rename", "unlink")

    store = FileStore(path, disk=BrokenDisk(errno.EIO, gives_a_journal_its_name))
    with pytest.raises(StateUnwritable):
        store.journal.begin(BEGAN)
    assert len(leftovers(path.parent)) == 1
    FileStore(path).write(b"one", replacing=None)
    assert leftovers(path.parent) == []


def test_p8_a_journal_beyond_the_limit_is_neither_read_nor_written(
    path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_file, "LIMIT", 2**20)
    store = FileStore(path)
    with pytest.raises(StateUnwritable, match="larger than 1 MiB"):
        store.journal.begin(bytes(2**20 + 1))
    store.journal.begin(BEGAN)
    store.journal.append(bytes(2**20 - len(BEGAN)))
    for _ in range(2):
        with pytest.raises(StateUnwritable, match="larger than 1 MiB"):
            store.journal.append(b"x")
    content = store.journal.read()
    assert content is not None
    assert len(content) == 2**20
    with place.open("ab") as journal:
        journal.write(b"x")
    with pytest.raises(StateUnreadable, match="larger than 1 MiB") as caught:
        store.journal.read()
    assert caught.value.hint


def make_link(path: Path) -> None:
    victim = path.with_name("victim")
    victim.write_bytes(b"precious")
    path.symlink_to(victim)


IMPOSTORS = {
    "a symbolic link": (make_link, "it is a symbolic link, and none is followed here"),
    "a FIFO": (os.mkfifo, "it is not a plain file"),
    "a directory": (Path.mkdir, "it is not a plain file"),
}


@pytest.mark.parametrize(("make", "reason"), IMPOSTORS.values(), ids=IMPOSTORS)
def test_r16_what_is_no_plain_file_is_no_journal_and_stays(
    make: Callable[[Path], None], reason: str, path: Path, place: Path
) -> None:
    path.parent.mkdir()
    make(place)
    kind = stat.S_IFMT(place.lstat().st_mode)
    with pytest.raises(StateUnreadable) as unreadable:
        FileStore(path).journal.read()
    assert str(unreadable.value) == f"{place}: the journal cannot be read: {reason}"
    assert unreadable.value.hint
    for name, step in STEPS.items():
        with pytest.raises(StateUnwritable) as unwritable:
            step(FileStore(path).journal)
        if (name, make) != ("append", Path.mkdir):  # which cannot even be opened
            assert str(unwritable.value) == (
                f"{place}: the journal could not be written: {reason}"
            )
        assert unwritable.value.hint
        assert stat.S_IFMT(place.lstat().st_mode) == kind
    victim = path.with_name("victim")
    assert not victim.exists() or victim.read_bytes() == b"precious"


def test_a_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    journal = FileStore(tmp_path / "state" / "state.json").journal
    with pytest.raises(StateUnreadable, match="not a directory"):
        journal.read()
    for step in STEPS.values():
        with pytest.raises(StateUnwritable, match="not a directory"):
            step(journal)


def check(error: StateError | None, place: Path, code: int) -> None:
    assert isinstance(error, StateUnwritable)
    assert str(place) in str(error)
    assert os.strerror(code).lower() in str(error).lower()
    assert error.hint


@faults
@pytest.mark.parametrize("old", [b"began 0\n", None], ids=["second", "first"])
def test_r3_a_begin_whose_nth_call_fails_says_so_and_leaves_a_whole_journal(
    code: int, old: bytes | None, tmp_path: Path
) -> None:
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        place = path.with_name("state.json.journal")
        if old is not None:
            FileStore(path).journal.begin(old)
        disk = FailingDisk(nth, code)
        journal = FileStore(path, disk=disk).journal
        error = failure(journal.begin, BEGAN)
        assert left_open(tmp_path) == []
        if error is None:
            assert content_of(place) == BEGAN
            if not disk.has_failed:
                break
        else:
            failures += 1
            check(error, place, code)
            renamed = ("rename", place) in disk.done
            assert content_of(place) == (BEGAN if renamed else old)
        journal.begin(b"began 2\n")
        journal.append(DOING)
        assert place.read_bytes() == b"began 2\n" + DOING
        assert leftovers(path.parent) == []
    assert failures >= 8


@faults
def test_r3_an_append_whose_nth_call_fails_says_so_and_the_next_one_follows_the_last(
    code: int, tmp_path: Path
) -> None:
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        place = path.with_name("state.json.journal")
        path.parent.mkdir()
        disk = FailingDisk(10**6, code)
        journal = FileStore(path, disk=disk).journal
        journal.begin(BEGAN)
        journal.append(DOING)
        disk.fail(nth)
        error = failure(journal.append, b"the third one\n")
        assert left_open(tmp_path) == []
        if error is None:
            assert content_of(place) == BEGAN + DOING + b"the third one\n"
            if not disk.has_failed:
                break
            continue
        failures += 1
        check(error, place, code)
        disk.fail(10**6)
        journal.append(ENDED)
        assert content_of(place) == BEGAN + DOING + ENDED
    assert failures >= 6


@faults
def test_r3_an_end_whose_nth_call_fails_says_so_and_may_be_asked_for_again(
    code: int, tmp_path: Path
) -> None:
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        place = path.with_name("state.json.journal")
        FileStore(path).journal.begin(BEGAN)
        disk = FailingDisk(nth, code)
        journal = FileStore(path, disk=disk).journal
        error = failure(journal.end)
        assert left_open(tmp_path) == []
        if error is not None:
            failures += 1
            check(error, place, code)
            removed = ("unlink", place) in disk.done
            assert content_of(place) == (None if removed else BEGAN)
            journal.end()
        assert not place.exists()
        if not disk.has_failed:
            break
    assert failures >= 4


@faults
def test_r3_a_read_whose_nth_call_fails_is_an_error_and_never_no_journal(
    code: int, path: Path, place: Path
) -> None:
    FileStore(path).journal.begin(BEGAN)
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        disk = FailingDisk(nth, code)
        found: list[bytes | None] = []
        journal = FileStore(path, disk=disk).journal
        error = failure(
            lambda journal, found: found.append(journal.read()), journal, found
        )
        assert left_open(path.parent) == []
        if error is None:
            assert found == [BEGAN]
            if not disk.has_failed:
                break
            continue
        assert isinstance(error, StateUnreadable)
        assert str(place) in str(error)
        assert error.hint


AFTER = (None, BEGAN, BEGAN + DOING, BEGAN + DOING + ENDED, None, b"began 2\n")
"""What is there after so many steps of the script."""


def test_r1_who_keeps_a_journal_may_die_at_any_call(tmp_path: Path) -> None:
    with start("process_that_notes", str(tmp_path)) as child:
        printed, _ = child.communicate(timeout=60)
        assert child.returncode == 0
    *steps, last = [int(line) for line in printed.split()]
    assert len(steps) > 40
    assert sorted({*steps}) == list(range(len(SCRIPT)))
    assert last == len(SCRIPT)
    for nth, returned in enumerate(steps, start=1):
        path = tmp_path / str(nth) / "state.json"
        found = FileStore(path).journal.read()
        before, after = AFTER[returned], AFTER[returned + 1]
        if found not in (before, after):
            # Half of a record is left, and without the line's end.
            assert before is not None
            assert after is not None
            assert found == before + after.removeprefix(before)[:4]
        FileStore(path).journal.begin(b"began 3\n")
        assert FileStore(path).journal.read() == b"began 3\n"
        assert leftovers(path.parent) == []
