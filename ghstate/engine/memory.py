"""The state between two runs, and every generation of it that one run writes."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from ghstate import statefile
from ghstate.engine.recollection import with_lock
from ghstate.errors import StateConflict
from ghstate.model.locked import Locked
from ghstate.ports import Lock, Revision, Store
from ghstate.statefile import State


class Memory:
    """The state as it is kept: what was read, and every generation written after it.

    Without a *lock* it is only looked at. What the lock file has (*locked*) is known
    as if it had been in the state.
    """

    def __init__(
        self,
        store: Store,
        *,
        new_lineage: Callable[[], str],
        lock: Lock | None = None,
        locked: Locked | None = None,
    ) -> None:
        self._store = store
        self._lock = lock
        stored = store.read()
        self._revision: Revision | None = stored.revision if stored else None
        self.exists = stored is not None
        self.locked = locked
        kept = (
            statefile.decode(stored.content, place=store.place)
            if stored
            else State(lineage=new_lineage())
        )
        self.state = with_lock(kept, locked)

    def write(self, state: State) -> State:
        """Keep *state* as the next generation.

        Raises `StateUnwritable` and `StateConflict`; what was kept before stays.
        """
        if self._lock is not None and not self._lock.still_held():
            raise StateConflict(
                "the lock was taken away, so the state is left alone",
                hint="find out who ran `ghstate force-unlock`, then run this again",
            )
        following = replace(state, serial=self.state.serial + 1)
        content = statefile.encode(following)
        self._revision = self._store.write(content, replacing=self._revision)
        self.state = following
        self.exists = True
        return following

    def rescue(self, state: State) -> str | None:
        """Save *state* somewhere else, and say where if that worked."""
        following = replace(state, serial=self.state.serial + 1)
        return self._store.rescue(statefile.encode(following))
