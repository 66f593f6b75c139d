"""From the bytes of one file to what it says, or to the problem with it."""

from __future__ import annotations

import re

import tomli

from ghstate.config.limits import excess
from ghstate.config.locate import Outline
from ghstate.config.source import Document, Place, SourceFile
from ghstate.config.spelling import EMAIL_FORM, quoted
from ghstate.errors import Problem

_PLAIN_WORDS = (
    ("Invalid statement", 'expected a table such as "[members]", or "key = value"'),
    ("Expected newline or end of document", "nothing more may follow on this line"),
    ("Expected '=' after a key", 'expected "=" after the key'),
    ("Expected ']]'", 'expected "]]" after the name of the table'),
    ("Expected ']'", 'expected "]" after the name of the table'),
    ("Expected '\\''", "this string does not end"),
    ('Expected "\'"', "this string does not end"),
    ("Expected \"'''\"", "this string does not end"),
    ("Unterminated string", "this string does not end"),
    ("Illegal character '\\n'", "this string does not end on its line"),
    ("Illegal character", "a character that may not stand in a string"),
    ("Found invalid character '\\n'", "this string does not end on its line"),
    ("Found invalid character", "a character that may not stand here"),
    ("Unclosed array", 'expected "," or "]" in this list'),
    ("Unclosed inline table", 'expected "," or "}" in this table'),
    ("Invalid value", "this is no TOML value"),
    ("Invalid initial character for a key", "expected a key"),
    ("Invalid hex value", "an escape with something other than hexadecimal digits"),
    ("Escaped character is not", "an escape for a character that does not exist"),
    ("Unescaped '\\'", "a backslash that is not part of an escape"),
    ("Invalid date", "this date or time does not exist"),
    ("Cannot", "this is already written above, in another way"),
    ("Duplicate", "this is already written above"),
)
_WORD = re.compile(r"[^\s,\]}#=]+")
_ADDRESS_AS_KEY = re.compile(rf"[ \t]*+({EMAIL_FORM})[ \t]*+=")


def parse(name: str, content: bytes) -> Document | Problem:
    """What *content* says, or the first thing that keeps it from being TOML."""
    try:
        source = SourceFile.of(name, content)
    except UnicodeDecodeError as error:
        return _not_utf8(name, content, error)
    text = Document(source, {})
    if found := excess(source.text):
        return text.at(found.offset, found.offset + 1).problem(found.message)
    try:
        return Document(source, tomli.loads(source.text))
    except tomli.TOMLDecodeError as error:
        return _syntax_problem(text, error)
    except RecursionError:
        return Place(name, 1, 1).problem("this file nests too deeply")
    except ValueError:
        # Python refuses to read integers of more than 4,300 digits.
        return Place(name, 1, 1).problem("a number in this file has too many digits")


def _not_utf8(name: str, content: bytes, error: UnicodeDecodeError) -> Problem:
    begin = content.rfind(b"\n", 0, error.start) + 1
    before = content[begin : error.start].decode("utf-8").removeprefix("\ufeff")
    place = Place(name, content.count(b"\n", 0, begin) + 1, len(before) + 1)
    return place.problem(
        "this is not UTF-8", "save the file in the encoding that TOML asks for, UTF-8"
    )


def _syntax_problem(text: Document, error: tomli.TOMLDecodeError) -> Problem:
    if error.msg.startswith(("Cannot", "Duplicate")):
        repeat = Outline(text.source.text, wanted=()).repeat
        if repeat:
            return text.of_span(repeat.again).problem(
                f"{quoted(str(repeat.path[-1]))} is already written"
                f" at {text.of_span(repeat.first)}"
            )
    words = next(
        (words for start, words in _PLAIN_WORDS if error.msg.startswith(start)),
        "this is not TOML",
    )
    # The parser counts \r\n as one character, and its columns from the line's start.
    start = text.offset(error.lineno, error.colno)
    word = _WORD.match(text.source.text, start)
    hint = ""
    if key := _ADDRESS_AS_KEY.match(text.source.text, text.offset(error.lineno, 1)):
        hint = f"an address stands in quotes: {quoted(key[1])}"
    return text.at(start, word.end() if word else start + 1).problem(words, hint)
