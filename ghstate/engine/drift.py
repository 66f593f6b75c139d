"""Drift: what others have changed on GitHub since the last apply.

Each read is compared with the one before. A difference that nobody made by an apply,
and that does not come by itself, is kept with what was there when the last apply
ended; what goes back to that is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from ghstate.engine.killed import left
from ghstate.engine.moves import Moves
from ghstate.engine.own_work import Own, by_themselves
from ghstate.errors import GitHubError
from ghstate.journal import UnderWay
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Drifted
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team_member import TeamMember
from ghstate.ports import GitHub
from ghstate.statefile import State

_LOGGED = timedelta(minutes=10)
"""An event is taken to be in the audit log by then; GitHub promises no time."""

# On each read -----------------------------------------------------------------


def noticed(
    state: State,
    desired: Desired,
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
    under_way: UnderWay | None = None,
) -> dict[Address, Drift]:
    """The drift once *snapshot* has been read after that of *state*.

    *bindings* are the ids as they are known by now. Nothing is drift before the first
    apply, nor what the apply *under_way* may have done before it died.
    """
    if state.snapshot is None:
        return _still(state, snapshot)
    reads = _Reads(state, desired, snapshot, bindings, under_way)
    return dict(sorted(reads.differences()))


def _still(state: State, snapshot: Snapshot) -> dict[Address, Drift]:
    """The drift of a *state* that has no read, as one that was restored."""
    moves = Moves.between(None, snapshot, state.drift)
    known = {moves.of(at): moves.drift(each) for at, each in state.drift.items()}
    return {
        at: each
        for at, each in sorted(known.items())
        if _hidden(at, snapshot)
        or not agrees(each, there(snapshot.observed.get(at)), snapshot)
    }


class _Reads:
    """Two reads, one after the other, and what is known of the time between."""

    def __init__(
        self,
        state: State,
        desired: Desired,
        snapshot: Snapshot,
        bindings: Mapping[Login, int],
        under_way: UnderWay | None,
    ) -> None:
        assert state.snapshot is not None  # noqa: S101 - the caller has looked
        self._earlier, self._later = state.snapshot, snapshot
        self._was_applied = state.applied_serial > 0
        self._moves = Moves.between(self._earlier, snapshot, state.drift)
        self._kept = {
            self._moves.of(address): self._moves.drift(self._doubted(each))
            for address, each in state.drift.items()
        }
        self._before = self._moves.observed(self._earlier)
        self._now = snapshot.observed
        self._concerned = _Concerned(desired, self._moves)
        self._own = Own(under_way, self._before, self._now)
        self._left = left(under_way, desired, self._before, snapshot)
        self._by_themselves = by_themselves(self._earlier, snapshot, bindings)

    def differences(self) -> Iterator[tuple[Address, Drift]]:
        before, now = self._before, self._now
        changed = [a for a, each in now.items() if before.get(a) != each]
        gone = [a for a in before if a not in now]
        places = dict.fromkeys((*self._kept, *changed, *gone, *self._left))
        for address in places if self._was_applied else self._left:
            entry = self._kept.get(address)
            if not _hidden(address, self._earlier, self._later):
                entry = self._after(address, entry)
            if entry is not None:
                yield address, entry

    def _after(self, address: Address, entry: Drift | None) -> Drift | None:
        """The drift at *address* after the later read; *entry* was it before."""
        new = there(self._now.get(address))
        if done := self._left.get(address):
            # Whatever there was before, this is how the apply left it.
            fresh = self._between(done.found, new, self._not_before(done.at))
            is_over = agrees(fresh, new, self._later)
            return fresh if self._concerned.by(address) and not is_over else None
        fresh = self._between(self._before.get(address), new, self._earlier.taken_at)
        if agrees(entry or fresh, new, self._later):
            return None
        if agrees(fresh, new, self._later) or address in self._by_themselves:
            return entry
        if self._own.may_have_made(address):
            return None
        if entry is not None:
            return replace(entry, after=fresh.after, before=fresh.before, by=None)
        return fresh if self._concerned.by(address) else None

    def _not_before(self, local: datetime) -> datetime:
        """*local* if it is a time between the reads; this clock may have been wrong."""
        earlier, later = self._earlier.taken_at, self._later.taken_at
        return local if earlier <= local <= later else earlier

    def _doubted(self, drift: Drift) -> Drift:
        """*drift* without an author whom the audit log told too early.

        Somebody else may have changed it later, and the log not have had it yet.
        """
        is_early = self._earlier.taken_at - drift.before < _LOGGED
        return replace(drift, by=None) if drift.by and is_early else drift

    def _between(
        self,
        old: Observed[Resource] | None,
        new: Observed[Resource] | None,
        after: datetime,
    ) -> Drift:
        """How a difference between the two reads would be kept, if it is one."""
        was = there(old)
        thing = old or new
        fresh = Drift(
            type=thing.resource.TYPE if thing else "",
            was=dict(was.resource.document()) if was else None,
            after=after,
            before=self._later.taken_at,
            id=thing.id if thing else None,
            invited=was is not None and was.standing is Standing.INVITED,
            needed=tuple(thing.resource.requires()) if thing else (),
        )
        return self._moves.drift(fresh)


def agrees(drift: Drift, now: Observed[Resource] | None, snapshot: Snapshot) -> bool:
    """Is what is there *now* what was there, or what became of it by itself?

    An invitation is accepted, declined or expires; whoever becomes an owner leads
    their teams (traps T33), and an invitation to a team tells no role.
    """
    if now is None:
        return drift.was is None or drift.invited
    invited = now.standing is Standing.INVITED
    if drift.was is None:
        # Known by its effect only, it is told of whom the files name, and was there.
        return invited and now.invitation is not None and now.invitation.id is None
    if invited and not drift.invited:
        return False
    if isinstance(now.resource, TeamMember) and (
        drift.invited or _is_owner(now.resource.login, snapshot)
    ):
        return True
    return not changed_attributes(drift.was, now.resource)


def changed_attributes(
    was: Mapping[str, object], now: Resource
) -> dict[str, tuple[object, object]]:
    """The attributes that differ, but for those that say what it is: old and new."""
    keys = now.KEY
    return {
        attribute: (was[attribute], held)
        for name, (attribute, held) in zip(
            now.__struct_fields__, now.document().items(), strict=True
        )
        if name not in keys and attribute in was and was[attribute] != held
    }


def _is_owner(login: Login, snapshot: Snapshot) -> bool:
    found = snapshot.observed.get(Member.at(login))
    return (
        found is not None
        and found.standing is Standing.ACTIVE
        and isinstance(found.resource, Member)
        and found.resource.role is OrgRole.ADMIN
    )


def there(found: Observed[Resource] | None) -> Observed[Resource] | None:
    """What is there at all: a failed invitation is nothing."""
    if found is None or found.standing is Standing.FAILED:
        return None
    return found


def _hidden(address: Address, *snapshots: Snapshot) -> bool:
    """Does GitHub not show everything where this belongs, in one of the two reads?"""
    return any(address.collection in each.hidden for each in snapshots)


class _Concerned:
    """What the files speak of, or could take away, under any of its names."""

    def __init__(self, desired: Desired, moves: Moves) -> None:
        self._desired = desired
        self._moves = moves
        self._former = {
            address.collection / name.lower()
            for address, declared in desired.declared.items()
            for name in declared.formerly
        }

    def by(self, address: Address) -> bool:
        return any(
            concerns(self._desired, each) or each in self._former
            for each in (address, self._moves.former(address))
        )


def concerns(desired: Desired, address: Address) -> bool:
    """Do the files speak of it, or of everything where it belongs?"""
    return address in desired.declared or desired.manages(address)


# Who made it ------------------------------------------------------------------


async def with_authors(github: GitHub, state: State) -> State:
    """*state* with who is behind each drift, as far as the audit log tells.

    It is asked about what it has not told yet; its refusal is no error.
    """
    snapshot = state.snapshot
    if snapshot is None or all(each.by for each in state.drift.values()):
        return state
    unknown = [
        Drifted(address=address, drift=each, now=there(snapshot.observed.get(address)))
        for address, each in state.drift.items()
        if each.by is None and along(address, state.drift, snapshot.observed) is None
    ]
    try:
        authors = await github.changed_by(unknown, snapshot.viewer) if unknown else {}
    except GitHubError:
        return state
    told = {a: replace(state.drift[a], by=author) for a, author in authors.items()}
    return replace(state, drift={**state.drift, **told}) if told else state


def along(
    address: Address,
    drift: Mapping[Address, Drift],
    observed: Mapping[Address, Observed[Resource]],
) -> Address | None:
    """The drift that the one at *address* came or went along with."""
    own = _course(address, drift, observed)
    for need in drift[address].needed if own is not None else ():
        if need in drift and _course(need, drift, observed) is own:
            return along(need, drift, observed) or need
    return None


def _course(
    address: Address,
    drift: Mapping[Address, Drift],
    observed: Mapping[Address, Observed[Resource]],
) -> bool | None:
    """Did it come (True) or go (False)? None where it only changed."""
    was, now = drift[address].was, there(observed.get(address))
    return None if (was is None) == (now is None) else now is not None
