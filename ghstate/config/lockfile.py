"""The lock file: what it says, read and written down.

It remembers where no state survives, and is never desired state: nobody is invited
or removed because of what stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC

from ghstate.config.keys import LOCK, LOCKED_PERSON, MAX_ID, ORGANIZATION
from ghstate.config.limits import MAX_PEOPLE
from ghstate.config.spelling import quoted, toml_key, toml_string, wrong_person
from ghstate.config.table import Findings, Table, did_you_mean, kind, nearest
from ghstate.model.complaint import Part
from ghstate.model.kinds import KINDS
from ghstate.model.locked import Locked
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Organization
from ghstate.model.past import Past
from ghstate.model.resource import KeyPath

_HEAD = """\
# Written by `ghstate lock`, and made to be committed: which account each login is, and
# which invitations somebody got without becoming a member.
"""

_NOTHING = Past()

_TYPES = {kind.COLLECTION: kind.TYPE for kind in KINDS}


def read_lock(values: Mapping[str, object], findings: Findings) -> Locked:
    """What the lock file says; of use only if there are no new *findings*."""
    top = Table(values, (), findings, LOCK)
    ids: dict[Login, int] = {}
    past: dict[Login, Past] = {}
    written: dict[Login, KeyPath] = {}
    people = values.get("people", {})
    if not isinstance(people, dict):
        top.refuse("people", '"people" must be a table: login = id')
        people = {}
    if len(people) > MAX_PEOPLE:
        top.refuse("people", f"there are more than {MAX_PEOPLE:,} people")
        people = {}
    for key, value in people.items():
        path: KeyPath = ("people", key)
        if wrong := wrong_person(key):
            findings.add(path, *wrong, Part.KEY)
        login = EmailAddress(key) if "@" in key else Login(key)
        first = written.setdefault(login, path)
        if first != path:
            message = f"{quoted(key)} is in the lock file twice"
            findings.add(path, message, part=Part.KEY, elsewhere=first)
        if type(value) is int and 1 <= value <= MAX_ID:
            ids[login] = value
            continue
        number, remembered = _person(value, path, findings)
        if number is not None:
            ids[login] = number
        if remembered != _NOTHING:
            past[login] = remembered
    managed = _managed(top, findings)
    return Locked(organization=_organization(top), ids=ids, past=past, managed=managed)


def _organization(top: Table) -> Organization:
    table = top.table("organization", ORGANIZATION)
    login = table.text("login") if table else None
    number = table.number("id", least=1, most=MAX_ID) if table else None
    return Organization(login or "", number or 0)


def _managed(top: Table, findings: Findings) -> frozenset[str] | None:
    """The kinds by their words; None where an older lock file says nothing of them."""
    if "managed" not in top:
        return None
    kinds: set[str] = set()
    for path, word in top.texts("managed", "words"):
        if word in _TYPES:
            kinds.add(_TYPES[word])
        else:
            known = ", ".join(map(quoted, sorted(_TYPES)))
            message = f"{quoted(word)} is nothing that is managed: {known}"
            findings.add(path, message, did_you_mean(nearest(word, sorted(_TYPES))))
    return frozenset(kinds)


def _person(
    value: object, path: KeyPath, findings: Findings
) -> tuple[int | None, Past]:
    if isinstance(value, dict):
        table = Table(value, path, findings, LOCKED_PERSON)
        return table.number("id", least=1, most=MAX_ID), _past(table)
    message = f"must be a whole number from 1 to {MAX_ID}"
    if type(value) is not int:
        message = f"must be an id or a table, not {kind(value)}"
    findings.add(path, f"{quoted(str(path[-1]))} {message}")
    return None, _NOTHING


def _past(table: Table) -> Past:
    return Past(
        invited=_ids(table, "invited"),
        forgiven=_ids(table, "forgiven"),
        member_until=table.moment("member_until"),
        left=bool(table.truth("left")),
        joined=_ids(table, "joined"),
    )


def _ids(table: Table, key: str) -> tuple[int, ...]:
    return tuple(sorted(set(table.numbers(key, "ids", least=1, most=MAX_ID))))


def to_toml(locked: Locked) -> str:
    """The text of the lock file; equal contents, spelled alike, give equal texts."""
    login, number = toml_string(locked.organization.login), locked.organization.id
    lines = [_HEAD, f"organization = {{ login = {login}, id = {number} }}\n"]
    if locked.managed is not None:
        words = sorted(word for word in _TYPES if _TYPES[word] in locked.managed)
        lines.append(f"managed = [{', '.join(map(toml_string, words))}]\n")
    remembered = (login for login, past in locked.past.items() if past != _NOTHING)
    people = sorted({*locked.ids, *remembered})
    if people:
        lines.append("\n[people]\n")
    for login in people:
        said = _said(locked.ids.get(login), locked.past.get(login, _NOTHING))
        lines.append(f"{toml_key(login.spelled)} = {said}\n")
    return "".join(lines)


def _said(number: int | None, past: Past) -> str:
    if number is not None and past == _NOTHING:
        return str(number)
    pairs = ([] if number is None else [f"id = {number}"]) + list(_remembered(past))
    return f"{{ {', '.join(pairs)} }}"


def _remembered(past: Past) -> Iterator[str]:
    for key, ids in (("invited", past.invited), ("forgiven", past.forgiven)):
        if ids:
            yield f"{key} = {_list(ids)}"
    if past.member_until is not None:
        moment = past.member_until.astimezone(UTC).isoformat()
        yield f"member_until = {moment.replace('+00:00', 'Z')}"
    if past.left:
        yield "left = true"
    if past.joined:
        yield f"joined = {_list(past.joined)}"


def _list(ids: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, sorted(set(ids))))}]"
