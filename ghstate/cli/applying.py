"""`apply`: under the lock, read, plan again, show, ask, carry out, read again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from ghstate.cli import online
from ghstate.cli.carrying import ask, at_work, must_be_able_to_ask
from ghstate.cli.exits import Exit
from ghstate.cli.planning import policy, show_plan
from ghstate.cli.workspace import Workspace
from ghstate.errors import PlanChanged
from ghstate.plan.change import Reason
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.report.words import plural


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    auto_approve: bool = False
    expect: str | None = None
    """The digest of the plan that was reviewed: 64 digits."""

    lock_timeout: timedelta = timedelta(0)
    max_invites: int | None = None
    allow_removals: int | None = None
    reinvite_left: bool = False
    max_wait: timedelta = timedelta(minutes=5)


def run_apply(workspace: Workspace, options: ApplyOptions) -> Exit:
    """Carry out what the files ask for, and answer with how that went."""
    approved = options.auto_approve or options.expect is not None
    if not approved:
        must_be_able_to_ask(
            "say --auto-approve, or --expect DIGEST for a plan that was reviewed"
        )
    return online.run(lambda: _apply(workspace, options, approved=approved))


async def _apply(
    workspace: Workspace, options: ApplyOptions, *, approved: bool
) -> Exit:
    async with at_work(
        workspace, "apply", options.lock_timeout, options.max_wait
    ) as work:
        apply = work.engine(
            policy(
                workspace,
                allow_removals=options.allow_removals,
                reinvite_left=options.reinvite_left,
            ),
            max_invites=options.max_invites,
        )
        made = await work.prepare(apply)
        show_plan(workspace, made, work.memory.state, applying=approved)
        if (code := _refused(made, options)) is not None:
            return code
        if made.changes and not approved:
            _ask(made)
        return await work.carry_out(apply, made)


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
    ask(f"Make {plural(changes, 'change', 'changes')}?")
