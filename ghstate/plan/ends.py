"""Access that has ended by a date, and is not taken away all the same.

Nobody has written anything on the day that a date passes, so nothing of it may stop a
run: what a safety rule would refuse is left as it is, told, and the rest carried out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ghstate.model.address import Address
from ghstate.model.kinds import KINDS
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.note import Note, Severity
from ghstate.model.resource import Resource, Standing
from ghstate.plan.change import Change, Delete, Update
from ghstate.plan.draft import Draft
from ghstate.plan.folding import count_removals


class PutOff(msgspec.Struct, frozen=True):
    """What has ended and stays for now, and why."""

    addresses: frozenset[Address]
    notes: tuple[Note, ...]


def too_much_at_once(draft: Draft, protected: Mapping[Login, Login]) -> PutOff | None:
    """What of *draft* only a day has brought, and a safety rule would refuse."""
    by_date = {a: c for a, c in _losses(draft) if a in draft.desired.ended}
    if not by_date:
        return None
    notes = dict(_guarded(draft, by_date, protected))
    stay = set(notes)
    over = _Over.of(draft, by_date, stay)
    stay |= over.addresses
    if not stay:
        return None
    return PutOff(frozenset(stay), (*notes.values(), *over.notes))


def _losses(draft: Draft) -> Iterator[tuple[Address, Change]]:
    """Who would be removed, or be no admin any more; also what `features` hold."""
    held = ((a, change) for a, change in draft.held.items() if change is not None)
    for address, change in (*draft.changes.items(), *held):
        match change:
            case Delete() | Update(after=Member(role=OrgRole.MEMBER)):
                yield address, change
            case _:
                pass


# One by one ----------------------------------------------------------------------


def _guarded(
    draft: Draft, by_date: Mapping[Address, Change], protected: Mapping[Login, Login]
) -> Iterator[tuple[Address, Note]]:
    viewer = draft.snapshot.viewer
    admins = _admins_after(draft)
    for address, change in sorted(by_date.items()):
        was = _member_before(change)
        if was is None:
            continue
        if was.login in protected:
            yield address, _stays(change, was, "they are protected")
        elif was.login == viewer.login and not viewer.is_app:
            yield address, _stays(change, was, "this is the account behind the token")
        elif admins < draft.policy.min_admins and was.role is OrgRole.ADMIN:
            least = f"min_admins is {draft.policy.min_admins}"
            yield address, _stays(change, was, f"too few admins would be left, {least}")


def _member_before(change: Change) -> Member | None:
    """The active member whom *change* takes something from."""
    match change:
        case Delete(before=found) | Update(before=found):
            member: Resource = found.resource
            active = found.standing is Standing.ACTIVE
            return member if active and isinstance(member, Member) else None
        case _:
            return None


def _admins_after(draft: Draft) -> int:
    held = {
        change.resource.person
        for change in draft.held.values()
        if change is not None and _member_before(change) is not None
    }
    return len(draft.owners_after - held)


def _stays(change: Change, member: Member, why: str) -> Note:
    what = "is not removed" if isinstance(change, Delete) else "stays an admin"
    return Note(
        change.address,
        "ends-held-back",
        Severity.WARNING,
        f"{member.login.spelled} {what} although a date says so: {why}",
        "take the date away, or make it true by other hands",
    )


# Too many ------------------------------------------------------------------------


class _Over(msgspec.Struct, frozen=True):
    """What is over the limit of its kind."""

    addresses: frozenset[Address]
    notes: tuple[Note, ...]

    @classmethod
    def of(
        cls, draft: Draft, by_date: Mapping[Address, Change], stay: set[Address]
    ) -> _Over:
        policy = draft.policy
        going = {a: change for a, change in draft.changes.items() if a not in stay}
        counts = count_removals(going.values(), draft.implied)
        total = sum(counts.values())
        if policy.allow_removals == total:
            return cls(frozenset(), ())
        addresses: set[Address] = set()
        notes: list[Note] = []
        for kind in KINDS:
            count = counts.get(kind.TYPE, 0)
            limit = policy.max_removals.of(sum(1 for _ in draft.snapshot.each(kind)))
            ended = {
                address
                for address, change in going.items()
                if address in by_date
                and isinstance(change, Delete)
                and isinstance(change.resource, kind)
            }
            if ended and count > limit:
                addresses |= ended
                notes.append(_too_many(kind, len(ended), count, limit, total))
        return cls(frozenset(addresses), tuple(notes))


def _too_many(
    kind: type[Resource], ended: int, count: int, limit: int, total: int
) -> Note:
    noun = kind.NOUN[ended != 1]
    whose = f"{noun} whose access has ended" if kind is Member else f"ended {noun}"
    are = "is" if ended == 1 else "are"
    why = f"the limit is {limit}"
    if count > ended:
        why = f"with the others it would be {count}, and {why}"
    return Note(
        None,
        "ends-held-back",
        Severity.WARNING,
        f"{ended} {whose} {are} not removed: {why}",
        f"if that is meant: --allow-removals {total}",
    )
