"""Who and what is meant on a command line: logins, former ones, and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import msgspec

from ghstate.cli.workspace import Printer
from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.mailbox import Mailbox, is_mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired
from ghstate.report.words import quoted
from ghstate.statefile import State


def parse_address(text: str) -> Address:
    """The address that *text* is; `UsageError` if it is none."""
    try:
        return Address.parse(text)
    except ValueError:
        raise UsageError(
            f"{quoted(text)} is no address",
            hint="addresses look like members.alice or teams.platform.members.bob",
        ) from None


class People(msgspec.Struct, frozen=True):
    """Everybody who is known, under the logins that GitHub has for them now."""

    organization: int
    desired: Desired
    bindings: Mapping[Login, int]
    logins: Mapping[int, Login]
    everybody: frozenset[Login]

    @classmethod
    def of(cls, desired: Desired, state: State) -> People:
        found = list(state.snapshot.each(Member)) if state.snapshot else []
        named = (each.resource.person for each in desired.declared.values())
        return cls(
            state.organization.id if state.organization else 0,
            desired,
            state.bindings,
            {each.id: each.resource.login for each in found if each.id is not None},
            frozenset(
                {
                    *(each.resource.login for each in found),
                    *(login for login in named if login is not None),
                    *(login for login in state.past if not is_mailbox(login)),
                }
            ),
        )

    def find(self, text: str) -> Login:
        """Whom *text* means; `UsageError` naming the nearest if that is nobody."""
        found = self._behind(text) if "@" in text else self._called(Login(text))
        if found is None:
            name = quoted(text)
            what = f"the address {name}" if "@" in text else f"anybody called {name}"
            raise UsageError(
                f"neither the files nor the organization have {what}",
                hint=self._nearest(text) or "`ghstate invites` shows who was invited",
            )
        return found

    def _called(self, login: Login) -> Login | None:
        number = self.bindings.get(login)
        if number is not None and number in self.logins:
            return self.logins[number]
        return login if login in self.everybody else None

    def _behind(self, text: str) -> Login | None:
        address = EmailAddress(text)
        for declared in self.desired.declared.values():
            member = declared.resource
            if type(member) is not Member:
                continue
            if member.login == address:
                return self._account_of(member.login)
            if declared.email == address:
                return self._called(member.login)
        return None

    def _account_of(self, address: Login) -> Login:
        """The login behind *address*, once it is known."""
        key = Mailbox.of(address, self.organization).key
        return self.logins.get(self.bindings.get(key, 0), address)

    def _nearest(self, text: str) -> str:
        names = {str(login): login.spelled for login in self.everybody}
        near = get_close_matches(text.lower(), names, n=1)
        return f'did you mean "{names[near[0]]}"?' if near else ""


def find_all(people: People, texts: Sequence[str], printer: Printer) -> list[Login]:
    """Whom *texts* mean; every one that means nobody is told, and the last raised."""
    found: list[Login] = []
    unknown: list[UsageError] = []
    for text in texts:
        try:
            found.append(people.find(text))
        except UsageError as error:
            unknown.append(error)
    for each in unknown[:-1]:
        printer.error(each)
    if unknown:
        raise unknown[-1]
    return found
