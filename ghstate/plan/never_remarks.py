"""What is said of people who never get anything."""

from __future__ import annotations

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
