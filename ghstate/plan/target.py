"""Targets: the part of a plan that somebody asks for, and what that part needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import msgspec

from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.kinds import kinds_collected
from ghstate.model.member import Member
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan import remarks
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.change import Change, Delete, Reason
from ghstate.plan.draft import Draft
from ghstate.plan.former import Names
from ghstate.plan.identity import Known
from ghstate.plan.plan import Plan
from ghstate.plan.selection import Selection


class Scope(msgspec.Struct, frozen=True):
    """What a plan is restricted to: the targets, under every name that they have."""

    targets: tuple[Address, ...]
    reach: frozenset[Address]
    names: Names

    @classmethod
    def of(
        cls,
        targets: tuple[Address, ...],
        files: Desired,
        snapshot: Snapshot,
        known: Known,
    ) -> Scope:
        names = Names.of(files, snapshot, known)
        reach = frozenset(name for each in targets for name in names.of_one(each))
        return cls(targets, reach, names)

    def covers(self, address: Address) -> bool:
        """Is *address* a target, or below one?"""
        return any(address.within(each) for each in self.reach)


# What is kept -----------------------------------------------------------------


def restrict(draft: Draft, scope: Scope) -> None:
    """Leave out of *draft* what *scope* does not cover and nothing in it needs.

    To be called before what goes along is folded: the place of somebody whose removal
    is left out is taken away by itself, where it is asked for.
    """
    whole = draft.changes
    selection = Selection.of(draft, scope.covers)
    kept, late = selection.made()
    draft.changes = {a: change for a, change in whole.items() if a in kept}
    draft.held = {a: change for a, change in draft.held.items() if scope.covers(a)}
    draft.waiting = {a: each for a, each in draft.waiting.items() if scope.covers(a)}
    for address, other in late.items():
        if scope.covers(address):
            _put_off(draft, address, other)
    left = {a: change for a, change in whole.items() if a not in kept}
    draft.notes.append(remarks.targeted(scope.targets, _told(left, whole)))


def _put_off(draft: Draft, address: Address, other: Address) -> None:
    """Say why the change at *address* is left out: it has to wait for *other*."""
    have = draft.observed.get(address)
    if have is None or have.standing is not Standing.INVITED:
        draft.notes.append(remarks.waits_for(address, other))
    elif isinstance(have.resource, Member):
        # Only its sender's going would have ended the invitation.
        draft.waiting[address] = have
        draft.notes.append(remarks.goes_on_waiting(address, have.resource, other))


def _told(left: Mapping[Address, Change], whole: Mapping[Address, Change]) -> int:
    """How many of *left* the whole plan would have told of by themselves."""
    gone = {a for a, change in whole.items() if isinstance(change, Delete)}
    return sum(
        1
        for change in left.values()
        if change.reason is not Reason.WITH_INVITATION
        and not (
            isinstance(place := change.resource, TeamMember)
            and gone.intersection((Member.at(place.login), Team.at(place.team)))
        )
    )


# What is said -----------------------------------------------------------------


def notes_within(draft: Draft, scope: Scope, files: Desired) -> list[Note]:
    """The notes of *draft* that concern what *scope* covers, or what that needs."""
    needed = {
        need
        for side in (files, draft.desired)
        for address, declared in side.declared.items()
        if scope.covers(address)
        for need in declared.resource.requires()
    }

    def concerns(note: Note) -> bool:
        if note.address is None:
            return True
        if note.code == "inviter-leaves":
            return _sender_leaves(draft, note.address)
        return any(
            scope.covers(name)
            or name in needed
            or name in draft.changes
            or any(each.within(name) for each in scope.reach)
            for name in scope.names.of_one(note.address)
        )

    return [note for note in draft.notes if concerns(note)]


def _sender_leaves(draft: Draft, address: Address) -> bool:
    """Does the one who sent the invitation at *address* lose the right to it here?"""
    have = draft.found(Member, address)
    sender = have.invitation.inviter if have and have.invitation else None
    return sender is not None and Member.at(sender) in draft.changes


# What is meant ----------------------------------------------------------------


def check_targets(
    made: Plan, files: Desired, snapshot: Snapshot, known: Known | None = None
) -> None:
    """`UsageError` if a target of *made* is neither in the files nor on GitHub."""
    if not made.targets:
        return
    known = known or Known()
    names = Names.of(files, snapshot, known)
    # Places that come with an invitation by e-mail are known by the address only.
    snapshot = follow_addresses(
        files, snapshot, known.bindings, known.past, known.accounts
    ).snapshot
    written = (
        *files.declared,
        *files.managed,
        *files.absent,
        *snapshot.observed,
        *(change.address for change in (*made.changes, *made.held_changes)),
    )
    there = {*written, *map(names.today, written)}
    for target in made.targets:
        if len(target) == 1 and kinds_collected([target]):
            continue
        meant = tuple(names.of_one(target))
        if not any(each.within(name) for each in there for name in meant):
            near = nearest(target, there)
            raise UsageError(
                f"--target {target}: there is no such thing in the files or on GitHub",
                hint=f"did you mean {near}?" if near else "",
            )


def nearest(target: Address, there: Iterable[Address]) -> Address | None:
    """*target* with each part that leads nowhere replaced by the nearest that does.

    None where a part has nothing near it among those that are *there*.
    """
    found = Address()
    ahead = list(there)
    for part in target:
        depth = len(found)
        ahead = [each for each in ahead if len(each) > depth and each.within(found)]
        near = get_close_matches(part, {each[depth] for each in ahead}, 1)
        if not near:
            return None
        found /= near[0]
    return found
