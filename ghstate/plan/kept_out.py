"""Who gets nothing by the settings, whatever they are called by now."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.resource import Declared, Resource
from ghstate.plan.identity import Known
from ghstate.plan.never_remarks import kept_back


def without_renamed(desired: Desired, snapshot: Snapshot, known: Known) -> Desired:
    """*desired* without anything for accounts that the settings know by another name.

    A login in `never` means its account: who has renamed it is kept out all the same.
    """
    accounts = _Accounts(snapshot, known)
    never = {
        number: login
        for login in sorted(desired.never)
        if (number := accounts.of(login)) is not None
    }
    if not never:
        return desired
    kept: dict[Address, Declared[Resource]] = {}
    idle: list[Declared[Resource]] = []
    notes: list[Note] = []
    for address, each in desired.declared.items():
        person = each.resource.person
        number = each.id
        if number is None and person is not None:
            number = accounts.of(person)
        if number not in never:
            kept[address] = each
            continue
        idle.append(each)
        known_as = never[number].spelled
        notes.append(
            kept_back(each, f"this is {known_as}, whom `never` in the settings has")
        )
    return replace(
        desired,
        declared=kept,
        idle=(*desired.idle, *idle),
        remarks=(*desired.remarks, *notes),
    )


class _Accounts:
    """The ids of people, as far as they are known."""

    def __init__(self, snapshot: Snapshot, known: Known) -> None:
        self._organization = snapshot.organization.id
        self._known = known
        self._here = dict(_members(snapshot))

    def of(self, login: Login) -> int | None:
        """The id of the account that *login* or an address had when it was first seen.

        What is known from before goes over who has the login today.
        """
        bindings = self._known.bindings
        if isinstance(login, EmailAddress):
            return bindings.get(Mailbox.of(login, self._organization).key)
        number = bindings.get(login) or self._here.get(login)
        if number is None and (account := self._known.accounts.get(login)):
            return account.id
        return number


def _members(snapshot: Snapshot) -> Iterator[tuple[Login, int]]:
    for found in snapshot.each(Member):
        if found.id is not None:
            yield found.resource.login, found.id
