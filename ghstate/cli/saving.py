"""Saved plans on disk: writing them, reading them, and showing them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from ghstate import __version__, planfile
from ghstate.cli.exits import Exit
from ghstate.cli.seeing import Seen
from ghstate.cli.workspace import Printer, Workspace
from ghstate.config.discover import LOCK_FILE, SETTINGS_FILE
from ghstate.config.project import Project
from ghstate.errors import PlanChanged, UsageError
from ghstate.model.organization import Organization
from ghstate.model.policy import Policy
from ghstate.plan.comparison import Extent
from ghstate.plan.document import digest
from ghstate.plan.plan import Plan
from ghstate.plan.saved import FORMAT, Binding, SavedPlan, StateThen, expiry, shown
from ghstate.planfile import Purpose
from ghstate.report.agreement import tells_of_all
from ghstate.report.document import Document
from ghstate.report.page import as_data, from_data
from ghstate.report.terminal import to_text
from ghstate.store.disk import (
    Disk,
    LocalDisk,
    cause,
    put_whole,
    read_plain,
    sync_names,
)


class Reviewed(msgspec.Struct, frozen=True):
    """A plan in both its forms, as it was shown when it was made."""

    plan: Plan
    at: datetime
    page: Document
    document: Mapping[str, Any]


def check_out(project: Project, path: Path) -> None:
    """`UsageError` where no plan could be saved; before anything is read for it."""
    if str(path) == "-":
        raise UsageError(
            "a saved plan goes into a file",
            hint="`ghstate plan --json` prints the plan to standard output",
        )
    if path.suffix == ".toml":
        raise UsageError(
            f"{path}: a plan is not saved in a .toml file",
            hint="it could count as one of the project's files; call it "
            f"{path.with_suffix('.plan')}",
        )
    state = project.state_path.resolve()
    if path.resolve() == state:
        raise UsageError(f"{path} is where the state is kept")
    if path.parent.resolve() == state.parent and _is_of(path.name, state.name):
        raise UsageError(
            f"{path}: names that begin with {state.name} are the state's own there",
            hint="save the plan elsewhere, or under another name",
        )
    if not path.parent.is_dir():
        raise UsageError(f"there is no directory {path.parent} to save the plan in")
    _is_there(path, LocalDisk())


def save(
    workspace: Workspace, path: Path, reviewed: Reviewed, policy: Policy, seen: Seen
) -> None:
    """Write the plan to *path*, and say how it is applied.

    A plan that is refused is not written; nor is an earlier one left in its place.
    """
    disk = LocalDisk()
    if reviewed.plan.refusals:
        before = _withdraw(path, disk)
        also = ", and the one saved there before is removed" if before else ""
        workspace.printer.aside(f"the plan is refused, so it is not saved{also}")
        return
    saved = _bound(workspace, reviewed, policy, seen)
    _is_there(path, disk)
    try:
        put_whole(disk, path, planfile.encode(saved))
    except OSError as error:
        raise _unwritable(path, error) from error
    until = shown(saved.binding.expires_at)
    workspace.printer.aside(f"saved in {path}, digest {saved.digest}")
    workspace.printer.aside(f"until {until}: ghstate apply {quoted(path)}")


def load(path: Path, purpose: Purpose = Purpose.APPLY) -> SavedPlan:
    """The plan in *path*.

    Raises `UsageError` where there is none, and `PlanChanged` where it is not whole.
    """
    try:
        content = read_plain(LocalDisk(), path.resolve(), limit=planfile.LIMIT)
    except (OSError, RuntimeError) as error:  # a link that leads in circles
        reason = cause(error) if isinstance(error, OSError) else "it leads nowhere"
        raise UsageError(f"{path}: this cannot be read: {reason.lower()}") from error
    if content is None:
        raise UsageError(
            f"there is no file {path}",
            hint=f"make it with: ghstate plan --out {quoted(path)}",
        )
    return planfile.decode(content, place=quoted(path), purpose=purpose)


def run_show_plan(path: Path, printer: Printer, *, json: bool) -> Exit:
    """Show the plan in *path* as it was shown when it was made."""
    saved = load(path, Purpose.SHOW)
    if json:
        printer.text(planfile.encoded(saved.document).decode())
        return Exit.DONE
    page = _page_of(saved, path)
    if page.footer:
        page = replace(page, footer=f"apply it with: ghstate apply {quoted(path)}")
    head = Document(
        header=_made(saved, printer.outside.now()), footer=f"digest {saved.digest}"
    )
    printer.document(to_text(head))
    printer.document(to_text(page))
    return Exit.DONE


def fingerprints(project: Project) -> dict[str, str]:
    """The SHA-256 of every file that has a say in a plan, by its name."""
    found = {file.name: file.sha256 for file in project.files}
    for name in (SETTINGS_FILE, LOCK_FILE):
        with suppress(FileNotFoundError):
            found[name] = sha256((project.root / name).read_bytes()).hexdigest()
    return dict(sorted(found.items()))


def quoted(path: Path) -> str:
    """*path* as a shell takes it."""
    return shlex.quote(str(path))


def _bound(
    workspace: Workspace, reviewed: Reviewed, policy: Policy, seen: Seen
) -> SavedPlan:
    made, project = reviewed.plan, workspace.project
    state, extent = seen.state, Extent.of(made)
    binding = Binding(
        format=FORMAT,
        made_at=reviewed.at,
        expires_at=expiry(reviewed.at, project.settings.plan_expiry),
        organization=Organization(project.settings.organization, made.organization.id),
        files=fingerprints(project),
        state=StateThen(state.lineage, state.serial, state.applied_serial)
        if seen.stored
        else None,
        allow_removals=policy.allow_removals,
        reinvite_left=policy.reinvite_left,
        targets=tuple(str(each) for each in policy.targets),
        removals=extent.removals,
        along=extent.along,
        ids=extent.ids,
    )
    return SavedPlan(
        version=__version__,
        digest=digest(made),
        entries=extent.entries,
        binding=binding,
        document=reviewed.document,
        page=as_data(reviewed.page),
    )


def _page_of(saved: SavedPlan, path: Path) -> Document:
    """The page of *saved*; `PlanChanged` where it hides anything of the plan."""
    hint = f"plan again: ghstate plan --out {quoted(path)}"
    try:
        page = from_data(saved.page)
    except ValueError as error:
        raise PlanChanged(
            f"{quoted(path)} cannot be shown: its page was altered", hint=hint
        ) from error
    if not tells_of_all(page, saved.extent):
        raise PlanChanged(
            f"{quoted(path)} cannot be shown: its page is not of the changes in it",
            hint=hint,
        )
    return page


def _made(saved: SavedPlan, now: datetime) -> str:
    binding = saved.binding
    may = "may" if now < binding.expires_at else "could"
    return (
        f"planned {shown(binding.made_at)}, "
        f"{may} be applied until {shown(binding.expires_at)}"
    )


def _is_of(name: str, state: str) -> bool:
    """May the store of *state* have a file of that *name* beside it?

    A lock, a journal, a generation; some file systems do not tell capitals apart.
    """
    return name.lower().removeprefix(".").startswith(state.lower())


# Files --------------------------------------------------------------------------


def _is_there(path: Path, disk: Disk) -> bool:
    """Is there a saved plan, damaged or not, or an empty file, to be replaced?

    `UsageError` for anything else: what is not ours is not written over.
    """
    try:
        content = read_plain(disk, path, limit=planfile.LIMIT)
    except OSError as error:
        raise _unwritable(path, error) from error
    if content and not planfile.is_saved_plan(content):
        raise UsageError(
            f"{path} is there already, and is no saved plan",
            hint="move it away, or save the plan elsewhere",
        )
    return content is not None


def _withdraw(path: Path, disk: Disk) -> bool:
    """Remove the plan that was saved in *path*; was there any?"""
    if not _is_there(path, disk):
        return False
    try:
        disk.unlink(path)
        sync_names(disk, path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    return True


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path}: the plan cannot be saved: {cause(error)}",
        hint="save it elsewhere",
    )
