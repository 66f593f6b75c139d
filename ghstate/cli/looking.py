"""Commands that only look, `validate` and `show`; and `force-unlock`."""

from __future__ import annotations

from ghstate.cli.exits import Exit
from ghstate.cli.holding import told
from ghstate.cli.workspace import Workspace
from ghstate.errors import StateError
from ghstate.model.kinds import KINDS
from ghstate.model.organization import Snapshot
from ghstate.report.tables import snapshot_document, snapshot_json
from ghstate.report.terminal import to_text
from ghstate.report.words import plural


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


def run_force_unlock(workspace: Workspace, lock_id: str) -> Exit:
    """Open the lock, and say whose it was and what that means for them."""
    holder = workspace.store.break_lock(lock_id)
    workspace.printer.aside(f"the lock is open now: {told(holder)}")
    workspace.printer.warning(
        "if that run is still alive, it makes the change on GitHub that it is at, "
        "writes no state any more, and stops",
        "be sure that it is over before anything is applied",
    )
    return Exit.DONE


def _snapshot(workspace: Workspace) -> Snapshot:
    state = workspace.memory().state
    if state.snapshot is None:
        raise StateError(
            "there is no snapshot of the organization yet",
            hint="run `ghstate refresh`",
        )
    return state.snapshot
