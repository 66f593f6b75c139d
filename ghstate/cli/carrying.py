"""Carrying something out: under the lock, signed in, interruptible, and told after."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from ghstate.cli import online
from ghstate.cli.exits import Exit, first_of
from ghstate.cli.holding import hold
from ghstate.cli.interrupting import Signals, signals
from ghstate.cli.locking import remind_to_lock
from ghstate.cli.seeing import tell_interrupted
from ghstate.cli.workspace import Workspace
from ghstate.engine.applied import Applied, End
from ghstate.engine.apply import Apply
from ghstate.engine.memory import Memory
from ghstate.errors import GhstateError, UsageError
from ghstate.model.policy import Policy
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.report.applied import describe_applied
from ghstate.report.terminal import to_text


@dataclass(frozen=True, slots=True)
class Work:
    """The state and GitHub, for one command to change."""

    workspace: Workspace
    memory: Memory
    signed_in: online.Online
    signals: Signals

    @property
    def now(self) -> datetime:
        """Never before what was read last, as in every report."""
        snapshot = self.memory.state.snapshot
        return self.workspace.now_after(snapshot.taken_at if snapshot else None)

    def engine(
        self,
        policy: Policy,
        *,
        max_invites: int | None = None,
        by_hand: bool = False,
        reviewed: str = "",
    ) -> Apply:
        return Apply(
            github=self.signed_in.github,
            memory=self.memory,
            desired=self.workspace.project.desired,
            policy=policy,
            listener=self.signed_in.listening,
            now=lambda: self.now,
            interrupted=lambda: self.signals.received is not None,
            max_invites=max_invites,
            by_hand=by_hand,
            reviewed=reviewed,
        )

    async def prepare(self, apply: Apply, *, again: bool = False) -> Plan:
        """Read the organization, and plan for the files; *again* as in `plan`."""
        made = await apply.prepare(again=again)
        self.signed_in.listening.finished()
        return made

    async def carry_out(self, apply: Apply, made: Plan) -> Exit:
        """Do what *made* says, tell how it went, and answer with the exit code."""
        listening = self.signed_in.listening
        listening.applying(len(tasks(made)), at_once=made.at_once)
        with self.signals.finishing(listening.stopping):
            before = self.memory.state.snapshot
            applied = await apply.carry_out(made)
        listening.finished()
        if made.changes:
            after = self.memory.state.snapshot
            document = describe_applied(
                applied,
                cost=self.signed_in.cost,
                now=self.now,
                snapshot=None if after is before else after,
            )
            self.workspace.printer.document(to_text(document))
        remind_to_lock(self.workspace, self.memory.state)
        return _exit(applied, self.signals)


@asynccontextmanager
async def at_work(
    workspace: Workspace, operation: str, lock_timeout: timedelta, max_wait: timedelta
) -> AsyncIterator[Work]:
    """Hold the lock and a conversation with GitHub."""
    with hold(workspace, operation, lock_timeout) as memory:
        tell_interrupted(workspace, memory, alone=True)
        async with online.signed_in(workspace, max_wait) as signed_in:
            yield Work(workspace, memory, signed_in, signals())


def can_ask() -> bool:
    """Is anybody there to answer?"""
    return sys.stdin.isatty()


def must_be_able_to_ask(otherwise: str) -> None:
    """`UsageError` where nobody is there to answer; *otherwise* is the way out."""
    if not can_ask():
        raise UsageError(f"there is no terminal to ask on; {otherwise}")


def ask(question: str) -> None:
    """Go on only after a yes; `GhstateError` otherwise."""
    with signals().asking():
        sys.stderr.write(f"\n{question} Only yes will do: ")
        sys.stderr.flush()
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            raise
    if answer.strip() != "yes":
        raise GhstateError("not approved; nothing was changed")


def _exit(applied: Applied, signals: Signals) -> Exit:
    codes = [Exit.DONE]
    if applied.interrupted:
        codes.append(_interruption(signals))
    if applied.limit:
        codes.append(Exit.LIMIT)
    left_by_limit = applied.limit is not None and applied.stopped in {
        None,
        applied.limit,
    }
    failed = applied.ended(End.FAILED, End.SKIPPED) or applied.plan.errors
    left = applied.ended(End.LEFT) and not left_by_limit and not applied.interrupted
    if failed or left or applied.unwritten or applied.unread or applied.remaining:
        codes.append(Exit.IN_PART)
    return first_of(*codes)


def _interruption(signals: Signals) -> Exit:
    return Exit(128 + signals.received) if signals.received else Exit.INTERRUPT
