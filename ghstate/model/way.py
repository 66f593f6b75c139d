"""Ways: the lines of the files by which somebody comes to something, or does not."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec

from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS, Period
from ghstate.model.resource import KeyPath


class Effect(StrEnum):
    """What becomes of a way on a day."""

    GIVES = "gives"
    """It is why the files ask for the thing."""

    AGREES = "agrees"
    """It would give the same, if the one that gives were not there."""

    OUTRANKED = "outranked"
    """A line that names the person goes over it."""

    OVER = "over"
    """The last day of something on it has passed."""

    TO_COME = "to_come"
    """The first day of something on it has not come."""

    EXCLUDED = "excluded"
    """A set on it does without the person: they are under its `except`."""

    NOT_IN_ALL = "not_in_all"
    """A set on it needs the person to be in another one, and they are not."""

    NOT_A_MEMBER = "not_a_member"
    """It leads into a team, and the person is not in the organization on the day."""

    NEVER = "never"
    """The settings keep the person out of everything."""


class Step(msgspec.Struct, frozen=True):
    """One line of a way: *names* is what it names, such as ``bob`` or ``group:sre``."""

    path: KeyPath
    names: str
    part: Part = Part.VALUE
    period: Period = ALWAYS
    """When the line, or the set that it leads to, holds."""


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """The lines that lead from a thing to a person: the last one names them."""

    steps: tuple[Step, ...]
    role: str
    """The role that it gives, or would give: ``member``, ``maintainer``."""

    effect: Effect
    because: tuple[Step, ...] = ()
    """The lines that take it away, for an effect that has some: those that lead from
    an `except` or from `never` to the person, the `all` that they are not in, the line
    with the day."""

    until: date | None = None
    """The last day of the line that goes over it, if it gives something afterwards."""

    falls_back: bool = False
    """Is *role* what its ``then`` leaves, its first role being over?"""
