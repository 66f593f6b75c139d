"""How a life may end: as wished, or with a reason that is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ghstate.engine.applied import Applied, End
from ghstate.plan.plan import Plan
from ghstate.sandbox.audit import Action
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    Invitation,
    InvitationRole,
    InvitationSource,
    OrgRole,
    TeamRole,
)
from tests.laws.company import (
    BOBS_ADDRESS,
    COLLEAGUE,
    OTHER_OWNER,
    OTHER_TEAM,
    OWNER,
    TEAM,
)
from tests.laws.lives import Life

MAX_REINVITES = 3


def check_end(life: Life, applied: Applied) -> None:
    """After *applied*, which changed nothing: is it as the files want, or said why?"""
    _check_truth(life, applied.plan)
    if life.person in life.world.unlisted():
        # A member whom GitHub shows to nobody: nothing can be known of them.
        return
    if life.wish.role is None:
        _check_gone(life, applied)
    elif life.person in life.world.members and not life.by_address:
        _check_member(life, applied)
    elif mine := [each for each in life.waiting if _counts(life, each)]:
        _check_waiting(life, applied, len(mine))
    else:
        reasons = _said(life, applied) & WHY_NOT
        life.check(reasons, "is not there, and nothing says why")
    if life.by_address and life.person in life.world.members:
        reasons = _said(life, applied) & {"held-back"}
        life.check(reasons, "is a member without being in the files")


def _counts(life: Life, invitation: Invitation) -> bool:
    """May the invitation be the one that the files ask for?"""
    theirs = not life.by_address or invitation.email == BOBS_ADDRESS
    return invitation.role.joins and theirs


def _said(life: Life, applied: Applied) -> set[str]:
    """The codes of the notes about the person; `failed` where a change did."""
    names = life.names | {f"invitation {each.id}" for each in life.waiting}
    said = {
        note.code
        for note in applied.plan.notes
        if note.address is None or names & {*map(str, note.address)}
    }
    undone = applied.ended(End.FAILED, End.SKIPPED)
    if any(names & {*map(str, each.change.address)} for each in undone):
        said.add("failed")
    if applied.limit and applied.ended(End.LEFT):
        said.add("limit")
    return said


# The four ends -----------------------------------------------------------------

WHY_NOT = {
    "account-gone",
    "email-unclear",
    "failed",
    "held-back",
    "identity-changed",
    "invitation-given-up",
    "invited-as-manager",
    "left",
    "limit",
    "no-invitations",
    "suspended",
    "unknown-login",
}


def _check_gone(life: Life, applied: Applied) -> None:
    said = _said(life, applied)
    is_member = life.person in life.world.members
    life.check(not is_member or said & {"held-back"}, "is still a member")
    for each in life.waiting:
        untouchable = (
            each.role not in {InvitationRole.ADMIN, InvitationRole.DIRECT_MEMBER}
            or each.source is InvitationSource.SCIM
        )
        reasons = {"held-back", "unmanaged-invitation"}
        if each.email is not None and not life.settings.cancel_unlisted:
            reasons.add("unlisted-email")
        manager = not each.role.joins
        fine = manager or untouchable or said & reasons
        life.check(fine, f"{each.id} still waits, and nothing says why")


def _check_member(life: Life, applied: Applied) -> None:
    """An active member has the role and the teams of the files, to the letter."""
    world, wish = life.world, life.wish
    said = _said(life, applied)
    if said & {"suspended", "identity-changed"}:
        return
    login = world.accounts[life.person].login
    if said & {"email-unclear"}:
        life.check(life.wish.by_address, "only of addresses it is not clear whose")
        return
    role = world.members[life.person].role
    life.check(role is OrgRole(wish.role or ""), f"is {role}")
    teams = world.teams_of(login)
    held = teams.get(TEAM)
    owner = role is OrgRole.ADMIN
    wanted = wish.team and TeamRole("maintainer" if owner else wish.team)
    life.check(held is (wanted or None), f"is {held} of {TEAM}")
    life.check(OTHER_TEAM not in teams, f"is in {OTHER_TEAM}")


def _check_waiting(life: Life, applied: Applied, count: int) -> None:
    """Who waits is told of, and what will not be as wished after the answer."""
    said = _said(life, applied)
    addresses = {str(each.address[1]) for each in applied.plan.waiting}
    unclear = said & {"identity-changed", "account-gone", "held-back"}
    life.check(unclear or addresses & life.names, "waits, and the plan does not say")
    life.check(count <= max(1, life.most[life.person]), f"{count} wait")
    wanted = InvitationRole.granting(OrgRole(life.wish.role or ""))
    for each in life.waiting:
        satisfies = each.role in {wanted, InvitationRole.REINSTATE}
        told = said & {"invitation-role", "held-back", "identity-changed"}
        nobodys = each.email is not None and said & {"unlisted-email"}
        fine = satisfies or told or nobodys or not _counts(life, each)
        life.check(fine, f"waits as {each.role}")


# What is said is so ------------------------------------------------------------


def _check_truth(life: Life, made: Plan) -> None:
    for note in made.notes:
        holds = TRUE.get(note.code)
        about = {*map(str, note.address or ())} & life.names
        if holds and about:
            life.check(holds(life), f"{note.code} is said, and it is not so")


def _has_no_invitations(life: Life) -> bool:
    return life.world.policy.profile is not Profile.CLOUD


def _no_account(life: Life) -> bool:
    return not life.world.is_taken(life.wish.called(life.situation))


def _another_account(life: Life) -> bool:
    found = life.world.account(life.wish.called(life.situation))
    return found is not None and found.id != life.person


def _has_left(life: Life) -> bool:
    return life.world.policy.audit_log and any(
        each.action is Action.REMOVE_MEMBER and each.actor_id == each.user_id
        for each in life.world.events
    )


def _is_invited_as_manager(life: Life) -> bool:
    return any(not each.role.joins for each in life.waiting)


def _went_unanswered(life: Life) -> bool:
    """As often as GitHub may be asked; the ids of what is over, failed or gone."""
    over = life.world.failed.keys() | life.world.gone_invitations
    return len(over) >= MAX_REINVITES and not life.waiting


def _somebody_came(life: Life) -> bool:
    return any(
        login not in {OWNER, OTHER_OWNER, COLLEAGUE}
        for login in (life.world.accounts[each].login for each in life.world.members)
    )


TRUE: Mapping[str, Callable[[Life], bool]] = {
    "account-gone": _no_account,
    "email-unclear": _somebody_came,
    "identity-changed": _another_account,
    "invitation-given-up": _went_unanswered,
    "invited-as-manager": _is_invited_as_manager,
    "left": _has_left,
    "no-invitations": _has_no_invitations,
    "unknown-login": _no_account,
}
"""Notes that keep somebody out, and what has to be so for that."""
