"""People known by an e-mail address: which invitation is theirs, and whose it became.

GitHub lists an invitation by e-mail without a login, also where it knows whose address
it is (traps T07). The files name the address, so the invitation is recognised by it;
once it is accepted, the account takes the address's place.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.resource import Declared, Observed, Resource, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan import inviting_remarks as remarks

MAIL = "mail:"


class Addressed(msgspec.Struct, frozen=True):
    """Both sides with every address that is known for somebody in its place."""

    desired: Desired
    snapshot: Snapshot
    past: Mapping[Login, Past]
    """What is remembered, of people by e-mail under the address in the files."""

    unlisted: tuple[Invitation, ...]
    """Waiting invitations by e-mail that no file names."""

    doubles: tuple[Invitation, ...] = ()
    """Those by e-mail to people who are members, or invited by login as well."""

    notes: tuple[Note, ...] = ()


def follow_addresses(
    desired: Desired,
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
    past: Mapping[Login, Past],
) -> Addressed:
    """Match the addresses of the files with invitations and accounts."""
    mailboxes = dict(_mailboxes(desired, snapshot.organization.id))
    waiting = {
        each.mailbox.fingerprint: each
        for each in snapshot.others
        if each.mailbox and each.joins
    }
    if not mailboxes:
        return Addressed(desired, snapshot, past, tuple(waiting.values()))
    ended = {
        each.mailbox.fingerprint: each
        for each in snapshot.ended
        if each.mailbox and not each.was_accepted
    }
    logins = dict(_accepted(mailboxes, snapshot, bindings))
    named = _logins(desired)
    twice = {address: login for address, login in logins.items() if login in named}
    observed = dict(snapshot.observed)
    theirs = dict(past)
    doubles: list[Invitation] = []
    for person, mailbox in mailboxes.items():
        if person in logins:
            continue
        if isinstance(person, EmailAddress) and mailbox.key in past:
            theirs[person] = past[mailbox.key]
        have = observed.get(Member.at(person))
        if found := waiting.get(mailbox.fingerprint):
            if _has_better(have):
                doubles.append(found)
            else:
                observed.update(_as_observed(person, have, found, Standing.INVITED))
        elif (found := ended.get(mailbox.fingerprint)) and have is None:
            observed.update(_as_observed(person, have, found, Standing.FAILED))
    known = {mailbox.fingerprint for mailbox in mailboxes.values()}
    return Addressed(
        _renamed(desired, logins, twice),
        replace(snapshot, observed=observed),
        theirs,
        tuple(each for key, each in waiting.items() if key not in known),
        tuple(doubles),
        tuple(
            remarks.accepted_and_named(address, login)
            if address in twice
            else remarks.accepted(address, login)
            for address, login in sorted(logins.items())
        ),
    )


def _has_better(have: Observed[Resource] | None) -> bool:
    """Is the person a member, or waiting on an invitation under their login?

    One without an id is known by its effect only, so it may be this one (traps T07).
    """
    if have is None or have.standing is Standing.FAILED:
        return False
    invitation = have.invitation
    return have.standing is Standing.ACTIVE or bool(
        invitation and invitation.id is not None
    )


def mailboxes_of(desired: Desired, organization: int) -> Mapping[Login, Mailbox]:
    """The mailbox of everybody who has one in the files: by address, or by login."""
    return dict(_mailboxes(desired, organization))


def _mailboxes(desired: Desired, organization: int) -> Iterator[tuple[Login, Mailbox]]:
    for declared in desired.declared.values():
        member = declared.resource
        if type(member) is not Member:
            continue
        if isinstance(member.login, EmailAddress):
            yield member.login, Mailbox.of(member.login, organization)
        elif declared.email is not None:
            yield member.login, Mailbox.of(declared.email, organization)


def _accepted(
    mailboxes: Mapping[Login, Mailbox],
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
) -> Iterator[tuple[EmailAddress, Login]]:
    """The login of everybody whose address is known to be an account's."""
    bound = {
        address: bindings[mailbox.key]
        for address, mailbox in mailboxes.items()
        if isinstance(address, EmailAddress) and mailbox.key in bindings
    }
    if not bound:
        return
    logins = {
        number: login
        for login, number in bindings.items()
        if not login.startswith(MAIL)
    }
    logins |= {
        found.id: found.resource.login
        for found in snapshot.each(Member)
        if found.id is not None
    }
    for address, number in bound.items():
        if number in logins:
            yield address, logins[number]


def _logins(desired: Desired) -> frozenset[Login]:
    return frozenset(
        declared.resource.login
        for declared in desired.declared.values()
        if type(declared.resource) is Member
    )


def _as_observed(
    person: Login,
    have: Observed[Resource] | None,
    invitation: Invitation,
    standing: Standing,
) -> Iterable[tuple[Address, Observed[Resource]]]:
    """The membership, and the places in teams, that *invitation* is about."""
    role = OrgRole.MEMBER if not invitation.grants_ownership else OrgRole.ADMIN
    number = have.id if have else None
    yield (
        Member.at(person),
        Observed(Member(login=person, role=role), standing, number, invitation),
    )
    if standing is Standing.INVITED:
        for team in invitation.teams:
            place = TeamMember(team=team, login=person)
            yield place.address, Observed(place, standing, number, invitation)


def _renamed(
    desired: Desired,
    logins: Mapping[EmailAddress, Login],
    twice: Mapping[EmailAddress, Login],
) -> Desired:
    """*desired* with logins for addresses; without those it names twice."""
    if not logins:
        return desired
    declared: dict[Address, Declared[Resource]] = {}
    for address, each in desired.declared.items():
        person = each.resource.person
        if not isinstance(person, EmailAddress) or person not in logins:
            declared[address] = each
            continue
        if person in twice and type(each.resource) is Member:
            continue
        resource = each.resource.given_to(logins[person])
        moved = replace(each, resource=resource, email=person)
        declared.setdefault(resource.address, moved)
    return replace(desired, declared=declared)
