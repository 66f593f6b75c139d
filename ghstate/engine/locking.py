"""What `ghstate.lock.toml` should say: who is who, and who was invited in vain."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ghstate.model.kinds import kinds_collected
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired, Organization
from ghstate.model.past import Past
from ghstate.statefile import State


class Lockable(msgspec.Struct, frozen=True):
    """What can be locked of a project, and whose account is not known."""

    locked: Locked
    unknown: tuple[Login, ...]


def lockable(desired: Desired, state: State, organization: Organization) -> Lockable:
    """Everybody in the files, with the account and the invitations of each.

    And the kinds of things that the files manage, so that whoever reviews a change of
    the lock file sees which are new among them.
    That somebody left, or was a member, stays out: the audit log tells it anew.
    """
    called = {}
    if state.snapshot is not None:
        called = {
            found.id: found.resource.login
            for found in state.snapshot.each(Member)
            if found.id is not None
        }
    pinned = {
        declared.resource.person: declared.id
        for declared in desired.declared.values()
        if declared.id is not None
    }
    ids: dict[Login, int] = {}
    past: dict[Login, Past] = {}
    unknown: list[Login] = []
    for person in dict.fromkeys(_people(desired)):
        by_mail = isinstance(person, EmailAddress)
        key = Mailbox.of(person, organization.id).key if by_mail else person
        number = pinned.get(person, state.bindings.get(key))
        if number is not None:
            ids[person] = number
        elif not by_mail:
            unknown.append(person)
        # Under whichever name they are remembered: an account has had several.
        names = {key, called.get(number, person)} if number is not None else {key}
        if by_mail and number is not None:
            names |= {each for each, bound in state.bindings.items() if bound == number}
        known = Past()
        for name in names & state.past.keys():
            known = known.joined_with(state.past[name])
        if known.invited:
            past[person] = Past(invited=known.invited, forgiven=known.forgiven)
    locked = Locked(
        organization=organization,
        ids=ids,
        past=past,
        managed=kinds_collected(desired.managed),
    )
    return Lockable(locked, tuple(sorted(unknown)))


def _people(desired: Desired) -> Iterator[Login]:
    """Everybody in the files, in the spelling of `[members]` where they are there."""
    declared = [each.resource for each in desired.declared.values()]
    yield from (each.login for each in declared if isinstance(each, Member))
    yield from (each.person for each in declared if each.person is not None)


class Difference(msgspec.Struct, frozen=True):
    """What one lock file has and another has not, or has otherwise."""

    added: tuple[Login, ...]
    changed: tuple[Login, ...]
    removed: tuple[Login, ...]
    kinds_added: frozenset[str] = frozenset()
    """The kinds that are managed and were not, by `Resource.TYPE`."""

    kinds_removed: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Is anything otherwise?"""
        people = self.added or self.changed or self.removed
        return bool(people or self.kinds_added or self.kinds_removed)

    @classmethod
    def between(cls, before: Locked | None, after: Locked) -> Difference:
        old = before or Locked(organization=after.organization)
        was, now = {*old.ids, *old.past}, {*after.ids, *after.past}
        managed_before = old.managed or frozenset()
        managed = after.managed or frozenset()
        return cls(
            added=tuple(sorted(now - was)),
            changed=tuple(
                sorted(each for each in now & was if _of(old, each) != _of(after, each))
            ),
            removed=tuple(sorted(was - now)),
            kinds_added=managed - managed_before,
            kinds_removed=managed_before - managed,
        )


def _of(locked: Locked, person: Login) -> tuple[int | None, Past]:
    return locked.ids.get(person), locked.past.get(person, Past())
