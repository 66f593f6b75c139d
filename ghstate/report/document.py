"""The neutral document: what there is to say, before it is dressed for a medium.

Text in it is as it came, other people's included: each medium makes it harmless in
its own way.
"""

from __future__ import annotations

from enum import Enum, auto

import msgspec


class Tone(Enum):
    """What a line means; each medium decides how that looks."""

    ADD = auto()
    CHANGE = auto()
    REMOVE = auto()
    WAIT = auto()
    NOTE = auto()
    WARNING = auto()
    ERROR = auto()
    PLAIN = auto()


class Phrase(msgspec.Struct, frozen=True):
    """A few words that carry their own tone inside a line."""

    text: str
    tone: Tone = Tone.PLAIN


class Line(msgspec.Struct, frozen=True):
    """Who or what, what happens to it, what else to know; and the lines below it."""

    tone: Tone
    name: str
    what: str = ""
    about: str = ""
    details: tuple[Line, ...] = ()
    cells: tuple[str, ...] = ()
    """In a table: what stands in its columns; *about* then goes below them."""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """Lines under a title; *counts* sums them up where they fill a screen."""

    title: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN
    counts: tuple[Phrase, ...] = ()
    columns: tuple[str, ...] = ()
    """The headings of a table; its lines have a cell for each."""

    remarks: bool = False
    """Are the lines sentences, each *about* the way out, rather than rows?"""

    facts: bool = False
    """Does each line say something under its label, with the *details* that bear it
    out? Those stand in columns, and what each is *about* behind the last of them."""


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A whole page; what is empty is left out."""

    header: str = ""
    sections: tuple[Section, ...] = ()
    summary: tuple[Phrase, ...] = ()
    footer: str = ""
