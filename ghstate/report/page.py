"""A document as data, and back: a page that was made once and is shown elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from ghstate.report.document import Document, Line, Phrase, Section, Tone

_TONES = {tone.name.lower(): tone for tone in Tone}


def as_data(page: Document) -> dict[str, Any]:
    """*page* in JSON's types: what is empty is left out, tones go by their names."""
    found = _plain(page)
    assert isinstance(found, dict)  # noqa: S101 - as a struct becomes one
    return found


_DEEPEST = 8
"""Lines below lines below lines: more than any page has."""


def from_data(data: Mapping[str, Any]) -> Document:
    """The page that `as_data` took apart; `ValueError` if it is none."""
    try:
        page = msgspec.convert(data, _Page)
        return Document(
            header=page.header,
            sections=tuple(_section(each) for each in page.sections),
            summary=_phrases(page.summary),
            footer=page.footer,
        )
    except (KeyError, RecursionError) as error:
        raise ValueError(str(error)) from error


class _Phrase(msgspec.Struct, forbid_unknown_fields=True):
    text: str = ""
    tone: str = "plain"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    tone: str = "plain"
    name: str = ""
    what: str = ""
    about: str = ""
    details: tuple[_Line, ...] = ()
    cells: tuple[str, ...] = ()


class _Section(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    lines: tuple[_Line, ...] = ()
    tone: str = "plain"
    counts: tuple[_Phrase, ...] = ()
    columns: tuple[str, ...] = ()
    remarks: bool = False


class _Page(msgspec.Struct, forbid_unknown_fields=True):
    header: str = ""
    sections: tuple[_Section, ...] = ()
    summary: tuple[_Phrase, ...] = ()
    footer: str = ""


def _plain(value: object) -> object:
    match value:
        case Tone():
            return value.name.lower()
        case tuple():
            return [_plain(each) for each in value]
        case msgspec.Struct():
            return {
                name: _plain(held)
                for name in value.__struct_fields__
                if (held := getattr(value, name)) not in ("", (), False, Tone.PLAIN)
            }
        case _:
            return value


def _section(found: _Section) -> Section:
    if any(len(line.cells) != len(found.columns) for line in found.lines):
        raise ValueError("a line of a table has another number of cells")
    return Section(
        title=found.title,
        lines=tuple(_line(each, _DEEPEST) for each in found.lines),
        tone=_TONES[found.tone],
        counts=_phrases(found.counts),
        columns=found.columns,
        remarks=found.remarks,
    )


def _line(found: _Line, deepest: int) -> Line:
    if not deepest:
        raise ValueError("the lines are nested too deep")
    return Line(
        _TONES[found.tone],
        found.name,
        found.what,
        found.about,
        tuple(_line(each, deepest - 1) for each in found.details),
        found.cells,
    )


def _phrases(found: Iterable[_Phrase]) -> tuple[Phrase, ...]:
    return tuple(Phrase(each.text, _TONES[each.tone]) for each in found)
