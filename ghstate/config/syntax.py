"""A TOML text as it is written: every key, value, comment and section of it.

The parser keeps what a text says, this keeps how it says it, so that it can be written
anew with nothing lost. The reader trusts that the parser has accepted the text.

Blank lines divide a table or a list into sections. Comments belong to the entry beside
which or directly above which they stand; where no entry follows in the section, they
are its tail. A comment beside something comes with the spaces in front of it.
"""

from __future__ import annotations

import re
from typing import TypeAlias

import msgspec
import tomli

from ghstate.config.lexis import BARE_KEY, QUOTED_KEY, SCALAR, SPACE, STRING
from ghstate.model.resource import KeyPath

_LINE_END = re.compile(r"[^\n]*+")


class Key(msgspec.Struct, frozen=True):
    """One part of a key: as written, what it says, and the offset it stands at."""

    raw: str
    plain: str
    at: int


class Scalar(msgspec.Struct, frozen=True):
    """A value without parts, as written, and the offset it stands at."""

    raw: str
    at: int

    @property
    def text(self) -> str | None:
        """What it says, if it is a string."""
        return plain_string(self.raw) if self.raw.startswith(('"', "'")) else None


class Body(msgspec.Struct):
    """What stands in a table, in a list or between braces.

    *opening* is the comment beside the opening bracket; a table has its own beside
    its header. *broken* tells whether it is written over more than one line.
    """

    sections: list[Section] = msgspec.field(default_factory=list)
    opening: str = ""
    broken: bool = False

    @property
    def entries(self) -> list[Entry]:
        return [entry for section in self.sections for entry in section.entries]


class Array(msgspec.Struct, frozen=True):
    body: Body


class InlineTable(msgspec.Struct, frozen=True):
    body: Body


Value: TypeAlias = Scalar | Array | InlineTable


class Entry(msgspec.Struct):
    """A pair of a table, or an item of a list, which has no *keys*."""

    keys: tuple[Key, ...]
    value: Value
    above: tuple[str, ...] = ()
    beside: str = ""

    def path(self, around: KeyPath) -> KeyPath:
        return (*around, *(key.plain for key in self.keys))


class Section(msgspec.Struct):
    """Entries with no blank line between them, and the comments below the last."""

    entries: list[Entry] = msgspec.field(default_factory=list)
    tail: tuple[str, ...] = ()


class Header(msgspec.Struct):
    """``[a.b]``, or ``[[a.b]]`` if *many*, with what stands below it."""

    keys: tuple[Key, ...]
    many: bool
    above: tuple[str, ...]
    beside: str
    body: Body

    @property
    def path(self) -> KeyPath:
        return tuple(key.plain for key in self.keys)


class Remark(msgspec.Struct):
    """Comments with a blank line on both sides, between two tables."""

    lines: tuple[str, ...]


class Text(msgspec.Struct):
    """A whole file: what stands above the first header, and the rest in its order."""

    root: Body
    parts: list[Header | Remark]

    @property
    def headers(self) -> list[Header]:
        return [part for part in self.parts if isinstance(part, Header)]


def read_text(text: str) -> Text:
    """The structure of *text*: valid TOML without carriage returns."""
    return _Reader(text).document()


def plain_string(raw: str) -> str:
    """What a quoted string says."""
    if "\\" in raw or raw.startswith(('"""', "'''")):
        return str(tomli.loads(f"key = {raw}")["key"])
    return raw[1:-1]


class _Gap(msgspec.Struct):
    """What stands between two things.

    A comment on the line of the first, then whole lines; the blank ones are empty.
    """

    beside: str
    lines: list[str]
    breaks: bool
    """Is there a line break?"""


_NO_GAP = _Gap("", [], breaks=False)


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def document(self) -> Text:
        filling = _Filling(Body())
        whole = Text(filling.body, [])
        header: Header | None = None
        gap = self._gap()
        if gap.beside:
            gap.lines.insert(0, gap.beside.lstrip())
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                before = filling.close_table(gap.lines, begun=header is not None)
                whole.parts += before.remarks
                header = self._header(before.above)
                whole.parts.append(header)
                filling = _Filling(header.body)
            else:
                self._entry(filling, gap.lines)
            gap = self._gap()
            self._put_beside(gap, header, filling)
        before = filling.close_table([*gap.lines, ""], begun=header is not None)
        whole.parts += before.remarks
        return whole

    @staticmethod
    def _put_beside(gap: _Gap, header: Header | None, filling: _Filling) -> None:
        if filling.last is not None:
            filling.last.beside = gap.beside
        elif header is not None:
            header.beside = gap.beside

    def _header(self, above: tuple[str, ...]) -> Header:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        keys = self._keys()
        self._at += 2 if many else 1
        return Header(keys, many, above, "", Body())

    def _entry(self, filling: _Filling, lines: list[str]) -> None:
        keys = self._keys()
        self._at += 1  # the equals sign
        self._skip_space()
        filling.add(lines, Entry(keys, self._value()))

    def _keys(self) -> tuple[Key, ...]:
        keys: list[Key] = []
        while True:
            self._skip_space()
            start = self._at
            if bare := BARE_KEY.match(self._text, start):
                raw = plain = bare[0]
            else:
                raw = self._take(QUOTED_KEY)
                plain = plain_string(raw)
            self._at = start + len(raw)
            keys.append(Key(raw, plain, start))
            self._skip_space()
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _value(self) -> Value:
        start = self._at
        match self._text[start]:
            case "[":
                return Array(self._bracketed("]"))
            case "{":
                return InlineTable(self._bracketed("}"))
            case '"' | "'":
                return Scalar(self._take(STRING), start)
            case _:
                return Scalar(self._take(SCALAR), start)

    def _bracketed(self, closing: str) -> Body:
        self._at += 1
        filling = _Filling(Body())
        gap = self._gap()
        filling.body.opening = gap.beside
        filling.body.broken = gap.breaks
        lines = gap.lines
        while not self._text.startswith(closing, self._at):
            if closing == "]":
                filling.add(lines, Entry((), self._value()))
            else:
                self._entry(filling, lines)
            lines = self._after_entry(filling)
        filling.close(lines)
        self._at += 1
        return filling.body

    def _after_entry(self, filling: _Filling) -> list[str]:
        """Read past the comma behind an entry, and give the lines behind that."""
        entry = filling.last
        assert entry is not None  # noqa: S101 - it has just been added
        gap = self._gap()
        filling.body.broken |= gap.breaks
        entry.beside = gap.beside
        if not self._text.startswith(",", self._at):
            return gap.lines
        # A comment between an entry and its comma can only mean the entry.
        entry.above += tuple(line for line in gap.lines if line)
        self._at += 1
        gap = self._gap()
        filling.body.broken |= gap.breaks
        if gap.beside and entry.beside:
            entry.above += (entry.beside.lstrip(),)
        entry.beside = gap.beside or entry.beside
        return gap.lines

    def _gap(self) -> _Gap:
        start = self._at
        self._skip_space()
        if not self._text.startswith(("#", "\n"), self._at):
            return _NO_GAP
        beside, lines = "", list[str]()
        first, empty = True, True
        while True:
            space = self._text[start : self._at]
            if self._text.startswith("#", self._at):
                comment = self._take(_LINE_END).rstrip()
                empty = False
                if first:
                    beside = _padding(space) + comment
                else:
                    lines.append(comment)
            elif self._text.startswith("\n", self._at):
                if empty and not first:
                    lines.append("")
                self._at += 1
                first, empty = False, True
            else:
                return _Gap(beside, lines, not first)
            start = self._at
            self._skip_space()

    def _skip_space(self) -> None:
        found = SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"no TOML at offset {self._at}")
        self._at = found.end()
        return found[0]


def _padding(space: str) -> str:
    """What stands before a comment beside something: more than enough may align it."""
    return "  " if "\t" in space or len(space) < 2 else space


class _Before(msgspec.Struct):
    """Comments in front of a header: those on their own, and those that are its."""

    remarks: list[Remark]
    above: tuple[str, ...]


class _Filling:
    """A body while it is being read."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.last: Entry | None = None
        self._open = False

    def add(self, lines: list[str], entry: Entry) -> None:
        """Add *entry*, in front of which are *lines*."""
        if lines:
            *standing, above = _paragraphs(lines)
            self._stand(standing)
            entry.above = tuple(above)
        if not self._open:
            self.body.sections.append(Section())
        self.body.sections[-1].entries.append(entry)
        self.last, self._open = entry, True

    def close(self, lines: list[str]) -> None:
        """End a list or an inline table, in front of whose bracket are *lines*."""
        self._stand(_paragraphs(lines))

    def close_table(self, lines: list[str], *, begun: bool) -> _Before:
        """End a table, with *lines* in front of the next header.

        A comment directly below the last entry stays in the table, and so does one
        directly below the header that it has *begun* with.
        """
        *standing, above = _paragraphs(lines)
        if standing and (self._open or begun):
            self._stand(standing[:1])
            del standing[0]
        remarks = [Remark(tuple(paragraph)) for paragraph in standing if paragraph]
        return _Before(remarks, tuple(above))

    def _stand(self, paragraphs: list[list[str]]) -> None:
        """Add comments that have no entry below them; the first may be a tail."""
        for lines in paragraphs:
            if self._open:
                self.body.sections[-1].tail += tuple(lines)
            elif lines:
                self.body.sections.append(Section(tail=tuple(lines)))
            self._open = False


def _paragraphs(lines: list[str]) -> list[list[str]]:
    """*lines*, divided where they are blank.

    The first continues what stands before them, the last stands directly above what
    follows; either may be empty.
    """
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1] or len(paragraphs) == 1:
            paragraphs.append([])
    return paragraphs
