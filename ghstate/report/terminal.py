"""A document as text for a terminal, with Terraform's signs and colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType

from rich.cells import cell_len
from rich.text import Span, Text

from ghstate.report.document import Document, Line, Phrase, Section, Tone
from ghstate.report.safe import safe_after

SIGNS: Mapping[Tone, str] = MappingProxyType(
    {
        Tone.ADD: "+",
        Tone.CHANGE: "~",
        Tone.REMOVE: "-",
        Tone.WAIT: "…",
        Tone.NOTE: "·",
        Tone.WARNING: "!",
        Tone.ERROR: "✗",
        Tone.PLAIN: " ",
    }
)

STYLES: Mapping[Tone, str] = MappingProxyType(
    {
        Tone.ADD: "green",
        Tone.CHANGE: "yellow",
        Tone.REMOVE: "red",
        Tone.WAIT: "cyan",
        Tone.NOTE: "",
        Tone.WARNING: "yellow",
        Tone.ERROR: "bold red",
        Tone.PLAIN: "",
    }
)

_MARGIN = 4
"""Cells before a name: two of margin, the sign, a space."""

_STEP = 4
_GAP = 2

_LABEL = 2
_SAID = 12
"""Cells before a label, and before what is said beside it."""

_WIDEST_CELL = 40
"""Of a table's name and cells, the same."""

_WIDEST_NAME = 32
_WIDEST_WHAT = 28
"""Longer ones push the rest of their own line aside, not that of all others."""


def to_text(document: Document) -> Text:
    """The whole document as one `Text`, harmless, ending in a line break.

    One, because rich takes three times as long for the same lines one by one.
    """
    page = _Page()
    if document.header:
        page.write(document.header, "bold")
        page.end_line()
    rows = [
        each
        for each in document.sections
        if not each.remarks and not each.columns and not each.facts
    ]
    columns = _Columns.of(line for section in rows for line in section.lines)
    evidence = _evidence_columns(each for each in document.sections if each.facts)
    for section in document.sections:
        page.end_line()
        if section.columns:
            page.table(section)
            continue
        if section.facts:
            page.facts(section, evidence)
            continue
        page.section(
            section, _Columns.of(section.lines) if section.remarks else columns
        )
    if document.summary:
        page.end_line()
        page.phrases(document.summary, also="bold")
        page.end_line()
    if document.footer:
        if document.sections and not document.summary:
            page.end_line()
        page.write(document.footer)
        page.end_line()
    return page.text()


class _Columns:
    """Where the second and third column of a group of lines begin."""

    def __init__(self, what: int, about: int) -> None:
        self.what = what
        self.about = about

    @classmethod
    def of(cls, lines: Iterable[Line]) -> _Columns:
        names, phrases = [0], [0]
        for line, depth in _all(lines):
            if line.what:
                names.append(min(_step(depth) + _cells(line.name), _WIDEST_NAME))
            if line.about:
                phrases.append(min(_cells(line.what), _WIDEST_WHAT))
        what = _MARGIN + max(names) + _GAP
        return cls(what, what + max(phrases) + _GAP)


def _table_columns(section: Section) -> list[int]:
    """Where each column of a table begins: behind the widest of the one before."""
    names = (_MARGIN + _cells(line.name) for line in section.lines)
    widths = [max([_cells(section.title), *(min(w, _WIDEST_CELL) for w in names)])]
    for number, heading in enumerate(section.columns):
        held = (_cells(line.cells[number]) for line in section.lines)
        widths.append(max([_cells(heading), *(min(w, _WIDEST_CELL) for w in held)]))
    return [end + _GAP * number for number, end in enumerate(accumulate(widths), 1)]


def _evidence_columns(sections: Iterable[Section]) -> list[int]:
    """Where each column below the facts begins, alike in all *sections*."""
    widths: list[int] = []
    for section in sections:
        rows = [line for line, depth in _all(section.lines) if depth and line.cells]
        # The last of the cells need no room where nothing ever follows them.
        last = None if any(line.about for line in rows) else -1
        for line in rows:
            for number, cell in enumerate(line.cells[:last]):
                widths += [0] * (number + 1 - len(widths))
                widths[number] = max(widths[number], min(_cells(cell), _WIDEST_CELL))
    starts = accumulate(widths, lambda end, width: end + width + _GAP, initial=_SAID)
    return list(starts)


def _all(lines: Iterable[Line], depth: int = 0) -> Iterator[tuple[Line, int]]:
    for line in lines:
        yield line, depth
        yield from _all(line.details, depth + 1)


def _step(depth: int) -> int:
    return depth * _STEP


class _Page:
    """Text under construction: its pieces, and which cells have which style."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._spans: list[Span] = []
        self._length = 0
        self._line = 0  # the piece that the present line begins with
        self._cells = 0

    def text(self) -> Text:
        return Text("".join(self._pieces), spans=self._spans, end="")

    def write(self, text: str, style: str = "") -> None:
        shown = safe_after("".join(self._pieces[self._line :]), text)
        if style and shown:
            end = self._length + len(shown)
            self._spans.append(Span(self._length, end, style))
        self._put(shown)

    def move_to(self, column: int) -> None:
        self._put(" " * max(column - self._cells, _GAP))

    def end_line(self) -> None:
        self._pieces.append("\n")
        self._line = len(self._pieces)
        self._length += 1
        self._cells = 0

    def section(self, section: Section, columns: _Columns) -> None:
        self.write(section.title, f"bold {STYLES[section.tone]}")
        if section.counts:
            self._put("  ")
            for number, phrase in enumerate(section.counts):
                if number:
                    self._put(", ")
                self.phrases([phrase])
        self.end_line()
        for line, depth in _all(section.lines):
            if section.remarks:
                self.remark(line, columns)
            else:
                self.row(line, depth, columns)

    def table(self, section: Section) -> None:
        """The title heads the names, and the headings stand beside it."""
        columns = _table_columns(section)
        self.write(section.title, f"bold {STYLES[section.tone]}")
        self._in_columns(columns, section.columns, "dim")
        for line in section.lines:
            self._put(" " * (_MARGIN - 2))
            self.write(SIGNS[line.tone], STYLES[line.tone])
            self._put(" ")
            self.write(line.name)
            self._in_columns(columns, line.cells)
            if line.about:
                self.move_to(columns[0])
                self.write(line.about)
                self.end_line()

    def facts(self, section: Section, columns: Sequence[int]) -> None:
        """What is said stands beside its label, what bears it out below."""
        self.write(section.title, f"bold {STYLES[section.tone]}")
        self.end_line()
        for fact in section.lines:
            self._label(fact.name)
            if fact.tone is not Tone.PLAIN:
                self.write(SIGNS[fact.tone], STYLES[fact.tone])
                self._put(" ")
            self.write(fact.what, STYLES[fact.tone])
            self._aside(fact.about)
            for line in fact.details:
                self._evidence(line, columns, 0 if fact.tone is Tone.PLAIN else 2)

    def _label(self, name: str) -> None:
        self._put(" " * _LABEL)
        self.write(name, "dim")
        self._put(" " * max(_SAID - self._cells, 1))

    def _evidence(self, line: Line, columns: Sequence[int], indent: int) -> None:
        """A line of the files, or words below the *indent* of a sign."""
        self._label(line.name)
        self._put(" " * indent)
        if not line.cells:
            self.write(" ".join(filter(None, (line.what, line.about))))
            self.end_line()
            return
        where, *cells = line.cells
        self.write(where, "dim")
        for column, cell in zip(columns[1:], cells, strict=False):
            if cell:
                self.move_to(column)
                self.write(cell)
        if line.about:
            self.move_to(columns[len(line.cells)])
            self.write(line.about, STYLES[line.tone])
        self.end_line()

    def _aside(self, about: str) -> None:
        if about:
            self._put(" " * _GAP)
            self.write(about)
        self.end_line()

    def _in_columns(
        self, columns: Iterable[int], cells: Iterable[str], style: str = ""
    ) -> None:
        for column, cell in zip(columns, cells, strict=False):
            if cell:
                self.move_to(column)
                self.write(cell, style)
        self.end_line()

    def row(self, line: Line, depth: int, columns: _Columns) -> None:
        style = STYLES[line.tone]
        self._put(" " * (_MARGIN - 2 + _step(depth)))
        self.write(SIGNS[line.tone], style)
        self._put(" ")
        self.write(line.name)
        if line.what:
            self.move_to(columns.what)
            self.write(line.what, style)
        if line.about:
            self.move_to(columns.about)
            self.write(line.about)
        self.end_line()

    def remark(self, line: Line, columns: _Columns) -> None:
        """A sentence after its place, if it has one, and the way out below it."""
        column = columns.what if line.name else _MARGIN
        self._put(" " * (_MARGIN - 2))
        self.write(SIGNS[line.tone], STYLES[line.tone])
        self._put(" ")
        if line.name:
            self.write(line.name, "dim")
            self.move_to(column)
        self.write(line.what, "bold" if line.tone is Tone.ERROR else "")
        self.end_line()
        if line.about:
            self._put(" " * column)
            self.write(line.about)
            self.end_line()

    def phrases(self, phrases: Iterable[Phrase], *, also: str = "") -> None:
        for phrase in phrases:
            self.write(phrase.text, f"{also} {STYLES[phrase.tone]}".strip())

    def _put(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
        self._cells += _cells(text)


def _cells(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
