"""Who is in: every person's membership, by the table of the contract."""

from __future__ import annotations

from collections.abc import Iterator

from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.policy import WrongRole
from ghstate.model.resource import Declared, Observed, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan import inviting_remarks as remarks
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.draft import Draft
from ghstate.plan.inviting import (
    Asked,
    cancel_doubles,
    cancel_unlisted,
    invite,
    who_accepted,
)
from ghstate.plan.membership import Step, step


def compare_people(draft: Draft) -> None:
    """Decide about everybody, if the files manage who is in at all."""
    if MEMBERS in draft.desired.managed:
        asked = who_accepted(draft)
        for address in {**draft.desired.declared, **draft.observed}:
            if address[0] == MEMBERS[0]:
                _compare(draft, address, asked)
        cancel_doubles(draft)
        cancel_unlisted(draft)
        _send_again(draft)
    draft.owners_after = _owners_after(draft)


def _compare(draft: Draft, address: Address, asked: Asked) -> None:
    want = draft.wanted(Member, address)
    have = draft.found(Member, address)
    decided = step(want, have, draft.policy.wrong_role)
    if decided is Step.KEEP:
        if want is None and have and have.standing is Standing.INVITED:
            draft.notes.append(remarks.invitation_of_others(address, have))
        return
    if draft.is_left_alone(address):
        return
    match decided, want, have:
        case ((Step.INVITE | Step.REINVITE), Declared(), _):
            invite(draft, want, have, asked)
        case Step.WAIT, Declared(), Observed():
            _wait(draft, want, have)
        case Step.UPDATE_ROLE, Declared(), Observed():
            after = want.onto(have.resource)
            draft.propose(Update(have, after, want.fields, Reason.CHANGE_ROLE))
        case Step.REPLACE, Declared(), Observed():
            _replace(draft, want, have)
        case Step.REMOVE, _, Observed():
            _remove(draft, have)
        case Step.CANCEL, _, Observed():
            draft.propose(Delete(have, Reason.CANCEL_INVITATION))
        case _:
            pass


def _wait(draft: Draft, want: Declared[Member], have: Observed[Member]) -> None:
    """The invitation satisfies, unless it brings more teams than anybody asked for."""
    address = have.resource.address
    keep = draft.policy.wrong_role is WrongRole.LEAVE
    if not keep and list(_teams_too_many(draft, have)):
        _replace(draft, want, have)
        return
    draft.waiting[address] = have
    if want.resource.role is not have.resource.role:
        draft.notes.append(remarks.invited_otherwise(address, want, have))


def _teams_too_many(draft: Draft, have: Observed[Member]) -> Iterator[Slug]:
    """The teams of an invitation by e-mail whose people the files list without them.

    Their places cannot be taken away one by one; by login there is a call for it.
    """
    invitation = have.invitation
    if invitation is None or invitation.mailbox is None or invitation.untouchable:
        return
    for team in map(draft.called_now, invitation.teams):
        place = TeamMember.at(team, have.resource.login)
        if draft.desired.manages(place) and place not in draft.desired.declared:
            yield team


def _replace(draft: Draft, want: Declared[Member], have: Observed[Member]) -> None:
    after = want.onto(have.resource)
    change = Update(have, after, want.fields, Reason.REPLACE_INVITATION)
    if not draft.propose(change):
        draft.waiting[have.resource.address] = have


def _remove(draft: Draft, have: Observed[Member]) -> None:
    change = Delete(have, Reason.REMOVE)
    login = have.resource.login
    if login in draft.suspects:
        words = remarks.may_be_somebody(login, draft.suspects[login])
        draft.hold(change.address, words)
    else:
        draft.propose(change)


def _send_again(draft: Draft) -> None:
    """Send again what GitHub cancels when its sender goes or is demoted (T17)."""
    senders = {
        member.login: change.address
        for change, member in draft.changes_of(Member)
        if _loses_owners_rights(change, member)
    }
    if not senders:
        return
    replaced = {
        change.address: change.before
        for change, _ in draft.changes_of(Member)
        if isinstance(change, Update) and change.reason is Reason.REPLACE_INVITATION
    }
    for address, have in sorted((draft.waiting | replaced).items()):
        inviter = have.invitation.inviter if have.invitation else None
        want = draft.wanted(Member, address)
        if inviter not in senders or want is None or have.invitation is None:
            continue
        if have.invitation.untouchable:
            draft.notes.append(remarks.sender_of_others_leaves(address, want, inviter))
            continue
        again = Create(want.resource, Reason.REINVITE, needs_gone=senders[inviter])
        draft.notes.append(remarks.sender_leaves(address, inviter))
        if draft.propose(again):
            draft.waiting.pop(address, None)


def _loses_owners_rights(change: Change, member: Member) -> bool:
    match change:
        case Delete(before=found):
            return found.standing is Standing.ACTIVE
        case Update(reason=Reason.CHANGE_ROLE):
            return member.role is OrgRole.MEMBER
        case _:
            return False


def _owners_after(draft: Draft) -> frozenset[Login]:
    """Active admins once the plan is carried out; GitHub makes them maintainers."""
    owners: set[Login] = set()
    for found in draft.observed.values():
        member = found.resource
        if not isinstance(member, Member) or found.standing is not Standing.ACTIVE:
            continue
        role: OrgRole | None = member.role
        match draft.changes.get(member.address):
            case Update(after=Member(role=new)):
                role = new
            case Delete():
                role = None
            case _:
                pass
        if role is OrgRole.ADMIN:
            owners.add(member.login)
    return frozenset(owners)
