"""Edits of a state: what is remembered of an address is forgotten, or moved.

They concern only what GitHub does not show: whose a login was, what was invited in
vain, what was managed. Nothing here changes what was read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from ghstate.engine.remembered import NOTHING, Remembered, kept_as, remembered
from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox, is_mailbox
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.team import TEAMS, Team
from ghstate.statefile import State

K = TypeVar("K")
V = TypeVar("V")


class Forgotten(msgspec.Struct, frozen=True):
    """A state without something, and what that was, by address."""

    state: State
    what: tuple[tuple[Address, Remembered], ...]


class Moved(msgspec.Struct, frozen=True):
    """A state with something under another name: from where to where, and what."""

    state: State
    what: tuple[tuple[Address, Address, Remembered], ...]


class Unknown(UsageError):
    """Nothing is remembered of an address."""


# Forgetting -------------------------------------------------------------------


def forget(state: State, addresses: Sequence[Address]) -> Forgotten:
    """*state* without what it remembers of *addresses* and all below them.

    Raises `Unknown`, naming each of which nothing is remembered; nothing is done then.
    """
    known = remembered(state)
    gone: dict[Address, Address] = {}
    unknown = []
    for address in addresses:
        names = {kept_as(state, address): address, address: address}
        found = {
            each: Address(*shown, *each[len(name) :])
            for each in known
            for name, shown in names.items()
            if each.within(name)
        }
        if not found:
            unknown.append(address)
        gone |= {each: shown for each, shown in found.items() if each not in gone}
    if unknown:
        raise _nothing_of(state, unknown)
    return Forgotten(
        _without(state, gone.keys()),
        tuple((gone[each], known[each]) for each in known if each in gone),
    )


def _nothing_of(state: State, addresses: Sequence[Address]) -> Unknown:
    seen = state.snapshot.observed if state.snapshot else {}
    strange = [str(address) for address in addresses if address not in seen]
    if not strange:
        names = ", ".join(map(str, addresses))
        return Unknown(
            f"nothing is remembered of {names} but what GitHub shows",
            hint="`ghstate state show` with an address says what is remembered",
        )
    return Unknown(
        f"the state knows nothing of {', '.join(strange)}",
        hint="`ghstate state list` shows what it has read",
    )


def _without(state: State, gone: Iterable[Address]) -> State:
    lost = frozenset(gone)
    return replace(
        state,
        bindings=_left(state.bindings, lost, Member.at),
        past=_left(state.past, lost, Member.at),
        managed=state.managed - lost,
        teams=_left(state.teams, lost, Team.at),
        drift=_left(state.drift, lost, lambda each: each),
        made=_left(state.made, lost, lambda each: each),
    )


def _left(
    held: Mapping[K, V], lost: frozenset[Address], at: Callable[[K], Address]
) -> dict[K, V]:
    return {key: value for key, value in held.items() if at(key) not in lost}


# Moving -----------------------------------------------------------------------


def move(state: State, source: Address, target: Address) -> Moved:
    """*state* with *source*, a person or a team, under the name of *target*.

    A person goes with their places in teams, a team with all that is below it. Raises
    `Unknown` where nothing is remembered of *source*, and `UsageError` where the two
    are not of one kind, or *target* is somebody else's.
    """
    _check_kinds(source, target)
    old, new = kept_as(state, source), kept_as(state, target)
    to = _renaming(old, new)
    known = remembered(state)
    moved = {each: to(each) for each in known if to(each) != each}
    if not moved:
        raise _nothing_of(state, [source])
    _check_free(state, source, target)
    spelled = {old[-1]: source[-1], new[-1]: target[-1]}
    return Moved(
        _relocated(state, old, new, to),
        tuple(
            (_spelled(each, spelled), _spelled(there, spelled), known[each])
            for each, there in moved.items()
        ),
    )


def _check_kinds(source: Address, target: Address) -> None:
    for each in (source, target):
        if len(each) != 2 or each.collection not in {MEMBERS, TEAMS}:
            raise UsageError(
                f"{each} is neither a person nor a team, and nothing else can move",
                hint="a person is members.alice, a team is teams.platform",
            )
    if source.collection != target.collection:
        raise UsageError(f"{source} and {target} are not of one kind")
    if source == target:
        raise UsageError(f"{source} is already there")


def _check_free(state: State, source: Address, target: Address) -> None:
    mine, theirs = _number(state, source), _number(state, target)
    if mine is None or theirs is None or mine == theirs:
        return
    what = "account" if source.is_in(MEMBERS) else "team"
    raise UsageError(
        f"{target} is the {what} {theirs}, and {source} is the {what} {mine}",
        hint=f"`ghstate state rm {target}` forgets the one that is there, "
        "if it is wrong",
    )


def _number(state: State, address: Address) -> int | None:
    """The id behind *address*, as the state remembers it, or else as it was read."""
    here = kept_as(state, address)
    name = here[-1]
    bound = (
        state.bindings.get(Login(name))
        if here.is_in(MEMBERS)
        else state.teams.get(Slug(name))
    )
    if bound is not None or state.snapshot is None:
        return bound
    found = state.snapshot.observed.get(here)
    return found.id if found else None


def _renaming(old: Address, new: Address) -> Callable[[Address], Address]:
    """Where each address is, once *old* is *new*."""
    person = old.is_in(MEMBERS)

    def to(address: Address) -> Address:
        if address.within(old):
            return Address(*new, *address[len(old) :])
        match address:
            case ("teams", team, "members", login) if person and login == old[-1]:
                return Address("teams", team, "members", new[-1])
            case _:
                return address

    return to


def _relocated(
    state: State, old: Address, new: Address, to: Callable[[Address], Address]
) -> State:
    bindings, past, teams = dict(state.bindings), dict(state.past), dict(state.teams)
    if old.is_in(MEMBERS):
        source, target = Login(old[-1]), Login(new[-1])
        if (number := bindings.pop(source, None)) is not None:
            bindings[target] = number
        if (mine := past.pop(source, None)) is not None:
            joined = mine.joined_with(past.get(target, NOTHING))
            # Only of an address it is asked whose it may be.
            own = (
                joined
                if is_mailbox(target)
                else replace(joined, taken=False, joined=())
            )
            past[target] = own
    elif (number := teams.pop(Slug(old[-1]), None)) is not None:
        teams[Slug(new[-1])] = number
    return replace(
        state,
        bindings=bindings,
        past=past,
        teams=teams,
        managed=frozenset(map(to, state.managed)),
        drift=_drift(state.drift, to),
        made=_made(state.made, to),
    )


def _drift(
    drift: Mapping[Address, Drift], to: Callable[[Address], Address]
) -> dict[Address, Drift]:
    """Where there is drift at the new place already, that is the one to know."""
    found: dict[Address, Drift] = {}
    for address, each in sorted(drift.items(), key=lambda one: one[0] == to(one[0])):
        found[to(address)] = replace(each, needed=tuple(map(to, each.needed)))
    return dict(sorted(found.items()))


def _made(
    made: Mapping[Address, tuple[Made, ...]], to: Callable[[Address], Address]
) -> dict[Address, tuple[Made, ...]]:
    found: dict[Address, list[Made]] = {}
    for address, those in made.items():
        found.setdefault(to(address), []).extend(those)
    return {
        address: tuple(sorted(those, key=lambda each: each.at))
        for address, those in found.items()
    }


def _spelled(address: Address, spelled: Mapping[str, str]) -> Address:
    return Address(*(spelled.get(part, part) for part in address))


# The lock file --------------------------------------------------------------------


def brought_back(
    locked: Locked | None, organization: int, addresses: Iterable[Address]
) -> Iterator[Login]:
    """Whom of *addresses* the lock file has, as it spells them."""
    if locked is None:
        return
    gone = set(addresses)
    for person in sorted({*locked.ids, *locked.past}):
        by_mail = isinstance(person, EmailAddress)
        key = Mailbox.of(person, organization).key if by_mail else person
        if not gone.isdisjoint({Member.at(person), Member.at(key)}):
            yield person
