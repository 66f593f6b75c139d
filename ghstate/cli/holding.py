"""Holding the lock of the state, for as long as a command changes something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from ghstate.cli.workspace import Workspace
from ghstate.engine.memory import Memory
from ghstate.ports import Holder


@contextmanager
def hold(
    workspace: Workspace, operation: str, lock_timeout: timedelta
) -> Iterator[Memory]:
    """Hold the lock of the state, for *operation*; `StateLocked` if another does."""

    def waiting(other: Holder | None) -> None:
        who = f"{other.who}, {other.operation}" if other else "somebody"
        workspace.printer.aside(f"waiting for the lock, which {who} holds")

    with workspace.store.lock(
        workspace.holder(operation),
        timeout=lock_timeout.total_seconds(),
        waiting=waiting,
    ) as lock:
        yield workspace.memory(lock)
