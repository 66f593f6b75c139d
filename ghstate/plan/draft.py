"""A plan in the making: what is compared, and what has been decided so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

import msgspec

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login, Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.policy import Policy
from ghstate.model.resource import Declared, Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.change import Change, Delete, Reason

R = TypeVar("R", bound=Resource)


class Draft(msgspec.Struct, kw_only=True):
    """The two sides, under the names of today, and the decisions about them.

    A change gets into the draft by `propose`, which knows what holds changes back.
    """

    desired: Desired
    observed: Mapping[Address, Observed[Resource]]
    renamed: Mapping[Address, Observed[Team]]
    """Teams that the files call something else, as GitHub has them, by new address."""

    policy: Policy
    snapshot: Snapshot
    unclear: frozenset[Address] = frozenset()
    """Teams about which nothing is decided, nor about anybody in them."""

    past: Mapping[Login, Past] = msgspec.field(default_factory=dict)
    """What is remembered of people who are not members, as the files call them."""

    unlisted: tuple[Invitation, ...] = ()
    """Waiting invitations by e-mail that no file names."""

    unwanted: tuple[Invitation, ...] = ()
    """Waiting invitations by e-mail to people who get nothing by the settings."""

    never: frozenset[Login] = frozenset()
    """Who gets nothing by the settings, under the names of today."""

    put_off: frozenset[Address] = frozenset()
    """What has ended and is left as it is; with a membership, the person's places."""

    doubles: tuple[tuple[Login, Invitation], ...] = ()
    """Waiting invitations by e-mail, and the people who need none."""

    memory: bool = True
    """Was anything kept of an earlier apply?"""

    changes: dict[Address, Change] = msgspec.field(default_factory=dict)
    waiting: dict[Address, Observed[Resource]] = msgspec.field(default_factory=dict)
    notes: list[Note] = msgspec.field(default_factory=list)
    held: dict[Address, Change | None] = msgspec.field(default_factory=dict)
    """What is not done although the files ask for it: the change, if there is one."""
    implied: dict[Address, list[Observed[Resource]]] = msgspec.field(
        default_factory=lambda: defaultdict(list)
    )
    not_invited: set[Login] = msgspec.field(default_factory=set)
    """People who are not invited for a reason of their own, which a note gives."""

    suspects: Mapping[Login, Login] = msgspec.field(default_factory=dict)
    """Members who may be somebody whom the files know by an address, which is told."""

    owners_after: frozenset[Login] = frozenset()
    """Active admins once the plan is carried out."""

    def wanted(self, kind: type[R], address: Address) -> Declared[R] | None:
        found = self.desired.declared.get(address)
        fits = found is not None and isinstance(found.resource, kind)
        return cast("Declared[R]", found) if fits else None

    def found(self, kind: type[R], address: Address) -> Observed[R] | None:
        found = self.observed.get(address)
        fits = found is not None and isinstance(found.resource, kind)
        return cast("Observed[R]", found) if fits else None

    def changes_of(self, kind: type[R]) -> Iterator[tuple[Change, R]]:
        for change in self.changes.values():
            resource = change.resource
            if isinstance(resource, kind):
                yield change, resource

    def called_now(self, team: Slug) -> Slug:
        """What the files call the team that GitHub calls *team*."""
        for address, found in self.renamed.items():
            if found.resource.slug == team:
                return Slug(address[-1])
        return team

    # What keeps a change out ----------------------------------------------------

    def propose(self, change: Change) -> bool:
        """Plan *change*, unless a setting or an incomplete read holds it back."""
        if self._is_put_off(change):
            return False
        if words := self._not_a_feature(change):
            # A safety rule speaks before the features do, about this change, too.
            self.hold(change.address, words, change)
            return False
        if words := self._unseen(change):
            self.hold(change.address, words)
            return False
        self.changes[change.address] = change
        return True

    def _is_put_off(self, change: Change) -> bool:
        if change.address in self.put_off:
            self.held[change.address] = None  # a note tells of all of them
            return True
        person = change.resource.person
        return (
            isinstance(change, Delete)
            and person is not None
            and Member.at(person) in self.put_off
        )

    def hold(
        self, address: Address, summary: str, change: Change | None = None
    ) -> None:
        self.held[address] = change
        self.notes.append(Note(address, "held-back", Severity.INFO, summary))

    def is_left_alone(self, address: Address) -> bool:
        """Is *address* managed from outside, or ignored by the settings?

        Where several settings speak of one person, the first that applies wins:
        managed from outside, ignored, the files (contract §2.1).
        """
        here = self.observed.get(address)
        return self._is_kept_by_others(address, here) or self._is_ignored(address, here)

    def _not_a_feature(self, change: Change) -> str:
        """Why `features` holds *change* back; empty when it does not."""
        person = change.resource.person
        if not change.address.is_in(MEMBERS) or person is None:
            return ""
        feature, words = _FEATURES.get(change.reason, (None, ""))
        allowed = {
            None: True,
            "invite": self.policy.invite,
            "remove": self.policy.remove,
        }
        if allowed[feature]:
            return ""
        return f'{words.format(person.spelled)}: "{feature}" is not among the features'

    def _unseen(self, change: Change) -> str:
        """An incomplete read removes nothing from the collection it concerns."""
        collection = change.address.collection
        if isinstance(change, Delete) and collection in self._hidden():
            return f"{change.address} stays: GitHub did not show all of {collection}"
        return ""

    def _hidden(self) -> frozenset[Address]:
        """The collections that GitHub did not show in full, under today's names."""
        called = {
            TeamMember.all_of(found.resource.slug): address / "members"
            for address, found in self.renamed.items()
        }
        return frozenset(called.get(each, each) for each in self.snapshot.hidden)

    def _is_kept_by_others(
        self, address: Address, found: Observed[Resource] | None
    ) -> bool:
        if found is None or found.kept_by is None:
            return False
        declared = address in self.desired.declared
        self.notes.append(
            Note(
                address,
                "externally-managed",
                Severity.ERROR if declared else Severity.INFO,
                f"{found.resource.address} is managed by {found.kept_by}, "
                "not by ghstate",
                "take it out of the files" if declared else "",
            )
        )
        return True

    def _is_ignored(self, address: Address, found: Observed[Resource] | None) -> bool:
        want = self.desired.declared.get(address)
        resource = want.resource if want else found.resource if found else None
        person = resource.person if resource else None
        if person is None or not self.policy.ignores(person):
            return False
        if want:
            words = f"{person.spelled} is ignored by the settings, and so left alone"
            self.notes.append(Note(address, "ignored", Severity.INFO, words))
        return True


_FEATURES: Mapping[Reason, tuple[str | None, str]] = {
    Reason.INVITE: ("invite", "{} is not invited"),
    Reason.REINVITE: ("invite", "{} is not invited again"),
    Reason.REPLACE_INVITATION: ("invite", "the invitation of {} keeps its other role"),
    Reason.REMOVE: ("remove", "{} is not removed"),
    Reason.CANCEL_INVITATION: ("remove", "the invitation of {} is not cancelled"),
}
"""The feature that each change of somebody's membership needs, and what is said
where it is missing. Role changes of members are always on; teams have no features."""
