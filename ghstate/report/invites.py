"""Who was invited and is no member yet: waiting, or done with waiting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.mailbox import is_mailbox
from ghstate.model.member import Member
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.change import Create
from ghstate.plan.plan import Plan

_ANY_TIME = datetime.max.replace(tzinfo=UTC)


class Invited(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was invited, and how often.

    *person* is a login, an address as the files name it, or the mask of one that no
    file names; those of a mask have no *address*.
    """

    person: Login
    address: Address | None
    listed: bool
    """Do the files name them?"""

    role: str
    """In REST's words, but for the member: ``billing_manager``, for one."""

    invitation: Invitation | None
    """The one that waits, or the last one if GitHub still shows it."""

    teams: tuple[str, ...] = ()
    times: int
    """How many invitations are known since they were last a member."""

    ended: int
    """How many of them came to nothing, as `max_reinvites` counts."""

    past: Past


class Ended(msgspec.Struct, frozen=True):
    """Somebody whose last invitation came to nothing, and what follows."""

    who: Invited
    code: str
    """The reason of the change in the plan, or the code of its note; or nothing."""

    words: str
    asked: str = ""
    """What a note asks or warns of, where *words* are only the way out."""


class Invites(msgspec.Struct, frozen=True):
    """Everybody between an invitation and a membership; who waits, by the deadline."""

    waiting: tuple[Invited, ...]
    ended: tuple[Ended, ...]


def invites(
    desired: Desired,
    snapshot: Snapshot,
    bindings: Mapping[Login, int],
    past: Mapping[Login, Past],
    plan: Plan,
) -> Invites:
    """Who waits and who does no more; *plan* says what follows."""
    mail = follow_addresses(desired, snapshot, bindings, past)
    people = {found.resource.address: found for found in mail.snapshot.each(Member)}
    matched = {each.invitation.id for each in people.values() if each.invitation}
    known = _Known(
        desired,
        mail.past,
        _teams(mail.snapshot),
        _listed(desired, plan),
        dict(_what_follows(plan)),
    )

    def those(standing: Standing, others: Iterable[Invitation]) -> Iterator[Invited]:
        live = standing is Standing.INVITED
        for found in people.values():
            if found.standing is standing:
                yield known.invited(found, live=live)
        for invitation in others:
            if invitation.id not in matched:
                yield known.other(invitation, live=live)

    over = [
        *those(Standing.FAILED, snapshot.ended),
        *(known.gone(login) for login in mail.past if known.is_gone(login, people)),
    ]
    return Invites(
        tuple(sorted(those(Standing.INVITED, snapshot.others), key=_deadline)),
        tuple(known.follow(each) for each in sorted(over, key=_name)),
    )


class _Known(msgspec.Struct, frozen=True):
    """What is known of people besides their invitation."""

    desired: Desired
    past: Mapping[Login, Past]
    teams: Mapping[Login, tuple[str, ...]]
    listed: frozenset[Address]
    follows: Mapping[Address, tuple[str, str, str]]

    def invited(self, found: Observed[Member], *, live: bool) -> Invited:
        member = found.resource
        past = self.past.get(member.login, Past())
        times, ended = _counted(past, found.invitation, live=live)
        return Invited(
            person=member.login,
            address=member.address,
            listed=member.address in self.listed,
            role=member.role.value,
            invitation=found.invitation,
            teams=self.teams.get(member.login, ()),
            times=times,
            ended=ended,
            past=past,
        )

    def other(self, invitation: Invitation, *, live: bool) -> Invited:
        """Of an invitation that is nobody's membership, as far as the files go."""
        mailbox = invitation.mailbox
        past = self.past.get(mailbox.key, Past()) if mailbox else Past()
        address = Member.at(invitation.invitee) if invitation.invitee else None
        times, ended = _counted(past, invitation, live=live)
        return Invited(
            person=invitation.invitee or Login(mailbox.mask if mailbox else "somebody"),
            address=address,
            listed=address in self.listed,
            role=invitation.role.value.removeprefix("direct_"),
            invitation=invitation,
            teams=tuple(team.spelled for team in invitation.teams),
            times=times,
            ended=ended,
            past=past,
        )

    def is_gone(self, login: Login, people: Mapping[Address, object]) -> bool:
        """Was *login* invited, or a member who left, and shows GitHub nothing of it?

        Or is it an address that GitHub says is a member's, and not whose?
        """
        past = self.past[login]
        return (
            Member.at(login) not in people
            and not is_mailbox(login)
            and bool(past.ended() or past.left or past.taken)
        )

    def gone(self, login: Login) -> Invited:
        past = self.past[login]
        address = Member.at(login)
        declared = self.desired.declared.get(address)
        wanted = declared.resource if declared else None
        return Invited(
            person=(wanted.person if wanted else None) or login,
            address=address,
            listed=address in self.listed,
            role=wanted.role.value if isinstance(wanted, Member) else "",
            invitation=None,
            times=len(past.invited),
            ended=past.ended(),
            past=past,
        )

    def follow(self, who: Invited) -> Ended:
        nothing = "" if who.listed else "nothing: no file names them"
        told = self.follows.get(who.address or Address(), ("", nothing, ""))
        return Ended(who, *told)


def _listed(desired: Desired, plan: Plan) -> frozenset[Address]:
    """Where the files have people, also those who have another name by now."""
    return frozenset(
        {
            *desired.declared,
            *(each.address for each in plan.waiting),
            *(each.address for each in plan.changes if isinstance(each, Create)),
        }
    )


_NO_ANSWER = frozenset({"was-member", "renamed", "invitation-expired"})
"""Notes about somebody that do not say whether they are invited again."""


def _what_follows(plan: Plan) -> Iterator[tuple[Address, tuple[str, str, str]]]:
    for note in reversed(plan.notes):
        if note.address is not None and note.code not in _NO_ANSWER:
            asked = note.summary if note.hint else ""
            yield note.address, (note.code, note.hint or note.summary, asked)
    for change in plan.changes:
        if isinstance(change, Create):
            words = "the next apply invites them again"
            yield change.address, (change.reason.value, words, "")


def _teams(snapshot: Snapshot) -> Mapping[Login, tuple[str, ...]]:
    """The teams of everybody who has not answered yet."""
    teams: dict[Login, list[str]] = defaultdict(list)
    for found in snapshot.each(TeamMember):
        if found.standing is Standing.INVITED:
            teams[found.resource.login].append(found.resource.team.spelled)
    return {login: tuple(sorted(those)) for login, those in teams.items()}


def _counted(
    past: Past, invitation: Invitation | None, *, live: bool
) -> tuple[int, int]:
    """How many invitations there were, and how many came to nothing."""
    own = () if invitation is None or invitation.id is None else (invitation.id,)
    earlier = () if invitation is None else invitation.earlier
    known = past.with_invitations((*own, *earlier))
    return max(len(known.invited), 1), known.ended(own if live else ())


def _deadline(who: Invited) -> tuple[datetime, Login, int]:
    end = who.invitation.expires_at if who.invitation else None
    return end or _ANY_TIME, *_name(who)


def _name(who: Invited) -> tuple[Login, int]:
    return who.person, (who.invitation.id if who.invitation else None) or 0
