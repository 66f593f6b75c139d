"""Who is meant: logins in the files, held against GitHub's numeric ids.

People are known by id. A login that was renamed is followed, a login that somebody
else has taken over is an error, and nobody is removed or invited because a name
moved (traps T22, T23, T25).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import msgspec

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Declared, Observed, Resource


class Account(msgspec.Struct, frozen=True):
    """A user account on GitHub, whether in the organization or not."""

    id: int
    login: Login


class Known(msgspec.Struct, frozen=True):
    """What is known besides the snapshot.

    *bindings* are the ids that logins had when they were first seen. *accounts* are
    fresh answers from GitHub; None is GitHub's "no such user". A login in neither
    has not been asked about. *teams* are the ids of the teams that were managed.
    """

    bindings: Mapping[Login, int] = msgspec.field(default_factory=dict)
    accounts: Mapping[Login, Account | None] = msgspec.field(default_factory=dict)
    teams: Mapping[Slug, int] = msgspec.field(default_factory=dict)


class Identified(msgspec.Struct, frozen=True):
    """The files and the snapshot with every person under the name they have now.

    People in *unclear* are in neither: nothing is concluded about them.
    """

    desired: Desired
    observed: Mapping[Address, Observed[Resource]]
    unclear: frozenset[Login]
    notes: tuple[Note, ...]


def unseen(desired: Desired, snapshot: Snapshot) -> tuple[Login, ...]:
    """The logins in the files that the snapshot does not know, to be looked up."""
    return tuple(
        sorted(
            login
            for login in _people(desired)
            if Member.at(login) not in snapshot.observed
        )
    )


def identify(desired: Desired, snapshot: Snapshot, known: Known) -> Identified:
    """Follow renames, and set aside whoever cannot be told for certain."""
    here = {
        found.id: found.resource.login
        for found in snapshot.each(Member)
        if found.id is not None
    }
    everybody = _people(desired)
    now_called: dict[Login, Login] = {}
    unclear: set[Login] = set()
    notes: list[Note] = []
    for login, pinned in sorted(everybody.items()):
        verdict = _identify_one(login, pinned, here, snapshot, known)
        match verdict:
            case Login():
                now_called[login] = verdict
            case _:
                unclear.add(login)
                unclear.update(verdict.also_unclear)
        if isinstance(verdict, Login) and verdict != login:
            if verdict in everybody:
                notes.append(_twice(login, verdict))
                unclear.add(login)
                del now_called[login]
            else:
                notes.append(_renamed(login, verdict))
        elif isinstance(verdict, _Unclear):
            note = verdict.note
            if note.code == "unknown-login":
                note = _with_suggestion(note, login, everybody, here.values())
            notes.append(note)
        elif (
            login not in known.accounts
            and login not in known.bindings
            and Member.at(login) not in snapshot.observed
        ):
            notes.append(_unresolved(login))
    return Identified(
        desired=_rewritten(desired, now_called, unclear),
        observed={
            address: found
            for address, found in snapshot.observed.items()
            if found.resource.person not in unclear
        }
        if unclear
        else snapshot.observed,
        unclear=frozenset(unclear),
        notes=tuple(notes),
    )


class _Unclear(msgspec.Struct, frozen=True):
    note: Note
    also_unclear: tuple[Login, ...] = ()


def _identify_one(
    login: Login,
    pinned: int | None,
    here: Mapping[int, Login],
    snapshot: Snapshot,
    known: Known,
) -> Login | _Unclear:
    """The login this person has now, or why that cannot be said."""
    expected = pinned if pinned is not None else known.bindings.get(login)
    found = snapshot.observed.get(Member.at(login))
    asked = login in known.accounts
    account = known.accounts.get(login)
    holder = found.id if found else account.id if account else None
    spelled = found.resource.person if found else account.login if account else None
    if expected is None:
        if asked and account is None and found is None:
            return _Unclear(_unknown(login))
        return spelled or login
    if holder is not None and holder != expected:
        moved = here.get(expected)
        return _Unclear(
            _changed_hands(login, expected, holder, moved), (moved,) if moved else ()
        )
    if holder is None:
        if moved := here.get(expected):
            return moved
        if asked:
            return _Unclear(_gone(login, expected))
    return spelled or login


def _people(desired: Desired) -> dict[Login, int | None]:
    """Everybody in the files, with the id that the files pin them to."""
    people: dict[Login, int | None] = {}
    for declared in desired.declared.values():
        login = declared.resource.person
        if login is None:
            continue
        if declared.id is not None or login not in people:
            people[login] = declared.id
    return people


def _rewritten(
    desired: Desired, now_called: Mapping[Login, Login], unclear: set[Login]
) -> Desired:
    """*desired* under today's names, without the people who are unclear."""
    if not unclear and not any(
        now_called[login].spelled != login.spelled
        for each in desired.declared.values()
        if (login := each.resource.person) is not None
    ):
        return desired
    declared: dict[Address, Declared[Resource]] = {}
    for address, each in desired.declared.items():
        login = each.resource.person
        if login is None:
            declared[address] = each
        elif login not in unclear:
            name = now_called[login]
            if name.spelled == login.spelled:
                declared[address] = each
                continue
            moved = Declared(
                each.resource.given_to(name), each.fields, each.path, each.id
            )
            declared[moved.resource.address] = moved
    return Desired(declared, desired.managed, desired.absent)


def _renamed(old: Login, new: Login) -> Note:
    return Note(
        address=Member.at(old),
        code="renamed",
        severity=Severity.WARNING,
        summary=f"{old.spelled} is called {new.spelled} on GitHub now",
        hint=f"write {new.spelled} instead of {old.spelled}",
    )


def _twice(old: Login, new: Login) -> Note:
    return Note(
        address=Member.at(old),
        code="renamed",
        severity=Severity.WARNING,
        summary=(
            f"{old.spelled} is called {new.spelled} on GitHub now, "
            f"and the files name {new.spelled}, too"
        ),
        hint=f"delete {old.spelled}",
    )


def _changed_hands(
    login: Login, expected: int, holder: int, moved: Login | None
) -> Note:
    hint = f"write id = {holder} beside it if the new account is meant"
    if moved:
        hint = f"write {moved.spelled} for the person known so far; or {hint}"
    return Note(
        address=Member.at(login),
        code="identity-changed",
        severity=Severity.ERROR,
        summary=(
            f"the login {login.spelled} belongs to account {holder} now, "
            f"not to account {expected} as before"
        ),
        hint=hint,
    )


def _gone(login: Login, expected: int) -> Note:
    return Note(
        address=Member.at(login),
        code="account-gone",
        severity=Severity.WARNING,
        summary=(
            f"GitHub has no account {login.spelled} any more "
            f"(it was account {expected}): deleted, or renamed elsewhere"
        ),
        hint=f"delete {login.spelled}, or write the new name",
    )


def _unknown(login: Login) -> Note:
    return Note(
        address=Member.at(login),
        code="unknown-login",
        severity=Severity.ERROR,
        summary=f"GitHub has no user {login.spelled}",
    )


def _unresolved(login: Login) -> Note:
    return Note(
        address=Member.at(login),
        code="unresolved-login",
        severity=Severity.INFO,
        summary=f"{login.spelled} has not been looked up on GitHub yet",
    )


def _with_suggestion(
    note: Note, login: Login, declared: Iterable[Login], here: Iterable[Login]
) -> Note:
    candidates = {name: name.spelled for name in (*here, *declared) if name != login}
    near = get_close_matches(login, candidates, n=1, cutoff=0.75)
    if not near:
        hint = "check the spelling, or delete the line"
    else:
        hint = f'did you mean "{candidates[Login(near[0])]}"?'
    return Note(note.address, note.code, note.severity, note.summary, hint)
