"""The organization as a command sees it: as the state has it, or read again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import msgspec

from ghstate.cli.workspace import Workspace, lost
from ghstate.engine.drift import with_authors
from ghstate.engine.memory import Memory
from ghstate.engine.reading import Accounts, read
from ghstate.engine.refresh import remembered
from ghstate.errors import StateError, StateLocked, StateUnwritable
from ghstate.journal import UnderWay
from ghstate.model.organization import Snapshot
from ghstate.plan.identity import unseen
from ghstate.ports import Lock
from ghstate.report.words import plural
from ghstate.statefile import State

FUTURE = timedelta(minutes=1)
"""A snapshot may be ahead of the local clock by so much; of one that is further
ahead nobody can say here how old it is."""


class Seen(msgspec.Struct, frozen=True):
    """What is known of the organization, from the state or fresh from GitHub."""

    state: State
    accounts: Accounts
    """Whom GitHub was asked about just now."""

    stored: bool
    """Is this generation of the state kept anywhere?"""

    @property
    def snapshot(self) -> Snapshot:
        """The organization; `StateError` if nobody has ever read it."""
        if self.state.snapshot is None:
            raise StateError(
                "there is no snapshot of the organization yet",
                hint="run `ghstate refresh`, or leave --no-refresh out",
            )
        return self.state.snapshot


def see(workspace: Workspace, *, refresh: bool | None, max_wait: timedelta) -> Seen:
    """The organization as the state has it, or read again where that is too old.

    With *refresh* it is read in any case, with False in none.
    """
    memory = workspace.memory()
    state = memory.state
    tell_interrupted(workspace, memory)
    if refresh is False:
        check_named(workspace, state)
    elif refresh or memory.under_way or _must_read(workspace, state):
        return _fresh(workspace, max_wait)
    return Seen(state, {}, memory.exists)


def _must_read(workspace: Workspace, state: State) -> bool:
    """Is the snapshot missing, stale, too old, or silent about somebody in the files?

    One from the future is too old, too: either clock was wrong.
    """
    snapshot = state.snapshot
    if snapshot is None or state.stale:
        return True
    if not _is_named(workspace, snapshot):
        return True
    age = workspace.now - snapshot.taken_at
    if age >= workspace.project.settings.max_age or age < -FUTURE:
        return True
    strangers = unseen(workspace.project.desired, snapshot)
    return any(login not in state.bindings for login in strangers)


def _is_named(workspace: Workspace, snapshot: Snapshot) -> bool:
    """Is *snapshot* of the organization that the settings name?"""
    named = workspace.project.settings.organization
    return snapshot.organization.login.lower() == named.lower()


def check_named(workspace: Workspace, state: State) -> None:
    """Never plan one organization's files on another one's snapshot."""
    snapshot = state.snapshot
    if snapshot is not None and not _is_named(workspace, snapshot):
        raise StateError(
            f"the snapshot is of {snapshot.organization.login}, "
            f"and the settings name {workspace.project.settings.organization}",
            hint="run `ghstate refresh`, or leave --no-refresh out",
        )


def _fresh(workspace: Workspace, max_wait: timedelta) -> Seen:
    """The organization as it is now, written down unless somebody holds the lock.

    A plan waits for nobody: while an apply is under way it reads for itself, and
    leaves the state alone.
    """
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    desired = workspace.project.desired

    async def work() -> Seen:
        async with online.signed_in(workspace, max_wait) as signed_in:
            signed_in.listening.reading()
            with _lock_if_free(workspace) as lock:
                memory = workspace.memory(lock)
                found = await read(signed_in.github, desired, memory.state)
                signed_in.listening.finished()
                workspace.printer.aside(f"read with {signed_in.cost}")
                under_way = memory.under_way
                state = remembered(memory.state, desired, found, under_way)
                state = await with_authors(signed_in.github, state)
                if lock is None:
                    return Seen(state, found.accounts, memory.exists)
                return Seen(memory.settle(state), found.accounts, stored=True)

    return online.run(work)


@contextmanager
def _lock_if_free(workspace: Workspace) -> Iterator[Lock | None]:
    if generations := workspace.left_behind():
        error = lost(workspace.store.place, generations)
        workspace.printer.warning(error.message, error.hint)
        yield None
        return
    with ExitStack() as held:
        try:
            lock = held.enter_context(workspace.store.lock(workspace.holder("plan")))
        except (StateLocked, StateUnwritable) as held:
            workspace.printer.aside(f"{held.message}; planning on a read of its own")
            yield None
        else:
            yield lock


def tell_interrupted(
    workspace: Workspace, memory: Memory, *, alone: bool = False
) -> None:
    """Say what an apply that did not come to its end was doing.

    Whoever is *alone* holds the lock: it is no apply that is at work just now.
    """
    under_way = memory.under_way
    if under_way is None:
        return
    began = under_way.began
    if began is None or under_way.damaged:
        _tell_damaged(workspace, under_way)
        return
    when = f" of {began.at:%Y-%m-%d %H:%M} UTC"
    who = f" by {began.who}" if began.who else ""
    holder = None if alone else workspace.store.holder()
    if holder is not None:
        workspace.printer.aside(f"the apply{when}{who} is under way")
        return
    doing = f", while it was at {under_way.doing}" if under_way.doing else ""
    done = plural(len(under_way.done), "change", "changes")
    if under_way.in_order:
        workspace.printer.aside(
            f"the apply{when}{who} stopped after {len(under_way.done)} of "
            f"{plural(began.changes, 'change', 'changes')}; an apply goes on from there"
        )
        return
    workspace.printer.warning(
        f"the apply{when}{who} did not end{doing}; {done} of {began.changes} "
        "had been made",
        "what became of the rest is told by a read of the organization",
    )


def _tell_damaged(workspace: Workspace, under_way: UnderWay) -> None:
    least = plural(len(under_way.done), "change was", "changes were")
    workspace.printer.warning(
        f"an apply did not end, and its journal is damaged: at least {least} made, "
        "perhaps more",
        "what became of them is told by a read of the organization",
    )
