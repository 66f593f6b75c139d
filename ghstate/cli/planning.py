"""`refresh` and `plan`: read the organization, and show what would change."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate import __version__
from ghstate.cli.exits import Exit, first_of
from ghstate.cli.seeing import Seen, see, tell_interrupted
from ghstate.cli.workspace import Workspace
from ghstate.engine.reading import read
from ghstate.engine.refresh import plan, remembered
from ghstate.model.member import Member
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.report.describe import describe
from ghstate.report.plan_json import to_json
from ghstate.report.terminal import to_text
from ghstate.report.words import plural
from ghstate.statefile import State


class PlanOptions(msgspec.Struct, frozen=True, kw_only=True):
    json: bool = False
    refresh: bool | None = None
    """None: when the snapshot is older than the settings allow."""

    detailed_exitcode: bool = False
    allow_removals: int | None = None
    reinvite_left: bool = False
    max_wait: timedelta = timedelta(minutes=5)


def policy(
    workspace: Workspace,
    *,
    allow_removals: int | None = None,
    reinvite_left: bool = False,
) -> Policy:
    """The settings, and the flags that go over them."""
    return replace(
        workspace.project.settings.policy,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
    )


def run_refresh(workspace: Workspace, max_wait: timedelta) -> Exit:
    """Read the organization into the state file, and say what that took."""
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    async def work() -> Exit:
        holder = workspace.holder("refresh")
        with workspace.store.lock(holder) as lock:
            memory = workspace.memory(lock)
            tell_interrupted(workspace, memory.state)
            async with online.signed_in(workspace, max_wait) as signed_in:
                signed_in.listening.reading()
                found = await read(
                    signed_in.github, workspace.project.desired, memory.state
                )
                cost = signed_in.cost
                signed_in.listening.finished()
            state = memory.write(
                remembered(memory.state, workspace.project.desired, found)
            )
        workspace.printer.aside(f"{_size(state)} · read with {cost}")
        return Exit.DONE

    return online.run(work)


def run_plan(workspace: Workspace, options: PlanOptions) -> Exit:
    """Show what would change; reads the organization only when it has to."""
    seen = see(workspace, refresh=options.refresh, max_wait=options.max_wait)
    made = plan_for(
        workspace,
        seen,
        policy(
            workspace,
            allow_removals=options.allow_removals,
            reinvite_left=options.reinvite_left,
        ),
    )
    show_plan(workspace, made, seen.state if seen.stored else None, json=options.json)
    return _exit(made, detailed=options.detailed_exitcode)


def plan_for(workspace: Workspace, seen: Seen, policy: Policy) -> Plan:
    """What the files ask for, of the organization as it was *seen*."""
    project = workspace.project
    return plan(project.desired, seen.state, policy, seen.accounts, project.locked)


def show_plan(
    workspace: Workspace,
    made: Plan,
    state: State | None,
    *,
    json: bool = False,
    applying: bool = False,
) -> None:
    """The plan on standard output, for people or as the contract's document.

    Whoever is *applying* it need not be told how to.
    """
    now = workspace.now_after(made.snapshot_at)
    if json:
        document = to_json(
            made,
            version=__version__,
            timestamp=now,
            state=(state.lineage, state.serial) if state else None,
            place_of=workspace.place_of,
        )
        workspace.printer.text(document.decode())
        return
    text = to_text(
        describe(
            made,
            now=now,
            place_of=workspace.place_of,
            digest="" if applying else digest(made),
        )
    )
    workspace.printer.document(text)


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
    everybody = [found.standing for found in snapshot.each(Member)]
    people = plural(everybody.count(Standing.ACTIVE), *Member.NOUN)
    teams = plural(sum(1 for _ in snapshot.each(Team)), *Team.NOUN)
    waiting = everybody.count(Standing.INVITED)
    return f"{snapshot.organization.login}: {people}, {teams}, {waiting} waiting"
