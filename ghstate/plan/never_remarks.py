"""What is said of people who never get anything."""

from __future__ import annotations

from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.note import Note, Severity
from ghstate.model.resource import Declared, Resource
from ghstate.model.team_member import TeamMember


def kept_back(declared: Declared[Resource], why: str) -> Note:
    """What is said of access that somebody does not get, *why* ever."""
    person = declared.resource.person
    assert person is not None  # noqa: S101 - only people are kept out
    match declared.resource:
        case TeamMember(team=team):
            what = f"gets no place in {team}"
        case _:
            what = "is not to be in the organization"
    return Note(
        declared.resource.address,
        "never",
        Severity.INFO,
        f"{person.spelled} {what}, whatever the files say",
        why,
    )


def never_once(before: Login, now: Login) -> Note:
    """Somebody gets nothing by a name that they do not have any more."""
    return Note(
        Member.at(before),
        "renamed",
        Severity.WARNING,
        f"{before.spelled}, who never gets anything, is called {now.spelled} "
        "on GitHub now, and gets nothing under that name",
        f"write {now.spelled} under never in ghstate.toml, "
        "or let `ghstate fmt --renames` do it",
    )


def ignored_all_the_same(login: Login) -> Note:
    """Both `ignore` and `never` have somebody, and the first of them wins."""
    return Note(
        Member.at(login),
        "ignored",
        Severity.INFO,
        f"{login.spelled} is ignored by the settings, and so left alone, "
        "although `never` has them",
        "take them out of ignore if they are to go",
    )
