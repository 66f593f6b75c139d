"""The neutral document: what there is to say, before it is dressed for a medium.

Text in it is as it came, other people's included: each medium makes it harmless in
its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


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


@dataclass(frozen=True, slots=True)
class Phrase:
    """A few words that carry their own tone inside a line."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """Who or what, what happens to it, what else to know; and the lines below it."""

    tone: Tone
    name: str
    what: str = ""
    about: str = ""
    details: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Lines under a title; *counts* sums them up where they fill a screen."""

    title: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN
    counts: tuple[Phrase, ...] = ()
    remarks: bool = False
    """Are the lines sentences, each *about* the way out, rather than rows?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A whole page; what is empty is left out."""

    header: str = ""
    sections: tuple[Section, ...] = ()
    summary: tuple[Phrase, ...] = ()
    footer: str = ""
