"""How a TOML text is laid out: spaces, quotes, blank lines and long lists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ghstate.config.syntax import (
    Array,
    Body,
    Entry,
    Header,
    InlineTable,
    Key,
    Remark,
    Scalar,
    Text,
    Value,
)

WIDTH = 88
_INDENT = "  "
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NEEDS_ESCAPES = re.compile(r'["\\]')


def lay_out(text: Text) -> str:
    """*text* anew, ending in a line break if there is anything in it."""
    parts = ["\n".join(_lines(text.root, ""))] if text.root.sections else []
    for part in text.parts:
        match part:
            case Header():
                parts.append("\n".join(_table(part)))
            case Remark(lines):
                parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n" if parts else ""


def _table(header: Header) -> Iterator[str]:
    yield from header.above
    name = ".".join(map(_key, header.keys))
    yield (f"[[{name}]]" if header.many else f"[{name}]") + header.beside
    yield from _lines(header.body, "")


def _lines(body: Body, margin: str, comma: str = "") -> Iterator[str]:
    """Everything in *body*, an entry or a comment at a time."""
    for number, section in enumerate(body.sections):
        if number:
            yield ""
        for entry in section.entries:
            for comment in entry.above:
                yield margin + comment
            yield margin + _entry(entry, margin, comma) + entry.beside
        for comment in section.tail:
            yield margin + comment


def _entry(entry: Entry, margin: str, comma: str = "") -> str:
    name = f"{'.'.join(map(_key, entry.keys))} = " if entry.keys else ""
    room = WIDTH - len(margin) - len(name) - len(comma)
    return name + _value(entry.value, margin, room) + comma


def _value(value: Value, margin: str, room: int) -> str:
    """*value* in one line if it may be and fits *room*, else in several."""
    match value:
        case Scalar():
            return _scalar(value)
        case Array(body):
            return _flat(value, room) or _over_lines(body, "[", "]", margin)
        case InlineTable(body):
            if flat := _flat(value, room):
                return flat
            if body.broken:
                return _over_lines(body, "{", "}", margin)
            # Older TOML has no line breaks between braces: none are added.
            pairs = ", ".join(_entry(entry, margin) for entry in body.entries)
            return f"{{ {pairs} }}"


def _over_lines(body: Body, begin: str, end: str, margin: str) -> str:
    lines = "\n".join(_lines(body, margin + _INDENT, ","))
    return f"{begin}{body.opening}\n{lines}\n{margin}{end}"


def _flat(value: Value, room: int) -> str | None:
    """*value* in one line; None if that is too long, or something in it forbids it."""
    if isinstance(value, Scalar):
        flat = _scalar(value)
        return None if "\n" in flat or len(flat) > room else flat
    begin, end = ("[", "]") if isinstance(value, Array) else ("{ ", " }")
    entries = _flat_entries(value.body, room)
    if entries is None:
        return None
    if not entries:
        return begin.strip() + end.strip()
    flat = begin + ", ".join(entries) + end
    return flat if len(flat) <= room else None


def _flat_entries(body: Body, room: int) -> list[str] | None:
    if body.opening or len(body.sections) > 1:
        return None
    flat: list[str] = []
    for section in body.sections:
        if section.tail:
            return None
        for entry in section.entries:
            value = _flat(entry.value, room)
            room -= len(value or "")
            if value is None or room < 0 or entry.above or entry.beside:
                return None
            name = f"{'.'.join(map(_key, entry.keys))} = " if entry.keys else ""
            flat.append(name + value)
    return flat


def _key(key: Key) -> str:
    return key.plain if _BARE.fullmatch(key.plain) else _in_double_quotes(key.raw)


def _scalar(value: Scalar) -> str:
    return _in_double_quotes(value.raw)


def _in_double_quotes(raw: str) -> str:
    """A literal string as a basic one, where that takes no escapes."""
    literal = raw.startswith("'") and not raw.startswith("'''")
    if literal and not _NEEDS_ESCAPES.search(raw):
        return f'"{raw[1:-1]}"'
    return raw
