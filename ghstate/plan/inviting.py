"""Whom to invite: the table says who is not there, the past says whether to ask again.

An invitation is an action that somebody else completes. Who has let three of them pass,
or has left on their own, is not mailed by a schedule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from ghstate.model.invitation import Invitation
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.past import Past
from ghstate.model.resource import Declared, Observed, Standing
from ghstate.plan import inviting_remarks as remarks
from ghstate.plan.change import Create, Delete, Reason
from ghstate.plan.draft import Draft

Asked: TypeAlias = Mapping[Login, tuple[Login, ...]]
"""Addresses whose invitation was perhaps accepted, and by whom it may have been."""


def who_accepted(draft: Draft) -> Asked:
    """Find the addresses that GitHub shows neither as invited nor as anybody's.

    Whoever may have accepted becomes one of the *suspects* of the draft: they are not
    removed for not being in the files, where they may well be, by their address.
    """
    lost = [
        declared.resource.login
        for address, declared in draft.desired.declared.items()
        if type(declared.resource) is Member
        and isinstance(declared.resource.login, EmailAddress)
        and address not in draft.observed
    ]
    # If it had been invited, that would be remembered; and if it is invited now, and
    # is a member's, GitHub says so before anybody is removed.
    can_invite = draft.policy.invite and draft.snapshot.invites
    remembers = draft.memory and can_invite
    lost = [each for each in lost if each in draft.past or not remembers]
    if not lost:
        return {}
    unlisted = frozenset(_unlisted(draft))
    members = {
        found.resource.login: found.id
        for found in draft.observed.values()
        if isinstance(found.resource, Member) and found.standing is Standing.ACTIVE
    }
    unseen = MEMBERS in draft.snapshot.hidden
    asked: dict[Login, tuple[Login, ...]] = {}
    suspects: dict[Login, Login] = {}
    for address in lost:
        past = draft.past.get(address, Past())
        came = {login for login, number in members.items() if number in past.joined}
        anybody = not remembers or past.taken
        may_be = tuple(sorted(came | (unlisted if anybody else frozenset())))
        held = unlisted.intersection(may_be) - draft.never
        suspects |= dict.fromkeys(held, address)
        if past.taken or (past.ended() and (may_be or unseen)):
            asked[address] = may_be
    draft.suspects = suspects
    return asked


def _unlisted(draft: Draft) -> Iterator[Login]:
    """Members whom no file names."""
    for address, found in draft.observed.items():
        member = found.resource
        if (
            isinstance(member, Member)
            and found.standing is Standing.ACTIVE
            and address not in draft.desired.declared
            and found.kept_by is None
            and not draft.policy.ignores(member.login)
        ):
            yield member.login


def invite(
    draft: Draft,
    want: Declared[Member],
    have: Observed[Member] | None,
    asked: Asked,
) -> None:
    """Invite somebody who is not there, or say why not."""
    login = want.resource.login
    address = want.resource.address
    past = draft.past.get(login, Past())
    ended = past.with_invitations(_ids(have)).ended()
    if isinstance(login, EmailAddress) and not draft.snapshot.invites:
        note = remarks.no_address_here(address, login)
    elif login in asked:
        note = remarks.whose_address(
            login, asked[login], want.resource.role, taken=past.taken
        )
    elif manager := _invited_as_manager(draft, login):
        note = remarks.invited_as_manager(address, login, manager)
    elif ended and ended >= draft.policy.max_reinvites:
        note = remarks.given_up(address, login, ended, have)
    elif past.left and not draft.policy.reinvite_left:
        note = remarks.left_on_their_own(address, login, past.member_until)
    else:
        _propose(draft, want, have, past, ended)
        return
    draft.notes.append(note)
    draft.not_invited.add(login)


def _propose(
    draft: Draft,
    want: Declared[Member],
    have: Observed[Member] | None,
    past: Past,
    ended: int,
) -> None:
    address, login = want.resource.address, want.resource.login
    if have is not None:
        draft.notes.append(remarks.invitation_ended(address, have, ended))
    elif ended:
        draft.notes.append(remarks.came_to_nothing(address, login, ended))
    elif past.member_until is not None:
        draft.notes.append(remarks.was_member(address, login, past.member_until))
    reason = Reason.REINVITE if have or ended else Reason.INVITE
    draft.propose(Create(want.resource, reason, before=have))


def _ids(have: Observed[Member] | None) -> tuple[int, ...]:
    invitation = have.invitation if have else None
    if invitation is None:
        return ()
    counts = invitation.id is not None and not invitation.was_accepted
    own = (invitation.id,) if counts and invitation.id is not None else ()
    return (*own, *invitation.earlier)


def _invited_as_manager(draft: Draft, login: Login) -> Invitation | None:
    """An invitation that leads to no membership, and lets no other in."""
    for each in draft.snapshot.others:
        if each.invitee == login and not each.role.of_a_member:
            return each
    return None


def cancel_doubles(draft: Draft) -> None:
    """Cancel what waits by e-mail for a member, or beside an invitation by login.

    Nobody has two live invitations; and whoever opens the link of the one too many
    would join by it, with whatever account (traps T08).
    """
    for login, invitation in draft.doubles:
        left_alone = draft.is_left_alone(Member.at(login))
        if not invitation.untouchable and not left_alone:
            gone = Delete(_as_observed(invitation), Reason.CANCEL_INVITATION)
            draft.propose(gone)


def cancel_unlisted(draft: Draft) -> None:
    """Cancel invitations by e-mail that no file names, where the settings want it.

    Those to people who get nothing in any case. The others not while somebody of the
    files waits on an invitation that is not listed under their login: it may be the
    same one (traps T07).
    """
    for invitation in draft.unwanted:
        if not invitation.untouchable:
            draft.propose(Delete(_as_observed(invitation), Reason.CANCEL_INVITATION))
    if not draft.policy.cancel_unlisted:
        return
    may_be_wanted = any(
        each.invitation is not None and each.invitation.id is None
        for each in draft.waiting.values()
    )
    for invitation in draft.unlisted:
        if invitation.untouchable:
            continue
        gone = Delete(_as_observed(invitation), Reason.CANCEL_INVITATION)
        if may_be_wanted:
            draft.hold(gone.address, remarks.may_be_wanted(invitation))
        else:
            draft.propose(gone)


def _as_observed(invitation: Invitation) -> Observed[Member]:
    """Somebody without a login or an address to show: known by the invitation."""
    role = OrgRole.ADMIN if invitation.grants_ownership else OrgRole.MEMBER
    person = Login(f"invitation {invitation.id}")
    return Observed(
        Member(login=person, role=role), Standing.INVITED, invitation=invitation
    )
