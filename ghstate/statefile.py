"""The state: what ghstate remembers between runs, and how it is written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ghstate.model.address import Address
from ghstate.model.names import Login
from ghstate.model.organization import Organization, Snapshot

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An apply that has begun: what it did, and what it was doing when last seen."""

    started_at: datetime
    digest: str
    done: tuple[Address, ...] = ()
    doing: Address | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One generation of the state.

    *lineage* is a UUID for life; *serial* rises with each write, *applied_serial*
    only with an apply or a state edit.
    """

    lineage: str
    serial: int = 0
    applied_serial: int = 0
    organization: Organization | None = None
    snapshot: Snapshot | None = None
    bindings: Mapping[Login, int] = field(default_factory=dict)
    """The numeric id that each login had when it was first seen."""

    managed: frozenset[Address] = frozenset()
    """Collections and teams that the last apply managed."""

    under_way: UnderWay | None = None
