"""People's new logins, written into the files in place of their former ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from ghstate.config.format import lists_people
from ghstate.config.spelling import LOGIN
from ghstate.config.syntax import (
    Array,
    Body,
    InlineTable,
    Key,
    Scalar,
    Value,
    read_text,
)
from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.plan.identity import Known, identify

NewNames: TypeAlias = Mapping[Login, Login]
"""What people are called now, by what the files call them."""

_UNDECIDED = frozenset({"renamed", "identity-changed", "same-person"})


class Renames(msgspec.Struct, frozen=True):
    """Who is called otherwise now, and notes on those where that is not certain."""

    names: NewNames
    undecided: tuple[Note, ...]


class Rewritten(msgspec.Struct, frozen=True):
    """A text with the new logins, and how often each former one was replaced."""

    text: str
    replaced: Counter[Login]


def renames(desired: Desired, snapshot: Snapshot, known: Known) -> Renames:
    """Who of the people in *desired* has another login now.

    Where the files name both logins, or two former ones of one person, or somebody
    else has the former one by now, a person has to decide.
    """
    notes = identify(desired, snapshot, known).notes
    lines = {
        login
        for each in (*desired.declared.values(), *desired.idle)
        if (login := each.resource.person) is not None
    }
    people = {Member.at(login): login for login in (*lines, *desired.mentioned)}
    here = {
        found.id: found.resource.login
        for found in snapshot.each(Member)
        if found.id is not None
    }
    ids = {**known.bindings, **_pins(desired)}
    names = {
        old: here[number]
        for note in notes
        if note.code == "renamed"
        and note.address is not None
        and (old := people.get(note.address)) is not None
        and (number := ids.get(old)) in here
    }
    bearers = Counter(names.values())
    names = {
        old: new
        for old, new in names.items()
        if bearers[new] == 1
        and not {old, new} <= lines
        and not _in_one_list(desired.mentioned, old, new)
    }
    decided = {Member.at(login) for login in names}
    undecided = (
        note
        for note in notes
        if note.code in _UNDECIDED and note.address not in decided
    )
    return Renames(names, tuple(undecided))


def _in_one_list(
    mentioned: Mapping[Login, Iterable[KeyPath]], old: Login, new: Login
) -> bool:
    """Does a list of a group name both, so that it would name one person twice?"""
    lists = ({path[:3] for path in mentioned.get(name, ())} for name in (old, new))
    return bool(set.intersection(*lists))


def renames_of(
    logins: Iterable[str], desired: Desired, snapshot: Snapshot, known: Known
) -> Renames:
    """Who of *logins*, a list in the settings, has another login now.

    Globs are left alone: they name nobody. *desired* may pin a login to an id.
    """
    pins = _pins(desired)
    people: dict[Address, Declared[Resource]] = {}
    for name in logins:
        if LOGIN.fullmatch(name):
            member = Member(login=Login(name), role=OrgRole.MEMBER)
            people[member.address] = Declared(
                member, frozenset(), tuple(member.address), pins.get(member.login)
            )
    return renames(Desired(people), snapshot, known)


def _pins(desired: Desired) -> Mapping[Login, int]:
    """The ids that the files give."""
    return {
        login: each.id
        for each in desired.declared.values()
        if each.id is not None and (login := each.resource.person) is not None
    }


def rewrite_people(text: str, names: NewNames) -> Rewritten:
    """The text of a file about the organization, with the new *names*."""
    return _rewritten(text, lambda path: names if _names_a_person(path) else {})


def rewrite_settings(
    text: str, protected: NewNames, ignored: NewNames, never: NewNames | None = None
) -> Rewritten:
    """The text of the settings, with the new names in each of its lists of people."""

    def names_at(path: KeyPath) -> NewNames:
        match path:
            case ("safety", "protected", 0):
                return protected
            case ("manage", "ignore", 0):
                return ignored
            case ("manage", "never", 0):
                return never or {}
            case _:
                return {}

    return _rewritten(text, names_at)


def _names_a_person(path: KeyPath) -> bool:
    match path:
        case ("members", _) | ("repositories", _, "collaborators", _):
            return True
        case (*around, 0) | (*around, 0, "login"):
            return lists_people(tuple(around))
        case _:
            return False


def _rewritten(text: str, names_at: Callable[[KeyPath], NewNames]) -> Rewritten:
    text = text.replace("\r\n", "\n")
    parts: list[str] = []
    replaced: Counter[Login] = Counter()
    end = 0
    for path, spot in _spots(text):
        name = spot.plain if isinstance(spot, Key) else spot.text
        names = names_at(path)
        if name is None or not names or (old := Login(name)) not in names:
            continue
        new = names[old].spelled
        parts += [text[end : spot.at], new if isinstance(spot, Key) else f'"{new}"']
        end = spot.at + len(spot.raw)
        replaced[old] += 1
    return Rewritten("".join([*parts, text[end:]]), replaced)


def _spots(text: str) -> Iterator[tuple[KeyPath, Key | Scalar]]:
    """Every key and value of *text* in its order; the items of lists are all 0."""
    whole = read_text(text)
    yield from _in_body(whole.root, ())
    for header in whole.headers:
        yield from _in_keys(header.keys, ())
        path = (*header.path, 0) if header.many else header.path
        yield from _in_body(header.body, path)


def _in_body(body: Body, path: KeyPath) -> Iterator[tuple[KeyPath, Key | Scalar]]:
    for entry in body.entries:
        yield from _in_keys(entry.keys, path)
        yield from _in_value(entry.value, entry.path(path))


def _in_keys(keys: Iterable[Key], path: KeyPath) -> Iterator[tuple[KeyPath, Key]]:
    for key in keys:
        path = (*path, key.plain)
        yield path, key


def _in_value(value: Value, path: KeyPath) -> Iterator[tuple[KeyPath, Key | Scalar]]:
    match value:
        case Scalar():
            yield path, value
        case InlineTable(body):
            yield from _in_body(body, path)
        case Array(body):
            yield from _in_body(body, (*path, 0))
