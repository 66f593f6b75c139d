"""Running a command: where, with which colours, and with which exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from ghstate.errors import GhstateError

if TYPE_CHECKING:  # rich and msgspec, which --help can do without
    from ghstate.cli.exits import Exit
    from ghstate.cli.workspace import Printer, Workspace


class Common(NamedTuple):
    """The options that may stand before the command, too."""

    directory: Path | None = None
    color: str | None = None


def printer_for(context: typer.Context, color: str | None) -> Printer:
    from ghstate.cli.workspace import Printer
    from ghstate.report.console import Color

    wanted = color or context.obj.color or "auto"
    try:
        return Printer(Color(wanted))
    except ValueError:
        raise typer.BadParameter(
            f"{wanted!r} is none of auto, always and never", param_hint="--color"
        ) from None


def directory_for(context: typer.Context, directory: Path | None) -> Path:
    return directory or context.obj.directory or Path()


def in_project(
    context: typer.Context,
    directory: Path | None,
    color: str | None,
    work: Callable[[Workspace], Exit],
    *,
    settings_only: bool = False,
) -> None:
    """Run *work* on the project, and leave with its exit code.

    With *settings_only* the other files need not be in order.
    """
    from ghstate.cli.workspace import Workspace

    printer = printer_for(context, color)
    here = directory_for(context, directory)
    leave(
        printer,
        lambda: work(Workspace.open(here, printer, settings_only=settings_only)),
    )


def on_the_state(
    context: typer.Context,
    directory: Path | None,
    color: str | None,
    work: Callable[[Workspace], Exit],
) -> None:
    """Run *work*, which needs no file but the settings to be in order."""
    in_project(context, directory, color, work, settings_only=True)


def leave(printer: Printer, work: Callable[[], Exit]) -> None:
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
    except KeyboardInterrupt as interrupt:
        nothing = "; nothing was changed" if getattr(interrupt, "early", True) else ""
        printer.aside(f"interrupted{nothing}")
        code = Exit(128 + getattr(interrupt, "number", 2))
    raise typer.Exit(code)
