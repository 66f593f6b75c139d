"""The commands, as people see them; what each does is imported when it runs."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from ghstate import __version__
from ghstate.cli import options
from ghstate.cli.options import (
    AllowRemovals,
    AutoApprove,
    ColorWhen,
    Directory,
    Json,
    LockTimeout,
    MaxWait,
    Refresh,
    ReinviteLeft,
)
from ghstate.errors import GhstateError

if TYPE_CHECKING:  # rich and msgspec, which --help can do without
    from ghstate.cli.exits import Exit
    from ghstate.cli.workspace import Printer, Workspace

FIVE_MINUTES = timedelta(minutes=5)
NO_TIME = timedelta(0)

app = typer.Typer(
    name="ghstate",
    help="Say in files who has access to a GitHub organization; plan, review, apply.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would double the time that --help takes
    context_settings={"help_option_names": ["-h", "--help"]},
)
state_app = typer.Typer(no_args_is_help=True)
invites_app = typer.Typer(no_args_is_help=False)
sandbox_app = typer.Typer(no_args_is_help=False)
app.add_typer(
    invites_app, name="invites", help="Show who was invited and has not answered."
)
app.add_typer(state_app, name="state", help="Look into the state file.")


class Common(NamedTuple):
    """The options that may stand before the command, too."""

    directory: Path | None = None
    color: str | None = None


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - as typer calls it
    if wanted:
        typer.echo(f"ghstate {__version__}")
        raise typer.Exit


@app.callback()
def common(
    context: typer.Context,
    directory: Directory = None,
    color: ColorWhen = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            is_eager=True,
            callback=_tell_version,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    context.obj = Common(directory, color)


# Running a command --------------------------------------------------------------


def _printer(context: typer.Context, color: str | None) -> Printer:
    from ghstate.cli.workspace import Printer
    from ghstate.report.console import Color

    wanted = color or context.obj.color or "auto"
    try:
        return Printer(Color(wanted))
    except ValueError:
        raise typer.BadParameter(
            f"{wanted!r} is none of auto, always and never", param_hint="--color"
        ) from None


def _directory(context: typer.Context, directory: Path | None) -> Path:
    return directory or context.obj.directory or Path()


def _in_project(
    context: typer.Context,
    directory: Path | None,
    color: str | None,
    work: Callable[[Workspace], Exit],
) -> None:
    """Run *work* on the project, and leave with its exit code."""
    from ghstate.cli.workspace import Workspace

    printer = _printer(context, color)
    _leave(
        printer,
        lambda: work(Workspace.open(_directory(context, directory), printer)),
    )


def _leave(printer: Printer, work: Callable[[], Exit]) -> None:
    """Run *work*; every error becomes words on standard error and an exit code."""
    from ghstate.cli.exits import Exit, of_error

    try:
        code = work()
        sys.stdout.flush()
    except GhstateError as error:
        printer.error(error)
        code = of_error(error)
    except BrokenPipeError:
        # Whoever read has seen enough; Python must not complain at its own end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = Exit.DONE
    except KeyboardInterrupt:
        code = Exit.INTERRUPT
    raise typer.Exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; a wrong one is exit 1, as every error."""
    # A command lives for seconds, and its data to its end: looking for garbage in
    # an organization of 50,000 people costs a fifth of the time and finds none.
    gc.disable()
    try:
        code = app(list(arguments), prog_name="ghstate", standalone_mode=False)
    except typer.TyperException as error:
        show = getattr(error, "show", None)
        if show is not None:
            show()
        return 1
    except (typer.Abort, KeyboardInterrupt):
        return 130
    finally:
        gc.enable()
    return int(code or 0)


# To begin -----------------------------------------------------------------------


@app.command()
def init(
    context: typer.Context,
    organization: Annotated[
        str, typer.Argument(metavar="ORGANIZATION", help="Its name: github.com/NAME.")
    ],
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Begin a project: settings and a first, commented file."""
    from ghstate.cli.beginning import run_init

    printer = _printer(context, color)
    here = _directory(context, directory)
    _leave(printer, lambda: run_init(here, organization, printer))


@app.command("import")
def import_(
    context: typer.Context,
    out: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|-",
            help="Write into DIR, or to standard output.",
            show_default=False,
        ),
    ] = None,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Write files for what the organization has now."""
    from ghstate.cli.beginning import run_import

    _in_project(context, directory, color, lambda w: run_import(w, out, max_wait))


# To look ------------------------------------------------------------------------


@app.command()
def validate(
    context: typer.Context, directory: Directory = None, color: ColorWhen = None
) -> None:
    """Check the files, offline."""
    from ghstate.cli.looking import run_validate

    _in_project(context, directory, color, run_validate)


@app.command()
def fmt(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; list what would change, and exit with 1."
        ),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option(
            "--diff", help="Write nothing; show what would change, and exit with 1."
        ),
    ] = False,
    renames: Annotated[
        bool,
        typer.Option(
            "--renames", help="Write the new logins of people who were renamed, too."
        ),
    ] = False,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Order and format the files; comments stay."""
    from ghstate.cli.formatting import FmtOptions, run_fmt

    printer = _printer(context, color)
    here = _directory(context, directory)
    wanted = FmtOptions(check=check, diff=diff, renames=renames)
    _leave(printer, lambda: run_fmt(here, wanted, printer))


@app.command()
def refresh(
    context: typer.Context,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Read the organization into the state file."""
    from ghstate.cli.planning import run_refresh

    _in_project(context, directory, color, lambda w: run_refresh(w, max_wait))


@app.command()
def plan(
    context: typer.Context,
    refresh: Refresh = None,
    json: Json = False,
    output_format: Annotated[
        str, typer.Option("--format", metavar="text|json", help="How to print it.")
    ] = "text",
    detailed_exitcode: Annotated[
        bool,
        typer.Option("--detailed-exitcode", help="Exit with 2 if there are changes."),
    ] = False,
    allow_removals: AllowRemovals = None,
    reinvite_left: ReinviteLeft = False,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
    out: Annotated[str | None, options.not_yet("--out")] = None,
    target: Annotated[list[str] | None, options.not_yet("--target")] = None,
) -> None:
    """Show what would change."""
    from ghstate.cli.planning import PlanOptions, run_plan

    wanted = PlanOptions(
        json=_wants_json(output_format) or json,
        refresh=refresh,
        detailed_exitcode=detailed_exitcode,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
        max_wait=max_wait,
    )
    _in_project(context, directory, color, lambda w: run_plan(w, wanted))


def _wants_json(output_format: str) -> bool:
    match output_format:
        case "text" | "json":
            return output_format == "json"
        case "markdown":
            words = "markdown is not supported by this version"
        case _:
            words = f"{output_format!r} is neither text nor json"
    raise typer.BadParameter(words, param_hint="--format")


@app.command()
def show(
    context: typer.Context,
    json: Json = False,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show who was in the organization when it was read."""
    from ghstate.cli.looking import run_show

    _in_project(context, directory, color, lambda w: run_show(w, json=json))


@state_app.command("list")
def state_list(
    context: typer.Context, directory: Directory = None, color: ColorWhen = None
) -> None:
    """List the addresses of everything in the snapshot."""
    from ghstate.cli.looking import run_state_list

    _in_project(context, directory, color, run_state_list)


@state_app.command("show")
def state_show(
    context: typer.Context,
    address: Annotated[str, typer.Argument(help="Such as teams.platform.members.bob")],
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show what the snapshot has at one address."""
    from ghstate.cli.looking import run_state_show

    _in_project(context, directory, color, lambda w: run_state_show(w, address))


# To do --------------------------------------------------------------------------


@app.command()
def apply(
    context: typer.Context,
    auto_approve: AutoApprove = False,
    expect: Annotated[
        str | None,
        typer.Option(
            metavar="DIGEST",
            parser=options.digest,
            help="Carry out only the plan with this digest, unasked; "
            "any other is refused (exit 7).",
            show_default=False,
        ),
    ] = None,
    allow_removals: AllowRemovals = None,
    reinvite_left: ReinviteLeft = False,
    max_invites: Annotated[
        int | None,
        typer.Option(
            "--max-invites",
            metavar="N",
            min=0,
            help="Send at most N invitations in this run.",
            show_default=False,
        ),
    ] = None,
    lock_timeout: LockTimeout = NO_TIME,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
    target: Annotated[list[str] | None, options.not_yet("--target")] = None,
) -> None:
    """Carry out what the files ask for."""
    from ghstate.cli.applying import ApplyOptions, run_apply

    wanted = ApplyOptions(
        auto_approve=auto_approve,
        expect=expect,
        lock_timeout=lock_timeout,
        max_invites=max_invites,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
        max_wait=max_wait,
    )
    _in_project(context, directory, color, lambda w: run_apply(w, wanted))


@app.command()
def lock(
    context: typer.Context,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Write nothing; exit with 1 if the file would change."
        ),
    ] = False,
    refresh: Refresh = None,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Write ghstate.lock.toml, for runs without a state."""
    from ghstate.cli.locking import LockOptions, run_lock

    wanted = LockOptions(check=check, refresh=refresh, max_wait=max_wait)
    _in_project(context, directory, color, lambda w: run_lock(w, wanted))


@app.command("force-unlock")
def force_unlock(
    context: typer.Context,
    lock_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id, as the refusal shows it.")
    ],
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Open a lock whose holder is gone for certain."""
    from ghstate.cli.looking import run_force_unlock

    _in_project(context, directory, color, lambda w: run_force_unlock(w, lock_id))


# Invitations --------------------------------------------------------------------


Whom = Annotated[
    list[str],
    typer.Argument(
        metavar="WHO...", help="Logins, or e-mail addresses as the files have them."
    ),
]


@invites_app.callback(invoke_without_command=True)
def invites(
    context: typer.Context,
    json: Json = False,
    refresh: Refresh = None,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show who was invited and has not answered."""
    common: Common = context.obj
    context.obj = Common(directory or common.directory, color or common.color)
    if context.invoked_subcommand is not None:
        if json or refresh is not None:
            raise typer.BadParameter("--json and --refresh are for the list alone")
        return
    from ghstate.cli.inviting import InvitesOptions, run_invites

    wanted = InvitesOptions(json=json, refresh=refresh, max_wait=max_wait)
    _in_project(context, directory, color, lambda w: run_invites(w, wanted))


@invites_app.command("renew")
def invites_renew(
    context: typer.Context,
    who: Whom,
    auto_approve: AutoApprove = False,
    lock_timeout: LockTimeout = NO_TIME,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Send invitations again that wait, with the same role and teams."""
    from ghstate.cli.inviting import RenewOptions, run_renew

    wanted = RenewOptions(
        auto_approve=auto_approve, lock_timeout=lock_timeout, max_wait=max_wait
    )
    _in_project(context, directory, color, lambda w: run_renew(w, who, wanted))


@invites_app.command("reset")
def invites_reset(
    context: typer.Context,
    who: Whom,
    lock_timeout: LockTimeout = NO_TIME,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Count no longer how often people were invited in vain."""
    from ghstate.cli.inviting import run_reset

    _in_project(context, directory, color, lambda w: run_reset(w, who, lock_timeout))


# The sandbox --------------------------------------------------------------------

app.add_typer(
    sandbox_app,
    name="sandbox",
    help="Run a GitHub organization here, to try things on.",
)


@sandbox_app.callback(invoke_without_command=True)
def sandbox(
    context: typer.Context,
    seed: Annotated[
        str | None,
        typer.Option(
            metavar="PATH",
            help="Begin with a project's directory, a state file, or neutral JSON.",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int, typer.Option(metavar="PORT", min=0, max=65535, help="Where to listen.")
    ] = 8642,
    color: ColorWhen = None,
) -> None:
    """Run a GitHub organization here, to try things on."""
    if context.invoked_subcommand is not None:
        return
    from ghstate.cli.sandboxing import run_sandbox

    printer = _printer(context, color)
    _leave(printer, lambda: run_sandbox(seed, port, printer))


def _act(context: typer.Context, action: str, body: dict[str, object] | None) -> None:
    from ghstate.cli.exits import Exit
    from ghstate.cli.sandboxing import run_act

    printer = _printer(context, None)

    def work() -> Exit:
        printer.text(run_act(action, body, printer.outside))
        return Exit.DONE

    _leave(printer, work)


Who = Annotated[str, typer.Argument(metavar="LOGIN", help="Whom it is about.")]


@sandbox_app.command("accept")
def sandbox_accept(context: typer.Context, login: Who) -> None:
    """Somebody accepts their invitation."""
    _act(context, "accept", {"login": login})


@sandbox_app.command("decline")
def sandbox_decline(context: typer.Context, login: Who) -> None:
    """Somebody declines their invitation."""
    _act(context, "decline", {"login": login})


@sandbox_app.command("leave")
def sandbox_leave(context: typer.Context, login: Who) -> None:
    """Somebody leaves the organization."""
    _act(context, "leave", {"login": login})


@sandbox_app.command("rename")
def sandbox_rename(
    context: typer.Context,
    login: Who,
    to: Annotated[str, typer.Argument(metavar="NEW", help="The new login.")],
) -> None:
    """Somebody renames their account."""
    _act(context, "rename", {"login": login, "to": to})


@sandbox_app.command("advance")
def sandbox_advance(
    context: typer.Context,
    duration: Annotated[
        timedelta,
        typer.Argument(
            metavar="DURATION", parser=options.duration, help="How much: 3d, 12h."
        ),
    ],
) -> None:
    """Let time pass."""
    _act(context, "advance", {"seconds": duration.total_seconds()})


@sandbox_app.command("status")
def sandbox_status(context: typer.Context) -> None:
    """Show who is waiting, and what was asked of the sandbox so far."""
    _act(context, "status", None)
