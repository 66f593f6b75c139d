"""Who is in: every person's membership, by the table of the contract."""

from __future__ import annotations

from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import Login
from ghstate.model.resource import Declared, Observed, Standing
from ghstate.plan import remarks
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.draft import Draft
from ghstate.plan.membership import Step, step


def compare_people(draft: Draft) -> None:
    """Decide about everybody, if the files manage who is in at all."""
    if MEMBERS in draft.desired.managed:
        for address in {**draft.desired.declared, **draft.observed}:
            if address[0] == MEMBERS[0]:
                _compare(draft, address)
        _send_again(draft)
    draft.owners_after = _owners_after(draft)


def _compare(draft: Draft, address: Address) -> None:
    want = draft.wanted(Member, address)
    have = draft.found(Member, address)
    decided = step(want, have, draft.policy.wrong_role)
    if decided is Step.KEEP:
        if want is None and have and have.standing is Standing.INVITED:
            draft.notes.append(remarks.invitation_of_others(address, have))
        return
    if draft.is_left_alone(address):
        return
    change = _change(decided, want, have)
    if change is None:
        if want and have:
            draft.waiting[address] = have
            if want.resource.role is not have.resource.role:
                draft.notes.append(remarks.invited_otherwise(address, want, have))
        return
    if decided is Step.REINVITE and have:
        draft.notes.append(remarks.invitation_ended(address, have))
    if not draft.propose(change) and decided is Step.REPLACE and have:
        draft.waiting[address] = have


def _change(
    decided: Step, want: Declared[Member] | None, have: Observed[Member] | None
) -> Change | None:
    """The change that *decided* stands for; None where there is only to wait."""
    match decided, want, have:
        case Step.INVITE, Declared(), _:
            return Create(want.resource, Reason.INVITE)
        case Step.REINVITE, Declared(), _:
            return Create(want.resource, Reason.REINVITE, before=have)
        case Step.UPDATE_ROLE, Declared(), Observed():
            after = want.onto(have.resource)
            return Update(have, after, want.fields, Reason.CHANGE_ROLE)
        case Step.REPLACE, Declared(), Observed():
            after = want.onto(have.resource)
            return Update(have, after, want.fields, Reason.REPLACE_INVITATION)
        case Step.REMOVE, _, Observed():
            return Delete(have, Reason.REMOVE)
        case Step.CANCEL, _, Observed():
            return Delete(have, Reason.CANCEL_INVITATION)
        case _:
            return None


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
        if inviter not in senders or want is None:
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
