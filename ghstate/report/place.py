"""Where the files speak of something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ghstate.model.address import Address


class Place(Protocol):
    """A place in the files; *line* and *column* count from 1."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


PlaceOf: TypeAlias = Callable[[Address], Place | None]
"""Finds the place of an address, if the files speak of it."""


def spelled(place: Place) -> str:
    """The place as editors and terminals understand it: ``teams.toml:7:14``."""
    return f"{place.file}:{place.line}:{place.column}"


def nowhere(_: Address) -> None:
    """The `PlaceOf` of a plan whose files are not at hand."""
