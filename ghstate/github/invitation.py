"""Invitations to the organization, as REST lists them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from msgspec.structs import replace

from ghstate.github import shapes
from ghstate.github.session import Session, segment
from ghstate.model.invitation import Invitation, InvitationRole, InvitationSource
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.resource import Observed, Standing

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


async def invitations(session: Session, which: str) -> AsyncIterator[shapes.Invitation]:
    """The waiting (*which* ``invitations``) or ``failed_invitations``.

    GraphQL's `pendingMembers` leaves out the role, the date, the sender and everybody
    who was invited by e-mail. A 404 raises `WriteFailed`: GitHub knows no invitations
    (GHES, managed users), or does not show them to this token.
    """
    path = f"/orgs/{segment(session.organization)}/{which}"
    async for each in session.get_all(path, shapes.Invitation):
        yield each


def joins(row: shapes.Invitation) -> bool:
    """Does accepting it make somebody a member?"""
    role = InvitationRole(row.role or "unknown")
    return role.of_a_member or role is InvitationRole.REINSTATE


def role_of(row: shapes.Invitation) -> OrgRole:
    return OrgRole.ADMIN if row.role == InvitationRole.ADMIN else OrgRole.MEMBER


def address_of(row: shapes.Invitation) -> str | None:
    """The address of an invitation that names nobody's login, as it is compared."""
    return row.email.strip().lower() if row.email and not row.login else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitations:
    """Both lists of one organization, put together by the people they went to."""

    organization: int
    waiting: Sequence[shapes.Invitation]
    failed: Sequence[shapes.Invitation]
    teams: Mapping[str, Sequence[Slug]] = field(default_factory=dict)
    """By fingerprint: the teams that come with a waiting one by e-mail."""

    def people(
        self, ids: Mapping[Login, int | None]
    ) -> Mapping[Login, Observed[Member]]:
        """Who waits, and who let the latest invitation pass; *ids* where known.

        REST's lists leave out the ids of the people.
        """
        found: dict[Login, Observed[Member]] = {}
        earlier = self._failed_by_person()
        for row, standing in (
            *((row, Standing.INVITED) for row in self.waiting),
            *((row, Standing.FAILED) for row in self._latest_first()),
        ):
            if row.login is None or not joins(row) or row.login.lower() in found:
                continue
            login = Login(row.login)
            found[login] = Observed(
                Member(login=login, role=role_of(row)),
                standing,
                ids.get(login),
                self._with_earlier(row, earlier),
            )
        return found

    def others(self) -> tuple[Invitation, ...]:
        """The waiting ones that are nobody's membership yet."""
        earlier = self._failed_by_person()
        return tuple(
            self._with_earlier(row, earlier)
            for row in self.waiting
            if row.login is None or not joins(row)
        )

    def ended(self) -> tuple[Invitation, ...]:
        """The latest failed one to each address where none waits."""
        earlier = self._failed_by_person()
        seen = {_person(row) for row in self.waiting if joins(row)}
        found: list[Invitation] = []
        for row in self._latest_first():
            person = _person(row)
            if address_of(row) is not None and joins(row) and person not in seen:
                seen.add(person)
                found.append(self._with_earlier(row, earlier))
        return tuple(found)

    def _latest_first(self) -> list[shapes.Invitation]:
        return sorted(
            self.failed,
            key=lambda row: (row.failed_at or _LONG_AGO, row.id),
            reverse=True,
        )

    def _failed_by_person(self) -> Mapping[str | None, Sequence[int]]:
        found: dict[str | None, list[int]] = defaultdict(list)
        for row in self.failed:
            if joins(row) and (person := _person(row)) is not None:
                found[person].append(row.id)
        return found

    def _with_earlier(
        self, row: shapes.Invitation, earlier: Mapping[str | None, Sequence[int]]
    ) -> Invitation:
        found = self._invitation(row)
        if not joins(row):
            return found
        ids = sorted({*earlier.get(_person(row), ())} - {row.id})
        return replace(found, earlier=tuple(ids)) if ids else found

    def _invitation(self, row: shapes.Invitation) -> Invitation:
        address = address_of(row)
        mailbox = Mailbox.of(address, self.organization) if address else None
        return Invitation(
            id=row.id,
            role=InvitationRole(row.role or "unknown"),
            source=InvitationSource(row.invitation_source or "unknown"),
            invited_at=row.created_at,
            inviter=Login(row.inviter.login) if row.inviter else None,
            failed_at=row.failed_at,
            failed_reason=row.failed_reason,
            invitee=Login(row.login) if row.login and not joins(row) else None,
            mailbox=mailbox,
            teams=tuple(self.teams.get(mailbox.fingerprint, ())) if mailbox else (),
        )


def _person(row: shapes.Invitation) -> str | None:
    """Whom a row is about, in a form to compare: no login has an ``@``."""
    return row.login.lower() if row.login else address_of(row)


def teams_by_mailbox(
    nodes: Iterable[tuple[Slug, str]], organization: int
) -> Mapping[str, Sequence[Slug]]:
    """The teams of each invited address, by its fingerprint, in the order they come."""
    found: dict[str, list[Slug]] = defaultdict(list)
    for team, address in nodes:
        teams = found[Mailbox.of(address, organization).fingerprint]
        if team not in teams:
            teams.append(team)
    return found
