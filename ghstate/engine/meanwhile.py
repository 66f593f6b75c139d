"""What others changed on GitHub while an apply was at work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from ghstate.engine.applied import End, Result
from ghstate.engine.drift import agrees, there
from ghstate.engine.moves import Moves
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Drifted
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.plan.change import Change, Update
from ghstate.plan.plan import Plan
from ghstate.statefile import State


def meanwhile(
    state: State, made: Plan, results: Iterable[Result]
) -> dict[Address, Drift]:
    """The drift between the first read and the last that *results* do not explain.

    It is told from how the first read found it, whatever had been there before.
    """
    snapshot = state.snapshot
    if snapshot is None:
        return {}
    begun = tuple(each.change for each in results if _may_have_begun(each))
    own = _Own.of(begun, made, state, snapshot)
    known = {each.address for each in made.drift}
    found = {
        address: each
        for address, each in state.drift.items()
        if each.after >= made.snapshot_at and address not in known
    }
    for each in made.drift:
        if again := _again(each, made, snapshot):
            found[each.address] = again
    return {
        address: each
        for address, each in found.items()
        if not own.explains(address, each)
    }


def _again(was: Drifted, made: Plan, snapshot: Snapshot) -> Drift | None:
    """How something that had drifted before has changed once more."""
    if was.address.collection in snapshot.hidden:
        return None
    then = was.now
    fresh = replace(
        was.drift,
        was=None if then is None else dict(then.resource.document()),
        invited=then is not None and then.standing is Standing.INVITED,
        after=made.snapshot_at,
        before=snapshot.taken_at,
        by=None,
    )
    now = there(snapshot.observed.get(was.address))
    return None if agrees(fresh, now, snapshot) else fresh


def _may_have_begun(result: Result) -> bool:
    """Some changes take more than one call, so they may be left half done."""
    if result.end not in {End.SKIPPED, End.LEFT}:
        return True
    return isinstance(result.change, Update)


class _Own(msgspec.Struct, frozen=True):
    """What an apply did, and what GitHub changes along with it."""

    touched: frozenset[Address]
    decisive: frozenset[Address]
    """What came, went, or is a person with another role: it decides about places."""

    drift: Mapping[Address, Drift]
    by_mail: bool
    """Were invitations sent of which GitHub does not say who accepts them?"""

    @classmethod
    def of(
        cls, begun: tuple[Change, ...], made: Plan, state: State, snapshot: Snapshot
    ) -> _Own:
        moves = _moves(begun, state, snapshot)
        touched = {address for each in begun for address in _addresses(each, made)}
        decisive = {
            address
            for each in begun
            if not isinstance(each, Update) or each.address.is_in(MEMBERS)
            for address in _addresses(each, made)
        }
        return cls(
            frozenset((*touched, *map(moves.of, touched))),
            frozenset((*decisive, *map(moves.of, decisive))),
            state.drift,
            any(isinstance(each.resource.person, EmailAddress) for each in begun),
        )

    def explains(self, address: Address, drift: Drift) -> bool:
        if address in self.touched:
            return True
        if self.by_mail and drift.was is None and self._is_newcomers(address, drift):
            return True
        return any(map(self._decides, drift.needed))

    def _is_newcomers(self, address: Address, drift: Drift) -> bool:
        """Did somebody come, or get this place by coming?"""
        return any(
            at.is_in(MEMBERS) and at in self.drift and self.drift[at].was is None
            for at in (address, *drift.needed)
        )

    def _decides(self, need: Address) -> bool:
        if need in self.decisive:
            return True
        drift = self.drift.get(need)
        return drift is not None and any(map(self._decides, drift.needed))


def _addresses(change: Change, made: Plan) -> Iterator[Address]:
    yield change.address
    if isinstance(change, Update):
        yield change.before.resource.address
    for each in made.implied.get(change.address, ()):
        yield each.resource.address


def _moves(begun: Iterable[Change], state: State, snapshot: Snapshot) -> Moves:
    """What others have given another name since the apply began to work on it."""
    people = {each.id: each.resource.address for each in snapshot.each(Member)}
    to: dict[Address, Address] = {}
    for change in begun:
        person = change.resource.person
        number = state.bindings.get(person) if person is not None else None
        if person is not None and number is not None and number in people:
            to[Member.at(person)] = people[number]
    for address, each in state.drift.items():
        slug = (each.was or {}).get("slug")
        if each.type == Team.TYPE and isinstance(slug, str):
            to[Team.at(Slug(slug))] = address
    return Moves({old: new for old, new in to.items() if old != new}, {})
