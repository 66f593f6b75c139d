"""Invitations on a sandbox: what is asked for, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from ghstate.model.invitation import Invitation
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.sandbox import records
from ghstate.sandbox.conditions import Drop, Fault
from ghstate.sandbox.records import Why
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests import build
from tests.github.changes import Changes, Scene

ADDRESS = "new.hire@acme.example"
MASK = "n…@acme.example"


def acme() -> World:
    """ada and grace own acme; bob and carol are in it; zoe and new.hire may come."""
    world = World("acme")
    world.add_member("ada", records.OrgRole.ADMIN)
    world.add_member("grace", records.OrgRole.ADMIN)
    world.add_member("bob")
    world.add_member("carol")
    world.add_account("zoe")
    world.add_account("nia", email=ADDRESS)
    world.add_team("ops", "carol", "ada")
    world.add_team("dev", "carol")
    return world


@contextmanager
def scene_of(world: World) -> Iterator[Scene]:
    with Sandbox(world) as sandbox:
        yield Scene(sandbox)


# What is there


def by_mail(snapshot: Snapshot, address: str = ADDRESS) -> Invitation:
    """The waiting or the failed invitation to *address*."""
    wanted = Mailbox.of(address, snapshot.organization.id).fingerprint
    [found] = [
        each
        for each in (*snapshot.others, *snapshot.ended)
        if each.mailbox and each.mailbox.fingerprint == wanted
    ]
    return found


def as_observed(invitation: Invitation, person: str) -> Observed[Resource]:
    role = OrgRole.ADMIN if invitation.grants_ownership else OrgRole.MEMBER
    standing = Standing.FAILED if invitation.failed_at else Standing.INVITED
    member = Member(login=build.member(person).login, role=role)
    return Observed(member, standing, invitation=invitation)


def live(world: World) -> list[tuple[str, str, tuple[str, ...]]]:
    """Everybody who is waited for: to whom it went, as what, with which teams."""
    return sorted(
        (
            each.email or world.accounts[each.account or 0].login,
            each.role.value,
            tuple(sorted(world.teams[team].slug for team in each.teams)),
        )
        for each in world.invitations.values()
    )


def mails(world: World, why: Why) -> list[str]:
    return [mail.to.lower() for mail in world.mails if mail.why is why]


# What is asked for


def inviting(person: str, role: str = "member", *teams: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = snapshot.observed.get(Member.at(person))
        return [
            Create(build.member(person, role), Reason.INVITE, before),
            *(
                Create(build.team_member(team, person), Reason.WITH_INVITATION)
                for team in teams
            ),
        ]

    return changes


def inviting_once_more(address: str, *teams: str) -> Changes:
    """After the invitation by e-mail has failed."""

    def changes(snapshot: Snapshot) -> list[Change]:
        before = as_observed(by_mail(snapshot, address), address)
        return [
            Create(build.member(address), Reason.REINVITE, before),
            *(
                Create(build.team_member(team, address), Reason.WITH_INVITATION)
                for team in teams
            ),
        ]

    return changes


def replacing(login: str, role: str = "member") -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = snapshot.observed[Member.at(login)]
        return [_replaced(before, login, role)]

    return changes


def replacing_by_mail(person: str, role: str = "member", *teams: str) -> Changes:
    """*person* is the address, or the login of whom the files know it to be."""

    def changes(snapshot: Snapshot) -> list[Change]:
        before = as_observed(by_mail(snapshot), person)
        return [
            _replaced(before, person, role),
            *(
                Create(build.team_member(team, person), Reason.WITH_INVITATION)
                for team in teams
            ),
        ]

    return changes


def _replaced(before: Observed[Resource], person: str, role: str) -> Change:
    wanted = build.member(person, role)
    return Update(before, wanted, frozenset({"role"}), Reason.REPLACE_INVITATION)


def renewing(login: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        return [_renewed(snapshot.observed[Member.at(login)])]

    return changes


def renewing_by_mail(person: str = ADDRESS) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        return [_renewed(as_observed(by_mail(snapshot), person))]

    return changes


def _renewed(before: Observed[Resource]) -> Change:
    return Update(before, before.resource, frozenset(), Reason.RENEW)


def cancelling(login: str) -> Changes:
    def changes(snapshot: Snapshot) -> list[Change]:
        before = snapshot.observed[Member.at(login)]
        return [Delete(before, Reason.CANCEL_INVITATION)]

    return changes


def cancelling_by_mail(snapshot: Snapshot) -> list[Change]:
    found = by_mail(snapshot)
    before = as_observed(found, ADDRESS)
    unlisted = Member(login=Login(f"invitation {found.id}"))
    gone = Observed(unlisted, before.standing, invitation=found)
    return [Delete(gone, Reason.CANCEL_INVITATION)]


def when_sent(then: Reply | Drop, **details: Any) -> Fault:
    """What happens to the call that sends an invitation."""
    return Fault(then, method="POST", path="/orgs/acme/invitations", **details)


# What is there before


def zoe_waits(world: World, role: str = "admin", *teams: str) -> None:
    """zoe is invited as *role* with *teams*, and the mail of it is forgotten."""
    world.invite(
        "zoe", records.InvitationRole(role), teams=teams or ("ops", "dev"), by="ada"
    )
    world.mails.clear()


def an_address_waits(world: World, role: str = "admin", *teams: str) -> None:
    world.invite(
        ADDRESS, records.InvitationRole(role), teams=teams or ("ops", "dev"), by="ada"
    )
    world.mails.clear()


def nobody_answered(world: World, who: str, times: int = 1) -> None:
    """Invitations that expired one after the other."""
    for _ in range(times):
        world.invite(who, by="ada")
        world.advance(timedelta(days=8))
    world.mails.clear()
