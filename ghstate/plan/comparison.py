"""A plan made anew, held against the one that somebody has reviewed.

More than the changes is compared: what goes along with the deletion of a team is no
change of its own, and a name may belong to another account or team by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

import msgspec

from ghstate.model.address import Address
from ghstate.model.member import Member
from ghstate.model.note import Note, Severity
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Delete, Update
from ghstate.plan.entries import Action, Entry, entries
from ghstate.plan.plan import Plan


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan does: its changes, to what, and what goes along with them."""

    entries: tuple[Entry, ...] = ()
    ids: Mapping[str, int] = msgspec.field(default_factory=dict)
    """Which account or team is updated or deleted, by address; for a place in a team,
    whose it is."""

    along: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    """The addresses that go along with the deletion of each team."""

    removals: Mapping[str, int] = msgspec.field(default_factory=dict)
    """How many things of each kind go, as the removal limit counts them."""

    @classmethod
    def of(cls, plan: Plan) -> Self:
        return cls(
            entries=entries(plan),
            ids={
                str(change.address): change.before.id
                for change in plan.changes
                if isinstance(change, Update | Delete) and change.before.id is not None
            },
            along={
                str(change.address): tuple(
                    sorted(
                        str(each.resource.address)
                        for each in plan.implied.get(change.address, ())
                    )
                )
                for change in plan.changes
                if isinstance(change, Delete) and isinstance(change.resource, Team)
            },
            removals=dict(sorted(plan.removals.items())),
        )


class Otherwise(msgspec.Struct, frozen=True):
    """A change that is in both plans, and not the same."""

    then: Entry
    now: Entry
    more: tuple[Address, ...] = ()
    """What would go along with it now and did not then."""

    another: bool = False
    """Does the name belong to another account or team by now?"""


class Hindered(msgspec.Struct, frozen=True):
    """A change that is only in the earlier plan, and not for being done: *why*."""

    entry: Entry
    why: str


class Over(msgspec.Struct, frozen=True):
    """So many things of a kind would go, and so many were to go."""

    type: str
    then: int
    now: int


class Comparison(msgspec.Struct, frozen=True):
    """What sets a plan apart from an earlier one."""

    new: tuple[Entry, ...] = ()
    """Only in the one made anew."""

    other: tuple[Otherwise, ...] = ()
    over: tuple[Over, ...] = ()
    done: tuple[Entry, ...] = ()
    """Only in the earlier one: not needed any more."""

    hindered: tuple[Hindered, ...] = ()

    @property
    def holds(self) -> bool:
        """Does the new plan do nothing that the earlier one does not say?"""
        return not self.new and not self.other and not self.over


def compare(before: Extent, now: Extent, notes: Iterable[Note] = ()) -> Comparison:
    """What sets *now* apart from *before*, in the order of their entries.

    *notes* are those of the plan made anew: they tell what is done from what cannot
    be done any more.
    """
    then = {entry.address: entry for entry in before.entries}
    fresh = {entry.address: entry for entry in now.entries}
    gone = [entry for address, entry in then.items() if address not in fresh]
    obstacles = _Obstacles(notes)
    called = {
        (entry.at.collection, number): entry.name
        for address, entry in fresh.items()
        if (number := now.ids.get(address)) is not None
    }
    hindered = {
        entry.address: Hindered(entry, why)
        for entry in gone
        if (why := _renamed(entry, before, called) or obstacles.to(entry))
    }
    return Comparison(
        new=tuple(fresh[address] for address in fresh if address not in then),
        other=tuple(_otherwise(before, now, then, fresh)),
        over=tuple(
            Over(kind, before.removals.get(kind, 0), count)
            for kind, count in now.removals.items()
            if count > before.removals.get(kind, 0)
        ),
        done=tuple(entry for entry in gone if entry.address not in hindered),
        hindered=tuple(hindered.values()),
    )


def _otherwise(
    before: Extent,
    now: Extent,
    then: Mapping[str, Entry],
    fresh: Mapping[str, Entry],
) -> Iterator[Otherwise]:
    for address, entry in fresh.items():
        if address not in then:
            continue
        was = before.along.get(address, ())
        more = tuple(
            Address.parse(each)
            for each in now.along.get(address, ())
            if each not in was
        )
        number = before.ids.get(address)
        another = number is not None and now.ids.get(address) != number
        if more or another or not entry.is_as(then[address]):
            yield Otherwise(then[address], entry, more, another)


def _renamed(
    entry: Entry, before: Extent, called: Mapping[tuple[Address, int], str]
) -> str:
    """What the same account or team is *called* by now, if it is in the plan so."""
    number = before.ids.get(entry.address)
    name = None if number is None else called.get((entry.at.collection, number))
    return f"{entry.name} is called {name} now" if name else ""


# What is in the way ---------------------------------------------------------------

_HOLD_BACK = frozenset(
    {
        "externally-managed",
        "held-back",
        "ignored",
        "place-after-answer",
        "targeted",
        "unmanaged-invitation",
    }
)
"""Codes of notes that are no warnings, and say all the same why nothing is done."""

_TELL_ONLY = frozenset(
    {
        "email-accepted",
        "flapping",
        "inviter-leaves",
        "invitation-expired",
        "invitation-unanswered",
        "no-longer-managed",
        "slug-mismatch",
    }
)
"""Codes of warnings that keep nothing from being done."""


class _Obstacles:
    """Why something is not done, in the words of notes, by what they are about."""

    def __init__(self, notes: Iterable[Note]) -> None:
        self._at: dict[Address, str] = {}
        for note in notes:
            if note.address is not None and _hinders(note):
                self._at.setdefault(note.address, note.summary)

    def to(self, entry: Entry) -> str:
        """What is said of *entry*, of the person it is about, or of the team."""
        at = entry.at
        places = [at]
        if TeamMember.collected_in(at.collection):
            places += [Member.at(at[-1]), Team.at(at[1])]
        if entry.change.action is Action.DELETE:
            places.append(at.collection)  # of which GitHub did not show all
        return next((self._at[each] for each in places if each in self._at), "")


def _hinders(note: Note) -> bool:
    match note.severity:
        case Severity.ERROR | Severity.REFUSAL:
            return True
        case Severity.WARNING:
            return note.code not in _TELL_ONLY
        case Severity.INFO:
            return note.code in _HOLD_BACK
