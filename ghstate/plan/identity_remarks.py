"""What a plan has to say about who somebody is: its notes on names and accounts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.team_member import TeamMember
from ghstate.plan.guessing import Guess

_BY_ITSELF = "or let `ghstate fmt --renames` do it"


def _renamed(old: Login, new: Login) -> Note:
    return Note(
        address=Member.at(old),
        code="renamed",
        severity=Severity.WARNING,
        summary=f"{old.spelled} is called {new.spelled} on GitHub now",
        hint=f"write {new.spelled} instead of {old.spelled}, {_BY_ITSELF}",
    )


def ignored_once(old: Login, new: Login) -> Note:
    """Somebody is still left alone, by a name that the settings do not have."""
    return Note(
        address=Member.at(new),
        code="renamed",
        severity=Severity.WARNING,
        summary=(
            f"{old.spelled}, whom the settings ignore, is called {new.spelled} "
            "on GitHub now, and is left alone"
        ),
        hint=f"write {new.spelled} under ignore in ghstate.toml, {_BY_ITSELF}",
    )


_SUSPENDED = re.compile(r"[0-9a-f]{16,}_(?P<enterprise>[a-z0-9]+)")
"""How GitHub renames a managed user whom the identity provider has suspended."""


def moved(old: Login, new: Login) -> Note:
    """What the files have to know of a new name."""
    _, _, enterprise = old.rpartition("_")
    suspended = _SUSPENDED.fullmatch(new)
    if suspended and suspended["enterprise"] == enterprise:
        return _suspended(old, new)
    return _renamed(old, new)


def _suspended(old: Login, new: Login) -> Note:
    return Note(
        address=Member.at(old),
        code="suspended",
        severity=Severity.WARNING,
        summary=(
            f"{old.spelled} is suspended by the identity provider; "
            f"GitHub calls the account {new.spelled} meanwhile"
        ),
        hint=f"delete {old.spelled} if they are not to come back",
    )


def two_roles(now: Login, names: Iterable[Login]) -> Note:
    listed = " and ".join(name.spelled for name in names)
    return Note(
        address=Member.at(now),
        code="same-person",
        severity=Severity.ERROR,
        summary=(
            f"{listed} are one account, which GitHub calls {now.spelled}, "
            "and the files give it two roles"
        ),
        hint=f"keep one line, for {now.spelled}",
    )


def two_roles_in(team: Slug, now: Login, names: Iterable[Login]) -> Note:
    listed = " and ".join(name.spelled for name in names)
    return Note(
        address=TeamMember.at(team, now),
        code="same-person",
        severity=Severity.ERROR,
        summary=(
            f"{listed} are one account, which GitHub calls {now.spelled}, "
            f"and the files give it two roles in {team}"
        ),
        hint=f"keep one of them, as {now.spelled}",
    )


def twice(old: Login, new: Login) -> Note:
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


def changed_hands(
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


def gone(login: Login, expected: int) -> Note:
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


def unknown(login: Login) -> Note:
    return Note(
        address=Member.at(login),
        code="unknown-login",
        severity=Severity.ERROR,
        summary=f"GitHub has no user {login.spelled}",
    )


def unresolved(login: Login) -> Note:
    return Note(
        address=Member.at(login),
        code="unresolved-login",
        severity=Severity.INFO,
        summary=f"{login.spelled} has not been looked up on GitHub yet",
    )


def unknown_so_far(login: Login) -> Note:
    """Told before the day comes on which nobody could be invited."""
    return Note(
        address=Member.at(login),
        code="unknown-login",
        severity=Severity.WARNING,
        summary=(
            f"GitHub has no user {login.spelled}, whose access is to begin on a later "
            "day"
        ),
    )


def with_suggestion(note: Note, login: Login, guess: Guess) -> Note:
    hint = guess(login) or "check the spelling, or delete the line"
    return Note(note.address, note.code, note.severity, note.summary, hint)
