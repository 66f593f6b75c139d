"""Everything that is not a membership of the organization: one rule for every kind."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.member import MEMBERS, Member
from ghstate.model.resource import Declared, Observed, Resource, Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan import inviting_remarks, remarks
from ghstate.plan.change import Change, Create, Delete, Reason, Update
from ghstate.plan.draft import Draft


def compare_resources(draft: Draft) -> None:
    """Decide about all that is declared, or found in a collection that is managed."""
    for address in _addresses(draft):
        want = draft.desired.declared.get(address)
        have = draft.observed.get(address)
        if want is not None:
            _bring_about(draft, address, want, have)
        elif have is None:
            continue
        elif draft.desired.manages(address):
            _take_away(draft, address, have)
        elif _is_sent_again(draft, have):
            draft.changes[address] = Create(have.resource, Reason.WITH_INVITATION)


def _addresses(draft: Draft) -> Iterable[Address]:
    """Everything to decide about, in no order that matters."""
    found = (
        address
        for address in {**draft.desired.declared, **draft.observed}
        if address[0] != MEMBERS[0]
    )
    given = _given_by_others(draft)
    if not given and not draft.unclear:
        return found
    return (
        address
        for address in found
        if address.collection not in given
        and Address(*address[:2]) not in draft.unclear
    )


def _given_by_others(draft: Draft) -> frozenset[Address]:
    """The people of teams that somebody else manages; naming them is an error."""
    given: set[Address] = set()
    for found in draft.observed.values():
        team = found.resource
        if not isinstance(team, Team) or found.kept_by is None:
            continue
        people = TeamMember.all_of(team.slug)
        given.add(people)
        if people in draft.desired.managed:
            draft.notes.append(remarks.people_of_others(team, found.kept_by))
    return frozenset(given)


def _bring_about(
    draft: Draft,
    address: Address,
    want: Declared[Resource],
    have: Observed[Resource] | None,
) -> None:
    """The one change that turns *have* into *want*, if they differ."""
    if have is None or _is_sent_again(draft, have):
        if not draft.is_left_alone(address):
            _create(draft, address, want.resource)
        return
    after = _after(draft, want, have)
    if address in draft.renamed:
        change = _rename(draft, want, after, draft.renamed[address])
    elif after != have.resource:
        role = isinstance(after, TeamMember)
        reason = Reason.CHANGE_ROLE if role else Reason.UPDATE
        change = Update(have, after, want.fields, reason)
    else:
        return
    if not draft.is_left_alone(address):
        draft.changes[address] = change


def _is_sent_again(draft: Draft, have: Observed[Resource]) -> bool:
    """Is it a place that waits with an invitation which is cancelled and sent again?

    It goes with the old invitation, so the new one has to bring it (traps T17).
    """
    place = have.resource
    if not isinstance(place, TeamMember) or have.standing is not Standing.INVITED:
        return False
    return sends_anew(draft.changes.get(Member.at(place.login)))


def _take_away(draft: Draft, address: Address, have: Observed[Resource]) -> None:
    if draft.is_left_alone(address):
        return
    if _comes_by_mail(draft, have.resource):
        # It goes with the next invitation, or is taken away after the answer.
        if not _is_sent_again(draft, have):
            draft.notes.append(inviting_remarks.place_by_mail(address, have.resource))
        return
    if have.resource.person in draft.suspects:
        # Whose removal is held back keeps what would go along with it.
        return
    team = isinstance(have.resource, Team)
    change = Delete(have, Reason.DELETE if team else Reason.REMOVE)
    draft.propose(change)


def _create(draft: Draft, address: Address, resource: Resource) -> None:
    if not isinstance(resource, TeamMember):
        draft.changes[address] = Create(resource, Reason.CREATE)
        return
    if resource.login in draft.owners_after:
        resource = replace(resource, role=TeamRole.MAINTAINER)
    at = Member.at(resource.login)
    person = draft.observed.get(at)
    if sends_anew(draft.changes.get(at)):
        draft.changes[address] = Create(resource, Reason.WITH_INVITATION)
    elif resource.login in draft.not_invited:
        return
    elif _comes_by_mail(draft, resource):
        draft.notes.append(inviting_remarks.place_after_answer(address, resource))
    elif person and person.standing is not Standing.FAILED:
        draft.changes[address] = Create(resource, Reason.ADD)
    elif at in draft.held:
        draft.hold(address, remarks.not_invited_into(resource))
    else:
        draft.notes.append(remarks.not_a_member(address, resource))


def sends_anew(change: Change | None) -> bool:
    """Does *change* send an invitation, so that places in teams go with it?

    One by e-mail cannot be changed: whoever replaces it sends another.
    """
    match change:
        case Create():
            return True
        case Update(reason=Reason.REPLACE_INVITATION, before=found):
            return found.invitation is not None and found.invitation.by_mail
        case _:
            return False


def _comes_by_mail(draft: Draft, resource: Resource) -> bool:
    """Is it a place of somebody who was invited by e-mail and has not answered?

    A call about their login would send them a second invitation (traps T08).
    """
    if resource.person is None:
        return False
    person = draft.observed.get(Member.at(resource.person))
    return bool(
        person
        and person.standing is Standing.INVITED
        and person.invitation
        and person.invitation.by_mail
    )


def _after(
    draft: Draft, want: Declared[Resource], have: Observed[Resource]
) -> Resource:
    """What *have* becomes, with what GitHub decides by itself taken into account.

    Owners are maintainers of their teams, whatever anybody asks (traps T33); an
    invitation to a team satisfies, whatever its role.
    """
    found = have.resource
    if isinstance(found, TeamMember) and (
        have.standing is Standing.INVITED or found.login in draft.owners_after
    ):
        return found
    return want.onto(found)


def _rename(
    draft: Draft, want: Declared[Resource], after: Resource, before: Observed[Team]
) -> Update:
    """The slug follows the name, so a team that is renamed gets the declared one."""
    assert isinstance(after, Team)  # noqa: S101 - only teams are renamed
    assert isinstance(want.resource, Team)  # noqa: S101 - only teams are renamed
    after = replace(after, name=want.resource.name)
    return Update(before, after, want.fields | {"name"}, Reason.RENAME)
