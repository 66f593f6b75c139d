"""The options that commands share, and what their values may be."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

FIVE_MINUTES = timedelta(minutes=5)
NO_TIME = timedelta(0)

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def duration(text: str | timedelta) -> timedelta:
    """``30s``, ``5m``, ``2h`` or ``7d``."""
    if isinstance(text, timedelta):
        return text
    match = _DURATION.fullmatch(text)
    if match is None:
        raise typer.BadParameter(f"{text!r} is no duration; write 30s, 5m, 2h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def digest(text: str) -> str:
    """The 64 digits that `plan` printed, with or without ``sha256:``."""
    match = _DIGEST.fullmatch(text.strip().lower())
    if match is None:
        raise typer.BadParameter("a digest has 64 digits, as `ghstate plan` prints it")
    return match[1]


def calendar_day(text: str | date) -> date:
    """``2027-01-31``."""
    if isinstance(text, date):
        return text
    try:
        # Not fromisoformat alone, which takes "20270131" and "2027-W04-7", too.
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day; write it like 2027-01-31"
        ) from None


Directory = Annotated[
    Path | None,
    typer.Option(
        "-C",
        metavar="DIR",
        help="Work in DIR instead of the current directory.",
        show_default=False,
    ),
]
ColorWhen = Annotated[
    str | None,
    typer.Option(
        "--color",
        metavar="auto|always|never",
        help="Whether to colour the output (NO_COLOR and FORCE_COLOR count, too).",
        show_default=False,
    ),
]
MaxWait = Annotated[
    timedelta,
    typer.Option(
        "--max-wait",
        metavar="DURATION",
        parser=duration,
        help="Wait out GitHub's limits up to this long; beyond it, stop (exit 5). "
        "Without it: 5m.",
        show_default=False,
    ),
]
LockTimeout = Annotated[
    timedelta,
    typer.Option(
        "--lock-timeout",
        metavar="DURATION",
        parser=duration,
        help="Wait this long for somebody else's lock. Without it: not at all.",
        show_default=False,
    ),
]
At = Annotated[
    date | None,
    typer.Option(
        "--at",
        metavar="DATE",
        parser=calendar_day,
        help="Show what will be on that day, by the dates in the files.",
        show_default=False,
    ),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target",
        metavar="ADDRESS",
        help="Plan only for ADDRESS, what is below it, and what it needs. May be given "
        "several times.",
        show_default=False,
    ),
]
AllowRemovals = Annotated[
    int | None,
    typer.Option(
        "--allow-removals",
        metavar="N",
        min=0,
        help="Allow a plan that removes exactly N things. Only looked at where it "
        "removes more than max_removals.",
        show_default=False,
    ),
]
Refresh = Annotated[
    bool | None,
    typer.Option(
        "--refresh/--no-refresh",
        help="Read the organization first, or not at all (no token, no network). "
        "Without either: when the snapshot is older than max_age.",
        show_default=False,
    ),
]
ReinviteLeft = Annotated[
    bool,
    typer.Option(
        "--reinvite-left",
        help="Invite people of the files again who left on their own.",
    ),
]
AutoApprove = Annotated[bool, typer.Option("--auto-approve", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
