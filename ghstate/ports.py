"""What the engine needs from the outside world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import NewType, Protocol

import msgspec

from ghstate.model.address import Address
from ghstate.model.drift import Author, Drifted
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Seats, Snapshot, Viewer
from ghstate.model.past import Departure
from ghstate.model.resource import Observed
from ghstate.plan.identity import Account
from ghstate.plan.order import Task

Revision = NewType("Revision", str)
"""One writing of the state. Only equality means anything."""


class Stored(msgspec.Struct, frozen=True):
    """What a store keeps, and which writing of it this is."""

    content: bytes
    revision: Revision


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a lock, for what, and since when."""

    id: str
    operation: str
    who: str
    """User and host: ``ada@runner-7``."""

    pid: int
    since: datetime


class Kept(msgspec.Struct, frozen=True):
    """A generation of the state that another one has followed."""

    name: str
    """Unlike any other of its store; one that is later sorts after it."""

    written: datetime
    size: int


class Lock(Protocol):
    """A lock that is held."""

    @property
    def left_behind(self) -> Holder | None:
        """The holder before, if it died without letting go."""
        ...

    def still_held(self) -> bool:
        """Is it still ours, or did somebody force it open?

        `StateUnwritable` where that cannot be told.
        """
        ...


GENERATIONS = 10
"""How many earlier generations a store keeps."""


class JournalStore(Protocol):
    """Where an apply notes what it is about to do, and what became of it.

    Only whoever holds the store's lock writes here. Each call has happened for
    certain when it returns; otherwise it raises `StateUnwritable`, or `StateConflict`
    where somebody else has written meanwhile.
    """

    def read(self) -> bytes | None:
        """Everything noted so far; None where no apply has begun."""
        ...

    def begin(self, record: bytes) -> None:
        """Put a journal that has only *record* in the place of any other."""
        ...

    def append(self, record: bytes) -> None: ...

    def end(self) -> None:
        """Away with it; no error where there is none."""
        ...


class Store(Protocol):
    """A place that keeps one document, and lets one process at a time change it.

    A store moves bytes. What they say is the business of `ghstate.statefile` and
    `ghstate.journal`.
    """

    @property
    def place(self) -> str:
        """Where it is, for messages."""
        ...

    @property
    def journal(self) -> JournalStore: ...

    def read(self) -> Stored | None: ...

    def generations(self) -> Sequence[Kept]:
        """What was kept before, the latest first: `GENERATIONS` at most."""
        ...

    def generation(self, name: str) -> bytes:
        """What one of `generations` holds; `StateError` if it is not there any more."""
        ...

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        """Keep *content*; what it follows becomes the latest of `generations`.

        Raises `StateConflict` if what is kept is not *replacing*, and
        `StateUnwritable` if it could not be brought to disk for certain.
        """
        ...

    def rescue(self, content: bytes) -> str | None:
        """Save what `write` could not, somewhere else, and say where if it worked."""
        ...

    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> AbstractContextManager[Lock]:
        """Hold the store alone, or raise `StateLocked` naming who does.

        Waits *timeout* seconds at most, and says for whom: at first, when that
        changes, and every half minute.
        """
        ...

    def holder(self) -> Holder | None:
        """Who holds the lock at this moment, as far as can be told."""
        ...

    def break_lock(self, lock_id: str) -> Holder | None:
        """Open the lock whose id is *lock_id*; `StateError` if that is not the one."""
        ...


SENT_AGAIN = "cancelled and sent again"
"""How an invitation took another one's place, where GitHub has no call for it."""


class Outcome(msgspec.Struct, frozen=True):
    """How a task ended that did not fail."""

    words: str = ""
    """What it came to, where that is not just what was asked."""

    already: bool = False
    """Was it so before, or did it become so without this run?"""

    id: int | None = None
    """GitHub's number for the invitation or the team that came into being."""


class GitHub(Protocol):
    """An organization on GitHub, or something that behaves like one."""

    async def read(self) -> Snapshot:
        """Everything, completely, or an error."""
        ...

    async def look_up(self, logins: Sequence[Login]) -> Mapping[Login, Account | None]:
        """The accounts behind *logins*; None for no such user."""
        ...

    async def unlisted(self, accounts: Sequence[Account]) -> Sequence[Observed[Member]]:
        """Who of *accounts* is in, or invited by e-mail, although no list says so."""
        ...

    async def seats(self) -> Seats | None:
        """The seats of the organization, where GitHub tells."""
        ...

    async def departures(self, logins: Sequence[Login]) -> Mapping[Login, Departure]:
        """How *logins* last ceased to be members; only what the audit log tells."""
        ...

    async def changed_by(
        self, drift: Sequence[Drifted], viewer: Viewer
    ) -> Mapping[Address, Author]:
        """Who made the latest change of each; only what the audit log tells."""
        ...

    async def behind(
        self, addresses: Sequence[EmailAddress], members: Sequence[Account]
    ) -> Mapping[EmailAddress, Account]:
        """Whose *addresses* are, among *members*, as far as GitHub shows it.

        By the addresses in the organization's verified domains, and by the names in
        its identity provider.
        """
        ...

    async def carry_out(self, task: Task) -> Outcome:
        """Do *task*, or raise `GitHubError`.

        Whatever happened is certain on return: an answer that got lost is looked up
        before anything is tried again. `OutcomeUnknown` is raised only when even
        that was not possible.
        """
        ...


class Listener(Protocol):
    """Hears of progress; does nothing that the work depends on."""

    def reading(self) -> None:
        """The organization is about to be read."""
        ...

    def sent(self, requests: int) -> None:
        """So many requests have gone out by now."""
        ...

    def waiting(self, seconds: float, why: str) -> None: ...

    def started(self, task: Task) -> None: ...

    def ended(self, task: Task, outcome: Outcome | Exception) -> None: ...
