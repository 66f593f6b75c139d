"""What a plan makes of the drift: whether it undoes it, or the files agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from ghstate.engine.drift import along, changed_attributes, concerns, there
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Drifted, Outlook
from ghstate.model.member import MEMBERS
from ghstate.model.names import Login
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, Observed, Resource
from ghstate.model.team import Team
from ghstate.plan.change import Change, Create, Delete, Update
from ghstate.plan.plan import Plan
from ghstate.statefile import State


def drifted(state: State, desired: Desired, made: Plan) -> tuple[Drifted, ...]:
    """The drift that the files concern, beside what *made* does about it."""
    if state.snapshot is None or not state.drift:
        return ()
    seen = _Seen(state, desired, made)
    return tuple(
        seen.one(address, each)
        for address, each in sorted(state.drift.items())
        if seen.concerns(address, each)
    )


class _Seen:
    """The files and the plan, by what is known of a drift."""

    def __init__(self, state: State, desired: Desired, made: Plan) -> None:
        assert state.snapshot is not None  # noqa: S101 - there is drift
        self._observed = state.snapshot.observed
        self._drift = state.drift
        self._desired = desired
        self._team_ids = frozenset(state.teams.values())
        self._changes: dict[Address, Change] = {}
        for change in made.changes:
            for each in made.implied.get(change.address, ()):
                self._changes[each.resource.address] = change
        for change in made.changes:
            if isinstance(change, Update):
                self._changes[change.before.resource.address] = change
            self._changes[change.address] = change
        self._called = _called(state, desired)

    def concerns(self, address: Address, drift: Drift) -> bool:
        return (
            concerns(self._desired, address)
            or self._declared(address, drift) is not None
            or (drift.type == Team.TYPE and drift.id in self._team_ids)
        )

    def one(self, address: Address, drift: Drift) -> Drifted:
        now = there(self._observed.get(address))
        return Drifted(
            address=address,
            drift=drift,
            now=now,
            along=along(address, self._drift, self._observed),
            outlook=self._outlook(address, drift, now),
        )

    def _outlook(
        self, address: Address, drift: Drift, now: Observed[Resource] | None
    ) -> Outlook:
        change = self._changes.get(address)
        outlook = None if change is None else _undone(address, change, drift, now)
        return outlook or self._agreed(address, drift, now)

    def _agreed(
        self, address: Address, drift: Drift, now: Observed[Resource] | None
    ) -> Outlook:
        """Nothing is done about it: is it what the files ask for?"""
        declared = self._declared(address, drift)
        if now is None:
            return Outlook.LEFT if declared else Outlook.AGREED
        if declared is None or declared.onto(now.resource) != now.resource:
            return Outlook.LEFT
        if drift.was is None:
            return Outlook.AGREED
        written = {
            attribute
            for name, attribute in zip(
                now.resource.__struct_fields__, now.resource.document(), strict=True
            )
            if name in declared.fields
        }
        changed = changed_attributes(drift.was, now.resource)
        return Outlook.AGREED if changed and {*changed} <= written else Outlook.LEFT

    def _declared(self, address: Address, drift: Drift) -> Declared[Resource] | None:
        """What the files ask for there, also under the name of another day."""
        found = self._desired.declared.get(address)
        if found is None and address[-2:-1] == MEMBERS and drift.id in self._called:
            found = self._desired.declared.get(
                address.collection / self._called[drift.id]
            )
        return found


def _called(state: State, desired: Desired) -> Mapping[int | None, str]:
    """What the files call people, by their ids."""
    return {
        number: login
        for address in desired.declared
        if address.is_in(MEMBERS)
        and (number := state.bindings.get(login := Login(address[-1])))
    }


def _undone(
    address: Address, change: Change, drift: Drift, now: Observed[Resource] | None
) -> Outlook | None:
    """What *change* makes of it; None where it leaves just this as it is."""
    match change:
        case Delete():
            return Outlook.UNDONE if drift.was is None else Outlook.OTHERWISE
        case Create():
            if drift.was is None or change.address != address:
                return Outlook.OTHERWISE
            differs = changed_attributes(drift.was, change.after)
            return Outlook.OTHERWISE if differs else Outlook.UNDONE
        case Update():
            if drift.was is None or now is None:
                return Outlook.OTHERWISE
            changed = {*changed_attributes(drift.was, now.resource)}
            differs_still = {*changed_attributes(drift.was, change.after)} & changed
            if not differs_still:
                return Outlook.UNDONE
            after = change.after.document()
            held = now.resource.document()
            touched = {each for each in changed if after[each] != held[each]}
            return Outlook.OTHERWISE if touched else None
        case _:
            assert_never(change)
