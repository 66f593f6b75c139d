"""Invitations to the organization: sending, changing and cancelling them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never

from ghstate.sandbox.policy import ManagedRefusal, NoSeat, Profile, PutOnPending
from ghstate.sandbox.records import (
    Account,
    AccountKind,
    Actor,
    Invitation,
    InvitationRole,
    Team,
    TeamRole,
    Why,
)
from ghstate.sandbox.refusals import (
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    invalid_invitation,
    no_seat,
)
from ghstate.sandbox.world import World

CAP_WINDOW = timedelta(hours=24)
NOT_INVITABLE = "The request could not be processed."


def check_seat(world: World) -> None:
    seats = world.policy.seats
    if seats is None or world.seats_taken() < seats:
        return
    refusal = no_seat(world.login)
    match world.policy.no_seat:
        case NoSeat.CODE:
            raise refusal
        case NoSeat.SENTENCE:
            raise Invalid(refusal.message)
        case _ as never:
            assert_never(never)


def check_cap(world: World) -> None:
    """Refuse once as many went out within a day as the organization may send."""
    cap = world.policy.invitation_cap
    if cap is None:
        return
    since = world.now - CAP_WINDOW
    if sum(sent > since for sent in world.sent) >= cap:
        raise invalid_invitation(world.policy.cap_wording)


def check_blocked(account: Account) -> None:
    """Refuse somebody whom the organization blocks."""
    if account.blocked:
        raise Forbidden("Blocked")


def not_managed_here(world: World, message: str) -> Refused:
    """What an EMU organization says of people it does not manage."""
    match world.policy.managed_refusal:
        case ManagedRefusal.UNPROCESSABLE:
            return Invalid(message)
        case ManagedRefusal.FORBIDDEN:
            return Forbidden(message)
        case ManagedRefusal.NOT_FOUND:
            return NotFound()
        case _ as never:
            assert_never(never)


def offer(
    world: World,
    actor: Actor,
    to: Account | str,
    role: InvitationRole,
    teams: dict[int, TeamRole],
) -> Invitation:
    """Send an invitation to an account, or to an address."""
    check_seat(world)
    check_cap(world)
    return world.send(
        Invitation(
            id=world.next_id(),
            account=to.id if isinstance(to, Account) else None,
            email=to if isinstance(to, str) else None,
            role=role,
            created_at=world.now,
            inviter=actor.account,
            teams=teams,
        )
    )


def edit_or_resend(
    world: World, actor: Actor, invitation: Invitation, role: InvitationRole
) -> None:
    """What a PUT does to an invitation that is waiting; each way mails again."""
    match world.policy.put_on_pending:
        case PutOnPending.EDIT:
            invitation.role = role
        case PutOnPending.IGNORE:
            pass
        case PutOnPending.RESEND:
            check_cap(world)
            world.withdraw(invitation, by=actor.account)
            again = Invitation(
                id=world.next_id(),
                account=invitation.account,
                role=role,
                created_at=world.now,
                inviter=actor.account,
                teams=invitation.teams,
            )
            world.count(again)
    world.mail_invitee(invitation, Why.INVITED_AGAIN)


def must_invite(world: World, actor: Actor) -> None:
    if world.policy.profile is Profile.SERVER:
        raise NotFound
    if not actor.app and not world.is_owner(actor.account):
        raise Forbidden(
            "You must be an admin to create an invitation to an organization."
        )
    if world.policy.profile is Profile.MANAGED_USERS:
        raise not_managed_here(world, world.policy.managed_wording)


def invite_account(
    world: World,
    actor: Actor,
    account_id: int,
    role: InvitationRole,
    teams: Sequence[int],
) -> Invitation:
    """Invite by account id, even where an e-mail invitation already waits for them."""
    must_invite(world, actor)
    account = world.accounts.get(account_id)
    if account is None:
        raise NotFound
    if account.kind is not AccountKind.USER:
        raise invalid_invitation("Invitee is not a user who can be invited")
    check_blocked(account)
    if account.id in world.members:
        raise invalid_invitation(world.policy.member_wording)
    if any(each.email is None for each in world.invitations_to(account)):
        raise invalid_invitation(world.policy.already_invited_wording)
    if not account.invitable:
        raise Invalid(NOT_INVITABLE)
    return offer(world, actor, account, role, named_teams(world, teams))


def invite_email(
    world: World,
    actor: Actor,
    email: str,
    role: InvitationRole,
    teams: Sequence[int],
) -> Invitation:
    """Invite an address; a second time it is the same invitation, id and date.

    Whether the second time mails again is not known: the policy says.
    """
    must_invite(world, actor)
    address = email.lower()
    for account in world.accounts.values():
        if address in account.emails and account.id in world.members:
            raise invalid_invitation(world.policy.email_wording)
    for waiting in world.invitations.values():
        if waiting.email == address:
            if world.policy.repeat_mails:
                world.mail_invitee(waiting, Why.INVITED_AGAIN)
            return waiting
    return offer(world, actor, address, role, named_teams(world, teams))


def named_teams(world: World, ids: Sequence[int]) -> dict[int, TeamRole]:
    if any(each not in world.teams for each in ids):
        raise invalid_invitation("Team is not part of this organization")
    return dict.fromkeys(ids, TeamRole.MEMBER)


def must_see_invitations(world: World, actor: Actor) -> None:
    """Neither GHES nor EMU has these lists; elsewhere they are for owners only."""
    if world.policy.profile is not Profile.CLOUD:
        raise NotFound
    if not actor.app and not world.is_owner(actor.account):
        raise NotFound


def cancel(world: World, actor: Actor, invitation_id: int) -> None:
    """Cancel an invitation, or clear a failed one; once more does no harm."""
    must_see_invitations(world, actor)
    live = world.invitations.get(invitation_id)
    if live is not None:
        world.withdraw(live, by=actor.account)
        world.mail_invitee(live, Why.CANCELLED)
        return
    failed = world.failed.get(invitation_id)
    if failed is not None:
        world.discard(failed)
    elif invitation_id not in world.gone_invitations:
        raise NotFound


def teams_of(world: World, invitation: Invitation) -> list[Team]:
    return [world.teams[each] for each in invitation.teams if each in world.teams]
