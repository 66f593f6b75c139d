"""One person's dealings with an organization, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, auto

import tomli
from msgspec.structs import replace

from ghstate.config.lockfile import read_lock, to_toml
from ghstate.config.table import Findings
from ghstate.engine.locking import lockable
from ghstate.engine.reading import Read
from ghstate.engine.recollection import with_lock
from ghstate.engine.refresh import remembered
from ghstate.model.invitation import Invitation
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Observed, Standing
from ghstate.plan.identity import Account
from ghstate.statefile import State
from tests.build import ACME, NOW, declared, desired, found, member, snapshot

LINEAGE = "5e0a1f0e-8f0c-4a51-9a53-0d5a4f1f7c11"
DAY = timedelta(days=1)
NUMBER = 42
BOB = Login("bob")
ADDRESS = EmailAddress("bob@acme.example")


class Event(Enum):
    """What happens between a person and the organization, as far as it can."""

    SENT = auto()
    ACCEPTED = auto()
    DECLINED = auto()
    EXPIRED = auto()
    CANCELLED = auto()
    LEFT = auto()
    RENAMED = auto()
    EDITED = auto()
    """The files learn of the new name."""

    FORGOTTEN = auto()
    """GitHub's records of what failed are cleared."""


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody as GitHub knows them; *lost* is what an all-knowing eye counts."""

    by_mail: bool
    """Do the files, and so the invitations, name an address?"""

    login: Login = BOB
    written: Login = BOB
    """What the files call them, where they do not name an address."""

    is_member: bool = False
    live: int | None = None
    failed: list[int] = field(default_factory=list)
    lost: set[int] = field(default_factory=set)
    """The invitations that came to nothing since they were last a member."""

    sent: int = 0
    day: int = 0

    def meet(self, event: Event) -> None:
        self.day += 1
        if self._can(event):
            _MEETINGS[event](self)

    def _can(self, event: Event) -> bool:
        match event:
            case Event.SENT:
                return self.live is None and not self.is_member
            case Event.ACCEPTED | Event.DECLINED | Event.EXPIRED | Event.CANCELLED:
                return self.live is not None
            case Event.LEFT:
                return self.is_member and not self.by_mail
            case Event.RENAMED:
                # Where GitHub shows the account, so that it can be followed.
                return self.is_member or (self.live is not None and not self.by_mail)
            case Event.EDITED:
                return not self.by_mail
            case Event.FORGOTTEN:
                return bool(self.failed)

    def _send(self) -> None:
        self.sent += 1
        self.live = 1_000 + self.sent

    def _lose(self, *, recorded: bool) -> None:
        assert self.live is not None
        self.lost.add(self.live)
        if recorded:
            self.failed.append(self.live)
        self.live = None

    def _join(self) -> None:
        self.live, self.is_member, self.lost = None, True, set()

    def _leave(self) -> None:
        self.is_member = False

    def _rename(self) -> None:
        self.login = Login(f"bob{self.day}")

    def _edit(self) -> None:
        self.written = self.login

    def _forget(self) -> None:
        self.failed.clear()

    # What the files and GitHub have of them ---------------------------------------

    def desired(self) -> Desired:
        who = ADDRESS if self.by_mail else self.written
        return desired(declared(Member(login=who)), members={"ada": "admin"})

    def read(self) -> Read:
        whole = self._snapshot()
        accounts: dict[Login, Account | None] = {}
        if not self.by_mail:
            accounts = {self.written: None, self.login: Account(NUMBER, self.login)}
        key = Mailbox.of(ADDRESS, ACME.id).key
        accepted = {key: NUMBER} if self.by_mail and self.is_member else {}
        return Read(whole, accounts, {}, accepted)

    def _snapshot(self) -> Snapshot:
        at = NOW + self.day * DAY
        whole = snapshot(members={"ada": "admin"}, taken_at=at)
        if self.is_member:
            return self._with(whole, found(member(self.login), number=NUMBER))
        rows = sorted([*self.failed])
        if self.live is not None:
            waiting = self._invitation(self.live, rows)
            if self.by_mail:
                return replace(whole, others=(waiting,))
            one = Observed(member(self.login), Standing.INVITED, NUMBER, waiting)
            return self._with(whole, one)
        if not rows:
            return whole
        last = replace(self._invitation(rows[-1], rows[:-1]), failed_at=at)
        if self.by_mail:
            return replace(whole, ended=(last,))
        # Whose account it was, GitHub's list of what failed does not say.
        one = Observed(member(self.login), Standing.FAILED, None, last)
        return self._with(whole, one)

    def _invitation(self, number: int, earlier: Sequence[int]) -> Invitation:
        box = Mailbox.of(ADDRESS, ACME.id) if self.by_mail else None
        return Invitation(id=number, mailbox=box, earlier=tuple(earlier))

    def _with(self, whole: Snapshot, one: Observed[Member]) -> Snapshot:
        return replace(whole, observed={**whole.observed, one.resource.address: one})


_MEETINGS: dict[Event, Callable[[Person], None]] = {
    Event.SENT: Person._send,
    Event.ACCEPTED: Person._join,
    Event.DECLINED: lambda person: person._lose(recorded=False),
    Event.EXPIRED: lambda person: person._lose(recorded=True),
    Event.CANCELLED: lambda person: person._lose(recorded=False),
    Event.LEFT: Person._leave,
    Event.RENAMED: Person._rename,
    Event.EDITED: Person._edit,
    Event.FORGOTTEN: Person._forget,
}


@dataclass(slots=True)
class Recorder:
    """What is remembered of a person, read after read."""

    person: Person
    state: State = field(default_factory=lambda: State(lineage=LINEAGE))

    def read(self) -> None:
        self.state = remembered(self.state, self.person.desired(), self.person.read())

    @property
    def counted(self) -> set[int]:
        """The invitations that came to nothing, as far as is remembered."""
        live = [] if self.person.live is None else [self.person.live]
        counted = set[int]()
        for past in self.state.past.values():
            lost = {*past.invited} - {*past.forgiven, *live}
            assert past.ended(live) == len(lost)
            counted |= lost
        return counted

    def reset(self) -> None:
        """Forgive everything, as `ghstate invites reset` does."""
        past = {key: each.reset() for key, each in self.state.past.items()}
        self.state = replace(self.state, past=past)

    def lock(self) -> Locked:
        """The lock file that would be written now, read again."""
        made = lockable(self.person.desired(), self.state, ACME).locked
        findings = Findings()
        again = read_lock(tomli.loads(to_toml(made)), findings)
        assert not findings.found
        return again

    def lose_the_state(self) -> None:
        """Go on as on another machine: with nothing but the lock file."""
        self.state = with_lock(State(lineage=LINEAGE), self.lock())
