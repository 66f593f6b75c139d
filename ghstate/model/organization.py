"""The organization as a whole: as asked for, and as found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.resource import Declared, KeyPath, Observed, Resource

R = TypeVar("R", bound=Resource)


class Desired(msgspec.Struct, frozen=True):
    """Everything the files ask for, and the collections they speak for.

    *managed* holds collections such as ``members`` or ``teams.platform.members``:
    what stands in one of them and is not declared has to go. *absent* holds single
    things that the files want gone, with the place that says so.
    """

    declared: Mapping[Address, Declared[Resource]] = msgspec.field(default_factory=dict)
    managed: frozenset[Address] = frozenset()
    absent: Mapping[Address, KeyPath] = msgspec.field(default_factory=dict)
    idle: tuple[Declared[Resource], ...] = ()
    """What the files name, and do not ask for today: its day is over or to come, or the
    settings keep its people out. Who they are is remembered all the same."""

    never: frozenset[Login] = frozenset()
    """Whom the settings give nothing. They are in *declared* under no name that the
    settings know; who they are is remembered, and whoever they are by now follows."""

    remarks: tuple[Note, ...] = ()
    """What a plan has to say about the files, besides what it finds itself."""

    ended: frozenset[Address] = frozenset()
    """Where there is nothing, or less, because a last day in the files has passed."""

    mentioned: Mapping[Login, tuple[KeyPath, ...]] = msgspec.field(default_factory=dict)
    """People whom the groups of the files name, and where: in `except`, for one."""

    kept_out_by: Mapping[Login, str] = msgspec.field(default_factory=dict)
    """In words, what the settings have for each person of *never*, and where."""

    def manages(self, address: Address) -> bool:
        return address.collection in self.managed or address in self.absent

    def path(self, address: Address) -> KeyPath | None:
        """Where the files speak of *address*, if they do."""
        found = self.declared.get(address)
        return found.path if found else self.absent.get(address)

    def path_in_groups(self, address: Address) -> KeyPath | None:
        """Where a group names the person whose membership is at *address*."""
        match address:
            case ("members", who):
                return next(iter(self.mentioned.get(Login(who), ())), None)
            case _:
                return None


class Organization(msgspec.Struct, frozen=True):
    """Which organization it is: the id is for life, the login is not."""

    login: str
    id: int


class Viewer(msgspec.Struct, frozen=True):
    """The account behind the token."""

    login: Login
    is_app: bool = False
    """A GitHub App's installation: no member, so nobody to protect."""


class Seats(msgspec.Struct, frozen=True):
    """Seats paid for, and how many members and waiting people take one."""

    total: int
    taken: int

    @property
    def free(self) -> int:
        return max(0, self.total - self.taken)


class Snapshot(msgspec.Struct, frozen=True):
    """What was found on GitHub at one moment."""

    organization: Organization
    viewer: Viewer
    taken_at: datetime
    observed: Mapping[Address, Observed[Resource]] = msgspec.field(default_factory=dict)
    others: tuple[Invitation, ...] = ()
    """Waiting invitations that are nobody's membership yet: sent to an e-mail
    address, or for a role that ghstate does not manage."""

    ended: tuple[Invitation, ...] = ()
    """Invitations to e-mail addresses that expired or failed."""

    hidden: Mapping[Address, int] = msgspec.field(default_factory=dict)
    """How many things in a collection GitHub counted without showing them."""

    invites: bool = True
    """Are there invitations here? On GHES, and where the enterprise manages its
    users, members are added at once."""

    seats: Seats | None = None
    """The seats, where they were asked for and GitHub told."""

    @property
    def complete(self) -> bool:
        return not self.hidden

    def each(self, kind: type[R]) -> Iterable[Observed[R]]:
        for found in self.observed.values():
            if isinstance(found.resource, kind):
                yield found  # type: ignore[misc]  # isinstance narrowed the inside
