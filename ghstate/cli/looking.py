"""Commands that only look: `validate`, `show`, `state list` and `state show`."""

from __future__ import annotations

from ghstate.cli.exits import Exit
from ghstate.cli.workspace import Workspace
from ghstate.errors import StateError, UsageError
from ghstate.model.address import Address
from ghstate.model.kinds import KINDS
from ghstate.model.organization import Snapshot
from ghstate.report.tables import (
    snapshot_document,
    snapshot_json,
    state_list,
    state_show,
)
from ghstate.report.terminal import to_text
from ghstate.report.words import plural, quoted


def run_validate(workspace: Workspace) -> Exit:
    """The files are in order, or this would not have been reached."""
    declared = workspace.project.desired.declared.values()
    counts = [
        (sum(1 for each in declared if isinstance(each.resource, kind)), kind)
        for kind in KINDS
    ]
    files = plural(len(workspace.project.files), "file", "files")
    what = ", ".join(plural(n, *kind.NOUN) for n, kind in counts if n) or "nothing"
    workspace.printer.aside(f"{files} in order: {what} declared")
    return Exit.DONE


def run_show(workspace: Workspace, *, json: bool) -> Exit:
    snapshot = _snapshot(workspace)
    if json:
        workspace.printer.text(snapshot_json(snapshot).decode())
    else:
        document = snapshot_document(snapshot, workspace.now_after(snapshot.taken_at))
        workspace.printer.document(to_text(document))
    return Exit.DONE


def run_state_list(workspace: Workspace) -> Exit:
    lines = "".join(f"{line}\n" for line in state_list(_snapshot(workspace)))
    workspace.printer.text(lines)
    return Exit.DONE


def run_state_show(workspace: Workspace, address: str) -> Exit:
    try:
        wanted = Address.parse(address)
    except ValueError:
        raise UsageError(
            f"{quoted(address)} is no address",
            hint="addresses look like members.alice or teams.platform.members.bob",
        ) from None
    found = _snapshot(workspace).observed.get(wanted)
    if found is None:
        raise UsageError(
            f"the snapshot has nothing at {wanted}",
            hint="`ghstate state list` shows every address",
        )
    workspace.printer.text(state_show(found))
    return Exit.DONE


def run_force_unlock(workspace: Workspace, lock_id: str) -> Exit:
    holder = workspace.store.break_lock(lock_id)
    whose = f"{holder.who}, {holder.operation}" if holder else "somebody unknown"
    workspace.printer.aside(f"the lock of {whose} is open now")
    return Exit.DONE


def _snapshot(workspace: Workspace) -> Snapshot:
    state = workspace.memory().state
    if state.snapshot is None:
        raise StateError(
            "there is no snapshot of the organization yet",
            hint="run `ghstate refresh`",
        )
    return state.snapshot
