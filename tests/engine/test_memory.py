"""The state and the journal of an apply, as one memory of what has happened."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest
from msgspec.structs import replace

from ghstate import statefile
from ghstate.engine.memory import Memory
from ghstate.errors import StateConflict, StateUnwritable
from ghstate.journal import Ended
from ghstate.model.address import Address
from ghstate.model.drift import Made
from ghstate.model.names import Login, Slug
from ghstate.model.past import Past
from ghstate.ports import JournalStore, Lock
from ghstate.statefile import State
from ghstate.store.memory import MemoryStore
from tests.engine.organization import FullDisk

AT = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
ALICE = Address("members", "alice")


class Ids:
    """Another id each time, as in life."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"id-{next(self._numbers)}"


@pytest.fixture
def ids() -> Ids:
    return Ids()


def opened(store: MemoryStore, ids: Ids, lock: Lock | None = None) -> Memory:
    return Memory(store, new_id=ids, lock=lock, who="ci@runner")


def begun(store: MemoryStore, ids: Ids) -> Memory:
    """A memory in the middle of an apply."""
    memory = opened(store, ids)
    memory.write(memory.state)
    memory.begin(at=AT, digest="3f9c", changes=2)
    memory.doing(ALICE, "invite")
    return memory


def kept(store: MemoryStore) -> State:
    stored = store.read()
    assert stored is not None
    return statefile.decode(stored.content, place="memory")


def test_what_an_apply_was_doing_is_known_to_the_next_command(ids: Ids) -> None:
    store = MemoryStore()
    begun(store, ids)

    found = opened(store, ids).under_way

    assert found is not None
    assert found.began is not None
    assert (found.began.who, found.began.changes) == ("ci@runner", 2)
    assert found.doing == ALICE


def test_nothing_is_under_way_before_the_first_apply(ids: Ids) -> None:
    assert opened(MemoryStore(), ids).under_way is None


def test_a_state_that_is_written_meanwhile_does_not_end_an_apply(ids: Ids) -> None:
    store = MemoryStore()
    memory = begun(store, ids)

    memory.write(memory.state)

    assert opened(store, ids).under_way is not None


def test_what_was_settled_is_not_under_way_any_more(ids: Ids) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    memory.ended(Ended(address=str(ALICE), end="done"))

    memory.settle(memory.state)

    assert store.journal.read() is None
    assert memory.under_way is opened(store, ids).under_way is None


@dataclass(slots=True)
class Undying:
    """A journal whose file outlives it: the process died before it was removed."""

    within: JournalStore

    def read(self) -> bytes | None:
        return self.within.read()

    def begin(self, record: bytes) -> None:
        self.within.begin(record)

    def append(self, record: bytes) -> None:
        self.within.append(record)

    def end(self) -> None:
        raise StateUnwritable("no")


class Dying(MemoryStore):
    @property
    def journal(self) -> JournalStore:
        return Undying(super().journal)


def test_a_journal_that_outlived_its_apply_says_nothing(ids: Ids) -> None:
    store = Dying()
    memory = begun(store, ids)

    memory.settle(memory.state)

    assert store.journal.read() is not None
    assert opened(store, ids).under_way is None


def test_a_journal_that_outlived_its_apply_gives_way_to_the_next(ids: Ids) -> None:
    store = Dying()
    memory = begun(store, ids)
    memory.settle(memory.state)

    again = opened(store, ids)
    again.begin(at=AT, digest="77", changes=1)

    found = opened(store, ids).under_way
    assert found is not None
    assert found.began is not None
    assert found.began.digest == "77"


def test_a_damaged_journal_is_told_until_it_is_settled(ids: Ids) -> None:
    store = MemoryStore()
    store.journal.begin(b"\0\0\0")

    memory = opened(store, ids)
    assert memory.under_way is not None
    assert memory.under_way.damaged

    memory.settle(memory.state)
    assert opened(store, ids).under_way is None


def test_what_a_journal_forgives_is_forgiven_after_a_kill(ids: Ids) -> None:
    store = MemoryStore()
    memory = opened(store, ids)
    bob = Login("bob")
    memory.write(replace(memory.state, past={bob: Past(invited=(5, 7))}))
    memory.begin(at=AT, digest="3f9c", changes=1)
    memory.doing(Address("members", "bob"), "reinvite", {"bob": (7,)})

    again = opened(store, ids)

    assert again.state.past[bob] == Past(invited=(5, 7), forgiven=(7,))
    again.settle(again.state)
    assert kept(store).past[bob].forgiven == (7,)


def test_an_address_that_github_called_taken_stays_so_after_a_kill(ids: Ids) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    memory.ended(Ended(address=str(ALICE), end="failed", taken="mail:3f9c"))

    assert opened(store, ids).state.past[Login("mail:3f9c")].taken


class Lost:
    left_behind = None

    def still_held(self) -> bool:
        return False


@pytest.fixture
def robbed(ids: Ids) -> Memory:
    """Whoever has it does not know yet that its lock was forced open."""
    return opened(MemoryStore(), ids, Lost())


def test_nothing_is_written_without_the_lock(robbed: Memory) -> None:
    with pytest.raises(StateConflict, match="the lock was taken away"):
        robbed.write(robbed.state)


def test_nothing_is_begun_without_the_lock(robbed: Memory) -> None:
    with pytest.raises(StateConflict, match="the lock was taken away"):
        robbed.begin(at=AT, digest="3f9c", changes=1)


def test_nothing_is_noted_without_the_lock(robbed: Memory) -> None:
    with pytest.raises(StateConflict, match="the lock was taken away"):
        robbed.doing(ALICE, "invite")


def test_what_cannot_be_noted_is_an_error(ids: Ids) -> None:
    memory = opened(FullDisk(1), ids)
    memory.begin(at=AT, digest="3f9c", changes=1)
    with pytest.raises(StateUnwritable):
        memory.doing(ALICE, "invite")


def test_a_record_that_could_not_be_kept_spoils_none_that_follow(ids: Ids) -> None:
    store = FullDisk(1)
    memory = opened(store, ids)
    memory.begin(at=AT, digest="3f9c", changes=1)
    with pytest.raises(StateUnwritable):
        memory.doing(ALICE, "invite")
    store.room = 1

    memory.doing(Address("members", "bob"), "invite")

    found = opened(store, ids).under_way
    assert found is not None
    assert not found.damaged
    assert found.doing == Address("members", "bob")


def test_what_a_killed_apply_has_sent_and_made_is_known_to_the_next_command(
    ids: Ids,
) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    made = Made("invite", AT)
    memory.ended(Ended(address=str(ALICE), end="done", id=4711, key="alice", made=made))
    memory.doing(Address("teams", "web"), "create")
    memory.ended(Ended(address="teams.web", end="done", id=99))

    again = opened(store, ids)

    assert again.state.past[Login("alice")].invited == (4711,)
    assert again.state.teams == {Slug("web"): 99}
    assert again.state.made == {ALICE: (made,)}


def test_a_killed_apply_that_has_changed_something_counts_as_an_apply(ids: Ids) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    before = memory.state.applied_serial
    memory.ended(Ended(address=str(ALICE), end="done"))

    again = opened(store, ids)
    again.settle(again.state)

    assert kept(store).applied_serial == kept(store).serial > before


@pytest.mark.parametrize("end", ["failed", "unknown", ""])
def test_a_killed_apply_that_has_changed_nothing_is_none(ids: Ids, end: str) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    if end:
        memory.ended(Ended(address=str(ALICE), end=end))

    again = opened(store, ids)
    again.settle(again.state)

    assert kept(store).applied_serial == 0


def test_an_apply_that_stopped_in_good_order_says_so(ids: Ids) -> None:
    store = MemoryStore()
    memory = begun(store, ids)
    memory.ended(Ended(address=str(ALICE), end="done"))
    memory.left(AT)

    found = opened(store, ids).under_way

    assert found is not None
    assert found.in_order
    assert found.done == (ALICE,)
