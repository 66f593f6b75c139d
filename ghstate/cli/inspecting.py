"""`state list`, `state show` and `state pull`: what the state has."""

from __future__ import annotations

from collections.abc import Sequence

from ghstate.cli.exits import Exit
from ghstate.cli.naming import parse_address
from ghstate.cli.workspace import Printer, Workspace
from ghstate.engine.generations import Generation, in_force, kept
from ghstate.engine.remembered import kept_as, remembered
from ghstate.engine.stored import decode
from ghstate.errors import StateError, StateUnreadable, UsageError
from ghstate.model.organization import Snapshot
from ghstate.report.generations import generations_document, generations_json
from ghstate.report.overview import Overview, overview_document, overview_json
from ghstate.report.remembered import remembered_entry
from ghstate.report.tables import (
    addresses_json,
    entry_toml,
    state_list,
    state_show,
    thing_json,
)
from ghstate.report.terminal import to_text
from ghstate.statefile import State

_REFRESH = "run `ghstate refresh`"


# The list -----------------------------------------------------------------------


def run_state_list(workspace: Workspace, below: Sequence[str], *, json: bool) -> Exit:
    """What was read, address by address."""
    wanted = [parse_address(text) for text in below]
    snapshot = _snapshot(workspace.memory().state)
    for address in wanted:
        if not any(each.within(address) for each in snapshot.observed):
            workspace.printer.aside(f"nothing is at {address}")
    addresses = list(state_list(snapshot, wanted))
    text = "".join(f"{each}\n" for each in addresses)
    workspace.printer.text(addresses_json(addresses).decode() if json else text)
    return Exit.DONE


def run_generations(workspace: Workspace, *, json: bool) -> Exit:
    """The state in force and the ones before it; a damaged one is no error here."""
    store = workspace.store
    before = kept(store)
    try:
        present, _ = in_force(store)
    except StateUnreadable as error:
        present = Generation(damage=error.message.removeprefix(f"{store.place}: "))
    found = (*([present] if present else []), *before)
    if not found:
        raise _no_state(workspace)
    if json:
        workspace.printer.text(generations_json(store.place, found).decode())
    else:
        document = generations_document(store.place, found, workspace.now)
        workspace.printer.document(to_text(document))
    if present is None:
        workspace.printer.aside("none of them is in force: the state itself is gone")
    return Exit.DONE


# One thing, or the whole ----------------------------------------------------------


def run_state_show(workspace: Workspace, address: str, *, json: bool) -> Exit:
    """What GitHub showed at *address*, and what is remembered of it besides."""
    wanted = parse_address(address)
    state = workspace.memory().state
    besides = remembered_entry(remembered(state).get(kept_as(state, wanted)))
    observed = state.snapshot.observed.get(wanted) if state.snapshot else None
    if observed is None and not besides:
        _snapshot(state)
        raise UsageError(
            f"the snapshot has nothing at {wanted}",
            hint="`ghstate state list` shows every address",
        )
    if json:
        text = thing_json(wanted, observed, besides).decode()
    elif observed is not None:
        text = state_show(observed, besides)
    else:
        text = entry_toml({"address": str(wanted)}, besides)
    workspace.printer.text(text)
    return Exit.DONE


def run_overview(workspace: Workspace, *, json: bool) -> Exit:
    """The state itself, and what stands around it."""
    store = workspace.store
    memory = workspace.memory()
    stored = store.read()
    if stored is None:
        raise _no_state(workspace)
    overview = Overview(
        place=store.place,
        # Not what the lock file adds: this is about what is kept here.
        state=decode(stored.content, store),
        size=len(stored.content),
        generations=len(store.generations()),
        under_way=memory.under_way,
        holder=store.holder(),
    )
    if json:
        workspace.printer.text(overview_json(overview).decode())
    else:
        snapshot = overview.state.snapshot
        now = workspace.now_after(snapshot.taken_at if snapshot else None)
        workspace.printer.document(to_text(overview_document(overview, now)))
    return Exit.DONE


# Byte for byte --------------------------------------------------------------------


def run_pull(workspace: Workspace) -> Exit:
    """Print the state as it is kept, if it is whole."""
    stored = workspace.store.read()
    if stored is None:
        raise _no_state(workspace)
    decode(stored.content, workspace.store)
    _print_bytes(workspace.printer, stored.content)
    return Exit.DONE


def _print_bytes(printer: Printer, content: bytes) -> None:
    """Past the encoding of the terminal, which may be another one."""
    out = printer.outside.out
    raw = getattr(out, "buffer", None)
    if raw is None:
        printer.text(content.decode())
        return
    out.flush()
    raw.write(content)
    raw.flush()


def _snapshot(state: State) -> Snapshot:
    if state.snapshot is None:
        raise StateError("there is no snapshot of the organization yet", hint=_REFRESH)
    return state.snapshot


def _no_state(workspace: Workspace) -> StateError:
    hint = _REFRESH
    if workspace.store.generations():
        hint = "`ghstate state restore` puts the latest generation in its place"
    return StateError(f"{workspace.store.place}: there is no state here", hint=hint)
