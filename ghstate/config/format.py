"""The files in one order and one layout, without losing a comment.

Blank lines divide a table into sections, and each section is sorted in itself: people
by login, the keys of a team as the documentation lists them. A comment directly above
an entry moves with it. In a table of several sections, the comment that opens one may
be its heading: it stays, and so does the entry below it, unless the heading is parted
from it by a blank line. Tables are sorted in the same way, between comments that stand
on their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from ghstate.config.keys import GROUP, TEAM_KEYS
from ghstate.config.layout import lay_out
from ghstate.config.limits import MAX_FILE
from ghstate.config.parse import parse
from ghstate.config.source import Document, Place
from ghstate.config.syntax import (
    Array,
    Body,
    Entry,
    Header,
    InlineTable,
    Remark,
    Scalar,
    Section,
    Text,
    read_text,
)
from ghstate.errors import Problem
from ghstate.model.resource import KeyPath

TABLES = ("members", "groups", "teams", "repositories", "profiles")
_TEAM_KEYS = tuple(TEAM_KEYS.known)
_GROUP_KEYS = tuple(GROUP.known)
_NAMES = (("login",), ("email",), ("group",), ("team",))
_PEOPLE = {"teams": ("maintainers", "members"), "groups": ("any", "all", "except")}

_QUOTED_OR_COMMENT = re.compile(
    r'''
    """(?:[^"\\]++|\\[\s\S]|"{1,2}(?!"))*+"{3,5}
    | \'\'\'(?:[^']++|'{1,2}(?!'))*+'{3,5}
    | "(?:[^"\\\n]++|\\.)*+"
    | '[^'\n]*+'
    | (?P<comment> \#[^\n]*+ )
    ''',
    re.VERBOSE,
)

_SORTED_DEPTH = 3
"""Below a person, a team or a repository, keys stay as they were written."""

Rank: TypeAlias = tuple[Any, ...]


def formatted(document: Document, *, ordered: bool = True) -> str | Problem:
    """The text of *document* anew, or what keeps it from being formatted.

    Unless it is to be *ordered*, only the layout changes. Lines end as the first one
    did. What it says is read again and compared before it is given to anybody.
    """
    before = document.source.text
    text = read_text(before.replace("\r\n", "\n"))
    if ordered:
        _order(text)
    after = lay_out(text)
    if problem := _problem_with(after, document, ordered=ordered):
        return problem
    return after.replace("\n", "\r\n") if _is_from_windows(before) else after


def _is_from_windows(text: str) -> bool:
    end = text.find("\n")
    return end > 0 and text[end - 1] == "\r"


# The order ----------------------------------------------------------------------


def _order(text: Text) -> None:
    _order_body(text.root, ())
    for header in text.headers:
        _order_body(header.body, header.path)
    # Where a table stands that belongs to an item of a list is part of what it says.
    if not any(header.many for header in text.headers):
        text.parts = list(_ordered(text.parts))


def _ordered(parts: Sequence[Header | Remark]) -> Iterable[Header | Remark]:
    for _, between in groupby(parts, lambda part: isinstance(part, Remark)):
        yield from sorted(between, key=_rank_of_part)


def _rank_of_part(part: Header | Remark) -> Rank:
    return _rank(part.path) if isinstance(part, Header) else ()


def _order_body(body: Body, path: KeyPath) -> None:
    for entry in body.entries:
        here = entry.path(path)
        match entry.value:
            case InlineTable(inner):
                _order_body(inner, here)
            case Array(inner) if lists_people(here) and all(map(_login, inner.entries)):
                _sort_sections(inner.sections, _login)
            case _:
                pass
    _sort_sections(body.sections, lambda entry: _rank_of_pair(path, entry))


def _sort_sections(sections: Sequence[Section], rank: Callable[[Entry], Rank]) -> None:
    several = sum(1 for section in sections if section.entries) > 1
    below_a_heading = False
    for section in sections:
        entries = section.entries
        may_be_headed = several and not below_a_heading
        first = 1 if may_be_headed and entries and entries[0].above else 0
        entries[first:] = sorted(entries[first:], key=rank)
        below_a_heading = not entries


def _rank_of_pair(around: KeyPath, entry: Entry) -> Rank:
    path = entry.path(around)
    return tuple(
        _rank_of_key(path[:depth], path[depth])
        for depth in range(len(around), len(path))
        if depth < _SORTED_DEPTH
    )


def _rank(path: KeyPath) -> Rank:
    return tuple(
        (*_rank_of_key(path[:depth], part), _alphabetical(part))
        for depth, part in enumerate(path)
    )


def _rank_of_key(around: KeyPath, key: object) -> Rank:
    """What *key* is sorted by; where the order is the writer's, nothing."""
    match around:
        case ():
            return (_index(TABLES, key),)
        case (table,) if table in TABLES:
            return _alphabetical(key)
        case ("teams", _):
            return (_index(_TEAM_KEYS, key),)
        case ("groups", _):
            return (_index(_GROUP_KEYS, key),)
        case _:
            return ()


def _index(known: Sequence[str], key: object) -> int:
    return known.index(str(key)) if key in known else len(known)


def _alphabetical(name: object) -> Rank:
    return str(name).lower(), str(name)


def lists_people(path: KeyPath) -> bool:
    """Is *path* a list of people, which means the same in any order?"""
    match path:
        case (str() as table, _, key):
            return key in _PEOPLE.get(table, ())
        case _:
            return False


def _login(entry: Entry) -> Rank:
    """The person that an item of a list is about; nothing, if it is about nobody."""
    match entry.value:
        case Scalar(text=str() as login):
            return _alphabetical(login)
        case InlineTable(body):
            named = (each for each in body.entries if each.path(()) in _NAMES)
            return next(map(_name_in, named), ())
        case _:
            return ()


def _name_in(pair: Entry) -> Rank:
    """As the same is sorted without a table: ``group = "sre"`` as ``group:sre``."""
    match pair.path(()), pair.value:
        case (("group" | "team" as word,), Scalar(text=str() as name)):
            return _alphabetical(f"{word}:{name}")
        case _:
            return _login(pair)


# What must stay the same ----------------------------------------------------------


def _problem_with(after: str, document: Document, *, ordered: bool) -> Problem | None:
    place = Place(document.source.name, 1, 1)
    content = after.encode()
    if len(content) > MAX_FILE:
        return place.problem(
            f"formatted, this file would be larger than {MAX_FILE // 1024:,} KiB",
            "spread it over several files: all of them count as one",
        )
    again = parse(document.source.name, content)
    if isinstance(again, Problem):
        return place.problem(f"formatted, this file would have {again.message}")
    same = _meaning(again.data, ()) == _meaning(document.data, ())
    if same and comments(again.source.text) == comments(document.source.text):
        return None
    return place.problem(
        "formatting would change what this file says, so it was not done",
        "please report this as a mistake of ghstate, with the file",
    )


def _meaning(value: object, path: KeyPath) -> object:
    """*value* in a form that is the same for all ways to write it."""
    match value:
        case dict():
            return {key: _meaning(inner, (*path, key)) for key, inner in value.items()}
        case list():
            items = [_meaning(item, (*path, 0)) for item in value]
            return sorted(items, key=repr) if lists_people(path) else items
        case float():
            return repr(value)  # nan is not equal to itself
        case _:
            return value


def comments(text: str) -> Counter[str]:
    """Every comment in *text*, which is TOML, and how often it stands there."""
    return Counter(
        comment.rstrip()
        for found in _QUOTED_OR_COMMENT.finditer(text)
        if (comment := found["comment"])
    )
