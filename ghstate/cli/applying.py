"""`apply`: under the lock, read, plan again, show, ask, carry out, read again."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from ghstate.cli import online
from ghstate.cli.exits import Exit, first_of
from ghstate.cli.planning import policy, show_plan
from ghstate.cli.workspace import Workspace, new_lineage
from ghstate.engine.apply import Applied, Apply, End
from ghstate.engine.memory import Memory
from ghstate.errors import GhstateError, PlanChanged, UsageError
from ghstate.plan.change import Reason
from ghstate.plan.document import digest
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.ports import Holder
from ghstate.report.applied import describe_applied
from ghstate.report.terminal import to_text
from ghstate.report.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    auto_approve: bool = False
    expect: str | None = None
    """The digest of the plan that was reviewed: 64 digits."""

    lock_timeout: timedelta = timedelta(0)
    max_invites: int | None = None
    allow_removals: int | None = None
    max_wait: timedelta = timedelta(minutes=5)


@dataclass(slots=True)
class Signals:
    """Signals that came while an apply was at work; the first one is what counts."""

    received: signal.Signals | None = None
    _loop: asyncio.AbstractEventLoop | None = field(default=None, repr=False)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Finish the call under way on a signal; leave at once on the second."""
        loop = asyncio.get_running_loop()
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in wanted:
            loop.add_signal_handler(number, self._receive, number)
        try:
            yield
        finally:
            for number in wanted:
                loop.remove_signal_handler(number)

    def _receive(self, number: signal.Signals) -> None:
        if self.received is not None:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        self.received = number

    @property
    def exit(self) -> Exit:
        return Exit(128 + self.received) if self.received else Exit.INTERRUPT


def run_apply(workspace: Workspace, options: ApplyOptions) -> Exit:
    """Carry out what the files ask for, and answer with how that went."""
    approved = options.auto_approve or options.expect is not None
    if not approved and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on whether the plan may be carried out",
            hint="say --auto-approve, or --expect DIGEST for a plan that was reviewed",
        )
    return online.run(lambda: _apply(workspace, options, approved=approved))


async def _apply(
    workspace: Workspace, options: ApplyOptions, *, approved: bool
) -> Exit:
    signals = Signals()
    holder = workspace.holder("apply")

    def waiting(other: Holder | None) -> None:
        who = f"{other.who}, {other.operation}" if other else "somebody"
        workspace.printer.aside(f"waiting for the lock, which {who} holds")

    with (
        workspace.store.lock(
            holder, timeout=options.lock_timeout.total_seconds(), waiting=waiting
        ) as lock,
    ):
        memory = Memory(workspace.store, new_lineage=new_lineage, lock=lock)
        async with online.signed_in(workspace, options.max_wait) as signed_in:
            apply = Apply(
                github=signed_in.github,
                memory=memory,
                desired=workspace.project.desired,
                policy=policy(workspace, options.allow_removals),
                listener=signed_in.listening,
                now=lambda: workspace.now,
                interrupted=lambda: signals.received is not None,
                max_invites=options.max_invites,
            )
            made = await apply.prepare()
            signed_in.listening.finished()
            show_plan(workspace, made, memory.state, applying=approved)
            if (code := _refused(made, options)) is not None:
                return code
            if made.changes and not approved:
                _ask(made)
            signed_in.listening.applying(len(tasks(made)))
            with signals.caught():
                applied = await apply.carry_out(made)
            signed_in.listening.finished()
            if made.changes:
                text = to_text(describe_applied(applied, cost=signed_in.cost))
                workspace.printer.document(text)
    return _exit(applied, signals)


def _refused(made: Plan, options: ApplyOptions) -> Exit | None:
    if options.expect is not None and digest(made) != options.expect:
        raise PlanChanged(
            f"the plan is not the one that was expected, its digest is {digest(made)}; "
            "nothing was changed",
            hint="review the plan above, and expect that one",
        )
    return Exit.REFUSED if made.refusals else None


def _ask(made: Plan) -> None:
    # Counted as in the plan: what comes with an invitation is part of it.
    changes = sum(c.reason is not Reason.WITH_INVITATION for c in made.changes)
    count = plural(changes, "change", "changes")
    sys.stderr.write(f"\nMake {count}? Only yes will do: ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer != "yes":
        raise GhstateError("not approved; nothing was changed")


def _exit(applied: Applied, signals: Signals) -> Exit:
    codes = [Exit.DONE]
    if applied.interrupted:
        codes.append(signals.exit)
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
