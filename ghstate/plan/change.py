"""Changes: what a plan is made of."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeAlias

import msgspec

from ghstate.model.address import Address
from ghstate.model.resource import Observed, Resource


class Reason(StrEnum):
    """Why a change is in the plan, and so which of GitHub's calls makes it."""

    INVITE = "invite"
    REINVITE = "reinvite"
    """The earlier invitation expired, failed, or goes with the person who sent it."""

    REPLACE_INVITATION = "replace_invitation"
    """The invitation that waits gives another role than the files ask for."""

    RENEW = "renew"
    """The same invitation once more, because somebody asked for it; in no plan."""

    CHANGE_ROLE = "change_role"
    REMOVE = "remove"
    CANCEL_INVITATION = "cancel_invitation"

    CREATE = "create"
    UPDATE = "update"
    RENAME = "rename"
    DELETE = "delete"

    ADD = "add"
    WITH_INVITATION = "with_invitation"
    """Part of an invitation in the same plan: one call, one mail."""


class Create(msgspec.Struct, frozen=True):
    """Bring *after* into being."""

    after: Resource
    reason: Reason
    before: Observed[Resource] | None = None
    """The failed invitation that this one follows, if there was one."""

    needs_gone: Address | None = None
    """A change that must come first although it takes something away."""

    @property
    def resource(self) -> Resource:
        return self.after

    @property
    def address(self) -> Address:
        return self.after.address

    def requires(self) -> Iterator[Address]:
        return self.after.requires()


class Update(msgspec.Struct, frozen=True):
    """Turn *before* into *after*, in the *managed* fields.

    The address is *after*'s; *before* stands elsewhere when a team is renamed.
    """

    before: Observed[Resource]
    after: Resource
    managed: frozenset[str]
    reason: Reason

    @property
    def resource(self) -> Resource:
        return self.after

    @property
    def address(self) -> Address:
        return self.after.address

    def requires(self) -> Iterator[Address]:
        return self.after.requires()

    def fields(self) -> Iterator[tuple[str, object, object]]:
        """The name, old value and new value of each field that changes."""
        for name in sorted(self.managed | set(self.after.KEY)):
            old = getattr(self.before.resource, name)
            new = getattr(self.after, name)
            if old != new:
                yield name, old, new


class Delete(msgspec.Struct, frozen=True):
    """Remove *before*."""

    before: Observed[Resource]
    reason: Reason

    @property
    def resource(self) -> Resource:
        return self.before.resource

    @property
    def address(self) -> Address:
        return self.before.resource.address

    def requires(self) -> Iterator[Address]:
        return iter(())


Change: TypeAlias = Create | Update | Delete
