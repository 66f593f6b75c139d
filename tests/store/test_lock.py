"""The lock on a local state: the kernel decides, the note explains."""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

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
        with pytest.raises(StateLocked, match="refresh by ada@runner-7"):
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
        assert f"{shown} by {shown}" in str(error)


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
        f"{path}.lock: this file system keeps no locks: {os.strerror(code)}"
    )
    assert caught.value.hint == (
        "Keep the state on a disk of this machine: [state] path in ghstate.toml."
    )


def make_link(path: Path) -> None:
    path.symlink_to(path.with_name("victim"))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (make_link, "it is a symbolic link, and none is followed here"),
        (os.mkfifo, "it is not a plain file"),
        (Path.mkdir, "Is a directory"),
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


def test_waiting_asks_more_and_more_rarely(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    monkeypatch.setattr("ghstate.store.lock.time.sleep", sleep)
    monkeypatch.setattr("ghstate.store.lock.time.monotonic", lambda: now[0])
    told: list[Holder | None] = []
    waiting = FileStore(path).lock(holder("c52d"), timeout=10, waiting=told.append)
    with FileStore(path).lock(holder("b41c")), pytest.raises(StateLocked):
        waiting.__enter__()
    assert pauses[:3] == pytest.approx([0.05, 0.075, 0.1125])
    assert max(pauses) == 1.0
    assert sum(pauses) == pytest.approx(10)
    assert told == [holder("b41c")]
