"""What every store promises, whatever it keeps the state in."""

from __future__ import annotations

import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ghstate.errors import StateConflict, StateError, StateLocked
from ghstate.ports import GENERATIONS, Holder, Store
from ghstate.store.file import FileStore
from tests.store.holding import holder
from tests.store.openers import STORES, Opener


@pytest.fixture(params=STORES)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return STORES[request.param](tmp_path)


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


def test_a_rescue_leaves_what_is_kept_alone(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Those that are no file rescue into the directory for temporary ones.
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
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
        f"{opened().place}: the state is locked by an apply of ada@runner-7 "
        "(process 4711, since 2026-11-21 09:12:00 UTC, lock b41c)"
    )
    assert caught.value.hint == (
        f"wait with --lock-timeout 5m; {way_out_of_the_lock(opened().place)}"
    )


def way_out_of_the_lock(place: str) -> str:
    """What helps where the holder b41c hangs or is gone: it depends on the store."""
    match place.partition("://")[0]:
        case "s3":
            return (
                "the lock of a run that died stays: ghstate force-unlock b41c if that "
                "run is gone for certain"
            )
        case "postgresql":
            return (
                "if that run hangs, end process 4711 on its machine: its lock goes "
                "with it; if that cannot be done, ghstate force-unlock b41c ends its "
                "connection"
            )
        case _:
            return (
                "if that run hangs, end process 4711: its lock goes with it; only if "
                "that cannot be done: ghstate force-unlock b41c"
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
        f"{opened().place}: that is not the id of the lock, which is held by an apply "
        "of ada@runner-7 (process 4711, since 2026-11-21 09:12:00 UTC, lock b41c)"
    )
    assert caught.value.hint == way_out_of_the_lock(opened().place)


def test_a_lock_that_nobody_holds_cannot_be_opened(opened: Opener) -> None:
    for _ in range(2):
        with pytest.raises(StateError, match="nobody holds the lock"):
            opened().break_lock("b41c")
        with opened().lock(holder("b41c")):
            pass


def test_nobody_holds_the_lock_of_a_new_store(store: Store) -> None:
    assert store.holder() is None


def test_who_holds_the_lock_can_be_asked_by_anybody(opened: Opener) -> None:
    with opened().lock(holder("b41c")) as lock:
        assert [opened().holder() for _ in range(3)] == [holder("b41c")] * 3
        assert lock.still_held()
    assert opened().holder() is None


def test_a_lock_that_was_forced_open_has_the_holder_who_came_next(
    opened: Opener,
) -> None:
    with opened().lock(holder("b41c")):
        opened().break_lock("b41c")
        assert opened().holder() is None
        with opened().lock(holder("c52d")):
            assert opened().holder() == holder("c52d")


def contents(store: Store) -> list[bytes]:
    return [store.generation(kept.name) for kept in store.generations()]


def test_a_first_state_has_no_generations_before_it(opened: Opener) -> None:
    assert list(opened().generations()) == []
    opened().write(b"one", replacing=None)
    assert list(opened().generations()) == []


def test_what_is_replaced_is_kept_the_latest_first(opened: Opener) -> None:
    revision = None
    for content in (b"one", b"two", b"", b"three"):
        revision = opened().write(content, replacing=revision)
    assert contents(opened()) == [b"", b"two", b"one"]
    assert [kept.size for kept in opened().generations()] == [0, 3, 3]


def test_as_many_generations_are_kept_as_was_promised(opened: Opener) -> None:
    revision, names = None, set[str]()
    for number in range(GENERATIONS + 5):
        revision = opened().write(b"%d" % number, replacing=revision)
        kept = [each.name for each in opened().generations()]
        assert kept == sorted(kept, reverse=True)
        assert contents(opened()) == [
            b"%d" % earlier
            for earlier in range(number - 1, max(number - 1 - GENERATIONS, -1), -1)
        ]
        names.update(kept)
    assert len(names) == GENERATIONS + 4


def test_a_generation_knows_when_it_was_written(opened: Opener) -> None:
    before = datetime.now(UTC)
    revision = opened().write(b"one", replacing=None)
    after = datetime.now(UTC)
    opened().write(b"two", replacing=revision)
    (kept,) = opened().generations()
    # A file system's clock and a server's tick more coarsely.
    assert before - timedelta(seconds=1) <= kept.written
    assert kept.written <= after + timedelta(seconds=1)
    assert kept.written.utcoffset() == timedelta(0)


def test_a_write_that_is_refused_leaves_the_generations_alone(opened: Opener) -> None:
    first = opened().write(b"one", replacing=None)
    opened().write(b"two", replacing=first)
    with pytest.raises(StateConflict):
        opened().write(b"three", replacing=first)
    assert contents(opened()) == [b"one"]


def test_an_earlier_generation_can_be_written_again(opened: Opener) -> None:
    first = opened().write(b"one", replacing=None)
    second = opened().write(b"two", replacing=first)
    third = opened().write(
        opened().generation(opened().generations()[0].name), replacing=second
    )
    stored = opened().read()
    assert stored is not None
    assert (stored.content, stored.revision) == (b"one", third)
    assert contents(opened()) == [b"two", b"one"]


def test_a_generation_that_is_gone_is_an_error_with_a_way_out(opened: Opener) -> None:
    revision = opened().write(b"0", replacing=None)
    revision = opened().write(b"1", replacing=revision)
    (first,) = opened().generations()
    for number in range(2, GENERATIONS + 2):
        revision = opened().write(b"%d" % number, replacing=revision)
    with pytest.raises(StateError) as caught:
        opened().generation(first.name)
    assert str(caught.value) == (
        f"{opened().place}: there is no generation '{first.name}'"
    )
    assert caught.value.hint == (
        "`ghstate state list --generations` shows which are there"
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "1",
        "00000009",
        "../../etc/passwd",
        "00000001/../../state.json",
        "0000000\N{SUPERSCRIPT ONE}",
        "\N{ARABIC-INDIC DIGIT ONE}" * 8,
        "-0000001",
        "00000001\n",
        "\x1b[2J\0",
        "9" * 5000,
    ],
    ids=range(11),
)
def test_r16_a_name_that_is_no_generations_leads_nowhere(
    name: str, opened: Opener
) -> None:
    first = opened().write(b"one", replacing=None)
    opened().write(b"two", replacing=first)
    with pytest.raises(StateError, match="there is no generation") as caught:
        opened().generation(name)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000
    assert caught.value.hint


def test_a_new_store_has_no_journal(store: Store) -> None:
    assert store.journal.read() is None


def test_what_is_noted_can_be_read_in_its_order(opened: Opener) -> None:
    journal = opened().journal
    journal.begin(b"began\n")
    assert opened().journal.read() == b"began\n"
    journal.append(b"doing\n")
    journal.append(b"\0" * 10_000 + b"\n")
    journal.append(b"ended\n")
    noted = b"began\ndoing\n" + b"\0" * 10_000 + b"\nended\n"
    assert opened().journal.read() == noted
    assert journal.read() == noted


def test_a_store_has_one_journal_however_often_it_is_asked(store: Store) -> None:
    store.journal.begin(b"began\n")
    store.journal.append(b"doing\n")
    assert store.journal.read() == b"began\ndoing\n"
    store.journal.end()
    assert store.journal.read() is None


def test_a_journal_takes_the_place_of_one_that_nobody_ended(opened: Opener) -> None:
    opened().journal.begin(b"first\n")
    journal = opened().journal
    assert journal.read() == b"first\n"
    journal.begin(b"second\n")
    journal.append(b"doing\n")
    assert opened().journal.read() == b"second\ndoing\n"


def test_a_journal_may_be_ended_by_another_process_than_began_it(
    opened: Opener,
) -> None:
    opened().journal.begin(b"first\n")
    journal = opened().journal
    assert journal.read() == b"first\n"
    journal.end()
    assert opened().journal.read() is None
    journal.begin(b"second\n")
    assert opened().journal.read() == b"second\n"


def test_ending_a_journal_that_never_began_is_no_error(opened: Opener) -> None:
    opened().journal.end()
    journal = opened().journal
    journal.begin(b"began\n")
    for _ in range(3):
        journal.end()
    assert opened().journal.read() is None


def test_nothing_is_noted_where_no_journal_has_begun(opened: Opener) -> None:
    for journal in (opened().journal, opened().journal):
        with pytest.raises(StateConflict) as caught:
            journal.append(b"doing\n")
        assert opened().journal.read() is None
        assert caught.value.hint
        journal.begin(b"began\n")
        journal.end()


def test_the_journal_and_the_state_leave_each_other_alone(opened: Opener) -> None:
    store = opened()
    store.journal.begin(b"began\n")
    assert store.read() is None
    revision = store.write(b"one", replacing=None)
    store.journal.append(b"doing\n")
    store.write(b"two", replacing=revision)
    assert store.journal.read() == b"began\ndoing\n"
    store.journal.end()
    stored = store.read()
    assert stored is not None
    assert stored.content == b"two"
    assert contents(store) == [b"one"]
