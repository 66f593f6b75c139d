"""In what situation one person may be when the files come to speak of them."""

from __future__ import annotations

from collections.abc import Callable

from ghstate.sandbox.policy import ManagedRefusal, NoSeat, Profile, Suspended
from ghstate.sandbox.records import (
    InvitationRole,
    InvitationSource,
    OrgRole,
    Reason,
    TeamRole,
)
from ghstate.sandbox.world import World
from tests.laws.company import (
    BOB,
    BOBS_ADDRESS,
    DAY,
    OTHER_OWNER,
    OTHER_TEAM,
    OWNER,
    TEAM,
    Company,
    Happening,
    Situation,
)

SITUATIONS: list[Situation] = []


def _situation(
    name: str,
    *,
    login: str = BOB,
    inviter: str | None = "admin",
) -> Callable[[Happening], Happening]:
    def add(happen: Happening) -> Happening:
        SITUATIONS.append(
            Situation(
                name=name,
                happen=happen,
                login=login,
                inviter=inviter,
            )
        )
        return happen

    return add


# Nothing yet, or everything ----------------------------------------------------


@_situation("never known")
def _(acme: Company) -> None:
    assert acme.bob.id not in acme.world.members


@_situation("no such account")
def _(acme: Company) -> None:
    acme.world.forget(acme.bob)


@_situation("member")
def _(acme: Company) -> None:
    acme.join()


@_situation("admin")
def _(acme: Company) -> None:
    acme.join(OrgRole.ADMIN)


@_situation("member of another team")
def _(acme: Company) -> None:
    acme.join()
    team = acme.world.team(OTHER_TEAM)
    assert team
    acme.world.place(team, acme.bob.id, TeamRole.MEMBER)


# Invited -----------------------------------------------------------------------


@_situation("invited as member by us")
def _(acme: Company) -> None:
    acme.invite()


@_situation("invited as admin by us")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN)


@_situation("invited as member by another owner")
def _(acme: Company) -> None:
    acme.invite(by=OTHER_OWNER)


@_situation("invited as admin by another owner")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN, by=OTHER_OWNER)


@_situation("invited as member with the team")
def _(acme: Company) -> None:
    acme.invite(teams=(TEAM,))


@_situation("invited as admin with another team")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN, teams=(OTHER_TEAM,))


@_situation("invited as member with both teams")
def _(acme: Company) -> None:
    acme.invite(teams=(TEAM, OTHER_TEAM))


@_situation("invited as member, and the sender goes", inviter=None)
def _(acme: Company) -> None:
    acme.invite(by=OTHER_OWNER, teams=(TEAM,))


@_situation("invited as admin, and the sender goes", inviter=None)
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN, by=OTHER_OWNER)


@_situation("invited, and the sender is demoted", inviter="member")
def _(acme: Company) -> None:
    acme.invite(by=OTHER_OWNER)


@_situation("invited by SCIM")
def _(acme: Company) -> None:
    acme.invite(source=InvitationSource.SCIM)


@_situation("invited as billing manager")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.BILLING_MANAGER)


@_situation("invited as hiring manager")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.HIRING_MANAGER)


@_situation("invited to be reinstated")
def _(acme: Company) -> None:
    acme.join()
    acme.world.part(acme.bob, by=acme.world.known(OWNER).id)
    acme.invite(role=InvitationRole.REINSTATE)


@_situation("invited by e-mail as member")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS)


@_situation("invited by e-mail as admin")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS, InvitationRole.ADMIN)


@_situation("invited by e-mail with both teams")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS, teams=(TEAM, OTHER_TEAM))


@_situation("invited by e-mail to be reinstated")
def _(acme: Company) -> None:
    acme.join()
    acme.world.part(acme.bob, by=acme.world.known(OWNER).id)
    acme.invite(BOBS_ADDRESS, InvitationRole.REINSTATE)


@_situation("invited by SCIM and by e-mail, with both teams")
def _(acme: Company) -> None:
    both = (TEAM, OTHER_TEAM)
    acme.invite(BOBS_ADDRESS, teams=both, source=InvitationSource.SCIM)


@_situation("invited by e-mail, and the sender goes", inviter=None)
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS, by=OTHER_OWNER, teams=(TEAM,))


@_situation("invited by an address nobody knows")
def _(acme: Company) -> None:
    acme.invite("somebody@else.example")


@_situation("invited twice, by login and by e-mail")
def _(acme: Company) -> None:
    acme.invite()
    acme.invite(BOBS_ADDRESS)


@_situation("invited twice, in two roles")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN, by=OTHER_OWNER)
    acme.invite(BOBS_ADDRESS)


@_situation("invited twice, for more by e-mail")
def _(acme: Company) -> None:
    acme.invite()
    acme.invite(BOBS_ADDRESS, InvitationRole.ADMIN)


# Invited in vain ---------------------------------------------------------------


def _expired(acme: Company, times: int, who: str | None = None) -> None:
    for n in range(times, 0, -1):
        acme.invite(who, days_ago=9 * n)
    acme.world.settle()


@_situation("expired once")
def _(acme: Company) -> None:
    _expired(acme, 1)


@_situation("expired twice")
def _(acme: Company) -> None:
    _expired(acme, 2)


@_situation("expired as often as may be")
def _(acme: Company) -> None:
    _expired(acme, 3)


@_situation("expired once, by e-mail")
def _(acme: Company) -> None:
    _expired(acme, 1, BOBS_ADDRESS)


@_situation("expired as often as may be, by e-mail")
def _(acme: Company) -> None:
    _expired(acme, 3, BOBS_ADDRESS)


@_situation("expired before, and invited again")
def _(acme: Company) -> None:
    _expired(acme, 1)
    acme.invite(role=InvitationRole.ADMIN)


@_situation("failed for a reason")
def _(acme: Company) -> None:
    acme.invite()
    acme.world.fail(BOB, Reason.TWO_FACTOR)


@_situation("failed, and the record blocks")
def _(acme: Company) -> None:
    acme.world.policy.failed_invitation_blocks = True
    _expired(acme, 2)


@_situation("declined")
def _(acme: Company) -> None:
    acme.invite()
    acme.remember()
    acme.world.decline(BOB)


@_situation("declined, which leaves a record")
def _(acme: Company) -> None:
    acme.world.policy.declined_fails = True
    acme.invite()
    acme.remember()
    acme.world.decline(BOB)


@_situation("declined by e-mail")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS)
    acme.remember()
    acme.world.decline(BOBS_ADDRESS)


@_situation("cancelled by a human")
def _(acme: Company) -> None:
    acme.invite()
    acme.remember()
    acme.world.cancel(BOB, by=OTHER_OWNER)


@_situation("cancelled by a human, by e-mail")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS)
    acme.remember()
    acme.world.cancel(BOBS_ADDRESS, by=OTHER_OWNER)


@_situation("accepted by e-mail before we looked")
def _(acme: Company) -> None:
    acme.invite(BOBS_ADDRESS)
    acme.remember()
    acme.world.accept_by_mail(BOBS_ADDRESS, BOB)


# Gone --------------------------------------------------------------------------


def _was_member(acme: Company, *, logged: bool) -> None:
    acme.world.policy.audit_log = logged
    acme.join()
    acme.remember()
    acme.world.advance(DAY)


@_situation("left, and the audit log says so")
def _(acme: Company) -> None:
    _was_member(acme, logged=True)
    acme.world.leave(BOB)


@_situation("left, and nothing says so")
def _(acme: Company) -> None:
    _was_member(acme, logged=False)
    acme.world.leave(BOB)


@_situation("removed by a human, and the audit log says so")
def _(acme: Company) -> None:
    _was_member(acme, logged=True)
    acme.world.part(acme.bob, by=acme.world.known(OTHER_OWNER).id)


@_situation("removed by a human, and nothing says so")
def _(acme: Company) -> None:
    _was_member(acme, logged=False)
    acme.world.part(acme.bob, by=acme.world.known(OTHER_OWNER).id)


@_situation("blocked by the organization")
def _(acme: Company) -> None:
    acme.bob.blocked = True


@_situation("blocks the organization")
def _(acme: Company) -> None:
    acme.bob.invitable = False


# Called something else ---------------------------------------------------------


def _renamed(acme: Company) -> None:
    acme.remember()
    acme.world.rename(BOB, "bobby")


def _squatted(acme: Company) -> None:
    _renamed(acme)
    acme.world.add_account(BOB)


@_situation("renamed while a member")
def _(acme: Company) -> None:
    acme.join()
    _renamed(acme)


@_situation("renamed while waiting")
def _(acme: Company) -> None:
    acme.invite(teams=(TEAM,))
    _renamed(acme)


@_situation("renamed while a stranger")
def _(acme: Company) -> None:
    _renamed(acme)


@_situation("squatted while a member")
def _(acme: Company) -> None:
    acme.join()
    _squatted(acme)


@_situation("squatted while waiting")
def _(acme: Company) -> None:
    acme.invite()
    _squatted(acme)


@_situation("squatted while a stranger")
def _(acme: Company) -> None:
    _squatted(acme)


@_situation("deleted while a member")
def _(acme: Company) -> None:
    acme.join()
    acme.remember()
    acme.world.delete_account(BOB)


@_situation("deleted while waiting")
def _(acme: Company) -> None:
    acme.invite()
    acme.remember()
    acme.world.delete_account(BOB)


@_situation("deleted while a stranger")
def _(acme: Company) -> None:
    acme.remember()
    acme.world.delete_account(BOB)


# Where there are no invitations ------------------------------------------------

MANAGED = "bob_acme"


def _managed(acme: Company) -> None:
    acme.world.policy.profile = Profile.MANAGED_USERS


@_situation("managed, and known to the enterprise", login=MANAGED)
def _(acme: Company) -> None:
    _managed(acme)


@_situation("managed, and a member", login=MANAGED)
def _(acme: Company) -> None:
    _managed(acme)
    acme.join()


def _unknown_here(refusal: ManagedRefusal) -> Happening:
    def happen(acme: Company) -> None:
        _managed(acme)
        acme.bob.provisioned = False
        acme.world.policy.managed_refusal = refusal

    return happen


for _refusal in ManagedRefusal:
    _situation(f"unknown to the enterprise, {_refusal.name.lower()}")(
        _unknown_here(_refusal)
    )


def _suspended(listed: Suspended) -> Happening:
    def happen(acme: Company) -> None:
        _managed(acme)
        acme.world.policy.suspended = listed
        acme.join()
        acme.remember()
        acme.world.suspend(MANAGED)

    return happen


for _listed in Suspended:
    _situation(f"suspended, {_listed.name.lower()}", login=MANAGED)(_suspended(_listed))


@_situation("a stranger on a server")
def _(acme: Company) -> None:
    acme.world.policy.profile = Profile.SERVER


@_situation("a member on a server")
def _(acme: Company) -> None:
    acme.world.policy.profile = Profile.SERVER
    acme.join()


# When GitHub has no room -------------------------------------------------------


@_situation("no seat is left")
def _(acme: Company) -> None:
    acme.world.policy.seats = acme.world.seats_taken()


@_situation("no seat is left, in plain words")
def _(acme: Company) -> None:
    acme.world.policy.no_seat = NoSeat.SENTENCE
    acme.world.policy.seats = acme.world.seats_taken()


@_situation("no seat is left until somebody goes", inviter=None)
def _(acme: Company) -> None:
    acme.world.policy.seats = acme.world.seats_taken()


@_situation("no invitation is left for today")
def _(acme: Company) -> None:
    acme.world.policy.invitation_cap = 0


# While ghstate is at it --------------------------------------------------------


@_situation("invited by another owner just before we do")
def _(acme: Company) -> None:
    def invite(world: World) -> None:
        world.invite(BOB, by=OTHER_OWNER)
        # This one is hers and not ours to answer for.
        world.mails.pop()

    acme.meanwhile("POST", "/invitations", invite)


@_situation("invited by e-mail between our plan and our invitation")
def _(acme: Company) -> None:
    def invite(world: World) -> None:
        world.invite(BOBS_ADDRESS, by=OTHER_OWNER)
        world.mails.pop()

    acme.meanwhile("GET", "/memberships", invite)


@_situation("accepts just before it is cancelled or changed")
def _(acme: Company) -> None:
    acme.invite(role=InvitationRole.ADMIN)

    def accept(world: World) -> None:
        if world.invitations_to(acme.bob):
            world.accept(BOB)

    acme.meanwhile("DELETE", "/", accept)
    acme.meanwhile("PUT", "/memberships", accept)
