"""Who belongs to the organization: what an owner's calls do."""

from ghstate.sandbox.audit import Action
from ghstate.sandbox.invitations import (
    NOT_INVITABLE,
    check_blocked,
    check_seat,
    edit_or_resend,
    not_managed_here,
    offer,
)
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    Account,
    AccountKind,
    Actor,
    InvitationRole,
    OrgRole,
    Why,
)
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound
from ghstate.sandbox.world import World


def must_own(world: World, actor: Actor, message: str) -> None:
    """Refuse anybody but an owner; an App with the permission acts as one."""
    if not actor.app and not world.is_owner(actor.account):
        raise Forbidden(message)


def set_membership(world: World, actor: Actor, login: str, role: OrgRole) -> Account:
    """Invite somebody, change what they are invited as, or change their role."""
    must_own(
        world,
        actor,
        "You must be an admin to add or update an organization membership.",
    )
    account = world.account(login)
    if account is None:
        raise NotFound
    if account.kind is not AccountKind.USER:
        raise Invalid("Members must be users, not organizations.")
    if account.id in world.members:
        _change_role(world, actor, account, role)
    elif world.policy.profile is not Profile.CLOUD:
        add_at_once(world, actor, account, role)
    else:
        _invite(world, actor, account, role)
    return account


def _change_role(world: World, actor: Actor, account: Account, role: OrgRole) -> None:
    membership = world.members[account.id]
    if membership.role is role:
        return
    if role is OrgRole.ADMIN:
        membership.role = role
        world.record(Action.UPDATE_MEMBER, actor=actor.account, user=account.id)
        world.lead_own_teams(account.id)
        world.mail(account.login, Why.PROMOTED)
        return
    if actor.account == account.id:
        raise Forbidden(
            "You cannot demote yourself. Admins must be demoted by another admin."
        )
    _keep_an_owner(world, account)
    membership.role = role
    world.record(Action.UPDATE_MEMBER, actor=actor.account, user=account.id)
    world.withdraw_sent(account, by=actor.account)


def _keep_an_owner(world: World, account: Account) -> None:
    if world.owners() == [account.id]:
        # The status is documented; how GitHub words it is not known.
        raise Forbidden("An organization needs at least one owner.")


def add_at_once(world: World, actor: Actor, account: Account, role: OrgRole) -> None:
    """Make somebody a member where there are no invitations: GHES and EMU."""
    if world.policy.profile is Profile.MANAGED_USERS and not account.provisioned:
        raise not_managed_here(world, world.policy.unmanaged_wording)
    check_blocked(account)
    check_seat(world)
    world.enter(account, role, by=actor.account)


def _invite(world: World, actor: Actor, account: Account, role: OrgRole) -> None:
    invited_as = InvitationRole.granting(role)
    check_blocked(account)
    waiting = [each for each in world.invitations_to(account) if each.email is None]
    if waiting:
        edit_or_resend(world, actor, waiting[0], invited_as)
        return
    if not account.invitable or left_over(world, account):
        raise Invalid(NOT_INVITABLE)
    offer(world, actor, account, invited_as, {})


def left_over(world: World, account: Account) -> bool:
    """Whether a failed invitation stands in the way of another."""
    return world.policy.failed_invitation_blocks and any(
        each.account == account.id for each in world.failed.values()
    )


def remove_membership(world: World, actor: Actor, login: str) -> None:
    """Remove a member, or cancel the invitations of somebody who is waiting."""
    must_own(world, actor, "You must be an admin to remove an organization membership.")
    account = world.account(login)
    if account is None:
        raise NotFound
    if account.id in world.members:
        _remove(world, actor, account)
        return
    waiting = world.invitations_to(account)
    failed = [each for each in world.failed.values() if each.account == account.id]
    if world.policy.failed_can_be_removed:
        waiting = waiting + failed
    if not waiting:
        raise NotFound
    for invitation in waiting:
        world.withdraw(invitation, by=actor.account)
    world.mail(account.login, Why.CANCELLED)


def remove_member(world: World, actor: Actor, login: str) -> None:
    """The older call, which knows members only and leaves invitations alone."""
    must_own(world, actor, "You must be an admin to remove an organization member.")
    account = world.account(login)
    if account is None or account.id not in world.members:
        raise NotFound
    _remove(world, actor, account)


def _remove(world: World, actor: Actor, account: Account) -> None:
    membership = world.members[account.id]
    if membership.enterprise_teams:
        # Only the direct part ends; an enterprise team still gives the membership.
        membership.direct = False
        return
    _keep_an_owner(world, account)
    world.part(account, by=actor.account)
    world.mail(account.login, Why.REMOVED)
