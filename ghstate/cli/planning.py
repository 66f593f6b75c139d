"""`refresh` and `plan`: read the organization, and show what would change."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate import __version__
from ghstate.cli.exits import Exit, first_of
from ghstate.cli.workspace import Workspace, new_lineage
from ghstate.engine.memory import Memory
from ghstate.engine.refresh import Accounts, plan, read, remembered
from ghstate.errors import StateError, StateLocked, StateUnwritable
from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.plan.document import digest
from ghstate.plan.identity import unseen
from ghstate.plan.plan import Plan
from ghstate.ports import Lock
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
    max_wait: timedelta = timedelta(minutes=5)


def policy(workspace: Workspace, allow_removals: int | None) -> Policy:
    return replace(workspace.project.settings.policy, allow_removals=allow_removals)


def run_refresh(workspace: Workspace, max_wait: timedelta) -> Exit:
    """Read the organization into the state file, and say what that took."""
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    async def work() -> Exit:
        holder = workspace.holder("refresh")
        with workspace.store.lock(holder) as lock:
            memory = Memory(workspace.store, new_lineage=new_lineage, lock=lock)
            _tell_interrupted(workspace, memory.state)
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
    memory = Memory(workspace.store, new_lineage=new_lineage)
    state = memory.state
    _tell_interrupted(workspace, state)
    stored = memory.exists
    accounts: Accounts = {}
    if options.refresh is False:
        _check_named(workspace, state)
    if options.refresh is not False and _must_read(workspace, state, options):
        state, accounts, stored = _fresh(workspace, options)
    made = plan(
        workspace.project.desired,
        state,
        policy(workspace, options.allow_removals),
        accounts,
    )
    show_plan(workspace, made, state if stored else None, json=options.json)
    return _exit(made, detailed=options.detailed_exitcode)


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
    if json:
        document = to_json(
            made,
            version=__version__,
            timestamp=workspace.now,
            state=(state.lineage, state.serial) if state else None,
            place_of=workspace.place_of,
        )
        workspace.printer.text(document.decode())
        return
    text = to_text(
        describe(
            made,
            now=workspace.now,
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


def _must_read(workspace: Workspace, state: State, options: PlanOptions) -> bool:
    """Is the snapshot missing, too old, or silent about somebody in the files?"""
    snapshot = state.snapshot
    if options.refresh or snapshot is None or state.under_way:
        return True
    if not _is_named(workspace, snapshot):
        return True
    if workspace.now - snapshot.taken_at >= workspace.project.settings.max_age:
        return True
    strangers = unseen(workspace.project.desired, snapshot)
    return any(login not in state.bindings for login in strangers)


def _is_named(workspace: Workspace, snapshot: Snapshot) -> bool:
    """Is *snapshot* of the organization that the settings name?"""
    named = workspace.project.settings.organization
    return snapshot.organization.login.lower() == named.lower()


def _check_named(workspace: Workspace, state: State) -> None:
    """Never plan one organization's files on another one's snapshot."""
    snapshot = state.snapshot
    if snapshot is not None and not _is_named(workspace, snapshot):
        raise StateError(
            f"the snapshot is of {snapshot.organization.login}, "
            f"and the settings name {workspace.project.settings.organization}",
            hint="run `ghstate refresh`, or leave --no-refresh out",
        )


def _fresh(workspace: Workspace, options: PlanOptions) -> tuple[State, Accounts, bool]:
    """The organization as it is now, written down unless somebody holds the lock.

    A plan waits for nobody: while an apply is under way it reads for itself, and
    leaves the state alone.
    """
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    desired = workspace.project.desired

    async def work() -> tuple[State, Accounts, bool]:
        async with online.signed_in(workspace, options.max_wait) as signed_in:
            signed_in.listening.reading()
            with _lock_if_free(workspace) as lock:
                memory = Memory(workspace.store, new_lineage=new_lineage, lock=lock)
                found = await read(signed_in.github, desired, memory.state)
                signed_in.listening.finished()
                workspace.printer.aside(f"read with {signed_in.cost}")
                state = remembered(memory.state, desired, found)
                if lock is None:
                    return state, found.accounts, memory.exists
                return memory.write(state), found.accounts, True

    return online.run(work)


@contextmanager
def _lock_if_free(workspace: Workspace) -> Iterator[Lock | None]:
    with ExitStack() as held:
        try:
            lock = held.enter_context(workspace.store.lock(workspace.holder("plan")))
        except (StateLocked, StateUnwritable) as held:
            workspace.printer.aside(f"{held.message}; planning on a read of its own")
            yield None
        else:
            yield lock


def _tell_interrupted(workspace: Workspace, state: State) -> None:
    """Say what an apply that did not come to its end was doing."""
    under_way = state.under_way
    if under_way is None:
        return
    doing = f", while it was at {under_way.doing}" if under_way.doing else ""
    workspace.printer.warning(
        f"the apply of {under_way.started_at:%Y-%m-%d %H:%M} UTC did not end"
        f"{doing}; {plural(len(under_way.done), 'change', 'changes')} had been made",
        "what became of the rest is told by a read of the organization",
    )


def _size(state: State) -> str:
    snapshot = state.snapshot
    assert snapshot is not None  # noqa: S101 - it has just been read
    everybody = [found.standing for found in snapshot.each(Member)]
    people = plural(everybody.count(Standing.ACTIVE), *Member.NOUN)
    teams = plural(sum(1 for _ in snapshot.each(Team)), *Team.NOUN)
    waiting = everybody.count(Standing.INVITED)
    return f"{snapshot.organization.login}: {people}, {teams}, {waiting} waiting"
