"""What every store promises, whatever it keeps the state in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

import pytest

from ghstate.errors import StateConflict, StateError, StateLocked
from ghstate.ports import Holder, Store
from ghstate.store.file import FileStore
from ghstate.store.memory import MemoryStore
from tests.store.holding import holder

Opener: TypeAlias = Callable[[], Store]
"""Opens one and the same store, each time anew."""


def _files(directory: Path) -> Opener:
    return lambda: FileStore(directory / ".ghstate" / "state.json")


def _memory(directory: Path) -> Opener:
    store = MemoryStore()
    return lambda: store


STORES: tuple[Callable[[Path], Opener], ...] = (_files, _memory)


@pytest.fixture(params=STORES, ids=lambda each: each.__name__.lstrip("_"))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    opener: Opener = request.param(tmp_path)
    return opener


@pytest.fixture
def store(opened: Opener) -> Store:
    return opened()


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.read() is None


def test_a_store_says_where_it_is(store: Store) -> None:
    assert store.place


def test_what_is_written_can_be_read(opened: Opener) -> None:
    revision = opened().write(b"one", replacing=None)
    stored = opened().read()
    assert stored is not None
    assert stored.content == b"one"
    assert stored.revision == revision


def test_a_generation_takes_the_place_of_the_one_before(opened: Opener) -> None:
    first = opened().write(b"one", replacing=None)
    second = opened().write(b"two", replacing=first)
    stored = opened().read()
    assert stored is not None
    assert (stored.content, stored.revision) == (b"two", second)
    assert first != second


@pytest.mark.parametrize("content", [b"", b"\0\xff" * 300_000])
def test_a_store_does_not_mind_what_the_bytes_say(store: Store, content: bytes) -> None:
    store.write(content, replacing=None)
    stored = store.read()
    assert stored is not None
    assert stored.content == content


def test_a_rescue_leaves_what_is_kept_alone(opened: Opener) -> None:
    opened().write(b"one", replacing=None)
    opened().rescue(b"two")
    stored = opened().read()
    assert stored is not None
    assert stored.content == b"one"


def test_a_stale_write_is_refused(opened: Opener) -> None:
    first = opened().write(b"one", replacing=None)
    opened().write(b"two", replacing=first)
    with pytest.raises(StateConflict) as caught:
        opened().write(b"three", replacing=first)
    assert opened().place in str(caught.value)
    assert caught.value.hint
    stored = opened().read()
    assert stored is not None
    assert stored.content == b"two"


def test_a_first_write_onto_something_is_refused(opened: Opener) -> None:
    opened().write(b"one", replacing=None)
    with pytest.raises(StateConflict):
        opened().write(b"two", replacing=None)


def test_a_write_onto_nothing_that_expects_something_is_refused(
    store: Store, tmp_path: Path
) -> None:
    elsewhere = FileStore(tmp_path / "elsewhere.json")
    revision = elsewhere.write(b"one", replacing=None)
    with pytest.raises(StateConflict):
        store.write(b"two", replacing=revision)
    assert store.read() is None


def test_of_many_writers_at_once_exactly_one_gets_through(opened: Opener) -> None:
    first = opened().write(b"one", replacing=None)
    together = threading.Barrier(8)

    def write(number: int) -> bool:
        together.wait(timeout=20)
        try:
            opened().write(str(number).encode(), replacing=first)
        except StateConflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(write, range(8))) == 1


def test_p3_there_is_one_holder_at_a_time(opened: Opener) -> None:
    with (
        opened().lock(holder("b41c")),
        pytest.raises(StateLocked),
        opened().lock(holder("c52d")),
    ):
        pytest.fail("two at once")


def test_who_is_kept_out_is_told_by_whom(opened: Opener) -> None:
    with (
        opened().lock(holder("b41c")),
        pytest.raises(StateLocked) as caught,
        opened().lock(holder("c52d")),
    ):
        pytest.fail("two at once")
    assert str(caught.value) == (
        f"{opened().place}: the state is locked: apply by ada@runner-7 "
        "(process 4711, since 2026-11-21 09:12:00 UTC, lock b41c) holds it"
    )
    assert caught.value.hint == (
        "Wait, or `ghstate force-unlock b41c` if you are sure that run is gone."
    )


def test_the_lock_is_free_afterwards(opened: Opener) -> None:
    for lock_id in ("b41c", "c52d"):
        with opened().lock(holder(lock_id)) as lock:
            assert lock.still_held()
            assert lock.left_behind is None
        assert not lock.still_held()


def test_the_lock_is_free_after_an_exception(opened: Opener) -> None:
    with pytest.raises(KeyError), opened().lock(holder("b41c")):
        raise KeyError
    with opened().lock(holder("c52d")) as lock:
        assert lock.left_behind is None


def test_a_lock_that_was_refused_leaves_the_holder_alone(opened: Opener) -> None:
    with opened().lock(holder("b41c")) as lock:
        with pytest.raises(StateLocked), opened().lock(holder("c52d")):
            pytest.fail("two at once")
        assert lock.still_held()


def test_reading_and_writing_need_no_lock(opened: Opener) -> None:
    with opened().lock(holder()):
        opened().write(b"one", replacing=None)
        assert opened().read() is not None


def test_waiting_ends_when_the_lock_is_free_and_tells_once_for_whom(
    opened: Opener,
) -> None:
    told: list[Holder | None] = []
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        with opened().lock(holder("b41c")):
            held.set()
            let_go.wait(timeout=20)

    def waiting(who: Holder | None) -> None:
        told.append(who)
        threading.Timer(0.3, let_go.set).start()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(hold)
        assert held.wait(timeout=20)
        with opened().lock(holder("c52d"), timeout=20, waiting=waiting) as lock:
            assert lock.still_held()
    assert told == [holder("b41c")]


def test_waiting_ends_when_the_time_is_up(opened: Opener) -> None:
    with (
        opened().lock(holder("b41c")),
        pytest.raises(StateLocked, match="b41c"),
        opened().lock(holder("c52d"), timeout=0.2),
    ):
        pytest.fail("two at once")


def test_nobody_is_told_of_waiting_that_does_not_happen(opened: Opener) -> None:
    told: list[Holder | None] = []
    with (
        opened().lock(holder("b41c"), timeout=5, waiting=told.append),
        pytest.raises(StateLocked),
        opened().lock(holder("c52d"), waiting=told.append),
    ):
        pytest.fail("two at once")
    assert told == []


def test_a_lock_opens_for_whoever_knows_its_id(opened: Opener) -> None:
    with opened().lock(holder("b41c")) as first:
        assert opened().break_lock("b41c") == holder("b41c")
        assert not first.still_held()
        with opened().lock(holder("c52d")) as second:
            assert second.left_behind is None
            assert second.still_held()
            assert not first.still_held()


def test_a_holder_that_was_forced_out_does_not_take_the_next_one_along(
    opened: Opener,
) -> None:
    first = opened().lock(holder("b41c"))
    first.__enter__()
    opened().break_lock("b41c")
    with opened().lock(holder("c52d")) as second:
        first.__exit__(None, None, None)
        assert second.still_held()
        with pytest.raises(StateLocked, match="c52d"), opened().lock(holder("d63e")):
            pytest.fail("two at once")


def test_the_wrong_id_opens_nothing_and_is_told_the_right_holder(
    opened: Opener,
) -> None:
    with opened().lock(holder("b41c")) as lock:
        with pytest.raises(StateError) as caught:
            opened().break_lock("c52d")
        assert lock.still_held()
    assert str(caught.value) == (
        f"{opened().place}: that is not the id of the lock, which apply by "
        "ada@runner-7 (process 4711, since 2026-11-21 09:12:00 UTC, lock b41c) holds"
    )
    assert caught.value.hint == (
        "`ghstate force-unlock b41c` if you are sure that run is gone."
    )


def test_a_lock_that_nobody_holds_cannot_be_opened(opened: Opener) -> None:
    for _ in range(2):
        with pytest.raises(StateError, match="nobody holds the lock"):
            opened().break_lock("b41c")
        with opened().lock(holder("b41c")):
            pass
