"""`refresh` and `plan`: read the organization, and show what would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ghstate import __version__
from ghstate.cli.exits import Exit, first_of
from ghstate.cli.holding import hold
from ghstate.cli.naming import parse_address
from ghstate.cli.saving import Reviewed, check_out, save
from ghstate.cli.seeing import Seen, see, tell_interrupted
from ghstate.cli.workspace import Workspace
from ghstate.engine.reading import read
from ghstate.engine.refresh import plan, remembered
from ghstate.errors import UsageError
from ghstate.model.policy import Policy
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.report.describe import describe
from ghstate.report.document import Document, Section
from ghstate.report.headcount import Headcount
from ghstate.report.plan_json import encoded, plan_document
from ghstate.report.terminal import to_text
from ghstate.report.words import date_in_words
from ghstate.statefile import State


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    json: bool = False
    refresh: bool | None = None
    """None: when the snapshot is older than the settings allow."""

    detailed_exitcode: bool = False
    allow_removals: int | None = None
    reinvite_left: bool = False
    targets: tuple[str, ...] = ()
    """Addresses, as written on the command line."""

    out: Path | None = None
    """Where to save the plan."""

    at: date | None = None
    """The day that the files count for; None for today."""

    max_wait: timedelta = timedelta(minutes=5)


def policy(
    workspace: Workspace,
    *,
    allow_removals: int | None = None,
    reinvite_left: bool = False,
    targets: Sequence[str] = (),
) -> Policy:
    """The settings, and the flags that go over them.

    `UsageError` if one of *targets* is no address.
    """
    return replace(
        workspace.project.settings.policy,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
        targets=tuple(parse_address(each) for each in targets),
    )


def run_refresh(
    workspace: Workspace, max_wait: timedelta, lock_timeout: timedelta
) -> Exit:
    """Read the organization into the state file, and say what that took."""
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    async def work() -> Exit:
        with hold(workspace, "refresh", lock_timeout) as memory:
            tell_interrupted(workspace, memory, alone=True)
            async with online.signed_in(workspace, max_wait) as signed_in:
                signed_in.listening.reading()
                found = await read(
                    signed_in.github, workspace.project.desired, memory.state
                )
                cost = signed_in.cost
                signed_in.listening.finished()
            desired = workspace.project.desired
            state = memory.settle(
                remembered(memory.state, desired, found, memory.under_way)
            )
        workspace.printer.aside(f"{_size(state)} · read with {cost}")
        return Exit.DONE

    return online.run(work)


def run_plan(workspace: Workspace, options: PlanOptions) -> Exit:
    """Show what would change; reads the organization only when it has to."""
    wanted = policy(
        workspace,
        allow_removals=options.allow_removals,
        reinvite_left=options.reinvite_left,
        targets=options.targets,
    )
    if options.at is not None:
        check_at(workspace, options.at)
        if options.out is not None:
            raise UsageError(
                "the plan of another day is not saved",
                hint="leave out --at, or --out",
            )
    if options.out is not None:
        check_out(workspace.project, options.out)
    seen = see(workspace, refresh=options.refresh, max_wait=options.max_wait)
    if options.at is not None:
        workspace = workspace.on(options.at)
    made = plan_for(workspace, seen, wanted)
    stored = seen.state if seen.stored else None
    now = workspace.now_after(made.snapshot_at)
    page = _page(workspace, made, now, wanted)
    if options.at is not None:
        # Nobody can apply today what holds on another day.
        day = date_in_words(options.at)
        page = replace(page, header=f"{page.header} · as of {day}", footer="")
    if options.json:
        document = _document(workspace, made, stored, now)
        if options.at is not None:
            document |= {"at": options.at.isoformat()}
        workspace.printer.text(encoded(document).decode())
    else:
        # How to apply it is told when it is saved.
        shown = page if options.out is None else replace(page, footer="")
        workspace.printer.document(to_text(shown))
    if options.out is not None:
        reviewed = Reviewed(made, now, page, _document(workspace, made, stored, now))
        save(workspace, options.out, reviewed, wanted, seen)
    return _exit(made, detailed=options.detailed_exitcode)


def check_at(workspace: Workspace, at: date) -> None:
    """`UsageError` if *at* is over."""
    if at < workspace.today:
        raise UsageError(f"{at} is over", hint="--at shows a day that is still to come")


def plan_for(workspace: Workspace, seen: Seen, policy: Policy) -> Plan:
    """What the files ask for, of the organization as it was *seen*."""
    project = workspace.project
    return plan(project.desired, seen.state, policy, seen.accounts, project.locked)


def show_plan(workspace: Workspace, made: Plan, first: Sequence[Section] = ()) -> None:
    """The plan on standard output, for whoever is applying it.

    *first* stands before the changes.
    """
    now = workspace.now_after(made.snapshot_at)
    page = describe(made, now=now, place_of=workspace.place_of, digest="")
    page = replace(page, sections=(*first, *page.sections))
    workspace.printer.document(to_text(page))


def _page(workspace: Workspace, made: Plan, now: datetime, policy: Policy) -> Document:
    return describe(
        made,
        now=now,
        place_of=workspace.place_of,
        digest=digest(made),
        flags=tuple(_flags(policy)),
    )


def _flags(policy: Policy) -> Iterator[str]:
    """What was given on the command line and has a say in the plan."""
    for target in policy.targets:
        yield from ("--target", str(target))
    if policy.allow_removals is not None:
        yield from ("--allow-removals", str(policy.allow_removals))
    if policy.reinvite_left:
        yield "--reinvite-left"


def _document(
    workspace: Workspace, made: Plan, state: State | None, now: datetime
) -> dict[str, Any]:
    return plan_document(
        made,
        version=__version__,
        timestamp=now,
        state=(state.lineage, state.serial) if state else None,
        place_of=workspace.place_of,
    )


def _exit(made: Plan, *, detailed: bool) -> Exit:
    codes = [Exit.DONE]
    if made.errors:
        codes.append(Exit.ERROR)
    if made.refusals:
        codes.append(Exit.REFUSED)
    if detailed and made.changes:
        codes.append(Exit.CHANGES)
    return first_of(*codes)


def _size(state: State) -> str:
    snapshot = state.snapshot
    assert snapshot is not None  # noqa: S101 - it has just been read
    return f"{snapshot.organization.login}: {Headcount.of(snapshot)}"
