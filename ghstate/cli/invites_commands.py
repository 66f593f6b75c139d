"""`ghstate invites` and what stands below it, as people see them."""

from __future__ import annotations

from typing import Annotated

import typer

from ghstate.cli.options import (
    FIVE_MINUTES,
    NO_TIME,
    AutoApprove,
    ColorWhen,
    Directory,
    Json,
    LockTimeout,
    MaxWait,
    Refresh,
)
from ghstate.cli.running import Common, in_project

invites_app = typer.Typer(no_args_is_help=False)

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
    in_project(context, directory, color, lambda w: run_invites(w, wanted))


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
    in_project(context, directory, color, lambda w: run_renew(w, who, wanted))


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

    in_project(context, directory, color, lambda w: run_reset(w, who, lock_timeout))
