"""The lock on a local state: the kernel decides, the note explains."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from ghstate.errors import StateError, StateLocked, StateUnwritable
from ghstate.ports import Holder
from ghstate.store.file import FileStore
from tests.store.disks import BrokenDisk, WatchedDisk
from tests.store.holding import SINCE, holder, start


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ghstate" / "state.json"


@pytest.fixture
def note(path: Path) -> Path:
    return path.with_name("state.json.lock.info")


def test_the_note_says_who_holds_the_lock_and_goes_with_them(
    path: Path, note: Path
) -> None:
    with FileStore(path).lock(holder()):
        assert json.loads(note.read_bytes()) == {
            "id": "b41c",
            "operation": "apply",
            "who": "ada@runner-7",
            "pid": 4711,
            "since": "2026-11-21T09:12:00Z",
        }
    assert sorted(each.name for each in path.parent.iterdir()) == [
        ".gitignore",
        "state.json.lock",
    ]


def test_r6_the_death_of_a_holder_frees_the_lock_and_leaves_the_note(
    path: Path,
) -> None:
    with start("process_that_holds", str(path)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(StateLocked, match="a refresh of ada@runner-7"):
            FileStore(path).lock(holder()).__enter__()
        os.kill(child.pid, signal.SIGKILL)
    with FileStore(path).lock(holder()) as lock:
        assert lock.left_behind == holder("dead", "refresh")
    with FileStore(path).lock(holder()) as lock:
        assert lock.left_behind is None


def test_r5_eight_processes_count_to_a_hundred_and_sixty_together(path: Path) -> None:
    children = [start("process_that_counts", str(path), "20") for _ in range(8)]
    assert [child.wait(timeout=120) for child in children] == [0] * 8
    for child in children:
        child.communicate()
    assert path.read_bytes() == b"160"


@pytest.mark.parametrize("years", [-100, 100])
def test_r6_no_clock_breaks_a_lock(years: int, path: Path, note: Path) -> None:
    with FileStore(path).lock(holder()) as lock:
        content = json.loads(note.read_bytes())
        content["since"] = SINCE.replace(year=SINCE.year + years).isoformat()
        note.write_text(json.dumps(content))
        os.utime(note, (0, 0))
        os.utime(path.with_name("state.json.lock"), (0, 0))
        with pytest.raises(StateLocked):
            FileStore(path).lock(holder("c52d")).__enter__()
        assert lock.still_held()


def test_a_lock_whose_file_is_removed_is_held_no_longer(path: Path) -> None:
    with FileStore(path).lock(holder()) as lock:
        path.with_name("state.json.lock").unlink()
        assert not lock.still_held()


def test_a_lock_that_was_forced_open_while_it_was_taken_is_taken_again(
    path: Path,
) -> None:
    class Race(WatchedDisk):
        """Removes the lock's file once, between opening and locking it."""

        def before(self, name: str, args: tuple[object, ...]) -> None:
            if name == "lock" and [each for each, _ in self.calls].count("lock") == 1:
                path.with_name("state.json.lock").unlink()

    with FileStore(path, disk=Race()).lock(holder()) as lock:
        assert lock.still_held()
        with pytest.raises(StateLocked):
            FileStore(path).lock(holder("c52d")).__enter__()


def test_a_note_that_somebody_else_has_written_stays(path: Path, note: Path) -> None:
    with FileStore(path).lock(holder("b41c")):
        theirs = note.read_text().replace("b41c", "c52d")
        note.write_text(theirs)
    assert note.read_text() == theirs


NASTY = "ada\x1b[2J\r\n::set-output::\x9b31m\u202eevil\u200b\x00"


def test_a_note_cannot_forge_what_is_shown(path: Path, note: Path) -> None:
    with FileStore(path).lock(holder()):
        words = {"id": NASTY, "operation": NASTY, "who": NASTY * 1000}
        note.write_text(json.dumps(json.loads(note.read_bytes()) | words))
        with pytest.raises(StateLocked) as locked:
            FileStore(path).lock(holder("c52d")).__enter__()
        with pytest.raises(StateError) as wrong:
            FileStore(path).break_lock("c52d")
    shown = r"ada\x1b[2J\r\n::set-output::\x9b31m\u202eevil\u200b\x00"
    for error in (locked.value, wrong.value):
        for text in (str(error), error.hint):
            assert text.isprintable()
            assert len(text) < 4000
        assert f"an {shown} of {shown}" in str(error)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"id": "b41c"}',
        b"\xff",
        b"[" * 60_000,
        b" " * 100_000,
        b"""{"id": "b41c", "operation": "apply", "who": "ada", "pid": 1,
             "since": "0001-01-01T00:00:00+23:00"}""",
    ],
    ids=range(8),
)
def test_a_note_that_says_nothing_is_no_reason_to_fail(
    content: bytes, path: Path, note: Path
) -> None:
    with FileStore(path).lock(holder()):
        note.write_bytes(content)
        with pytest.raises(StateLocked, match="a process that left no note"):
            FileStore(path).lock(holder("c52d")).__enter__()
        with pytest.raises(StateError, match="left no note to check the id against"):
            FileStore(path).break_lock("b41c")
    with FileStore(path).lock(holder("c52d")) as lock:
        assert lock.left_behind is None


def test_a_note_without_a_time_zone_counts_as_utc(path: Path, note: Path) -> None:
    with FileStore(path).lock(holder()):
        content = json.loads(note.read_bytes()) | {"since": "2026-11-21T09:12:00"}
        note.write_text(json.dumps(content))
        with pytest.raises(StateLocked, match="since 2026-11-21 09:12:00 UTC"):
            FileStore(path).lock(holder("c52d")).__enter__()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_r6_a_file_system_that_keeps_no_locks_is_named(code: int, path: Path) -> None:
    store = FileStore(path, disk=BrokenDisk(code, lambda name, _: name == "lock"))
    with pytest.raises(StateError) as caught:
        store.lock(holder()).__enter__()
    assert str(caught.value) == (
        f"{path}.lock: this file system keeps no locks: {os.strerror(code).lower()}"
    )
    assert caught.value.hint == (
        "keep the state on a disk of this machine: [state] path in ghstate.toml"
    )


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("victim"))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_link, "it is a symbolic link, and none is followed here"),
        (os.mkfifo, "it is not a plain file"),
        (Path.mkdir, "is a directory"),
    ],
    ids=["link", "FIFO", "directory"],
)
def test_r16_what_is_no_plain_file_is_not_locked(
    make: Callable[[Path], None], reason: str, path: Path
) -> None:
    path.parent.mkdir()
    place = path.with_name("state.json.lock")
    make(place)
    kind = stat.S_IFMT(place.lstat().st_mode)
    with pytest.raises(StateUnwritable) as caught:
        FileStore(path).lock(holder()).__enter__()
    assert str(caught.value) == f"{place}: the state cannot be locked: {reason}"
    assert caught.value.hint
    assert stat.S_IFMT(place.lstat().st_mode) == kind
    assert not path.with_name("victim").exists()


def test_a_link_at_the_notes_place_is_replaced_and_not_followed(
    path: Path, note: Path
) -> None:
    path.parent.mkdir()
    victim = path.with_name("victim")
    victim.write_bytes(b"precious")
    note.symlink_to(victim)
    note.with_name(f"{note.name}.new").symlink_to(victim)
    with FileStore(path).lock(holder()) as lock:
        assert lock.left_behind is None
        assert not note.is_symlink()
    assert victim.read_bytes() == b"precious"


def test_a_holder_that_lets_go_just_before_is_not_forced_out(path: Path) -> None:
    class LetsGo(WatchedDisk):
        """Lets the holder go at the last moment before its note is removed."""

        def before(self, name: str, args: tuple[object, ...]) -> None:
            if name == "unlink" and not released:
                released.append(True)
                held.__exit__(None, None, None)

    released: list[bool] = []
    held = FileStore(path).lock(holder("b41c"))
    held.__enter__()
    with pytest.raises(StateError, match="nobody holds the lock"):
        FileStore(path, disk=LetsGo()).break_lock("b41c")
    assert path.with_name("state.json.lock").exists()


class Clock:
    """Stands still but for those who sleep; *sleeping* happens meanwhile."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.pauses: list[float] = []
        self.sleeping: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds
        self.sleeping()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("ghstate.store.lock.time", clock)
    monkeypatch.setattr("ghstate.store.holders.time", clock)
    return clock


def test_waiting_asks_more_and_more_rarely(path: Path, clock: Clock) -> None:
    told: list[Holder | None] = []
    waiting = FileStore(path).lock(holder("c52d"), timeout=10, waiting=told.append)
    with FileStore(path).lock(holder("b41c")), pytest.raises(StateLocked):
        waiting.__enter__()
    assert clock.pauses[:3] == pytest.approx([0.02, 0.03, 0.045])
    assert max(clock.pauses) == 1.0
    assert sum(clock.pauses) == pytest.approx(10)
    assert told == [holder("b41c")]


def test_who_waits_for_long_is_told_every_half_minute(path: Path, clock: Clock) -> None:
    told: list[float] = []
    waiting = FileStore(path).lock(
        holder("c52d"), timeout=100, waiting=lambda _: told.append(clock.now - 1000)
    )
    with FileStore(path).lock(holder("b41c")), pytest.raises(StateLocked):
        waiting.__enter__()
    assert told == pytest.approx([0.1, 30.6, 60.6, 90.6], abs=1)


def test_who_waits_is_told_when_it_is_for_somebody_else(
    path: Path, note: Path, clock: Clock
) -> None:
    def hand_over() -> None:
        """In the middle there is nobody's note; the last one says nothing new."""
        if len(clock.pauses) == 10:
            note.unlink()
        if len(clock.pauses) in (12, 14):
            note.write_bytes(msgspec.json.encode(holder("d63e", "refresh")))

    told: list[Holder | None] = []
    waiting = FileStore(path).lock(holder("c52d"), timeout=25, waiting=told.append)
    with FileStore(path).lock(holder("b41c")):
        clock.sleeping = hand_over
        with pytest.raises(StateLocked, match="a refresh of ada@runner-7"):
            waiting.__enter__()
    assert told == [holder("b41c"), holder("d63e", "refresh")]


def test_who_waits_for_a_process_without_a_note_is_told_so(
    path: Path, note: Path, clock: Clock
) -> None:
    told: list[Holder | None] = []
    waiting = FileStore(path).lock(holder("c52d"), timeout=20, waiting=told.append)
    with FileStore(path).lock(holder("b41c")):
        note.unlink()
        with pytest.raises(StateLocked, match="left no note"):
            waiting.__enter__()
    assert told == [None]


def test_whoever_only_looks_is_not_taken_for_a_holder(path: Path, clock: Clock) -> None:
    with FileStore(path).lock(holder("b41c")):
        pass
    with path.with_name("state.json.lock").open() as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        assert FileStore(path).holder() is None
        with pytest.raises(StateError, match="nobody holds the lock"):
            FileStore(path).break_lock("b41c")
        clock.sleeping = lambda: fcntl.flock(looking, fcntl.LOCK_UN)
        told: list[Holder | None] = []
        with FileStore(path).lock(holder("c52d"), timeout=5, waiting=told.append):
            assert clock.pauses == [0.002]
    assert told == []


def test_whoever_looks_all_day_does_not_keep_others_out(path: Path) -> None:
    stop = threading.Event()

    def look() -> int:
        looks = 0
        while not stop.is_set():
            FileStore(path).holder()
            looks += 1
        return looks

    with ThreadPoolExecutor(1) as pool:
        looked = pool.submit(look)
        try:
            for number in range(200):
                with FileStore(path).lock(holder(str(number))) as lock:
                    assert lock.still_held()
        finally:
            stop.set()
        assert looked.result() > 0


def test_r6_a_dead_holders_note_is_no_holder(path: Path, note: Path) -> None:
    with start("process_that_holds", str(path)) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        assert FileStore(path).holder() == holder("dead", "refresh")
        os.kill(child.pid, signal.SIGKILL)
    assert FileStore(path).holder() is None
    assert note.exists()
    with pytest.raises(StateError, match="nobody holds the lock"):
        FileStore(path).break_lock("dead")


@pytest.mark.parametrize("hours", [-48, 0, 48])
@pytest.mark.parametrize("who", ["ada@runner-7", "root@another-host"])
@pytest.mark.parametrize(
    "pid", [1, os.getpid(), 4_194_305], ids=["of another", "of ours", "of nobody"]
)
def test_r6_whatever_the_note_says_the_kernel_decides(
    hours: int, who: str, pid: int, path: Path, note: Path
) -> None:
    # The pid of the dead holder may be another process by now, or one of ours.
    left = Holder(
        id="b41c",
        operation="apply",
        who=who,
        pid=pid,
        since=datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours),
    )
    with FileStore(path).lock(holder("c52d")):
        note.write_bytes(msgspec.json.encode(left))
        with pytest.raises(StateLocked):
            FileStore(path).lock(holder("d63e")).__enter__()
        assert FileStore(path).holder() == left
    assert note.exists()
    assert FileStore(path).holder() is None
    with FileStore(path).lock(holder("d63e")) as lock:
        assert lock.left_behind == left


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EACCES, errno.EMFILE])
@pytest.mark.parametrize("call", ["open", "share", "fstat", "read"])
def test_where_it_cannot_be_told_who_holds_the_lock_nobody_is_named(
    code: int, call: str, path: Path
) -> None:
    store = FileStore(path, disk=BrokenDisk(code, lambda name, _: name == call))
    with FileStore(path).lock(holder()) as lock:
        assert store.holder() is None
        assert lock.still_held()
        assert FileStore(path).holder() == holder()
