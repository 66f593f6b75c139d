"""The state between two runs, every generation that one run writes, and its journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from copy import copy
from datetime import datetime

from msgspec.structs import replace

from ghstate import journal, statefile
from ghstate.engine.recollection import with_journal, with_lock
from ghstate.engine.stored import decode
from ghstate.errors import StateConflict, StateUnwritable
from ghstate.journal import Began, Doing, Ended, Left, Record, UnderWay
from ghstate.model.address import Address
from ghstate.model.locked import Locked
from ghstate.ports import Lock, Revision, Store
from ghstate.statefile import State


class Memory:
    """The state as it is kept: what was read, and every generation written after it.

    Without a *lock* it is only looked at. What the lock file has (*locked*) is known
    as if it had been in the state, and so is what the journal of an apply tells that
    did not come to its end.
    """

    def __init__(
        self,
        store: Store,
        *,
        new_id: Callable[[], str],
        lock: Lock | None = None,
        locked: Locked | None = None,
        who: str = "",
    ) -> None:
        self._store = store
        self._lock = lock
        self._new_id = new_id
        self._who = who
        # The journal first: whoever ends an apply in this moment writes the state
        # before it removes the journal.
        self._journal = store.journal.read()
        self._writer = journal.Writer()
        stored = store.read()
        self._revision: Revision | None = stored.revision if stored else None
        self.exists = stored is not None
        self.locked = locked
        kept = decode(stored.content, store) if stored else State(lineage=new_id())
        self.under_way = self._begun(kept)
        self._died = self.under_way is not None
        self.state = with_lock(with_journal(kept, self.under_way), locked)

    def _begun(self, kept: State) -> UnderWay | None:
        """The apply that has not ended, unless *kept* knows its end already."""
        if self._journal is None:
            return None
        begun = journal.read(self._journal)
        return None if begun.id == kept.settled else begun

    # The state ----------------------------------------------------------------

    def write(self, state: State) -> State:
        """Keep *state* as the next generation; an apply under way stays so.

        Raises `StateUnwritable` and `StateConflict`; what was kept before stays.
        """
        self._must_be_ours()
        following = replace(state, serial=self.state.serial + 1)
        content = statefile.encode(following)
        self._revision = self._store.write(content, replacing=self._revision)
        self.state = following
        self.exists = True
        return following

    def settle(self, state: State) -> State:
        """Keep *state*, which knows from GitHub what became of an apply under way.

        One that died counts as an apply if it has changed anything.
        """
        if self.under_way is not None:
            state = replace(state, settled=self.under_way.id)
            if self._died and self.under_way.done:
                state = replace(state, applied_serial=self.state.serial + 1)
        following = self.write(state)
        self.under_way = None
        if self._journal is not None:
            # If it stays, its id tells that it is over.
            with suppress(StateUnwritable, StateConflict):
                self._store.journal.end()
                self._journal = None
        return following

    def rescue(self, state: State) -> str | None:
        """Save *state* somewhere else, and say where if that worked."""
        following = replace(state, serial=self.state.serial + 1)
        return self._store.rescue(statefile.encode(following))

    # The journal --------------------------------------------------------------

    def begin(
        self, *, at: datetime, digest: str, changes: int, reviewed: str = ""
    ) -> None:
        """Note that an apply begins; as each note, it is on disk when this returns.

        *reviewed* is the digest of the saved plan, if it is of one. Raises
        `StateUnwritable` and `StateConflict`.
        """
        began = Began(
            id=self._new_id(),
            at=at,
            who=self._who,
            digest=digest,
            changes=changes,
            reviewed=reviewed,
        )
        self._must_be_ours()
        self._writer = journal.Writer()
        self._journal = self._writer.line(began)
        self._store.journal.begin(self._journal)
        self.under_way = UnderWay(id=began.id, began=began)
        self._died = False

    def doing(
        self,
        address: Address,
        reason: str,
        forgiven: Mapping[str, tuple[int, ...]] | None = None,
    ) -> None:
        self._append(
            Doing(address=str(address), reason=reason, forgiven=forgiven or {})
        )

    def ended(self, ended: Ended) -> None:
        self._append(ended)

    def left(self, at: datetime) -> None:
        """Note that nothing is in hand, and nothing more is going to be done."""
        self._append(Left(at=at))

    def _append(self, record: Record) -> None:
        self._must_be_ours()
        # A record that could not be kept is none that another one may follow.
        writer = copy(self._writer)
        self._store.journal.append(writer.line(record))
        self._writer = writer

    def _must_be_ours(self) -> None:
        if self._lock is not None and not self._lock.still_held():
            raise StateConflict(
                "the lock was taken away, so the state is left alone",
                hint="find out who ran `ghstate force-unlock`, then run this again",
            )
