"""Earlier generations of a local state: names, times, and what may go wrong."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ghstate.errors import StateUnreadable, StateUnwritable
from ghstate.ports import GENERATIONS, Revision
from ghstate.store.disk import LocalDisk
from ghstate.store.file import FileStore
from tests.store.disks import BrokenDisk, FailingDisk, WatchedDisk, left_open
from tests.store.test_faults import LIKELY_ENOUGH, content_of, failure, faults

LONG_AGO = datetime(2020, 2, 29, 12, 30, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".ghstate" / "state.json"


def generation(path: Path, number: int) -> Path:
    return path.with_name(f"state.json.generation-{number:08}")


def write(store: FileStore, *contents: bytes) -> Revision | None:
    """Write all of *contents*, one after the other."""
    stored = store.read()
    revision = stored.revision if stored else None
    for content in contents:
        revision = store.write(content, replacing=revision)
    return revision


def contents(store: FileStore) -> list[bytes]:
    return [store.generation(kept.name) for kept in store.generations()]


def names(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_generations_stand_beside_the_state_with_a_number_each(path: Path) -> None:
    write(FileStore(path), b"one", b"two", b"three")
    assert names(path) == [
        ".gitignore",
        "state.json",
        "state.json.generation-00000001",
        "state.json.generation-00000002",
    ]
    assert generation(path, 1).read_bytes() == b"one"
    assert generation(path, 2).read_bytes() == b"two"


def test_a_generation_takes_no_room_twice_and_keeps_its_time(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one")
    os.utime(path, (LONG_AGO.timestamp(),) * 2)
    before = path.stat()
    write(store, b"two")
    assert os.path.samestat(generation(path, 1).stat(), before)
    assert [kept.written for kept in store.generations()] == [LONG_AGO]


no_links = pytest.mark.parametrize(
    "code", [errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV]
)


def without_links(code: int) -> BrokenDisk:
    return BrokenDisk(code, lambda name, _: name == "link")


@no_links
def test_where_there_are_no_hard_links_a_copy_is_kept(code: int, path: Path) -> None:
    store = FileStore(path, disk=without_links(code))
    write(store, b"one")
    os.utime(path, (LONG_AGO.timestamp(),) * 2)
    write(store, b"two", b"three")
    assert contents(store) == [b"two", b"one"]
    assert store.generations()[1].written == LONG_AGO
    assert stat.S_IMODE(generation(path, 1).stat().st_mode) == 0o600
    assert [name for name in names(path) if name.endswith(".tmp")] == []


def test_a_copy_whose_time_cannot_be_set_is_kept_all_the_same(path: Path) -> None:
    disk = BrokenDisk(errno.EPERM, lambda name, _: name in ("link", "date"))
    store = FileStore(path, disk=disk)
    write(store, b"one", b"two")
    assert contents(store) == [b"one"]


def test_without_room_for_a_copy_the_state_stays_as_it_is(path: Path) -> None:
    def fills_the_disk(name: str, args: tuple[Any, ...]) -> bool:
        return name == "link" or (name == "write" and bytes(args[1]) == b"one")

    write(FileStore(path), b"one")
    store = FileStore(path, disk=BrokenDisk(errno.ENOSPC, fills_the_disk))
    with pytest.raises(StateUnwritable, match="no space left"):
        write(store, b"two")
    assert path.read_bytes() == b"one"
    assert names(path) == [".gitignore", "state.json"]


@pytest.mark.parametrize("impossible", [None, "link"], ids=["link", "copy"])
def test_writers_that_fail_again_and_again_push_no_generation_out(
    impossible: str | None, path: Path
) -> None:
    def breaks(name: str, args: tuple[Any, ...]) -> bool:
        return name == impossible or (breaking and name == "rename" and args[1] == path)

    store = FileStore(path, disk=BrokenDisk(errno.EIO, breaks))
    breaking = False
    write(store, *(b"%d" % number for number in range(GENERATIONS + 1)))
    before = contents(store)
    breaking = True
    for _ in range(GENERATIONS):
        with pytest.raises(StateUnwritable):
            write(store, b"new")
    assert set(before[:-1]) <= set(contents(store))
    breaking = False
    write(store, b"new")
    assert contents(store) == [b"%d" % GENERATIONS, *before[:-1]]


def test_a_state_that_is_still_in_place_is_not_listed_among_those_before(
    path: Path,
) -> None:
    # So a writer leaves it that dies between keeping the old and naming the new.
    write(FileStore(path), b"one", b"two")
    generation(path, 2).hardlink_to(path)
    assert contents(FileStore(path)) == [b"one"]
    write(FileStore(path), b"three")
    assert contents(FileStore(path)) == [b"two", b"one"]
    assert not generation(path, 3).exists()


def test_a_link_that_is_there_already_is_taken_for_what_it_is(path: Path) -> None:
    class LostAnswer(LocalDisk):
        """Asks twice for each link, as NFS does when the first answer is lost."""

        def link(self, old: Path, new: Path) -> None:
            super().link(old, new)
            super().link(old, new)

    store = FileStore(path, disk=LostAnswer())
    write(store, b"one", b"two")
    assert contents(store) == [b"one"]


def test_nothing_that_stands_in_the_way_is_overwritten(path: Path) -> None:
    class SomebodyIsFaster(LocalDisk):
        def link(self, old: Path, new: Path) -> None:
            new.write_bytes(b"precious")
            super().link(old, new)

    write(FileStore(path), b"one", b"two")
    with pytest.raises(StateUnwritable, match="file exists"):
        write(FileStore(path, disk=SomebodyIsFaster()), b"three")
    assert generation(path, 2).read_bytes() == b"precious"
    write(FileStore(path), b"three")
    assert contents(FileStore(path)) == [b"two", b"precious", b"one"]


def test_numbers_are_not_used_again(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one", b"two", b"three")
    generation(path, 1).unlink()
    write(store, b"four")
    assert [kept.name for kept in store.generations()] == ["00000003", "00000002"]


def test_generations_outlive_a_state_that_was_removed(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one", b"two")
    path.unlink()
    assert contents(store) == [b"one"]
    write(store, b"three", b"four")
    assert contents(store) == [b"three", b"one"]


def test_when_the_numbers_are_used_up_that_is_said(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one")
    generation(path, 99_999_999).write_bytes(b"mine")
    with pytest.raises(StateUnwritable) as caught:
        write(store, b"two")
    assert str(caught.value) == (
        f"{path}: the state could not be written: "
        "no number comes after state.json.generation-99999999"
    )
    assert caught.value.hint
    assert path.read_bytes() == b"one"


def make_link(path: Path) -> None:
    target = path.with_name("victim")
    target.write_bytes(b"precious")
    path.symlink_to(target)


@pytest.mark.parametrize("make", [make_link, os.mkfifo, Path.mkdir], ids=lambda m: m)
def test_r16_what_is_no_plain_file_is_no_generation_and_stays(
    make: Callable[[Path], None], path: Path
) -> None:
    store = FileStore(path)
    write(store, b"one")
    place = generation(path, 1)
    make(place)
    kind = stat.S_IFMT(place.lstat().st_mode)
    assert list(store.generations()) == []
    with pytest.raises(StateUnreadable) as caught:
        store.generation("00000001")
    assert str(caught.value).startswith(f"{place}: this generation cannot be read: it ")
    assert caught.value.hint
    write(store, *(b"%d" % number for number in range(GENERATIONS + 3)))
    assert len(store.generations()) == GENERATIONS
    assert stat.S_IFMT(place.lstat().st_mode) == kind
    victim = path.with_name("victim")
    assert not victim.exists() or victim.read_bytes() == b"precious"


def test_names_of_another_kind_are_neither_listed_nor_removed(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one")
    others = [
        "state.json.generation-",
        "state.json.generation-1",
        "state.json.generation-000000001",
        "state.json.generation-0000000x",
        "state.json.generation-00000001.bak",
        "state.json.generation-0000000\N{SUPERSCRIPT ONE}",
        "other.json.generation-00000007",
    ]
    for name in others:
        path.with_name(name).write_bytes(b"mine")
    write(store, *(b"%d" % number for number in range(GENERATIONS + 3)))
    assert len(contents(store)) == GENERATIONS
    assert set(others) <= set(names(path))
    assert store.generations()[-1].name == "00000004"


def test_what_cannot_be_removed_is_no_reason_to_fail_and_is_removed_later(
    path: Path,
) -> None:
    def removes_a_generation(name: str, args: tuple[Any, ...]) -> bool:
        return name == "unlink" and "generation" in args[0].name

    stuck = FileStore(path, disk=BrokenDisk(errno.EACCES, removes_a_generation))
    write(stuck, *(b"%d" % number for number in range(GENERATIONS + 4)))
    assert generation(path, 1).exists()
    assert len(stuck.generations()) == GENERATIONS
    write(FileStore(path), b"last")
    there = [name for name in names(path) if "generation" in name]
    assert len(there) == GENERATIONS


def test_r16_a_generation_may_bear_any_time(path: Path) -> None:
    store = FileStore(path)
    write(store, b"one", b"two")
    for seconds in (-(2**31), 0, 2**33):
        os.utime(generation(path, 1), (seconds, seconds))
        (kept,) = store.generations()
        assert kept.written.timestamp() == pytest.approx(seconds)
    watch = AnyTime()
    for watch.seconds in (-1e18, 1e18, 1e12, float("inf")):
        (kept,) = FileStore(path, disk=watch).generations()
        assert kept.written == datetime(1970, 1, 1, tzinfo=UTC)


class AnyTime(LocalDisk):
    """A file system whose times go further than ours."""

    seconds = 0.0

    def lstat(self, path: Path) -> os.stat_result:
        status = super().lstat(path)
        return os.stat_result((*status[:8], self.seconds, *status[9:]))


def test_one_that_goes_while_they_are_listed_is_left_out(path: Path) -> None:
    class Pruned(WatchedDisk):
        def before(self, name: str, args: tuple[Any, ...]) -> None:
            if name == "lstat":
                generation(path, 1).unlink(missing_ok=True)

    write(FileStore(path), b"one", b"two", b"three")
    listed = FileStore(path, disk=Pruned()).generations()
    assert [kept.name for kept in listed] == ["00000002"]


@faults
def test_r3_a_listing_whose_nth_call_fails_is_an_error_and_never_a_shorter_list(
    code: int, path: Path
) -> None:
    write(FileStore(path), b"one", b"two", b"three")
    whole = FileStore(path).generations()
    failures = 0
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        disk = FailingDisk(nth, code)
        found: list[object] = []
        store = FileStore(path, disk=disk)
        error = failure(
            lambda store, found: found.extend(store.generations()), store, found
        )
        assert left_open(path.parent) == []
        if error is None:
            assert found == list(whole)
            assert not disk.has_failed
            break
        failures += 1
        assert isinstance(error, StateUnreadable)
        assert str(path) in str(error)
        assert os.strerror(code).lower() in str(error).lower()
        assert error.hint
    assert failures >= 4


@faults
def test_r3_a_generation_whose_nth_call_fails_is_an_error_and_never_less_of_it(
    code: int, path: Path
) -> None:
    write(FileStore(path), b"one", b"two")
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        disk = FailingDisk(nth, code)
        found: list[bytes] = []
        store = FileStore(path, disk=disk)
        error = failure(
            lambda store, found: found.append(store.generation("00000001")),
            store,
            found,
        )
        assert left_open(path.parent) == []
        if error is None:
            assert found == [b"one"]
            if not disk.has_failed:
                break
            continue
        assert isinstance(error, StateUnreadable)
        assert str(generation(path, 1)) in str(error)
        assert os.strerror(code).lower() in str(error).lower()
        assert error.hint


class FailingLinks(FailingDisk):
    """Has no hard links, either."""

    def before(self, name: str, args: tuple[Any, ...]) -> None:
        super().before(name, args)
        if name == "link":
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))


@faults
@pytest.mark.parametrize("kind", [FailingDisk, FailingLinks])
def test_r3_a_write_whose_nth_call_fails_loses_no_generation(
    code: int, kind: type[FailingDisk], tmp_path: Path
) -> None:
    for nth in count(1):
        assert nth < LIKELY_ENOUGH
        path = tmp_path / str(nth) / "state.json"
        revision = write(FileStore(path), b"one", b"two", b"three")
        disk = kind(nth, code)
        failure(FileStore(path, disk=disk).write, b"four", replacing=revision)
        assert left_open(tmp_path) == []
        match content_of(path):
            case b"three":
                # Maybe kept already, but then not listed or the same again.
                assert set(contents(FileStore(path))) - {b"three"} == {b"one", b"two"}
            case b"four":
                assert contents(FileStore(path)) == [b"three", b"two", b"one"]
            case other:
                pytest.fail(f"neither the old one nor the new one: {other!r}")
        write(FileStore(path), b"five")
        expected = {b"one", b"two", b"three"}
        assert expected <= set(contents(FileStore(path)))
        assert [name for name in names(path) if name.endswith(".tmp")] == []
        if not disk.has_failed:
            break
