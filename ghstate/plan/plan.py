"""A plan: what would be done, what is awaited, and what has to be said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from ghstate.model.address import Address
from ghstate.model.drift import Drifted
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Organization, Seats
from ghstate.model.resource import Observed, Resource
from ghstate.plan.change import Change


class Waiting(msgspec.Struct, frozen=True):
    """Something the files ask for that holds once somebody has answered."""

    observed: Observed[Resource]
    teams: tuple[Slug, ...] = ()
    """The teams that come with it."""

    @property
    def address(self) -> Address:
        return self.observed.resource.address


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The changes that make the organization match the files, sorted by address.

    *implied* tells, by the address of a change, what goes along with it by
    GitHub's own doing: the team memberships of somebody who is removed, the
    memberships and child teams of a team that is deleted. None of it is a change
    of its own.
    """

    organization: Organization
    snapshot_at: datetime
    people: int = 0
    """Active members in the snapshot."""

    teams: int = 0
    """Teams in the snapshot."""

    changes: tuple[Change, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    notes: tuple[Note, ...] = ()
    implied: Mapping[Address, tuple[Observed[Resource], ...]] = msgspec.field(
        default_factory=dict
    )
    held_back: int = 0
    """How much a setting or an incomplete read holds back; each is a note."""

    held_changes: tuple[Change, ...] = ()
    """The changes among it, which are subject to the safety rules all the same."""

    removals: Mapping[str, int] = msgspec.field(default_factory=dict)
    """How many things of each kind would go, as the removal limit counts them."""

    newly_managed: Mapping[str, int] = msgspec.field(default_factory=dict)
    """How many things would go for not being in the files, of kinds that were never
    managed before."""

    protected: Mapping[Login, Login] = msgspec.field(default_factory=dict)
    """Whom the settings protect, by today's login, with the one in the settings."""

    targets: tuple[Address, ...] = ()
    """What the plan is restricted to; everything without any."""

    drift: tuple[Drifted, ...] = ()
    """What others have changed since the last apply, sorted by address."""

    seats: Seats | None = None
    """The seats there are, where they were asked for and GitHub told."""

    at_once: bool = False
    """Are there no invitations here, so that people are members at once?"""

    empty_files: bool = False
    """Do the files speak of nothing at all?"""

    def of_severity(self, severity: Severity) -> Iterator[Note]:
        return (note for note in self.notes if note.severity is severity)

    @property
    def refusals(self) -> tuple[Note, ...]:
        return tuple(self.of_severity(Severity.REFUSAL))

    @property
    def errors(self) -> tuple[Note, ...]:
        """Entries that cannot be carried out; the rest can."""
        return tuple(self.of_severity(Severity.ERROR))
