"""Holding the lock of the state, for as long as a command changes something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ghstate.cli.workspace import Workspace
from ghstate.engine.memory import Memory
from ghstate.ports import Holder, Lock
from ghstate.report.words import precise_span


@contextmanager
def locked(
    workspace: Workspace, operation: str, lock_timeout: timedelta
) -> Iterator[Lock]:
    """Hold the lock of the state, for *operation*; `StateLocked` if another does."""

    def waiting(other: Holder | None) -> None:
        most = f"up to {precise_span(lock_timeout)}"
        workspace.printer.aside(f"waiting {most} for the lock: {told(other)}")

    with workspace.store.lock(
        workspace.holder(operation),
        timeout=lock_timeout.total_seconds(),
        waiting=waiting,
    ) as lock:
        if lock.left_behind is not None:
            left = told(lock.left_behind)
            workspace.printer.aside(f"the lock was left behind: {left}, which died")
        yield lock


@contextmanager
def hold(
    workspace: Workspace, operation: str, lock_timeout: timedelta
) -> Iterator[Memory]:
    """Hold the lock of the state, and read it."""
    with locked(workspace, operation, lock_timeout) as lock:
        yield workspace.memory(lock)


def told(holder: Holder | None) -> str:
    """Who holds a lock, for what and since when."""
    if holder is None:
        return "somebody who left no note has it"
    since = f"{holder.since:%Y-%m-%d %H:%M} UTC"
    return f"{holder.operation} by {holder.who}, since {since}"
