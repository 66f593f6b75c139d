"""`ghstate sandbox` and what stands below it, as people see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from ghstate.cli import options
from ghstate.cli.options import ColorWhen
from ghstate.cli.running import leave, printer_for

sandbox_app = typer.Typer(no_args_is_help=False)


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

    printer = printer_for(context, color)
    leave(printer, lambda: run_sandbox(seed, port, printer))


def _act(context: typer.Context, action: str, body: dict[str, object] | None) -> None:
    from ghstate.cli.sandboxing import run_act

    printer = printer_for(context, None)
    leave(printer, lambda: run_act(action, body, printer))


Who = Annotated[str, typer.Argument(metavar="LOGIN", help="Whom it is about.")]


@sandbox_app.command("accept")
def sandbox_accept(
    context: typer.Context,
    login: Annotated[
        str,
        typer.Argument(
            metavar="LOGIN", help="Whom it is about; or the address it went to."
        ),
    ],
    account: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="LOGIN",
            help="With which account an invitation by e-mail is accepted.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Somebody accepts their invitation."""
    if account is not None and "@" not in login:
        raise typer.BadParameter(
            "only an invitation to an address needs it", param_hint="--as"
        )
    body = {"login": login} if account is None else {"email": login, "login": account}
    _act(context, "accept", dict(body))


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
