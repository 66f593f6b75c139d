"""Where text goes, and whether it may have colours and move."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TextIO

from rich.console import Console, ConsoleOptions
from rich.segment import Segment
from rich.text import Text


class Color(StrEnum):
    """The values of ``--color``."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def console(color: Color, stream: TextIO, environment: Mapping[str, str]) -> Console:
    """A console on *stream* that prints what it is given, as it is given.

    Nothing is wrapped, highlighted or read as markup. The sixteen colours of the
    terminal are used, so that the reader's own theme decides about them.
    """
    if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower() != "utf-8":
        stream.reconfigure(errors="backslashreplace")  # → and … must not end a run
    coloured = is_coloured(color, stream, environment)
    moving = moves(stream, environment)
    return Console(
        file=stream,
        force_terminal=coloured or moving,
        force_interactive=moving,
        color_system="standard" if coloured else None,
        no_color=not coloured,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=True,
        legacy_windows=False,
    )


def show(text: Text, on: Console) -> None:
    """Print *text* with nothing added to it.

    What `Console.print` makes of a `Text` is the same, at half the speed: it takes
    the lines apart and puts them together again.
    """
    on.print(_AsItIs(text), end="")


class _AsItIs:
    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterable[Segment]:
        return self._text.render(console)


def is_coloured(color: Color, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Is *stream* to be coloured? The flag goes over NO_COLOR, that over FORCE_COLOR.

    An empty variable counts as none (no-color.org), and FORCE_COLOR=0 as a no.
    GitHub Actions is no terminal and shows colours.
    """
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    if environment.get("NO_COLOR"):
        return False
    if force := environment.get("FORCE_COLOR"):
        return force != "0"
    return environment.get("GITHUB_ACTIONS") == "true" or _is_terminal(
        stream, environment
    )


def moves(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """May lines on *stream* be overwritten? Only where somebody is looking on."""
    return not environment.get("CI") and _is_terminal(stream, environment)


def _is_terminal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    return stream.isatty() and environment.get("TERM", "") not in ("dumb", "unknown")
