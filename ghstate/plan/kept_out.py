"""Who gets nothing by the settings, whatever they are called by now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Declared, Resource
from ghstate.plan.identity import Known
from ghstate.plan.never_remarks import ignored_all_the_same, kept_back, never_once


class KeptOut(msgspec.Struct, frozen=True):
    """What is asked for without the people of `never`, and who they are.

    A login in `never` means its account: who has renamed it is kept out all the same.
    """

    desired: Desired
    logins: frozenset[Login] = frozenset()
    """Under the names of today."""

    mailboxes: frozenset[str] = frozenset()
    """The fingerprints of their addresses."""

    def refuses(self, invitation: Invitation) -> bool:
        """Does *invitation* wait for somebody who gets nothing?"""
        mailbox = invitation.mailbox
        return mailbox is not None and mailbox.fingerprint in self.mailboxes


def kept_out(
    desired: Desired, snapshot: Snapshot, known: Known, policy: Policy
) -> KeptOut:
    """*desired* without anything for accounts that the settings know by another name.

    Whom *policy* ignores is left alone as ever, and a note says so.
    """
    if not desired.never:
        return KeptOut(desired)
    accounts = _Accounts(snapshot, known)
    numbers = {login: accounts.of(login) for login in sorted(desired.never)}
    named = {number: login for login, number in numbers.items() if number is not None}
    today = {
        number: accounts.here[number] for number in named if number in accounts.here
    }
    logins = {
        *today.values(),
        *(login for login, number in numbers.items() if number is None),
    }
    ignored = {
        login for login in (*desired.never, *today.values()) if policy.ignores(login)
    }
    asked = _without(desired, accounts, named)
    notes = (
        *(each for each in asked.remarks if not _is_about(each, ignored)),
        *(ignored_all_the_same(login) for login in sorted(ignored)),
        *(
            never_once(named[number], now)
            for number, now in sorted(today.items())
            if now != named[number]
            and now not in desired.never
            and not isinstance(named[number], EmailAddress)
        ),
    )
    return KeptOut(
        replace(asked, remarks=notes),
        frozenset(logins),
        frozenset(_fingerprints(desired, snapshot.organization.id)),
    )


def _without(
    desired: Desired, accounts: _Accounts, named: Mapping[int, Login]
) -> Desired:
    kept: dict[Address, Declared[Resource]] = {}
    idle: list[Declared[Resource]] = []
    notes: list[Note] = []
    for address, each in desired.declared.items():
        person = each.resource.person
        number = each.id
        if number is None and person is not None:
            number = accounts.of(person)
        if number is None or number not in named:
            kept[address] = each
            continue
        idle.append(each)
        before = named[number]
        entry = desired.kept_out_by.get(before, before.spelled)
        why = f"this is {before.spelled}: `never` in the settings has {entry}"
        notes.append(kept_back(each, why))
    if not idle:
        return desired
    return replace(
        desired,
        declared=kept,
        idle=(*desired.idle, *idle),
        remarks=(*desired.remarks, *notes),
    )


def _is_about(note: Note, people: set[Login]) -> bool:
    """Is *note* about what `never` keeps back from one of *people*?"""
    match note.code, note.address:
        case "never", (*_, who):
            return who in people
        case _:
            return False


def _fingerprints(desired: Desired, organization: int) -> Iterator[str]:
    """Of the addresses in `never`, and of those beside a login that is."""
    addresses = [each for each in desired.never if isinstance(each, EmailAddress)]
    addresses += [
        each.email
        for each in desired.idle
        if each.email is not None and each.resource.person in desired.never
    ]
    for address in addresses:
        yield Mailbox.of(address, organization).fingerprint


class _Accounts:
    """The ids of people, as far as they are known."""

    def __init__(self, snapshot: Snapshot, known: Known) -> None:
        self._organization = snapshot.organization.id
        self._known = known
        self.here = {number: login for login, number in _members(snapshot)}
        self._ids = {login: number for number, login in self.here.items()}

    def of(self, login: Login) -> int | None:
        """The id of the account that *login* or an address had when it was first seen.

        What is known from before goes over who has the login today.
        """
        bindings = self._known.bindings
        if isinstance(login, EmailAddress):
            return bindings.get(Mailbox.of(login, self._organization).key)
        number = bindings.get(login) or self._ids.get(login)
        if number is None and (account := self._known.accounts.get(login)):
            return account.id
        return number


def _members(snapshot: Snapshot) -> Iterator[tuple[Login, int]]:
    for found in snapshot.each(Member):
        if found.id is not None:
            yield found.resource.login, found.id
