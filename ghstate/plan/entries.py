"""The changes of a plan as its document has them, and as they are read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.plan.change import Reason
from ghstate.plan.document import canonical, resource_changes
from ghstate.plan.plan import Plan

Attributes: TypeAlias = Mapping[str, str | int | float | bool | None]


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a thing's attributes."""

    actions: tuple[Action]
    before: Attributes | None
    after: Attributes | None
    after_unknown: Mapping[str, bool]

    @property
    def action(self) -> Action:
        return self.actions[0]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the ``resource_changes`` of a plan document."""

    address: str
    mode: str
    type: str
    name: str
    change: Turn
    action_reason: Reason

    @property
    def at(self) -> Address:
        return Address.parse(self.address)

    def is_as(self, other: Entry) -> bool:
        """Do both do the same?

        A place in a team comes with the invitation, or by itself where somebody has
        been invited meanwhile; the access is the same.
        """
        return _by_itself(self) == _by_itself(other)


def entries(plan: Plan) -> tuple[Entry, ...]:
    """The changes of *plan*, sorted by address."""
    return msgspec.convert(resource_changes(plan), tuple[Entry, ...])


def digest_of(organization: int, changes: Sequence[Any]) -> str:
    """The digest of a plan that is only there as a document."""
    content = {"organization": {"id": organization}, "resource_changes": changes}
    return sha256(canonical(content)).hexdigest()


def _by_itself(entry: Entry) -> Entry:
    if entry.action_reason is Reason.WITH_INVITATION:
        return replace(entry, action_reason=Reason.ADD)
    return entry
