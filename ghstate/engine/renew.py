"""Sending an invitation once more, because somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.plan import Plan
from ghstate.statefile import State


class Refused(msgspec.Struct, frozen=True):
    """Why somebody's invitation is not sent again, and what to do instead."""

    why: str
    hint: str = ""


class Renewal(msgspec.Struct, frozen=True):
    """What sends the invitations again, and whose it may not."""

    plan: Plan
    refused: Mapping[Login, Refused]


def renew(
    who: Iterable[Login], made: Plan, desired: Desired, state: State, policy: Policy
) -> Renewal:
    """Send the invitations of *who* once more, with the same role and teams.

    *made* is the plan for the files: whom it does not await is not sent another mail.
    """
    snapshot = state.snapshot
    assert snapshot is not None  # noqa: S101 - *made* was made of it
    mail = follow_addresses(desired, snapshot, state.bindings, state.past)
    asked = _Asked(made, desired, mail.snapshot, policy)
    changes: list[Update] = []
    refused: dict[Login, Refused] = {}
    for login in dict.fromkeys(who):
        outcome = asked.about(login)
        if isinstance(outcome, Refused):
            refused[login] = outcome
        else:
            again = Update(outcome, outcome.resource, frozenset(), Reason.RENEW)
            changes.append(again)
    places = _places(mail.snapshot)
    plan = Plan(
        organization=made.organization,
        snapshot_at=made.snapshot_at,
        people=made.people,
        teams=made.teams,
        changes=tuple(sorted(changes, key=lambda change: change.address)),
        implied={
            change.address: places[change.address]
            for change in changes
            if change.address in places
        },
        seats=made.seats,
    )
    return Renewal(plan, refused)


def _places(snapshot: Snapshot) -> Mapping[Address, tuple[Observed[Resource], ...]]:
    """The places in teams that each invitation brings, by whose it is."""
    places: dict[Address, tuple[Observed[Resource], ...]] = {}
    for found in snapshot.each(TeamMember):
        if found.standing is Standing.INVITED:
            at = Member.at(found.resource.login)
            places[at] = (*places.get(at, ()), found)
    return places


class _Asked(msgspec.Struct, frozen=True):
    """What bears on whether somebody's invitation may be sent again."""

    made: Plan
    desired: Desired
    snapshot: Snapshot
    policy: Policy

    def about(self, login: Login) -> Observed[Resource] | Refused:
        """The membership that is waited for, or the gravest reason against it."""
        if refused := self._not_ours(login) or self._not_allowed(login):
            return refused
        address = Member.at(login)
        for each in self.made.waiting:
            if each.address == address:
                return each.observed
        if change := self._change(address):
            return _planned(login.spelled, change)
        return self._not_awaited(login.spelled, address)

    def _not_ours(self, login: Login) -> Refused | None:
        """An invitation that somebody else has in hand."""
        name = login.spelled
        if not self.snapshot.invites:
            return Refused("there are no invitations here: people are members at once")
        if role := self._managers().get(login):
            return Refused(
                f"{name} is invited as {role}; "
                "that invitation is not ghstate's to touch"
            )
        found = self.snapshot.observed.get(Member.at(login))
        if found is None or found.standing is not Standing.INVITED:
            return None
        invitation = found.invitation
        untouchable = invitation is not None and invitation.untouchable
        return _untouchable(name, found) if untouchable else None

    def _not_allowed(self, login: Login) -> Refused | None:
        name = login.spelled
        if self.policy.ignores(login):
            return Refused(f"{name} is ignored by the settings")
        if not self.policy.invite:
            return Refused(
                f"{name} is not invited again: "
                '"invite" is not among the features of the settings'
            )
        return None

    def _not_awaited(self, name: str, address: Address) -> Refused:
        """Of somebody whom the plan neither waits for nor changes anything about."""
        found = self.snapshot.observed.get(address)
        if found is None or found.standing is Standing.FAILED:
            return Refused(f"{name} is not invited", "see `ghstate invites`")
        if found.standing is Standing.ACTIVE:
            return Refused(f"{name} is a member already")
        if MEMBERS not in self.desired.managed:
            return Refused(f"no file names {name}", "write them into [members]")
        # There is an error about them, or something is held back.
        return Refused(f"the plan does not wait for {name}", "see `ghstate plan`")

    def _managers(self) -> Mapping[Login, str]:
        """Who is invited to become something else than a member, and what."""
        return {
            each.invitee: each.role.value.replace("_", " ")
            for each in self.snapshot.others
            if each.invitee is not None and not each.role.of_a_member
        }

    def _change(self, address: Address) -> Change | None:
        return next((c for c in self.made.changes if c.address == address), None)


def _untouchable(name: str, found: Observed[Resource]) -> Refused:
    if found.invitation is not None and found.invitation.id is None:
        return Refused(
            f"{name} was invited by e-mail, and GitHub does not say to which address",
            "write email = ADDRESS beside their login, so that it is recognised",
        )
    return Refused(
        f"the identity provider, or a reinstatement, invited {name}; "
        "that invitation is not ghstate's to touch"
    )


def _planned(name: str, change: Change) -> Refused:
    """Why not somebody whose membership the plan changes anyway."""
    match change:
        case Create(reason=Reason.REINVITE):
            return Refused(
                f"the invitation of {name} has to be sent again as it is",
                "the next apply does that",
            )
        case Create():
            return Refused(f"{name} is not invited yet", "the next apply invites them")
        case Update(reason=Reason.REPLACE_INVITATION):
            return Refused(
                f"the invitation of {name} gives something else than the files ask for",
                "the next apply replaces it",
            )
        case Delete(reason=Reason.CANCEL_INVITATION):
            return Refused(
                f"no file names {name}, and the next apply cancels their invitation",
                "write them into [members]",
            )
        case Update() | Delete():
            return Refused(f"{name} is a member already")
        case _:
            assert_never(change)
