"""What a change is called: the words of every reason, in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import assert_never

import msgspec

from ghstate.model.member import Member
from ghstate.model.names import Name
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.report.document import Phrase, Tone
from ghstate.report.words import quoted


class Counted(Enum):
    """What the summary adds up, in its order: removals stand last, to be seen."""

    INVITE = ("invite", Tone.ADD)
    RENEW = ("renew", Tone.CHANGE)
    ADD = ("add", Tone.ADD)
    CHANGE = ("change", Tone.CHANGE)
    CREATE = ("create", Tone.ADD)
    REMOVE = ("remove", Tone.REMOVE)


class Wording(msgspec.Struct, frozen=True):
    """What a change is called in its line, and what it counts as in the summary."""

    phrase: str
    counted: Counted | None
    as_role: bool = False
    """Does the role that is given belong to the phrase?"""


WORDS: Mapping[Reason, Wording] = MappingProxyType(
    {
        Reason.INVITE: Wording("invite", Counted.INVITE, as_role=True),
        Reason.REINVITE: Wording("invite again", Counted.INVITE, as_role=True),
        Reason.REPLACE_INVITATION: Wording("invitation", Counted.CHANGE, as_role=True),
        Reason.RENEW: Wording("renew invitation", Counted.RENEW),
        Reason.CHANGE_ROLE: Wording("", Counted.CHANGE, as_role=True),
        Reason.REMOVE: Wording("remove", Counted.REMOVE),
        Reason.CANCEL_INVITATION: Wording("cancel invitation", Counted.REMOVE),
        Reason.CREATE: Wording("create", Counted.CREATE),
        Reason.UPDATE: Wording("", Counted.CHANGE),
        Reason.RENAME: Wording("rename", Counted.CHANGE),
        Reason.DELETE: Wording("delete", Counted.REMOVE),
        Reason.ADD: Wording("add", Counted.ADD, as_role=True),
        # Part of the line of somebody who is invited, and counted there.
        Reason.WITH_INVITATION: Wording("add", None, as_role=True),
    }
)

_AT_ONCE = Wording("add", Counted.ADD, as_role=True)
"""What an invitation is where there are none: people are members at once."""

_FAMILIAR = (Member, Team, TeamMember)
"""Kinds whose lines say enough without the name of the kind."""


def tone_of(change: Change) -> Tone:
    match change:
        case Create():
            return Tone.ADD
        case Update():
            return Tone.CHANGE
        case Delete():
            return Tone.REMOVE
        case _:
            assert_never(change)


def name_of(resource: Resource) -> str:
    """Who or what it is, in the spelling that people know."""
    person = resource.person
    return resource.address[-1] if person is None else person.spelled


def what_happens(change: Change, *, at_once: bool = False) -> str:
    """The change in two or three words: "invite as member", "member → admin"."""
    words = _wording(change, at_once=at_once)
    role = _role(change.resource)
    parts = [words.phrase] if words.phrase else []
    if words.as_role and role is not None:
        parts.append(_role_phrase(change, role))
    if not isinstance(change.resource, _FAMILIAR):
        parts.append(change.resource.NOUN[0])
    if change.reason is Reason.UPDATE and isinstance(change, Update):
        parts.append(_fields_phrase(change))
    return " ".join(parts)


def value(of: object) -> str:
    """A field's value, as the files would say it."""
    match of:
        case None:
            return "none"
        case bool():
            return "on" if of else "off"
        case Enum():
            return str(of.value)
        case Name():
            return of.spelled
        case str():
            return quoted(of)
        case _:
            return str(of)


def turned(old: object, new: object) -> str:
    return f"{value(old)} → {value(new)}"


def counts(changes: Iterable[Change], *, at_once: bool = False) -> tuple[Phrase, ...]:
    """How many changes there are of each sort: "2 to invite", "1 to remove"."""
    found = Counter(_wording(each, at_once=at_once).counted for each in changes)
    return tuple(
        Phrase(f"{found[counted]:,} to {counted.value[0]}", counted.value[1])
        for counted in Counted
        if found[counted]
    )


def _wording(change: Change, *, at_once: bool) -> Wording:
    words = WORDS[change.reason]
    invites = isinstance(change, Create) and words.counted is Counted.INVITE
    return _AT_ONCE if at_once and invites else words


def _role(resource: Resource) -> object:
    return getattr(resource, "role", None)


def _role_phrase(change: Change, role: object) -> str:
    before = _role(change.before.resource) if isinstance(change, Update) else role
    if before != role:
        return turned(before, role)
    return f"as {value(role)}"


def _fields_phrase(change: Update) -> str:
    names = [name.replace("_", " ") for name, _, _ in change.fields()]
    return names[0] if len(names) == 1 else f"{len(names)} settings"
