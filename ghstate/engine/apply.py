"""Carrying out a plan: everything that can be done, and an honest account of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from msgspec.structs import replace

from ghstate.engine.memory import Memory
from ghstate.engine.refresh import Accounts, plan, read, read_again, remembered
from ghstate.errors import (
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
from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy
from ghstate.model.team import TEAMS, Team
from ghstate.plan.change import Change, Reason
from ghstate.plan.document import digest
from ghstate.plan.order import Phase, Task, tasks
from ghstate.plan.plan import Plan
from ghstate.ports import GitHub, Listener
from ghstate.rules.guards import active_admins
from ghstate.statefile import UnderWay


class End(Enum):
    """How one change ended."""

    DONE = auto()
    ALREADY = auto()
    """It was so, or became so, without this apply."""

    FAILED = auto()
    SKIPPED = auto()
    """Something that it needs failed."""

    LEFT = auto()
    """Not begun: a limit, an interruption, or no way to GitHub."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one change."""

    change: Change
    end: End
    words: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How an apply ended, as a value."""

    plan: Plan
    results: tuple[Result, ...] = ()
    limit: LimitReached | None = None
    stopped: GhstateError | None = None
    """Why nothing more could be done, if that was so."""

    interrupted: bool = False
    unwritten: StateError | None = None
    """Changes were made, and the state could not be written."""

    rescued: str | None = None
    """Where the state was saved instead."""

    unread: GitHubError | None = None
    """Changes were made, and the organization could not be read afterwards."""

    remaining: tuple[Change, ...] = ()
    """What a fresh plan still wants, of what this apply reported as done."""

    def ended(self, *ends: End) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.end in ends)

    @property
    def succeeded(self) -> bool:
        return not (
            self.ended(End.FAILED, End.SKIPPED, End.LEFT)
            or self.limit
            or self.stopped
            or self.interrupted
            or self.unwritten
            or self.unread
            or self.remaining
            or self.plan.errors
        )


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
    _made: Plan = field(init=False)
    _results: dict[Address, Result] = field(default_factory=dict)
    _lost: set[Address] = field(default_factory=set)
    _admins: set[Login] = field(default_factory=set)
    _invites: int = 0
    _held: bool = False
    """Has `max_invites` kept an invitation from being sent?"""

    _limit: LimitReached | None = None
    _stopped: GhstateError | None = None
    _unwritten: StateError | None = None
    _accounts: Accounts = field(default_factory=dict)

    async def prepare(self) -> Plan:
        """Read the organization under the lock, and plan again."""
        self.listener.reading()
        found = await read(self.github, self.desired, self.memory.state)
        self._accounts = found.accounts
        state = remembered(self.memory.state, self.desired, found)
        self.memory.write(state)
        return plan(self.desired, state, self.policy, found.accounts)

    async def carry_out(self, made: Plan) -> Applied:
        """Do everything in *made* that can be done, and read where that ended.

        One bad entry never stops the others. Nothing is begun after an interruption,
        and nobody invited after a limit.
        """
        self._made = made
        snapshot = self.memory.state.snapshot
        assert snapshot is not None  # noqa: S101 - prepare() has read it
        self._admins = set(active_admins(snapshot))
        if not made.changes:
            self._settle(finished=True)
            return Applied(plan=made, unwritten=self._unwritten)
        self._under_way(UnderWay(started_at=self.now(), digest=digest(made)))
        was_interrupted = False
        for task in tasks(made):
            was_interrupted = was_interrupted or self.interrupted()
            if was_interrupted or self._stopped:
                self._leave(task)
            else:
                await self._do(task)
        return await self._finish(was_interrupted=was_interrupted)

    async def _do(self, task: Task) -> None:
        if task.address in self._lost:
            return
        missing = sorted(task.after & self._lost)
        if missing and all(self._results[m].end is End.LEFT for m in missing):
            self._leave(task)
        elif missing:
            self._note(task, End.SKIPPED, f"it needs {missing[0]}, which was not done")
        elif self._must_wait(task):
            self._leave(task)
        elif not self._enough_admins_without(task):
            self._note(
                task,
                End.SKIPPED,
                f"fewer than {self.policy.min_admins} active admins would be left, "
                "because an earlier change failed",
            )
        else:
            self._doing(task.address)
            if self._stopped:
                self._leave(task)
            else:
                await self._attempt(task)

    async def _attempt(self, task: Task) -> None:
        self.listener.started(task)
        try:
            outcome = await self.github.carry_out(task)
        except LimitReached as limit:
            self._limit = self._limit or limit
            if not limit.grants_only:
                self._stopped = limit
            self._leave(task)
            self.listener.ended(task, limit)
        except GitHubError as error:
            if isinstance(error, SignInFailed | Unreachable):
                self._stopped = error
            if isinstance(error, OutcomeUnknown):
                self._doubt(task)
            self._note(task, End.FAILED, error.message, error.hint)
            self.listener.ended(task, error)
        else:
            self._count(task)
            if task.last:
                end = End.ALREADY if outcome.words else End.DONE
                self._note(task, end, outcome.words)
            self.listener.ended(task, outcome)
            self._done(task.address)

    def _must_wait(self, task: Task) -> bool:
        """Does a limit that was reached concern this task?"""
        if not _invites(task):
            return False
        if self._limit is not None:
            return True
        if self.max_invites is None or self._invites < self.max_invites:
            return False
        self._held = True
        return True

    def _enough_admins_without(self, task: Task) -> bool:
        """Hold `min_admins` at every step, also when a promotion has failed."""
        person = task.change.resource.person
        if task.phase not in {Phase.DEMOTE, Phase.REMOVE} or person is None:
            return True
        left = self._admins - {person}
        return left == self._admins or len(left) >= self.policy.min_admins

    def _doubt(self, task: Task) -> None:
        """Expect the worse of two: an admin who may be gone counts no more."""
        if task.phase in {Phase.DEMOTE, Phase.REMOVE}:
            self._count(task)

    def _count(self, task: Task) -> None:
        person = task.change.resource.person
        if _invites(task):
            self._invites += 1
        if person is None:
            return
        if task.phase is Phase.PROMOTE:
            self._admins.add(person)
        elif task.phase in {Phase.DEMOTE, Phase.REMOVE}:
            self._admins.discard(person)

    # Records ------------------------------------------------------------------

    def _note(self, task: Task, end: End, words: str, hint: str = "") -> None:
        if end in {End.FAILED, End.SKIPPED}:
            self._lost.add(task.address)
        self._results[task.address] = Result(task.change, end, words, hint)

    def _leave(self, task: Task) -> None:
        """Do not begin *task*; what needs it is not begun, either."""
        self._lost.add(task.address)
        self._results.setdefault(task.address, Result(task.change, End.LEFT))

    def _under_way(self, under_way: UnderWay | None) -> None:
        if self._unwritten:
            return
        try:
            self.memory.write(replace(self.memory.state, under_way=under_way))
        except (StateUnwritable, StateConflict) as error:
            # What has been done must not be lost over it, and what has not been
            # begun must not be begun without a record.
            self._unwritten = error
            self._stopped = error

    def _doing(self, address: Address) -> None:
        under_way = self.memory.state.under_way
        if under_way:
            self._under_way(replace(under_way, doing=address))

    def _done(self, address: Address) -> None:
        under_way = self.memory.state.under_way
        if under_way:
            done = (*under_way.done, address)
            self._under_way(replace(under_way, done=done, doing=None))

    # The end ------------------------------------------------------------------

    async def _finish(self, *, was_interrupted: bool) -> Applied:
        unread: GitHubError | None = None
        remaining: tuple[Change, ...] = ()
        begun = any(r.end is not End.LEFT for r in self._results.values())
        can_read = not was_interrupted and not isinstance(self._stopped, GitHubError)
        known = not begun
        if begun and can_read:
            try:
                remaining = await self._look_again()
            except GitHubError as error:
                unread = error
            else:
                known = True
        if not self._unwritten:
            # As long as it is not known where this ended, the next plan has to read.
            self._settle(finished=known and not was_interrupted)
        return Applied(
            plan=self._made,
            results=(*self._results.values(), *self._carried()),
            limit=self._limit or self._held_by_max_invites(),
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
            found = await read_again(self.github, self._accounts, self.memory.state)
            state = remembered(self.memory.state, self.desired, found)
            fresh = plan(self.desired, state, self.policy, self._accounts)
            remaining = tuple(c for c in fresh.changes if c.address in done)
            self.memory.state = state
            if not remaining:
                break
        return remaining

    def _settle(self, *, finished: bool) -> None:
        """Write the state that the apply leaves behind."""
        state = self.memory.state
        teams = frozenset(a for a in self.desired.declared if a.is_in(TEAMS))
        try:
            self.memory.write(
                replace(
                    state,
                    applied_serial=state.serial + 1,
                    managed=self.desired.managed | teams,
                    teams=self._team_ids(),
                    under_way=None if finished else state.under_way,
                )
            )
        except (StateUnwritable, StateConflict) as error:
            self._unwritten = error

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

    def _held_by_max_invites(self) -> LimitReached | None:
        if not self._held:
            return None
        return LimitReached(
            f"--max-invites {self.max_invites} is reached",
            grants_only=True,
            hint="run apply again to invite the others",
        )


def _invites(task: Task) -> bool:
    """Does *task* send an invitation, so that a limit counts it?"""
    return task.phase in {Phase.INVITE, Phase.INVITE_AGAIN}
