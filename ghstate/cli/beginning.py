"""Commands that begin a project: `init` and `import`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from ghstate.cli.exits import Exit
from ghstate.cli.holding import hold
from ghstate.cli.workspace import Printer, Workspace
from ghstate.config.emit import init_files, to_toml
from ghstate.engine.reading import read
from ghstate.engine.refresh import remembered
from ghstate.errors import UsageError
from ghstate.model.organization import Desired
from ghstate.report.words import plural
from ghstate.store.disk import cause

_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})")


def run_init(directory: Path, organization: str, printer: Printer) -> Exit:
    """Write the files of a new project, never over existing ones."""
    if not _ORGANIZATION.fullmatch(organization):
        raise UsageError(
            f"{organization} is no name of an organization",
            hint="write it as in its address: github.com/NAME",
        )
    files = init_files(organization)
    _write(directory, files, keep=frozenset({".gitignore"}))
    printer.aside(f"{organization} begins here: {', '.join(files)}")
    printer.aside(
        "next: `ghstate import` writes down what the organization has now, "
        "and `ghstate plan` shows what would change"
    )
    return Exit.DONE


def run_import(
    workspace: Workspace, out: str | None, max_wait: timedelta, lock_timeout: timedelta
) -> Exit:
    """Write what the organization has now as files; the next plan is empty."""
    from ghstate.cli import online  # noqa: PLC0415 - a second of imports

    settings = workspace.project.settings

    async def work() -> Mapping[str, str]:
        with hold(workspace, "import", lock_timeout) as memory:
            async with online.signed_in(workspace, max_wait) as signed_in:
                signed_in.listening.reading()
                found = await read(signed_in.github, Desired(), memory.state)
                signed_in.listening.finished()
                workspace.printer.aside(f"read with {signed_in.cost}")
            desired = workspace.project.desired
            state = remembered(memory.state, desired, found, memory.under_way)
            memory.settle(state)
        return to_toml(found.snapshot, settings.organization)

    if out != "-":
        _refuse_to_mix(workspace, out)
    files = online.run(work)
    if out == "-":
        workspace.printer.text("\n".join(files.values()))
        return Exit.DONE
    directory = Path(out) if out else workspace.project.root
    _write(directory, files)
    size = plural(len(files), "file", "files")
    workspace.printer.aside(f"{size} written: {', '.join(files)}")
    return Exit.DONE


def _refuse_to_mix(workspace: Workspace, out: str | None) -> None:
    """What is imported beside files that declare the same would be an error."""
    if out is None and workspace.project.desired.declared:
        raise UsageError(
            "the project declares people or teams already",
            hint="write the import elsewhere: --out DIR, or --out - for the terminal",
        )


def _write(
    directory: Path, files: Mapping[str, str], *, keep: frozenset[str] = frozenset()
) -> None:
    """Write *files*, or none of them; those in *keep* may be there already."""
    wanted = {
        name: text
        for name, text in files.items()
        if not (name in keep and (directory / name).exists())
    }
    for name in wanted:
        if (directory / name).exists():
            raise UsageError(
                f"{directory / name} exists already, and is not written over",
                hint="move it away, or write elsewhere",
            )
    try:
        for name, text in wanted.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except OSError as error:
        raise UsageError(
            f"{error.filename or directory}: this cannot be written: {cause(error)}",
            hint="let this user write there, or take another directory with -C",
        ) from None
