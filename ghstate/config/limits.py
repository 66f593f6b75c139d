"""Limits that hold before a text is parsed, so that no file can stall a run.

Parsing takes time and memory out of all proportion for long dotted keys and for
deep nesting (measured: 40,000 parts in one key took 37 s and 6 GiB).
"""

from __future__ import annotations

import re

import msgspec

MAX_FILE = 1024 * 1024
MAX_TOTAL = 16 * 1024 * 1024
MAX_FILES = 1000
MAX_MARKS = 500_000
"""So many keys, items and brackets, which are what parsing takes its time for."""

MAX_LOCK = 8 * 1024 * 1024
MAX_LOCK_MARKS = 250_000
"""The lock file has a line for everybody, and is one file however many these are."""

MAX_DOTS = 16
MAX_DOTS_IN_FILE = 100_000
"""The parser keeps nearly a kilobyte for each part of a dotted key."""

MAX_DEPTH = 32
MAX_NAME = 255
MAX_ADDRESS = 254
"""The longest address that mail can be sent to (RFC 5321, with its two brackets)."""

MAX_TEXT = 10 * 1024
MAX_PEOPLE = 200_000
"""So many people and places in teams; GitHub's largest organizations have fewer."""

MAX_TEAMS = 20_000
MAX_PROBLEMS = 1000
"""So many problems of a kind are told; nobody reads more, and each takes memory."""

_MARKS = b"=,.[]{}"

# What needs no second look is passed over in one go; strings of several lines and
# everything that opens, closes or nests stops the run.
_TOKEN = re.compile(
    r'''
    (?P<plain> (?: [^"'\#\[\]{}.]++ | "[^"\\\n]++" | '[^'\n]++' | \#[^\n]*+ )++ )
    | """(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}
    | \'\'\'(?:[^']++|'{1,2}(?!'))*+'{3,5}
    | "(?:[^"\\\n]++|\\.)*+"
    | '[^'\n]*+'
    | (?P<mark> [\[\]{}.] )
    ''',
    re.VERBOSE,
)


def marks(content: bytes) -> int:
    """How much there is to parse, wherever it stands: strings count, too."""
    return sum(content.count(mark) for mark in _MARKS)


class Excess(msgspec.Struct, frozen=True):
    """What is too much in a text, and at which offset."""

    offset: int
    message: str


def excess(text: str) -> Excess | None:
    """The first dotted key or bracket that goes beyond the limits."""
    depth = dots = all_dots = at = 0
    last_dot = 0
    while found := _TOKEN.match(text, at):
        mark, start = found["mark"], at
        at = found.end()
        match mark:
            case None:
                continue
            case "[" | "{":
                depth += 1
                if depth > MAX_DEPTH:
                    return Excess(start, f"brackets nest deeper than {MAX_DEPTH}")
            case "]" | "}":
                depth -= 1
            case _:
                broken = text.find("\n", last_dot, start) >= 0
                dots = 1 if broken else dots + 1
                last_dot = start
                all_dots += 1
                if dots > MAX_DOTS:
                    return Excess(start, f"more than {MAX_DOTS} dots in one line")
                if all_dots > MAX_DOTS_IN_FILE:
                    return Excess(start, f"more than {MAX_DOTS_IN_FILE:,} dots")
    # Where no token matches, a string never ends: the parser says so.
    return None
