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
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.identity import Account, login_behind


class Addressed(msgspec.Struct, frozen=True):
    """The snapshot with every invitation by e-mail at the person that it is for."""

    snapshot: Snapshot
    past: Mapping[Login, Past]
    """What is remembered, of people by e-mail under the address in the files."""

    unlisted: tuple[Invitation, ...]
    """Waiting invitations by e-mail that no file names."""

    doubles: tuple[tuple[Login, Invitation], ...] = ()
    """Those by e-mail to people who are members, or invited by login as well."""


def follow_addresses(
    desired: Desired,
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
    past: Mapping[Login, Past],
    accounts: Mapping[Login, Account | None] | None = None,
) -> Addressed:
    """Match the addresses of the files with invitations and accounts."""
    mailboxes = dict(_mailboxes(desired, snapshot.organization.id))
    waiting = {
        each.mailbox.fingerprint: each
        for each in snapshot.others
        if each.mailbox and each.joins
    }
    if not mailboxes:
        return Addressed(snapshot, past, tuple(waiting.values()))
    ended = {
        each.mailbox.fingerprint: each
        for each in snapshot.ended
        if each.mailbox and not each.was_accepted
    }
    observed = dict(snapshot.observed)
    theirs = dict(past)
    doubles: list[tuple[Login, Invitation]] = []
    for named, mailbox in mailboxes.items():
        person, number = named, _pinned(desired, named) or bindings.get(named)
        if isinstance(named, EmailAddress):
            number = bindings.get(mailbox.key)
            person = login_behind(mailbox, snapshot, bindings, accounts) or named
            if person is named and mailbox.key in past:
                theirs[named] = past[mailbox.key]
        have = observed.get(Member.at(person))
        if have and have.id is not None and number not in {None, have.id}:
            # Somebody else has the login: it tells nothing of this person.
            continue
        if found := waiting.get(mailbox.fingerprint):
            if _has_better(have):
                doubles.append((person, found))
            else:
                observed.update(_as_observed(person, have, found, Standing.INVITED))
        elif (found := ended.get(mailbox.fingerprint)) and have is None:
            observed.update(_as_observed(person, have, found, Standing.FAILED))
    known = {mailbox.fingerprint for mailbox in mailboxes.values()}
    return Addressed(
        replace(snapshot, observed=observed),
        theirs,
        tuple(each for key, each in waiting.items() if key not in known),
        tuple(doubles),
    )


def _pinned(desired: Desired, login: Login) -> int | None:
    declared = desired.declared.get(Member.at(login))
    return declared.id if declared else None


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
