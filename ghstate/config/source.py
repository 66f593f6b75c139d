"""Files as they were read, and places in them."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property

import msgspec

from ghstate.config.locate import Outline, Span
from ghstate.config.spelling import UNSEEN
from ghstate.errors import Problem
from ghstate.model.complaint import Part
from ghstate.model.resource import KeyPath

_LONGEST_EXCERPT = 500
_NEWLINE = re.compile("\n")
_SECRETS = re.compile(
    r"""(?<=://)[^"'\n]*(?=@)"""
    r"""|(?i:(?:passw|secret|token|signature|credential|key)[a-z-]*=)[^\s"'&\#]+"""
)
"""What stands where an address may hold a user with a password, or a key."""


class SourceFile(msgspec.Struct, frozen=True):
    """One file of the project: *name* is relative to it, with slashes."""

    name: str
    text: str
    sha256: str

    @classmethod
    def of(cls, name: str, content: bytes) -> SourceFile:
        """Decode *content*; a byte order mark is no part of the text.

        Raises `UnicodeDecodeError`.
        """
        # Not "utf-8-sig", whose errors count from behind the mark.
        text = content.decode("utf-8").removeprefix("\ufeff")
        return cls(name, text, hashlib.sha256(content).hexdigest())


class Place(msgspec.Struct, frozen=True):
    """A place in a file: *line* and *column* count from 1."""

    file: str
    line: int
    column: int
    excerpt: str = ""
    length: int = 1

    def problem(self, message: str, hint: str = "") -> Problem:
        return Problem(
            self.file,
            self.line,
            self.column,
            message,
            hint,
            self.excerpt,
            self.length,
        )

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Document:
    """A file and what it says; its outline is made when somebody asks for a place."""

    def __init__(self, source: SourceFile, data: Mapping[str, object]) -> None:
        self.source = source
        self.data = data

    @cached_property
    def _outline(self) -> Outline:
        return Outline(self.source.text)

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(m.end() for m in _NEWLINE.finditer(self.source.text))]

    def holds(self, path: KeyPath) -> bool:
        """Does this file write *path*, or something below it?"""
        value: object = self.data
        for part in path:
            match value:
                case dict() if part in value:
                    value = value[part]
                case list() if isinstance(part, int) and part < len(value):
                    value = value[part]
                case _:
                    return False
        return True

    def place(
        self, path: KeyPath, part: Part = Part.KEY, outline: Outline | None = None
    ) -> Place:
        """Where *path* stands, or else the nearest table around it.

        Without an *outline*, one is made and kept.
        """
        spans = (outline or self._outline).spans
        span = None
        while path and span is None:
            span = spans.get(path)
            path = path[:-1]
        if span is None:
            return self.at(0, 0)
        return self.of_span(span, part)

    def of_span(self, span: Span, part: Part = Part.KEY) -> Place:
        if part is Part.KEY:
            return self.at(span.key, span.key_end)
        return self.at(span.value, span.value_end)

    def offset(self, line: int, column: int) -> int:
        return self._line_starts[line - 1] + column - 1

    def at(self, start: int, end: int) -> Place:
        """The place from *start* to *end*, or to the end of the line."""
        text = self.source.text
        line = bisect_right(self._line_starts, start)
        begin = self._line_starts[line - 1]
        stop = text.find("\n", begin)
        stop = len(text) if stop < 0 else stop
        if text.endswith("\r", begin, stop):
            stop -= 1
        # One character for one, so that columns stay what they are. A very long
        # line helps nobody, and as many copies of it as it has problems hurt.
        shown = stop - begin <= _LONGEST_EXCERPT
        return Place(
            file=self.source.name,
            line=line,
            column=start - begin + 1,
            excerpt=_shown(text[begin:stop]) if shown else "",
            length=max(1, min(end, stop) - start),
        )


def _shown(line: str) -> str:
    return UNSEEN.sub(_visible, _SECRETS.sub(lambda found: "*" * len(found[0]), line))


def _visible(found: re.Match[str]) -> str:
    return "\t" if found[0] == "\t" else "\N{REPLACEMENT CHARACTER}"
