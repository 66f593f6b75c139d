"""`apply`: under the lock, read, plan again, show, ask, carry out, read again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path

from msgspec.structs import replace

from ghstate import __version__
from ghstate.cli import online
from ghstate.cli.carrying import Work, ask, at_work, must_be_able_to_ask
from ghstate.cli.exits import Exit
from ghstate.cli.planning import policy, show_plan
from ghstate.cli.saving import fingerprints, load, quoted
from ghstate.cli.workspace import Workspace
from ghstate.engine.apply import Apply
from ghstate.engine.resuming import check_taken_back, resumes
from ghstate.errors import PlanChanged, UsageError
from ghstate.model.note import Severity
from ghstate.model.policy import Policy
from ghstate.plan.change import Reason
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.plan.saved import (
    SavedPlan,
    check_digest,
    check_project,
    check_read,
    check_state,
    compare_plans,
    compare_saved,
)
from ghstate.report.stale import Earlier, difference_document, dropped_sections
from ghstate.report.terminal import to_text
from ghstate.report.words import plural
from ghstate.rules.guards import guard

FRESH = timedelta(seconds=10)
"""So long after it was read, an organization is taken to be as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    plan: Path | None = None
    """A saved plan."""

    auto_approve: bool = False
    expect: str | None = None
    """The digest of the plan that was reviewed: 64 digits."""

    lock_timeout: timedelta = timedelta(0)
    max_invites: int | None = None
    allow_removals: int | None = None
    reinvite_left: bool = False
    targets: tuple[str, ...] = ()
    max_wait: timedelta = timedelta(minutes=5)


def run_apply(workspace: Workspace, options: ApplyOptions) -> Exit:
    """Carry out what the files ask for, and answer with how that went."""
    if options.plan is not None:
        return _run_saved(workspace, options.plan, options)
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
                targets=options.targets,
            ),
            max_invites=options.max_invites,
        )
        made = await work.prepare(apply)
        show_plan(workspace, made)
        if (code := _refused(made, options)) is not None:
            return code
        if made.changes and not approved:
            asked = time.monotonic()
            _ask(made)
            if time.monotonic() - asked > FRESH.total_seconds():
                made = await _planned_again(work, apply, made)
                if made.refusals:
                    show_plan(workspace, made)
                    return Exit.REFUSED
        return await work.carry_out(apply, made)


async def _planned_again(work: Work, apply: Apply, shown: Plan) -> Plan:
    """The plan after an answer that took its time; `PlanChanged` if it is another.

    Whoever said yes said it to what was *shown*, and GitHub has moved on meanwhile.
    """
    made = await work.prepare(apply, again=True)
    found = compare_plans(shown, made)
    if not found.holds:
        document = difference_document(found, made, work.now, Earlier.SHOWN)
        work.workspace.printer.document(to_text(document))
        raise PlanChanged(
            "the organization has changed while the question waited for its answer; "
            "nothing was changed",
            hint="run apply again, and look at the new plan",
        )
    return _allowed(made, work, apply.policy)


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


# A saved plan ------------------------------------------------------------------


def _run_saved(workspace: Workspace, path: Path, options: ApplyOptions) -> Exit:
    """Carry out what is left of the plan in *path*, or `PlanChanged`.

    What can be told without GitHub is told before it is asked anything.
    """
    _refuse_flags(options)
    saved, place = load(path), quoted(path)
    if options.expect is not None:
        check_digest(saved, options.expect, place=place)
    check_project(
        saved,
        place=place,
        version=__version__,
        organization=workspace.project.settings.organization,
        files=fingerprints(workspace.project),
        lifetime=workspace.project.settings.plan_expiry,
        now=workspace.now,
    )
    wanted = policy(
        workspace,
        allow_removals=saved.binding.allow_removals,
        reinvite_left=saved.binding.reinvite_left,
        targets=saved.binding.targets,
    )
    return online.run(lambda: _apply_saved(workspace, saved, place, wanted, options))


def _refuse_flags(options: ApplyOptions) -> None:
    """A plan is made with these flags, and a saved one is made already."""
    given = {
        "--target": bool(options.targets),
        "--allow-removals": options.allow_removals is not None,
        "--reinvite-left": options.reinvite_left,
    }
    if flags := [flag for flag, is_given in given.items() if is_given]:
        raise UsageError(
            f"a saved plan carries its own {' and '.join(flags)}",
            hint=f"leave that out, or plan again with {' and '.join(flags)}",
        )


async def _apply_saved(
    workspace: Workspace,
    saved: SavedPlan,
    place: str,
    wanted: Policy,
    options: ApplyOptions,
) -> Exit:
    async with at_work(
        workspace, "apply", options.lock_timeout, options.max_wait
    ) as work:
        memory = work.memory
        begun = memory.under_way
        goes_on = resumes(begun, saved.digest)
        if memory.exists:
            check_state(
                saved,
                place=place,
                lineage=memory.state.lineage,
                # What it has done itself makes it no staler.
                applied_serial=None if goes_on else memory.state.applied_serial,
            )
        apply = work.engine(
            wanted, max_invites=options.max_invites, reviewed=saved.digest
        )
        made = await work.prepare(apply, again=True)
        check_taken_back(made, begun)
        check_read(saved, place=place, organization=made.organization, now=work.now)
        found = compare_saved(saved, made)
        if not found.holds:
            document = difference_document(found, made, work.now)
            workspace.printer.document(to_text(document))
            raise _not_reviewed(workspace, saved, place)
        made = _allowed(made, work, wanted)
        first = tuple(dropped_sections(found))
        show_plan(workspace, made, first)
        if made.refusals:
            return Exit.REFUSED
        if not made.changes:
            workspace.printer.aside(f"nothing is left to do of {place}")
        return await work.carry_out(apply, made)


def _not_reviewed(workspace: Workspace, saved: SavedPlan, place: str) -> PlanChanged:
    """What is to be done that nobody has reviewed, and why that is: the error."""
    sets, then = workspace.project.sets, saved.binding.made_at.astimezone(UTC).date()
    asked_then, _ = sets.asked_on(then)
    asked_now, _ = sets.asked_on(workspace.today)
    by_a_day = asked_then.declared != asked_now.declared
    why = (
        "the files ask for something else since it was made, because a day has come "
        "that they name"
        if by_a_day
        else "the organization has changed since it was made"
    )
    return PlanChanged(
        f"{place} may not be applied: {why}; nothing was changed",
        hint=f"review what is shown, and plan again: ghstate plan --out {place}",
    )


def _allowed(made: Plan, work: Work, wanted: Policy) -> Plan:
    """What is left of a plan whose removals were allowed by their number.

    Whatever is left of them is allowed: fewer than the number, and no others.
    """
    state, allowed = work.memory.state, wanted.allow_removals
    going = sum(made.removals.values())
    if allowed is None or going > allowed or state.snapshot is None:
        return made
    notes = (note for note in made.notes if note.severity is not Severity.REFUSAL)
    left = replace(wanted, allow_removals=going)
    left_over = replace(made, notes=tuple(notes))
    return guard(left_over, state.snapshot, left)
