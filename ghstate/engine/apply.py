"""Carrying out a plan: everything that can be done, and an honest account of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from ghstate.engine.aftermath import left_open, with_done
from ghstate.engine.applied import Applied, End, Result
from ghstate.engine.drift import with_authors
from ghstate.engine.memory import Memory
from ghstate.engine.reading import Accounts, read, read_again
from ghstate.engine.recollection import replaced, with_forgiven, with_taken
from ghstate.engine.records import recorded, success
from ghstate.engine.refresh import plan, remembered
from ghstate.engine.restraint import Restraint
from ghstate.errors import (
    AddressRefused,
    GhstateError,
    GitHubError,
    LimitReached,
    OutcomeUnknown,
    SignInFailed,
    StateConflict,
    StateError,
    StateUnwritable,
    Unreachable,
)
from ghstate.journal import Ended
from ghstate.model.address import Address
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.model.team import TEAMS, Team
from ghstate.plan.change import Change, Delete, Reason
from ghstate.plan.document import digest
from ghstate.plan.order import Task, tasks
from ghstate.plan.plan import Plan
from ghstate.ports import GitHub, Listener
from ghstate.rules.guards import active_admins


@dataclass(slots=True, kw_only=True)
class Apply:
    """One apply, under a lock that is held around all of it."""

    github: GitHub
    memory: Memory
    desired: Desired
    policy: Policy
    listener: Listener
    now: Callable[[], datetime]
    interrupted: Callable[[], bool] = lambda: False
    max_invites: int | None = None
    reviewed: str = ""
    """The digest of the saved plan that is carried out, if it is one."""

    by_hand: bool = False
    """Is it something else than the files that is carried out? What was managed stays
    as the last apply left it."""

    _made: Plan = field(init=False)
    _restraint: Restraint = field(init=False)
    _results: dict[Address, Result] = field(default_factory=dict)
    _lost: set[Address] = field(default_factory=set)
    _left: list[Task] = field(default_factory=list)
    _half_done: bool = False
    """Has a change been begun that a limit then kept from its end?"""

    _stopped: GhstateError | None = None
    _unwritten: StateError | None = None
    _accounts: Accounts = field(default_factory=dict)

    async def prepare(self, *, again: bool = False) -> Plan:
        """Read the organization under the lock, and plan; *again* as in `plan`."""
        self.listener.reading()
        found = await read(self.github, self.desired, self.memory.state)
        self._accounts = found.accounts
        under_way = self.memory.under_way
        state = remembered(self.memory.state, self.desired, found, under_way)
        state = await with_authors(self.github, state)
        self.memory.settle(state)
        locked = self.memory.locked
        return plan(
            self.desired, state, self.policy, found.accounts, locked, again=again
        )

    async def carry_out(self, made: Plan) -> Applied:
        """Do everything in *made* that can be done, and read where that ended.

        One bad entry never stops the others. Nothing is begun after an interruption,
        and nobody invited after a limit.
        """
        self._made = made
        snapshot = self.memory.state.snapshot
        assert snapshot is not None  # noqa: S101 - prepare() has read it
        self._restraint = Restraint(
            min_admins=self.policy.min_admins,
            admins=set(active_admins(snapshot)),
            max_invites=self.max_invites,
        )
        if not made.changes:
            self._settle(finished=True)
            return Applied(plan=made, unwritten=self._unwritten)
        todo = tasks(made)
        self._begin(made, len({task.address for task in todo}))
        was_interrupted = await self._work(todo)
        if not was_interrupted and self._restraint.lift_for_freed_seats():
            was_interrupted = await self._work(self._take_up())
        return await self._finish(was_interrupted=was_interrupted)

    async def _work(self, todo: Iterable[Task]) -> bool:
        """Do what of *todo* can be done; was there an interruption?"""
        was_interrupted = False
        for task in todo:
            was_interrupted = was_interrupted or self.interrupted()
            if was_interrupted or self._stopped:
                self._leave(task)
            else:
                await self._do(task)
        return was_interrupted or (bool(self._left) and self.interrupted())

    def _take_up(self) -> Sequence[Task]:
        """What was left, to be begun after all."""
        left, self._left = self._left, []
        for task in left:
            self._lost.discard(task.address)
            self._results.pop(task.address, None)
        return left

    async def _do(self, task: Task) -> None:
        if task.address in self._lost:
            return
        missing = sorted(task.after & self._lost)
        if missing and all(self._results[m].end is End.LEFT for m in missing):
            self._leave(task)
        elif missing:
            self._note(task, End.SKIPPED, f"it needs {missing[0]}, which was not done")
        elif self._restraint.makes_wait(task):
            self._leave(task)
        elif words := self._restraint.forbids(task):
            self._note(task, End.SKIPPED, words)
        else:
            self._doing(task)
            if self._stopped or self.interrupted():
                self._ended(task, "left")
                self._leave(task)
            else:
                await self._attempt(task)

    async def _attempt(self, task: Task) -> None:
        self.listener.started(task)
        try:
            outcome = await self.github.carry_out(task)
        except LimitReached as limit:
            self._restraint.met(limit)
            if not limit.grants_only:
                self._stopped = limit
            # The old invitation may be cancelled by now, and the new one not sent.
            self._half_done |= task.change.reason in _CANCELS_FIRST
            self._ended(task, "left")
            self._leave(task)
            self.listener.ended(task, limit)
        except GitHubError as error:
            if isinstance(error, SignInFailed | Unreachable):
                self._stopped = error
            if isinstance(error, OutcomeUnknown):
                self._restraint.in_doubt(task)
            taken = self._taken(task, error)
            if taken is not None:
                self.memory.state = with_taken(self.memory.state, taken)
            unknown = isinstance(error, OutcomeUnknown)
            key = taken.spelled if taken is not None else ""
            self._ended(task, "unknown" if unknown else "failed", taken=key)
            self._note(task, End.FAILED, error.message, error.hint)
            self.listener.ended(task, error)
        else:
            self._restraint.done(task, already=outcome.already)
            if task.last:
                end = End.ALREADY if outcome.already else End.DONE
                self._note(task, end, outcome.words)
            ended = success(task, outcome, self._made.organization.id, self.now())
            self._record(lambda: self.memory.ended(ended))
            self.listener.ended(task, outcome)

    def _taken(self, task: Task, error: GitHubError) -> Login | None:
        """The mailbox that *error* says is a member's, by its key."""
        if not isinstance(error, AddressRefused):
            return None
        address = self._restraint.refused(task, error)
        if address is None:
            return None
        return Mailbox.of(address, self._made.organization.id).key

    # Records ------------------------------------------------------------------

    def _note(self, task: Task, end: End, words: str, hint: str = "") -> None:
        if end in {End.FAILED, End.SKIPPED}:
            self._lost.add(task.address)
        self._results[task.address] = Result(task.change, end, words, hint)

    def _leave(self, task: Task) -> None:
        """Do not begin *task*; what needs it is not begun, either."""
        self._lost.add(task.address)
        self._left.append(task)
        self._results.setdefault(task.address, Result(task.change, End.LEFT))

    def _begin(self, made: Plan, changes: int) -> None:
        self._record(
            lambda: self.memory.begin(
                at=self.now(),
                digest=digest(made),
                changes=changes,
                reviewed=self.reviewed,
            )
        )

    def _doing(self, task: Task) -> None:
        """Note what is about to be done; nothing is begun that cannot be noted."""
        person = task.change.resource.person
        gone: Mapping[Login, tuple[int, ...]] = {}
        if person is not None and task.change.reason in _SENDS:
            # If this is the last that is heard of this apply, an invitation that it
            # cancelled to send another must not count as one that was declined.
            gone = replaced(self.memory.state, self.desired, person)
            self.memory.state = with_forgiven(self.memory.state, gone)
        forgiven = {login.spelled: ids for login, ids in gone.items()}
        address = recorded(task.address)
        self._record(lambda: self.memory.doing(address, task.change.reason, forgiven))

    def _ended(self, task: Task, end: str, *, taken: str = "") -> None:
        ended = Ended(address=str(recorded(task.address)), end=end, taken=taken)
        self._record(lambda: self.memory.ended(ended))

    def _record(self, note: Callable[[], None]) -> None:
        """What cannot be noted stops the apply; what has been done is not lost."""
        if self._unwritten:
            return
        try:
            note()
        except (StateUnwritable, StateConflict) as error:
            self._unwritten = error
            self._stopped = error

    # The end ------------------------------------------------------------------

    async def _finish(self, *, was_interrupted: bool) -> Applied:
        unread: GitHubError | None = None
        remaining: tuple[Change, ...] = ()
        begun = self._half_done or any(
            result.end is not End.LEFT for result in self._results.values()
        )
        can_read = not was_interrupted and not isinstance(self._stopped, GitHubError)
        known = not begun
        if begun and can_read:
            try:
                remaining = await self._look_again()
            except GitHubError as error:
                unread = error
            else:
                known = True
        if was_interrupted or self._stopped:
            self._record(lambda: self.memory.left(self.now()))
        # As long as it is not known where this ended, the next plan has to read.
        self._settle(finished=known and not was_interrupted)
        return Applied(
            plan=self._made,
            results=(*self._results.values(), *self._carried()),
            limit=self._restraint.limit,
            stopped=self._stopped,
            interrupted=was_interrupted,
            unwritten=self._unwritten,
            rescued=(
                self.memory.rescue(self.memory.state) if self._unwritten else None
            ),
            unread=unread,
            remaining=remaining,
        )

    async def _look_again(self) -> tuple[Change, ...]:
        """Read where it ended; twice, where GitHub has not caught up with itself."""
        done = {
            result.change.address
            for result in (*self._results.values(), *self._carried())
            if result.end in {End.DONE, End.ALREADY}
        }
        remaining: tuple[Change, ...] = ()
        self.listener.reading()
        for _ in range(2):
            found = await read_again(
                self.github, self.desired, self._accounts, self.memory.state
            )
            state = remembered(self.memory.state, self.desired, found)
            fresh = plan(self.desired, state, self.policy, self._accounts, again=True)
            remaining = tuple(c for c in fresh.changes if c.address in done)
            self.memory.state = state
            if not remaining:
                break
        return remaining

    def _settle(self, *, finished: bool) -> None:
        """Write the state that the apply leaves behind.

        Also where the journal could not be written: what it lacks is in this one.
        """
        state = self.memory.state
        results = (*self._results.values(), *self._carried())
        state = replace(
            state,
            drift=left_open(
                state, self._made, results, self.policy, by_hand=self.by_hand
            ),
            made=with_done(state, results, self.now()),
        )
        if not self.by_hand:
            state = replace(state, managed=self._managed(), teams=self._team_ids())
        state = replace(state, applied_serial=state.serial + 1)
        # If it cannot be written, it is what is saved elsewhere.
        self.memory.state = state
        try:
            if finished:
                self.memory.settle(state)
            else:
                self.memory.write(state)
        except (StateUnwritable, StateConflict) as error:
            self._unwritten = self._unwritten or error
        else:
            self._unwritten = None

    def _managed(self) -> frozenset[Address]:
        """What is managed from now on; of what was left out, what was before."""
        before = self.memory.state.managed
        teams = {a for a in self.desired.declared if a.is_in(TEAMS)}
        # Where removals were held back, nobody has seen them happen yet.
        held = {
            change.address.collection
            for change in self._made.held_changes
            if isinstance(change, Delete)
        }
        now = (self.desired.managed - (held - before)) | teams
        targets = self.policy.targets
        if not targets:
            return now
        meant = {a for a in now | before if any(a.within(each) for each in targets)}
        return (now & meant) | (before - meant)

    def _team_ids(self) -> dict[Slug, int]:
        """Which team each slug of the files is; one in error stays the known one."""
        known = self.memory.state.teams
        snapshot = self.memory.state.snapshot
        unclear = {note.address for note in self._made.errors}
        ids: dict[Slug, int] = {}
        for found in snapshot.each(Team) if snapshot else ():
            slug = found.resource.slug
            if Team.at(slug) in self.desired.declared and found.id is not None:
                ids[slug] = found.id
        kept = {
            slug: number
            for slug, number in known.items()
            if Team.at(slug) in unclear and Team.at(slug) in self.desired.declared
        }
        return ids | kept

    def _carried(self) -> tuple[Result, ...]:
        """The places in teams that went, or did not go, with an invitation."""
        return tuple(
            Result(change, carrier.end, carrier.words, carrier.hint)
            for change in self._made.changes
            if change.reason is Reason.WITH_INVITATION and change.resource.person
            for carrier in (self._results[Member.at(change.resource.person)],)
        )


_CANCELS_FIRST = frozenset({Reason.REPLACE_INVITATION, Reason.RENEW})
_SENDS = frozenset({Reason.REINVITE, Reason.REPLACE_INVITATION, Reason.RENEW})
