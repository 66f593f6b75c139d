"""Where the files speak of something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.note import Note
from ghstate.model.resource import KeyPath


class Place(Protocol):
    """A place in the files; *line* and *column* count from 1."""

    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...


PlaceOf: TypeAlias = Callable[[Note], Place | None]
"""Finds the line that a note is about, if the files have one."""

Locate: TypeAlias = Callable[[KeyPath, Part], Place | None]
"""Finds the place of a key or of its value, or of the nearest table around it."""


def spelled(place: Place) -> str:
    """The place as editors and terminals understand it: ``teams.toml:7:14``."""
    return f"{place.file}:{place.line}:{place.column}"


def nowhere(_: Note) -> None:
    """The `PlaceOf` of a plan whose files are not at hand."""


def table_of(path: KeyPath) -> str:
    """The list or table in which *path* is an entry: ``groups.staff.any``."""
    return _dotted(path[: _first_number(path, len(path) - 1)])


def key_of(path: KeyPath) -> str:
    """The key itself, or the list of which it is an entry: ``safety.protected``."""
    return _dotted(path[: _first_number(path, len(path))])


def _first_number(path: KeyPath, otherwise: int) -> int:
    numbers = (at for at, part in enumerate(path) if isinstance(part, int))
    return next(numbers, otherwise)


def _dotted(path: KeyPath) -> str:
    return str(Address(*map(str, path)))
