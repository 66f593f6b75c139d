"""What has become different on GitHub, and what ghstate did there itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from ghstate.model.address import Address
from ghstate.model.names import Login
from ghstate.model.resource import Observed, Resource


class Hand(StrEnum):
    """Whose hand changed something on GitHub."""

    PERSON = "person"
    OWN = "own"
    """The account behind the token of this run: by hand, or in another run."""

    APP = "app"
    PROVIDER = "provider"
    """The account by which an identity provider manages the enterprise's people."""


class Author(msgspec.Struct, frozen=True):
    """Who made a change and when, as GitHub's audit log tells it."""

    login: Login
    at: datetime
    hand: Hand = Hand.PERSON


class Drift(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is not as the last apply left it.

    It became what it is between two reads, *after* the one and *before* the other.
    """

    type: str
    """The kind's `Resource.TYPE`."""

    was: Mapping[str, Any] | None
    """Its attributes, as in `Resource.document`; None where there was nothing."""

    after: datetime
    before: datetime
    id: int | None = None
    """GitHub's numeric id of the person or team, where it is known."""

    invited: bool = False
    """Was it only offered, by an invitation that nobody had answered?"""

    needed: tuple[Address, ...] = ()
    """What it required, and what it would go along with."""

    by: Author | None = None


class Outlook(StrEnum):
    """What becomes of a drift when the plan is carried out."""

    UNDONE = "undone"
    OTHERWISE = "otherwise"
    """It is changed, and not back: the files have changed as well."""

    AGREED = "agreed"
    """The files ask for what is there now."""

    LEFT = "left"


class Drifted(msgspec.Struct, frozen=True, kw_only=True):
    """A drift beside what is there now, and what a plan makes of it."""

    address: Address
    drift: Drift
    now: Observed[Resource] | None
    along: Address | None = None
    """The drift that it is only a consequence of."""

    outlook: Outlook = Outlook.LEFT

    @property
    def is_now(self) -> Mapping[str, object] | None:
        """Its attributes; None where there is nothing any more."""
        return None if self.now is None else self.now.resource.document()


class Made(msgspec.Struct, frozen=True):
    """A change that an apply has made: the word of its `Reason`, and when."""

    reason: str
    at: datetime
    value: str = ""
    """What tells two changes of one thing apart, where the reason does not."""
