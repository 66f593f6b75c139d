"""An organization without a wire: does what it is told, or what a test says instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from ghstate import statefile
from ghstate.engine.applied import Applied
from ghstate.engine.apply import Apply
from ghstate.engine.memory import Memory
from ghstate.errors import GitHubError, StateUnwritable
from ghstate.journal import UnderWay
from ghstate.model.address import Address
from ghstate.model.drift import Author, Drifted
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Seats, Snapshot, Viewer
from ghstate.model.past import Departure
from ghstate.model.policy import Policy
from ghstate.model.resource import Observed
from ghstate.plan.change import Create, Delete, Reason
from ghstate.plan.identity import Account
from ghstate.plan.order import Task
from ghstate.plan.plan import Plan
from ghstate.ports import JournalStore, Lock, Outcome, Revision
from ghstate.statefile import State
from ghstate.store.memory import MemoryStore
from tests import build

LINEAGE = "5e0a1f0e-8f0c-4a51-9a53-0d5a4f1f7c11"
DONE = Outcome()


@dataclass(slots=True)
class Organization:
    """GitHub, as `ghstate.ports` has it, in a few lines."""

    now: Snapshot
    instead: dict[str, Outcome | GitHubError] = field(default_factory=dict)
    """What becomes of the task at an address, where it is not simply done."""

    before: Callable[[Task], object] = bool
    """Called before each task."""

    reads: list[GitHubError | None] = field(default_factory=list)
    """How the next reads end; None and the end of the list: with `now`."""

    has_seats: Seats | None = None
    left: Mapping[Login, Departure] = field(default_factory=dict)
    """What the audit log would tell."""

    owners: Mapping[EmailAddress, Account] = field(default_factory=dict)
    """Whose the addresses are that GitHub shows."""

    authors: Mapping[str, Author] = field(default_factory=dict)
    """Whom the audit log would tell to be behind the change at an address."""

    drifted: list[list[str]] = field(default_factory=list)
    """What the audit log was asked about, question by question."""

    asked: list[str] = field(default_factory=list)
    """The tasks that arrived here, each by its address."""

    async def read(self) -> Snapshot:
        self.asked.append("read")
        error = self.reads.pop(0) if self.reads else None
        if error is not None:
            raise error
        return self.now

    async def look_up(self, logins: Sequence[Login]) -> Mapping[Login, Account | None]:
        return {login: Account(build.id_of(login), login) for login in logins}

    async def unlisted(self, accounts: Sequence[Account]) -> Sequence[Observed[Member]]:
        return ()

    async def seats(self) -> Seats | None:
        return self.has_seats

    async def departures(self, logins: Sequence[Login]) -> Mapping[Login, Departure]:
        return {login: self.left[login] for login in logins if login in self.left}

    async def changed_by(
        self, drift: Sequence[Drifted], viewer: Viewer
    ) -> Mapping[Address, Author]:
        self.drifted.append([str(each.address) for each in drift])
        return {
            each.address: self.authors[str(each.address)]
            for each in drift
            if str(each.address) in self.authors
        }

    async def behind(
        self, addresses: Sequence[EmailAddress], members: Sequence[Account]
    ) -> Mapping[EmailAddress, Account]:
        return {a: self.owners[a] for a in addresses if a in self.owners}

    async def carry_out(self, task: Task) -> Outcome:
        self.before(task)
        self.asked.append(str(task.address))
        ended = self.instead.get(str(task.address), DONE)
        if isinstance(ended, GitHubError):
            raise ended
        self._make_so(task)
        return ended

    def _make_so(self, task: Task) -> None:
        observed = dict(self.now.observed)
        match task.change:
            case Delete():
                observed.pop(task.address, None)
            case Create(after=Member() as invited):
                observed[task.address] = build.invited(invited)
            case Create(reason=Reason.WITH_INVITATION):
                pass
            case change:
                observed[task.address] = build.found(change.resource)
        for place in task.places if isinstance(task.change.resource, Member) else ():
            observed[place.address] = build.invited(place)
        self.now = replace(self.now, observed=observed)


class FullDisk(MemoryStore):
    """Takes so many writings, those of the journal included, and then none."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.rescued: bytes | None = None

    @property
    def journal(self) -> JournalStore:
        return _FullJournal(self, super().journal)

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        self.take()
        return super().write(content, replacing=replacing)

    def take(self) -> None:
        if self.room == 0:
            raise StateUnwritable("no space left on device")
        self.room -= 1

    def rescue(self, content: bytes) -> str | None:
        self.rescued = content
        return "elsewhere.json"


@dataclass(slots=True)
class _FullJournal:
    disk: FullDisk
    within: JournalStore

    def read(self) -> bytes | None:
        return self.within.read()

    def begin(self, record: bytes) -> None:
        self.disk.take()
        self.within.begin(record)

    def append(self, record: bytes) -> None:
        self.disk.take()
        self.within.append(record)

    def end(self) -> None:
        self.within.end()


@dataclass(slots=True)
class Heard:
    """What the engine told while it worked."""

    told: list[str] = field(default_factory=list)

    def reading(self) -> None:
        self.told.append("reading")

    def sent(self, requests: int) -> None: ...

    def waiting(self, seconds: float, why: str) -> None: ...

    def started(self, task: Task) -> None:
        self.told.append(f"started {task.address}")

    def ended(self, task: Task, outcome: Outcome | Exception) -> None:
        kind = type(outcome).__name__
        self.told.append(f"ended {task.address}: {kind}")


@dataclass(slots=True, kw_only=True)
class Run:
    """One apply, and everything it touches."""

    github: Organization
    desired: Desired
    policy: Policy = field(default_factory=Policy)
    store: MemoryStore = field(default_factory=MemoryStore)
    lock: Lock | None = None
    heard: Heard = field(default_factory=Heard)
    interrupted: Callable[[], bool] = bool
    max_invites: int | None = None
    made: Plan | None = None

    @property
    def kept(self) -> State:
        """The state as it is stored at this moment."""
        stored = self.store.read()
        assert stored is not None
        return statefile.decode(stored.content, place="memory")

    @property
    def under_way(self) -> UnderWay | None:
        """What the journal tells at this moment of an apply that has not ended."""
        return self.memory().under_way

    def memory(self) -> Memory:
        return Memory(self.store, new_id=lambda: LINEAGE, lock=self.lock)

    async def apply(self) -> Applied:
        engine = Apply(
            github=self.github,
            memory=self.memory(),
            desired=self.desired,
            policy=self.policy,
            listener=self.heard,
            now=lambda: build.NOW,
            interrupted=self.interrupted,
            max_invites=self.max_invites,
        )
        self.made = await engine.prepare()
        assert not self.made.refusals
        return await engine.carry_out(self.made)


def ends(applied: Applied) -> dict[str, str]:
    """How each change ended, by its address."""
    return {str(each.change.address): each.end.name.lower() for each in applied.results}


def words(applied: Applied, address: str) -> str:
    [found] = [
        each.words
        for each in applied.results
        if each.change.address == Address.parse(address)
    ]
    return found
