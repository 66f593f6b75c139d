"""`state push` and `state restore`: another state in the place of the present one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ghstate import statefile
from ghstate.cli.exits import Exit
from ghstate.cli.holding import locked
from ghstate.cli.surgery import EditOptions, tell_under_way
from ghstate.cli.workspace import Workspace
from ghstate.engine.generations import (
    Generation,
    check_push,
    chosen,
    in_force,
    kept,
    put,
    successor,
)
from ghstate.engine.recollection import with_lock
from ghstate.errors import StateError, StateNewer, StateUnreadable, UsageError
from ghstate.model.organization import Organization
from ghstate.ports import Lock, Revision
from ghstate.report.generations import replaced_document
from ghstate.report.terminal import to_text
from ghstate.statefile import State
from ghstate.store.disk import cause


class _Before(msgspec.Struct, frozen=True):
    """What is there before anything is put in its place."""

    present: Generation | None
    revision: Revision | None
    lock: Lock | None
    """None where nothing is going to be written."""


def run_restore(workspace: Workspace, wanted: str | None, options: EditOptions) -> Exit:
    """Put an earlier generation in force again, whatever has become of the present."""
    with _before(workspace, "state restore", options) as before:
        if wanted is None:
            _check_newer(workspace, before, "`ghstate state restore SERIAL` goes back")
        generations = kept(workspace.store)
        found = chosen(wanted, generations, before.present)
        if found.state is None or found.in_force:
            workspace.printer.aside(f"serial {wanted} is in force; nothing to restore")
            return Exit.DONE
        called = f"generation {found.name}"
        return _replace(workspace, before, found.state, called, generations)


def run_push(
    workspace: Workspace, file: str, options: EditOptions, *, force: bool
) -> Exit:
    """Put the state of a file in the place of the present one."""
    called = "standard input" if file == "-" else file
    pushed = _decoded(_read(file, called), called)
    with _before(workspace, "state push", options) as before:
        present = before.present
        if not force:
            _check_newer(workspace, before, "`--force` pushes")
        state = present.state if present else None
        generations: tuple[Generation, ...] = ()
        if state is None:
            generations = kept(workspace.store)
            state = next((each.state for each in generations if each.state), None)
        check_push(
            pushed,
            called=called,
            present=state,
            organization=_organization(workspace, state),
            force=force,
        )
        _check_named(workspace, pushed, state, called)
        if _is_there(present, pushed):
            workspace.printer.aside(f"{called} is the state in force; nothing to push")
            return Exit.DONE
        return _replace(workspace, before, pushed, called, generations)


# Both -----------------------------------------------------------------------------


@contextmanager
def _before(
    workspace: Workspace, operation: str, options: EditOptions
) -> Iterator[_Before]:
    """What is in force; under the lock unless nothing is going to be written."""
    store = workspace.store
    if options.dry_run:
        yield _Before(*in_force(store), None)
        return
    with locked(workspace, operation, options.lock_timeout) as lock:
        yield _Before(*in_force(store), lock)


def _check_newer(workspace: Workspace, before: _Before, how: str) -> None:
    """Never by accident put an older state in the place of a newer ghstate's."""
    if before.present and before.present.newer:
        raise StateError(
            f"{workspace.store.place}: {before.present.damage}",
            hint=f"use that ghstate, or a later one; {how} all the same",
        )


def _replace(
    workspace: Workspace,
    before: _Before,
    state: State,
    called: str,
    generations: tuple[Generation, ...],
) -> Exit:
    """Write *state* as the next generation, and say what it took the place of."""
    store = workspace.store
    noted = store.journal.read()
    following = successor(state, before.present, generations, noted=noted)
    with_lock(following, workspace.project.locked)  # of one organization, or an error
    if before.lock is not None:
        put(store, before.lock, following, replacing=before.revision)
    times = [
        each.snapshot.taken_at
        for each in (state, before.present.state if before.present else None)
        if each and each.snapshot
    ]
    document = replaced_document(
        new=(called, state),
        old=before.present,
        serial=following.serial,
        now=workspace.now_after(max(times, default=None)),
        written=before.lock is not None,
    )
    workspace.printer.document(to_text(document))
    if before.lock is not None:
        tell_under_way(workspace, workspace.memory())
    return Exit.DONE


# What is pushed ---------------------------------------------------------------------


def _read(file: str, called: str) -> bytes:
    """All of *file*, or of standard input for ``-``."""
    try:
        if file == "-":
            content = sys.stdin.buffer.read(statefile.LIMIT + 1)
        else:
            with Path(file).open("rb") as stream:
                content = stream.read(statefile.LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{called}: this cannot be read: {cause(error)}") from error
    return content


def _decoded(content: bytes, called: str) -> State:
    try:
        return statefile.decode(content, place=called)
    except StateNewer as error:
        hint = "use that ghstate, or a later one"
        raise StateNewer(error.message, hint=hint) from error
    except StateUnreadable as error:
        hint = "only a whole state is pushed, as `ghstate state pull` prints it"
        raise StateUnreadable(error.message, hint=hint) from error


def _is_there(present: Generation | None, pushed: State) -> bool:
    if present is None or present.state is None:
        return False
    return statefile.encode(present.state) == statefile.encode(pushed)


def _organization(workspace: Workspace, state: State | None) -> Organization | None:
    """The organization that is known here, by its id."""
    if state is not None and state.organization is not None:
        return state.organization
    locked = workspace.project.locked
    return locked.organization if locked else None


def _check_named(
    workspace: Workspace, pushed: State, present: State | None, called: str
) -> None:
    """Where no id is known to go by, the name has to do."""
    theirs, named = pushed.organization, workspace.project.settings.organization
    if theirs is None or _organization(workspace, present) is not None:
        return
    if theirs.login.lower() != named.lower():
        raise StateError(
            f"{called} is of the organization {theirs.login}, "
            f"and the settings name {named}",
            hint="a state never takes the place of another organization's",
        )
