"""The state in a local file: who may read it, and what is not taken for one."""

from __future__ import annotations

import errno
import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ghstate.errors import StateConflict, StateUnreadable, StateUnwritable
from ghstate.store import directory as directory_module
from ghstate.store import file as file_module
from ghstate.store.disk import LocalDisk
from ghstate.store.file import FileStore
from tests.store.disks import BrokenDisk, WatchedDisk
from tests.store.holding import holder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ghstate" / "state.json"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_r16_everything_is_for_its_owner_only(path: Path) -> None:
    store = FileStore(path)
    with store.lock(holder()):
        first = store.write(b"one", replacing=None)
        store.write(b"two", replacing=first)
        store.journal.begin(b"began\n")
        store.journal.append(b"doing\n")
        store.rescue(b"three")
        made = {each.name: mode(each) for each in path.parent.iterdir()}
    assert made == dict.fromkeys(
        (
            ".gitignore",
            "state.json",
            "state.json.generation-00000001",
            "state.json.journal",
            "state.json.lock",
            "state.json.lock.info",
            "state.json.rescue-1",
        ),
        0o600,
    )
    assert mode(path.parent) == 0o700


def test_directories_above_are_made_for_their_owner_only(tmp_path: Path) -> None:
    FileStore(tmp_path / "a" / "b" / "state.json").write(b"one", replacing=None)
    assert [mode(tmp_path / "a"), mode(tmp_path / "a" / "b")] == [0o700, 0o700]
    assert sorted(os.listdir(tmp_path / "a" / "b")) == ["state.json"]  # noqa: PTH208 - names, not paths


def test_git_passes_over_a_directory_that_was_made_for_the_state(path: Path) -> None:
    FileStore(path).write(b"one", replacing=None)
    assert (path.parent / ".gitignore").read_text() == "*\n"


def test_a_directory_that_was_there_is_left_as_it_was(path: Path) -> None:
    path.parent.mkdir(mode=0o750)
    FileStore(path).write(b"one", replacing=None)
    assert mode(path.parent) == 0o750
    assert not (path.parent / ".gitignore").exists()


def leftovers(path: Path) -> list[str]:
    return [each.name for each in path.parent.iterdir() if each.name.endswith(".tmp")]


def test_what_a_dead_writer_left_is_swept_at_the_next_write(path: Path) -> None:
    store = FileStore(path)
    revision = store.write(b"one", replacing=None)
    path.with_name(".state.json.0123456789abcdef.tmp").write_bytes(b"tw")
    mine = path.with_name(".other.json.0123456789abcdef.tmp")
    mine.write_bytes(b"somebody else's")
    store.write(b"two", replacing=revision)
    assert leftovers(path) == [mine.name]


def test_without_a_lock_on_the_directory_nothing_is_swept(path: Path) -> None:
    # NFS locks no directories, so that a writer there may be alive.
    def locks_a_directory(name: str, args: tuple[Any, ...]) -> bool:
        return name == "lock" and stat.S_ISDIR(os.fstat(args[0]).st_mode)

    store = FileStore(path, disk=BrokenDisk(errno.EBADF, locks_a_directory))
    revision = store.write(b"one", replacing=None)
    stranger = path.with_name(".state.json.0123456789abcdef.tmp")
    stranger.write_bytes(b"tw")
    store.write(b"two", replacing=revision)
    assert path.read_bytes() == b"two"
    assert leftovers(path) == [stranger.name]


def test_a_writer_that_never_ends_is_not_waited_for_without_end(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory_module, "_PATIENCE", 0.05)
    store = FileStore(
        path, disk=BrokenDisk(errno.EWOULDBLOCK, lambda name, _: name == "lock")
    )
    with pytest.raises(StateUnwritable, match="another process is writing"):
        store.write(b"one", replacing=None)
    assert store.read() is None


def test_p1_a_name_is_given_only_to_what_is_on_disk(path: Path) -> None:
    FileStore(path).write(b"one", replacing=None)
    disk = WatchedDisk()
    revision = FileStore(path).read()
    assert revision is not None
    FileStore(path, disk=disk).write(b"two", replacing=revision.revision)

    steps = [
        name if name != "rename" else f"rename to {args[1].name}"
        for name, args in disk.calls
        if name in ("write", "fsync", "close", "link", "rename")
    ]
    assert steps == [
        "fsync",  # of the directory above: there may be nobody else who has done it
        "close",
        "close",  # the old one, read to compare
        "write",
        "fsync",
        "close",
        "link",
        "fsync",  # of the directory: the old one has its other name
        "rename to state.json",
        "fsync",
        "close",
    ]
    synced = [args[0] for name, args in disk.calls if name == "fsync"]
    written = [args[0] for name, args in disk.calls if name == "write"]
    assert synced[1] == written[0]
    assert written[0] not in synced[2:]


def test_a_disk_that_takes_a_little_at_a_time_gets_it_all(path: Path) -> None:
    class Sluggish(LocalDisk):
        def write(self, fd: int, content: memoryview) -> int:
            return super().write(fd, content[:3])

    FileStore(path, disk=Sluggish()).write(b"a whole state", replacing=None)
    assert path.read_bytes() == b"a whole state"


def test_a_new_directory_is_brought_to_disk_in_the_one_above(path: Path) -> None:
    disk = WatchedDisk()
    FileStore(path, disk=disk).write(b"one", replacing=None)
    opened = [args[0] for name, args in disk.calls if name == "open"]
    assert path.parent.parent in opened
    assert [name for name, _ in disk.calls].count("fsync") == 4


def test_r2_a_directory_that_somebody_else_has_made_is_brought_to_disk_once(
    path: Path,
) -> None:
    # Who made it may have been killed before that.
    path.parent.mkdir()
    disk = WatchedDisk()
    store = FileStore(path, disk=disk)
    revision = store.write(b"one", replacing=None)
    store.write(b"two", replacing=revision)
    opened = [args[0] for name, args in disk.calls if name == "open"]
    assert opened.count(path.parent.parent) == 1


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM])
def test_a_directory_below_one_that_is_closed_to_us_can_be_used(
    code: int, path: Path
) -> None:
    def opens_the_one_above(name: str, args: tuple[Any, ...]) -> bool:
        return name == "open" and args[0] == path.parent.parent

    store = FileStore(path, disk=BrokenDisk(code, opens_the_one_above))
    with pytest.raises(StateUnwritable):
        store.write(b"one", replacing=None)
    assert path.parent.exists()
    store.write(b"one", replacing=None)
    assert path.read_bytes() == b"one"


def make_link(path: Path) -> None:
    target = path.with_name("elsewhere")
    target.write_bytes(b"one")
    path.symlink_to(target)


def make_dangling_link(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        before = Path.cwd()
        os.chdir(path.parent)  # a socket's path is short
        try:
            listener.bind(path.name)
        finally:
            os.chdir(before)


IMPOSTORS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a symbolic link": (make_link, "it is a symbolic link, and none is followed here"),
    "a dangling link": (
        make_dangling_link,
        "it is a symbolic link, and none is followed here",
    ),
    "a FIFO": (os.mkfifo, "it is not a plain file"),
    "a directory": (Path.mkdir, "it is not a plain file"),
    "a socket": (make_socket, "it is not a plain file"),
}


@pytest.mark.parametrize(("make", "reason"), IMPOSTORS.values(), ids=IMPOSTORS)
def test_r16_what_is_no_plain_file_is_neither_read_nor_replaced(
    make: Callable[[Path], None], reason: str, path: Path
) -> None:
    path.parent.mkdir()
    make(path)
    kind = stat.S_IFMT(path.lstat().st_mode)
    store = FileStore(path)
    with pytest.raises(StateUnreadable) as unreadable:
        store.read()
    with pytest.raises(StateUnwritable) as unwritable:
        store.write(b"two", replacing=None)
    assert str(unreadable.value) == f"{path}: the state cannot be read: {reason}"
    assert str(unwritable.value) == f"{path}: the state could not be written: {reason}"
    assert unreadable.value.hint
    assert unwritable.value.hint
    assert stat.S_IFMT(path.lstat().st_mode) == kind


def test_a_directory_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"")
    store = FileStore(tmp_path / "state" / "state.json")
    with pytest.raises(StateUnreadable, match="not a directory"):
        store.read()
    with pytest.raises(StateUnwritable, match="not a directory"):
        store.write(b"one", replacing=None)


def test_the_directory_itself_may_be_a_symbolic_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "state").symlink_to(tmp_path / "disk")
    store = FileStore(tmp_path / "state" / "state.json")
    with store.lock(holder()):
        store.write(b"one", replacing=None)
    assert (tmp_path / "disk" / "state.json").read_bytes() == b"one"


def test_a_directory_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").symlink_to(tmp_path / "nowhere")
    store = FileStore(tmp_path / "state" / "state.json")
    with pytest.raises(StateUnwritable, match="no such file or directory"):
        store.write(b"one", replacing=None)


def test_an_empty_file_is_not_nothing(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    stored = FileStore(path).read()
    assert stored is not None
    assert stored.content == b""
    with pytest.raises(StateConflict):
        FileStore(path).write(b"one", replacing=None)


def test_p8_a_state_beyond_the_limit_is_neither_read_nor_written(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "LIMIT", 2**20)
    store = FileStore(path)
    revision = store.write(bytes(2**20), replacing=None)
    assert store.read() is not None
    with pytest.raises(StateUnwritable, match="larger than 1 MiB"):
        store.write(bytes(2**20 + 1), replacing=revision)
    with path.open("ab") as state:
        state.write(b"x")
    with pytest.raises(StateUnreadable, match="larger than 1 MiB"):
        store.read()


def test_a_file_system_that_cannot_sync_directories_need_not(path: Path) -> None:
    def syncs_a_directory(name: str, args: tuple[Any, ...]) -> bool:
        return name == "fsync" and stat.S_ISDIR(os.fstat(args[0]).st_mode)

    store = FileStore(path, disk=BrokenDisk(errno.EINVAL, syncs_a_directory))
    store.write(b"one", replacing=None)
    assert path.read_bytes() == b"one"


def test_what_cannot_be_written_is_saved_beside_it(path: Path) -> None:
    store = FileStore(path)
    store.write(b"one", replacing=None)
    assert store.rescue(b"two") == f"{path}.rescue-1"
    assert store.rescue(b"three") == f"{path}.rescue-2"
    assert Path(f"{path}.rescue-1").read_bytes() == b"two"
    assert Path(f"{path}.rescue-2").read_bytes() == b"three"


def test_what_cannot_be_saved_beside_it_is_saved_elsewhere(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = path.parent.parent / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))

    def beside(name: str, args: tuple[Any, ...]) -> bool:
        return name == "open" and path.parent in args[0].parents

    store = FileStore(path, disk=BrokenDisk(errno.EROFS, beside))
    saved = store.rescue(b"two")
    assert saved == str(elsewhere / "ghstate-state.json.rescue-1")
    assert Path(saved).read_bytes() == b"two"
    assert mode(Path(saved)) == 0o600


def test_a_rescue_never_follows_what_somebody_laid_out_for_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = path.parent.parent / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    victim = elsewhere / "victim"
    (elsewhere / "ghstate-state.json.rescue-1").symlink_to(victim)
    saved = FileStore(path).rescue(b"two")  # there is no directory beside yet
    assert saved == str(elsewhere / "ghstate-state.json.rescue-2")
    assert not victim.exists()


def test_where_no_name_is_left_beside_it_another_place_is_found(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = path.parent.parent / "tmp"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    monkeypatch.setattr(file_module, "_RESCUES", range(1, 3))
    store = FileStore(path)
    store.write(b"one", replacing=None)
    saved = [store.rescue(b"two") for _ in range(5)]
    assert saved == [
        f"{path}.rescue-1",
        f"{path}.rescue-2",
        f"{elsewhere}/ghstate-state.json.rescue-1",
        f"{elsewhere}/ghstate-state.json.rescue-2",
        None,
    ]


def test_where_nothing_can_be_saved_that_is_said(path: Path) -> None:
    store = FileStore(
        path, disk=BrokenDisk(errno.ENOSPC, lambda name, _: name == "write")
    )
    assert store.rescue(b"two") is None
