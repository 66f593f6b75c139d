"""The lines of the files and the sets in them, and what they ask for on a day."""

from __future__ import annotations

from datetime import date

import msgspec

from ghstate.model.groups import Reference
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired
from ghstate.rules.grants import Grants, granted, without
from ghstate.rules.membership import Membership
from ghstate.rules.references import Named


class Sets(msgspec.Struct, frozen=True):
    """The lines of the files, the sets in them, and who gets *never* anything."""

    grants: Grants
    membership: Membership
    never: tuple[Reference, ...] = ()

    @property
    def dated(self) -> bool:
        return self.grants.dated or self.membership.dated

    def asked_on(self, day: date | None) -> tuple[Desired, list[Note]]:
        """What the files ask for on *day*, and what `never` kept out of that."""
        taking = self.membership.on(day).taking
        never = {
            login
            for each in self.never
            for login in (
                (each.name,) if isinstance(each.name, Login) else taking.people(each)
            )
        }
        return without(granted(self.grants, self.membership, day), never)


NO_SETS = Sets(Grants({}), Membership(Named(groups={}, teams={})))
"""Of files that say nothing."""
