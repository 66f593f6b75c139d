"""`ghstate state` and what stands below it, as people see them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from ghstate.cli.options import NO_TIME, ColorWhen, Directory, Json, LockTimeout
from ghstate.cli.running import on_the_state

if TYPE_CHECKING:  # msgspec, which --help can do without
    from ghstate.cli.surgery import EditOptions

state_app = typer.Typer(no_args_is_help=True)

DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Write nothing; show what would be done.")
]


# To look ------------------------------------------------------------------------


@state_app.command("list")
def state_list(
    context: typer.Context,
    below: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="ADDRESS...",
            help="Only these and what is below them.",
            show_default=False,
        ),
    ] = None,
    generations: Annotated[
        bool,
        typer.Option(
            "--generations", help="List the state and the ones before it instead."
        ),
    ] = False,
    json: Json = False,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """List the addresses of everything in the snapshot."""
    from ghstate.cli.inspecting import run_generations, run_state_list

    if generations and below:
        raise typer.BadParameter("--generations are of the whole state, no address")
    on_the_state(
        context,
        directory,
        color,
        lambda w: (
            run_generations(w, json=json)
            if generations
            else run_state_list(w, below or (), json=json)
        ),
    )


@state_app.command("show")
def state_show(
    context: typer.Context,
    address: Annotated[
        str | None,
        typer.Argument(
            metavar="ADDRESS",
            help="Such as teams.platform.members.bob; without it, the state itself.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show what the state has at one address, or the state itself."""
    from ghstate.cli.inspecting import run_overview, run_state_show

    on_the_state(
        context,
        directory,
        color,
        lambda w: (
            run_overview(w, json=json)
            if address is None
            else run_state_show(w, address, json=json)
        ),
    )


@state_app.command("pull")
def state_pull(
    context: typer.Context, directory: Directory = None, color: ColorWhen = None
) -> None:
    """Print the state as it is kept, byte for byte."""
    from ghstate.cli.inspecting import run_pull

    on_the_state(context, directory, color, run_pull)


# To change ----------------------------------------------------------------------


@state_app.command("push")
def state_push(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A whole state; - for standard input."),
    ],
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Also one of another lineage, or of a lower serial."
        ),
    ] = False,
    dry_run: DryRun = False,
    lock_timeout: LockTimeout = NO_TIME,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Put the state of a file in the place of the present one."""
    from ghstate.cli.restoring import run_push

    options = _options(dry_run=dry_run, lock_timeout=lock_timeout)
    on_the_state(
        context, directory, color, lambda w: run_push(w, file, options, force=force)
    )


@state_app.command("restore")
def state_restore(
    context: typer.Context,
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="SERIAL",
            help="Its serial, or its name; without it, the latest whole one.",
            show_default=False,
        ),
    ] = None,
    dry_run: DryRun = False,
    lock_timeout: LockTimeout = NO_TIME,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Put an earlier generation of the state in force again."""
    from ghstate.cli.restoring import run_restore

    options = _options(dry_run=dry_run, lock_timeout=lock_timeout)
    on_the_state(context, directory, color, lambda w: run_restore(w, wanted, options))


@state_app.command("rm")
def state_rm(
    context: typer.Context,
    addresses: Annotated[
        list[str],
        typer.Argument(
            metavar="ADDRESS...", help="These and what is below them: members.bob."
        ),
    ],
    dry_run: DryRun = False,
    lock_timeout: LockTimeout = NO_TIME,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Forget what is remembered of addresses besides what GitHub shows."""
    from ghstate.cli.surgery import run_rm

    options = _options(dry_run=dry_run, lock_timeout=lock_timeout)
    on_the_state(context, directory, color, lambda w: run_rm(w, addresses, options))


@state_app.command("mv")
def state_mv(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FROM", help="A person or a team: members.bob.")
    ],
    target: Annotated[
        str, typer.Argument(metavar="TO", help="Its address now: members.robert.")
    ],
    dry_run: DryRun = False,
    lock_timeout: LockTimeout = NO_TIME,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Know a person or a team under another name."""
    from ghstate.cli.surgery import run_mv

    options = _options(dry_run=dry_run, lock_timeout=lock_timeout)
    on_the_state(
        context, directory, color, lambda w: run_mv(w, source, target, options)
    )


def _options(*, dry_run: bool, lock_timeout: timedelta) -> EditOptions:
    from ghstate.cli.surgery import EditOptions

    return EditOptions(dry_run=dry_run, lock_timeout=lock_timeout)
