"""The commands, as people see them; what each does is imported when it runs."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ghstate import __version__
from ghstate.cli import options
from ghstate.cli.invites_commands import invites_app
from ghstate.cli.options import (
    FIVE_MINUTES,
    NO_TIME,
    AllowRemovals,
    At,
    AutoApprove,
    ColorWhen,
    Directory,
    Json,
    LockTimeout,
    MaxWait,
    Refresh,
    ReinviteLeft,
    Target,
)
from ghstate.cli.running import (
    Common,
    directory_for,
    in_project,
    leave,
    on_the_state,
    printer_for,
)
from ghstate.cli.sandbox_commands import sandbox_app
from ghstate.cli.state_commands import state_app

app = typer.Typer(
    name="ghstate",
    help="Say in files who has access to a GitHub organization; plan, review, apply.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich would double the time that --help takes
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(
    invites_app, name="invites", help="Show who was invited and has not answered."
)
app.add_typer(state_app, name="state", help="Look into the state, mend it, go back.")
app.add_typer(
    sandbox_app,
    name="sandbox",
    help="Run a GitHub organization here, to try things on.",
)


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

    printer = printer_for(context, color)
    here = directory_for(context, directory)
    leave(printer, lambda: run_init(here, organization, printer))


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
    lock_timeout: LockTimeout = NO_TIME,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Write files for what the organization has now."""
    from ghstate.cli.beginning import run_import

    in_project(
        context, directory, color, lambda w: run_import(w, out, max_wait, lock_timeout)
    )


# To look ------------------------------------------------------------------------


@app.command()
def validate(
    context: typer.Context, directory: Directory = None, color: ColorWhen = None
) -> None:
    """Check the files, offline."""
    from ghstate.cli.looking import run_validate

    in_project(context, directory, color, run_validate)


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

    printer = printer_for(context, color)
    here = directory_for(context, directory)
    wanted = FmtOptions(check=check, diff=diff, renames=renames)
    leave(printer, lambda: run_fmt(here, wanted, printer))


@app.command()
def refresh(
    context: typer.Context,
    lock_timeout: LockTimeout = NO_TIME,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Read the organization into the state file."""
    from ghstate.cli.planning import run_refresh

    in_project(
        context, directory, color, lambda w: run_refresh(w, max_wait, lock_timeout)
    )


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
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Save the plan in FILE, for `ghstate apply FILE`.",
            show_default=False,
        ),
    ] = None,
    at: At = None,
    target: Target = None,
    allow_removals: AllowRemovals = None,
    reinvite_left: ReinviteLeft = False,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show what would change."""
    from ghstate.cli.planning import PlanOptions, run_plan

    wanted = PlanOptions(
        json=_wants_json(output_format) or json,
        refresh=refresh,
        detailed_exitcode=detailed_exitcode,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
        targets=tuple(target or ()),
        out=out,
        at=at,
        max_wait=max_wait,
    )
    in_project(context, directory, color, lambda w: run_plan(w, wanted))


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
    plan: Annotated[
        Path | None,
        typer.Argument(
            metavar="PLAN",
            help="A saved plan, to be shown instead.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show the organization as it was read, or a saved plan."""
    if plan is not None:
        from ghstate.cli.saving import run_show_plan

        printer = printer_for(context, color)
        leave(printer, lambda: run_show_plan(plan, printer, json=json))
        return
    from ghstate.cli.looking import run_show

    on_the_state(context, directory, color, lambda w: run_show(w, json=json))


@app.command()
def explain(
    context: typer.Context,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="What to explain: members.bob, or teams.platform and all below it; "
            "or a person: a login or an e-mail address.",
        ),
    ],
    json: Json = False,
    at: At = None,
    refresh: Refresh = None,
    max_wait: MaxWait = FIVE_MINUTES,
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Show why somebody has an access, or has it not."""
    from ghstate.cli.explaining import ExplainOptions, run_explain

    wanted = ExplainOptions(json=json, refresh=refresh, at=at, max_wait=max_wait)
    in_project(context, directory, color, lambda w: run_explain(w, subject, wanted))


# To do --------------------------------------------------------------------------


@app.command()
def apply(
    context: typer.Context,
    plan: Annotated[
        Path | None,
        typer.Argument(
            metavar="PLAN",
            help="A saved plan: carry out what it says and is still needed, unasked.",
            show_default=False,
        ),
    ] = None,
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
    target: Target = None,
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
) -> None:
    """Carry out what the files ask for."""
    from ghstate.cli.applying import ApplyOptions, run_apply

    wanted = ApplyOptions(
        plan=plan,
        auto_approve=auto_approve,
        expect=expect,
        lock_timeout=lock_timeout,
        max_invites=max_invites,
        allow_removals=allow_removals,
        reinvite_left=reinvite_left,
        targets=tuple(target or ()),
        max_wait=max_wait,
    )
    in_project(context, directory, color, lambda w: run_apply(w, wanted))


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
    in_project(context, directory, color, lambda w: run_lock(w, wanted))


@app.command("force-unlock")
def force_unlock(
    context: typer.Context,
    lock_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id, as the refusal shows it.")
    ],
    directory: Directory = None,
    color: ColorWhen = None,
) -> None:
    """Open a lock whose holder hangs, or is gone (S3)."""
    from ghstate.cli.looking import run_force_unlock

    on_the_state(context, directory, color, lambda w: run_force_unlock(w, lock_id))
