"""Changes that are made again and again, because somebody takes them back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import assert_never

from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Hand, Made
from ghstate.model.mailbox import kept_at
from ghstate.model.note import Note, Severity
from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.draft import Draft
from ghstate.plan.identity import Known

PERIOD = timedelta(days=7)
REMEMBERED = 10
"""So many changes of one thing are kept in mind."""

TIMES = 3
"""The time at which the same change within the period is worth a warning."""

_SHORT = 8
"""So many digits tell one value of a field from another one."""

_NAMED_AT_MOST = 8
"""More of them are told in one note."""

_ALIKE: Mapping[Reason, Reason] = {
    Reason.REINVITE: Reason.INVITE,
    Reason.WITH_INVITATION: Reason.ADD,
}
"""Reasons of which another one has the same effect."""

_BRINGING = frozenset({Reason.INVITE, Reason.ADD, Reason.CREATE})
_TAKING = frozenset({Reason.REMOVE, Reason.CANCEL_INVITATION, Reason.DELETE})

_WORDS: Mapping[Reason, tuple[str, str]] = {
    Reason.INVITE: ("invited", "is gone again"),
    Reason.ADD: ("added", "is gone again"),
    Reason.CREATE: ("created", "is gone again"),
    Reason.REMOVE: ("removed", "is there again"),
    Reason.CANCEL_INVITATION: ("uninvited", "is invited again"),
    Reason.DELETE: ("deleted", "is there again"),
}
"""What was done, and what is to be seen of somebody's taking it back."""

_OTHERS = ("changed", "is different again")


def noted(change: Change, at: datetime) -> Made:
    """*change* as it is remembered once it has been made."""
    return Made(change.reason.value, at, _value(change))


def _value(change: Change) -> str:
    """What an update sets, field by field, so that two of them can be compared."""
    if not isinstance(change, Update):
        return ""
    return ",".join(f"{name}={_short(new)}" for name, _, new in change.fields())


def _short(value: object) -> str:
    told = str(value).encode("utf-8", "backslashreplace")
    return sha256(told).hexdigest()[:_SHORT]


def flapping(draft: Draft, known: Known) -> Iterator[Note]:
    """A warning for each change that was made before, and more than once lately."""
    now = draft.snapshot.taken_at
    found = [
        (change, times)
        for address, change in sorted(draft.changes.items())
        if change.reason is not Reason.WITH_INVITATION
        and (times := _times(change, address, draft, known, now)) >= TIMES - 1
    ]
    if len(found) > _NAMED_AT_MOST:
        names = ", ".join(_name(change.resource) for change, _ in found[:3])
        yield Note(
            None,
            "flapping",
            Severity.WARNING,
            f"{len(found):,} changes were made twice or more in the last "
            f"{PERIOD.days} days and have to be made again ({names} and others): "
            "somebody else, or another tool, takes them back",
            _HINT,
        )
        return
    for change, times in found:
        drift = known.drift.get(change.address)
        yield _note(change, times, drift, at_once=not draft.snapshot.invites)


def _times(
    change: Change, address: Address, draft: Draft, known: Known, now: datetime
) -> int:
    """How often the same was done within the period, and not taken back by ourselves.

    Files that go back and forth accuse nobody.
    """
    at = kept_at(address, draft.snapshot.organization.id)
    asked = _alike(change.reason), _value(change)
    times = 0
    for made in reversed(known.made.get(at, ())):
        reason = _alike_word(made.reason)
        if made.at <= now - PERIOD or _takes_back(reason, made.value, change):
            break
        times += (reason, made.value) == asked
    return times


def _takes_back(reason: Reason | None, value: str, change: Change) -> bool:
    """Does *change* undo what was made? None is what only a newer ghstate knows."""
    match change:
        case _ if reason is None:
            return True
        case Create():
            return reason in _TAKING
        case Delete():
            return reason in _BRINGING
        case Update():
            sets = {*value.split(",")} - {*_value(change).split(",")}
            other = {each.partition("=")[0] for each in sets}
            fields = {name for name, _, _ in change.fields()}
            return reason in _TAKING | _BRINGING or not fields.isdisjoint(other)
        case _:
            assert_never(change)


def _alike(reason: Reason) -> Reason:
    return _ALIKE.get(reason, reason)


def _alike_word(word: str) -> Reason | None:
    """The reason that a record has; None for one of a newer ghstate."""
    try:
        return _alike(Reason(word))
    except ValueError:
        return None


_HINT = "find out who does, or take it out of the files, before this is applied again"


def _note(change: Change, times: int, drift: Drift | None, *, at_once: bool) -> Note:
    reason = _alike(change.reason)
    if at_once and reason is Reason.INVITE:
        reason = Reason.ADD
    done, seen = _WORDS.get(reason, _OTHERS)
    often = "twice" if times == TIMES - 1 else f"{times} times"
    author = drift.by if drift else None
    who = _taker(author)
    return Note(
        change.address,
        "flapping",
        Severity.WARNING,
        f"{_name(change.resource)} was {done} {often} in the last {PERIOD.days} days "
        f"and {seen}: {who} takes it back",
        _HINT if author is None else _hint(author),
    )


def _taker(author: Author | None) -> str:
    match author:
        case None:
            return "somebody else, or another tool,"
        case Author(hand=Hand.OWN):
            return f"{author.login.spelled}, whose token this is,"
        case _:
            return author.login.spelled


def _hint(author: Author) -> str:
    name = author.login.spelled
    match author.hand:
        case Hand.OWN:
            return "another tool or run has the same token: let one of them decide"
        case Hand.APP | Hand.PROVIDER:
            return f"let either the files or {name} decide about this, not both"
        case Hand.PERSON:
            return f"ask {name} before this is applied again"


def _name(resource: Resource) -> str:
    match resource:
        case TeamMember():
            return f"{resource.login.spelled} in {resource.team.spelled}"
        case Team():
            return f"the team {resource.slug.spelled}"
        case _ if resource.person is not None:
            return resource.person.spelled
        case _:
            return str(resource.address)
