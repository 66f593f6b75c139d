"""`lock`: what has to be remembered of people, in a file that can be committed."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import msgspec

from ghstate.cli.exits import Exit
from ghstate.cli.seeing import see
from ghstate.cli.workspace import Workspace
from ghstate.config.discover import LOCK_FILE, SETTINGS_FILE
from ghstate.config.lockfile import to_toml
from ghstate.engine.locking import Difference, lockable
from ghstate.errors import UsageError
from ghstate.model.names import Login
from ghstate.report.locked import describe_locked
from ghstate.report.terminal import to_text
from ghstate.report.words import listed, plural
from ghstate.statefile import State
from ghstate.store.disk import Disk, LocalDisk, cause, put_whole

_REMINDER = "run `ghstate lock`, and commit it"


class LockOptions(msgspec.Struct, frozen=True, kw_only=True):
    check: bool = False
    """Write nothing; only tell whether the file would change."""

    refresh: bool | None = None
    max_wait: timedelta = timedelta(minutes=5)


def run_lock(workspace: Workspace, options: LockOptions) -> Exit:
    """Write the lock file, and say what changed in it."""
    seen = see(workspace, refresh=options.refresh, max_wait=options.max_wait)
    project = workspace.project
    found = lockable(project.written, seen.state, seen.snapshot.organization)
    text = to_toml(found.locked)
    same = _text(project.lock_path) == text
    if not same and not options.check:
        _write(project.lock_path.resolve(), text.encode(), LocalDisk())
    document = describe_locked(
        LOCK_FILE, project.locked, found.locked, written=not options.check, same=same
    )
    workspace.printer.document(to_text(document))
    if found.unknown:
        _tell_unknown(workspace, found.unknown, asked=options.refresh is not False)
    if same or not options.check:
        return Exit.DONE
    workspace.printer.aside(_REMINDER)
    return Exit.ERROR


def remind_to_lock(workspace: Workspace, state: State) -> None:
    """Say so where there is a lock file and it is behind *state*."""
    locked, organization = workspace.project.locked, state.organization
    if locked is None or organization is None:
        return
    found = lockable(workspace.project.written, state, organization)
    if Difference.between(locked, found.locked):
        workspace.printer.aside(_REMINDER)


def _tell_unknown(
    workspace: Workspace, logins: Sequence[Login], *, asked: bool
) -> None:
    """Whose account stays out of the file; GitHub was *asked* about them, or not."""
    one = len(logins) == 1
    count = plural(len(logins), "login is", "logins are")
    why = "not on GitHub" if asked else "not known yet"
    names = listed([login.spelled for login in logins], limit=5)
    workspace.printer.warning(
        f"{count} {why}, so {'it is' if one else 'they are'} not in it: {names}",
        "`ghstate plan` says more" if asked else "leave --no-refresh out",
    )


def _text(path: Path) -> str | None:
    """What the file says, whatever its line breaks; None where there is none."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        return None


def _write(path: Path, content: bytes, disk: Disk) -> None:
    """Put a whole file in the place of *path*, as readable as it or the settings."""
    try:
        like = path if path.exists() else path.with_name(SETTINGS_FILE)
        put_whole(disk, path, content, mode=stat.S_IMODE(like.stat().st_mode))
    except OSError as error:
        raise UsageError(f"{path}: this cannot be written: {cause(error)}") from error
