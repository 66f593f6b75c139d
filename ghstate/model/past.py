"""The past of a person: what the organization of today does not show."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from msgspec.structs import replace


class Departure(msgspec.Struct, frozen=True):
    """How somebody ceased to be a member, as the audit log tells it."""

    at: datetime
    on_their_own: bool


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of somebody who is not a member.

    Becoming a member ends it: whoever has accepted starts anew.
    """

    invited: tuple[int, ...] = ()
    """The ids of all invitations known since they were last a member, sorted."""

    forgiven: tuple[int, ...] = ()
    """Those among them that count no more: somebody chose so, or `ghstate` itself put
    another in their place."""

    member_until: datetime | None = None
    """When they were last known to be a member."""

    left: bool = False
    """Did they leave on their own, as the audit log says?"""

    taken: bool = False
    """For an address: does GitHub say that it is a member's already?"""

    joined: tuple[int, ...] = ()
    """For an address: the accounts that became members while its invitation ended
    unseen. One of them may be the person who accepted it."""

    def ended(self, live: Collection[int] = ()) -> int:
        """How many invitations came to nothing; those in *live* still wait."""
        return len({*self.invited} - {*self.forgiven} - {*live})

    def with_invitations(self, ids: Collection[int]) -> Past:
        return replace(self, invited=tuple(sorted({*self.invited, *ids})))

    def reset(self, live: Collection[int] = ()) -> Past:
        """Without anything that keeps somebody from being invited again.

        Nor with when they were last a member: that would have the audit log asked. An
        invitation in *live* still waits, and counts if it comes to nothing.
        """
        over = {*self.invited} - {*live}
        return Past(
            invited=self.invited,
            forgiven=tuple(sorted({*self.forgiven, *over})),
            member_until=None if self.left else self.member_until,
        )

    def joined_with(self, other: Past) -> Past:
        """What two memories know together, such as a state and a lock file."""
        return Past(
            invited=tuple(sorted({*self.invited, *other.invited})),
            forgiven=tuple(sorted({*self.forgiven, *other.forgiven})),
            member_until=self.member_until or other.member_until,
            left=self.left or other.left,
            taken=self.taken or other.taken,
            joined=tuple(sorted({*self.joined, *other.joined})),
        )
