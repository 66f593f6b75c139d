"""Where in a TOML text a key stands, for messages that point at it.

The parser keeps no positions, so the text is scanned a second time, and only when
something has to be pointed at. The scanner trusts that the text is valid up to
where it is read: it finds things, it does not check them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

import tomli

from ghstate.config.lexis import BARE_KEY, QUOTED_KEY, SCALAR, SPACE, STRING
from ghstate.model.resource import KeyPath

_BETWEEN = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_TEXT = r'"(?!"")(?:[^"\\\n]++|\\.)*+"'
_PLAIN = rf"(?: {_TEXT} | [\w.:+-]++ )"
_FLAT = rf"(?: {_PLAIN} | \{{ (?: [^\[\]{{}}\"'\#]++ | {_TEXT} )*+ \}} )"
_PLAIN_ITEMS = re.compile(rf"(?: {_PLAIN} [ \t]*+ , \s*+ )*+", re.VERBOSE)
"""Items of an array without a key in them, each with its comma."""

_FLAT_ITEMS = re.compile(rf"(?: {_FLAT} [ \t]*+ , \s*+ )*+", re.VERBOSE)
"""The same, and tables with nothing but such values."""


class Span(NamedTuple):
    """Offsets of a key and of its value; the same, where a thing has only one."""

    key: int
    key_end: int
    value: int
    value_end: int


class Repeat(NamedTuple):
    """A key that is written a second time, and where it stood first."""

    path: KeyPath
    first: Span
    again: Span


class Outline:
    """Every key and item of one TOML text, with its span; or only the items *wanted*.

    A text that stops being TOML is outlined as far as it can be read.
    """

    def __init__(self, text: str, wanted: Collection[KeyPath] | None = None) -> None:
        self.spans: dict[KeyPath, Span] = {}
        self.repeat: Repeat | None = None
        self._text = text
        self._wanted = wanted
        self._last_wanted: dict[KeyPath, int] = {}
        for path in wanted or ():
            for depth, part in enumerate(path):
                if isinstance(part, int):
                    last = self._last_wanted.get(path[:depth], -1)
                    self._last_wanted[path[:depth]] = max(last, part)
        self._written: set[KeyPath] = set()
        self._last_item: dict[KeyPath, int] = {}
        try:
            self._document()
        except _Lost:
            return

    def _document(self) -> None:
        table: KeyPath = ()
        at = self._skip(_BETWEEN, 0)
        while at < len(self._text):
            if self._text.startswith("[", at):
                table, at = self._header(at)
            else:
                at = self._pair(at, table)
            at = self._skip(_BETWEEN, at)

    def _header(self, at: int) -> tuple[KeyPath, int]:
        brackets = 2 if self._text.startswith("[[", at) else 1
        parts, at = self._key(at + brackets)
        path: KeyPath = ()
        for part, start, end in parts[:-1]:
            path = (*path, part)
            self._mention(path, start, end)
            if path in self._last_item:
                path = (*path, self._last_item[path])
        part, start, end = parts[-1]
        path = (*path, part)
        if brackets == 2:
            self._mention(path, start, end)
            number = self._last_item.get(path, -1) + 1
            self._last_item[path] = number
            path = (*path, number)
        self._write(path, Span(start, end, start, end))
        return path, at + brackets

    def _pair(self, at: int, table: KeyPath) -> int:
        parts, at = self._key(at)
        if not self._text.startswith("=", at):
            raise _Lost
        at = self._skip(SPACE, at + 1)
        path = table
        for part, start, end in parts[:-1]:
            path = (*path, part)
            self._mention(path, start, end)
        part, start, end = parts[-1]
        return self._value(at, (*path, part), start, end)

    def _key(self, at: int) -> tuple[list[tuple[str, int, int]], int]:
        parts: list[tuple[str, int, int]] = []
        while True:
            at = self._skip(SPACE, at)
            if bare := BARE_KEY.match(self._text, at):
                part, end = bare[0], bare.end()
            elif quoted := QUOTED_KEY.match(self._text, at):
                part, end = _plain(quoted[0]), quoted.end()
            else:
                raise _Lost
            parts.append((part, at, end))
            at = self._skip(SPACE, end)
            if not self._text.startswith(".", at):
                return parts, at
            at += 1

    def _value(self, at: int, path: KeyPath, key: int, key_end: int) -> int:
        # Written down before what is inside, so that a repeated key is found
        # before the keys that repeat with it.
        self._write(path, Span(key, key_end, at, at))
        end = self._end_of_value(at, path)
        self.spans[path] = Span(key, key_end, at, end)
        return end

    def _end_of_value(self, at: int, path: KeyPath) -> int:
        if self._text.startswith("[", at):
            return self._array(at + 1, path)
        if self._text.startswith("{", at):
            return self._inline_table(at + 1, path)
        if scalar := STRING.match(self._text, at) or SCALAR.match(self._text, at):
            return scalar.end()
        raise _Lost

    def _array(self, at: int, path: KeyPath) -> int:
        number = 0
        last = self._last_wanted.get(path, -1)
        while True:
            at = self._skip(_BETWEEN, at)
            if self._wanted is not None and number > last:
                # A key may be repeated in a table, where that is what is asked for.
                at = self._skip(_FLAT_ITEMS if self._wanted else _PLAIN_ITEMS, at)
                at = self._skip(_BETWEEN, at)
            if self._text.startswith("]", at):
                return at + 1
            item = (*path, number)
            end = self._end_of_value(at, item)
            if self._wanted is None or item in self._wanted:
                self.spans[item] = Span(at, end, at, end)
            at = self._comma(end, "]")
            number += 1

    def _inline_table(self, at: int, path: KeyPath) -> int:
        while True:
            at = self._skip(_BETWEEN, at)
            if self._text.startswith("}", at):
                return at + 1
            at = self._pair(at, path)
            at = self._comma(at, "}")

    def _comma(self, at: int, closing: str) -> int:
        at = self._skip(_BETWEEN, at)
        if self._text.startswith(",", at):
            return at + 1
        if self._text.startswith(closing, at):
            return at
        raise _Lost

    def _mention(self, path: KeyPath, start: int, end: int) -> None:
        self.spans.setdefault(path, Span(start, end, start, end))

    def _write(self, path: KeyPath, span: Span) -> None:
        if path in self._written:
            self.repeat = Repeat(path, self.spans[path], span)
            raise _Lost
        self._written.add(path)
        self.spans[path] = span

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at


class _Lost(Exception):
    """The text cannot be read on from here."""


def _plain(quoted: str) -> str:
    if quoted.startswith("'") or "\\" not in quoted:
        return quoted[1:-1]
    try:
        return str(tomli.loads(f"key = {quoted}")["key"])
    except tomli.TOMLDecodeError:
        raise _Lost from None
