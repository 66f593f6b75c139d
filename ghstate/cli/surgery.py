"""`state rm` and `state mv`: what is remembered is forgotten, or moved."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import msgspec
from msgspec.structs import replace

from ghstate.cli.exits import Exit
from ghstate.cli.holding import hold
from ghstate.cli.naming import parse_address
from ghstate.cli.seeing import tell_interrupted
from ghstate.cli.workspace import Workspace
from ghstate.config.discover import LOCK_FILE
from ghstate.engine.memory import Memory
from ghstate.engine.surgery import brought_back, forget, move
from ghstate.model.address import Address
from ghstate.report.remembered import forgotten_document, moved_document
from ghstate.report.terminal import to_text
from ghstate.report.words import listed
from ghstate.statefile import State


class EditOptions(msgspec.Struct, frozen=True, kw_only=True):
    dry_run: bool = False
    lock_timeout: timedelta = timedelta(0)


def run_rm(workspace: Workspace, texts: Sequence[str], options: EditOptions) -> Exit:
    """Forget what is remembered of some addresses; of all of them, or of none."""
    addresses = [parse_address(text) for text in texts]
    with _editing(workspace, "state rm", options) as memory:
        forgotten = forget(memory.state, addresses)
        serial = _write(workspace, memory, forgotten.state, options)
    document = forgotten_document(forgotten, serial=serial, written=not options.dry_run)
    workspace.printer.document(to_text(document))
    _tell_lock_file(
        workspace,
        memory.state,
        [address for address, _ in forgotten.what],
        "that would come back: take it out of the file, and commit that",
    )
    return Exit.DONE


def run_mv(
    workspace: Workspace, source: str, target: str, options: EditOptions
) -> Exit:
    """Know a person or a team under another name."""
    old, new = parse_address(source), parse_address(target)
    with _editing(workspace, "state mv", options) as memory:
        moved = move(memory.state, old, new)
        serial = _write(workspace, memory, moved.state, options)
    document = moved_document(moved, serial=serial, written=not options.dry_run)
    workspace.printer.document(to_text(document))
    _tell_lock_file(
        workspace,
        memory.state,
        [old],
        f"once the files say {new}, run `ghstate lock`, and commit it",
    )
    return Exit.DONE


@contextmanager
def _editing(
    workspace: Workspace, operation: str, options: EditOptions
) -> Iterator[Memory]:
    """The state to edit; under the lock unless nothing is going to be written."""
    if options.dry_run:
        yield workspace.memory()
        return
    with hold(workspace, operation, options.lock_timeout) as memory:
        yield memory
        tell_under_way(workspace, memory)


def _write(
    workspace: Workspace, memory: Memory, state: State, options: EditOptions
) -> int:
    """Write the next generation, and tell its serial."""
    serial = memory.state.serial + 1
    if not options.dry_run:
        memory.write(replace(state, stale=True, applied_serial=serial))
    return serial


def tell_under_way(workspace: Workspace, memory: Memory) -> None:
    """Say that an edit is not the end of an apply that did not come to its own."""
    tell_interrupted(workspace, memory, alone=True)
    if memory.under_way is not None:
        workspace.printer.aside("its journal stays until then, whatever was edited")


def _tell_lock_file(
    workspace: Workspace,
    state: State,
    addresses: Sequence[Address],
    way_out: str,
) -> None:
    locked, organization = workspace.project.locked, state.organization
    if locked is None or organization is None:
        return
    people = list(brought_back(locked, organization.id, addresses))
    if people:
        names = listed([login.spelled for login in people], limit=5)
        workspace.printer.warning(f"{LOCK_FILE} still has {names}", way_out)
