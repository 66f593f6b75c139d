"""What a plan has to say about invitations, in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login
from ghstate.model.note import Note, Severity
from ghstate.model.resource import Declared, Observed, Resource

NAMED = 5
"""So many logins are named in one note."""


def invited_otherwise(
    address: Address, want: Declared[Member], have: Observed[Member]
) -> Note:
    return Note(
        address,
        "invitation-role",
        Severity.INFO,
        f"{have.resource.login.spelled} is invited as {have.resource.role}; "
        f"the files ask for {want.resource.role}",
        "the role is set once the invitation is accepted",
    )


def invitation_ended(address: Address, have: Observed[Member], ended: int) -> Note:
    return Note(
        address,
        "invitation-expired",
        Severity.WARNING,
        f"the invitation of {have.resource.login.spelled} {_end(have)}"
        f"{_once_more(ended)}",
        _way_out(have),
    )


def came_to_nothing(address: Address, login: Login, ended: int) -> Note:
    return Note(
        address,
        "invitation-unanswered",
        Severity.WARNING,
        f"the invitation of {login.spelled} was declined or cancelled"
        f"{_once_more(ended)}",
        f"delete {login.spelled} if they do not want to come",
    )


def given_up(
    address: Address, login: Login, ended: int, have: Observed[Member] | None
) -> Note:
    last = f"; the last invitation {_end(have)}" if have else ""
    times = "once" if ended == 1 else f"{ended} times"
    return Note(
        address,
        "invitation-given-up",
        Severity.WARNING,
        f"{login.spelled} was invited {times} without success{last}; "
        "ghstate invites them no more",
        f"talk to them; then `ghstate invites reset {login.spelled}`, "
        f"or delete {login.spelled}",
    )


def left_on_their_own(address: Address, login: Login, when: datetime | None) -> Note:
    on = f" on {when:%Y-%m-%d}" if when else ""
    return Note(
        address,
        "left",
        Severity.WARNING,
        f"{login.spelled} left the organization on their own{on}, "
        "and is not invited again",
        f"delete {login.spelled}; or say --reinvite-left to invite them all the same",
    )


def was_member(address: Address, login: Login, until: datetime) -> Note:
    return Note(
        address,
        "was-member",
        Severity.INFO,
        f"{login.spelled} was a member until {until:%Y-%m-%d}",
    )


def invited_as_manager(address: Address, login: Login, invitation: Invitation) -> Note:
    role = invitation.role.value.replace("_", " ")
    return Note(
        address,
        "invited-as-manager",
        Severity.WARNING,
        f"{login.spelled} is invited as {role}, and GitHub takes no second invitation",
        "they are invited once they have answered, or somebody cancels that "
        "invitation on GitHub",
    )


def sender_leaves(address: Address, inviter: Login) -> Note:
    return Note(
        address,
        "inviter-leaves",
        Severity.WARNING,
        f"GitHub cancels this invitation, because {inviter.spelled} sent it "
        "and loses the right to; it is sent again",
    )


def sender_of_others_leaves(
    address: Address, want: Declared[Member], inviter: Login | None
) -> Note:
    sender = inviter.spelled if inviter else "its sender"
    return Note(
        address,
        "inviter-leaves",
        Severity.WARNING,
        f"GitHub cancels the invitation of {want.resource.login.spelled}, because "
        f"{sender} loses the right to it; it is not ghstate's to send again",
        "the identity provider, or an owner, has to send it once more",
    )


def invitation_of_others(address: Address, have: Observed[Member]) -> Note:
    login = have.resource.login.spelled
    return Note(
        address,
        "unmanaged-invitation",
        Severity.INFO,
        f"the identity provider, or a reinstatement, invited {login}; "
        "that invitation is not ghstate's to touch",
    )


# About an address -------------------------------------------------------------


def accepted(address: Login, login: Login) -> Note:
    return Note(
        Member.at(address),
        "email-accepted",
        Severity.INFO,
        f"{address.spelled} is {login.spelled} on GitHub",
        f"write {login.spelled} instead of the address",
    )


def accepted_and_named(address: Login, login: Login) -> Note:
    return Note(
        Member.at(address),
        "email-accepted",
        Severity.WARNING,
        f"{address.spelled} is {login.spelled} on GitHub, and the files name "
        f"{login.spelled}, too",
        f"delete the line of {address.spelled}",
    )


def no_address_here(address: Address, login: EmailAddress) -> Note:
    return Note(
        address,
        "no-invitations",
        Severity.ERROR,
        f"{login.spelled} cannot be invited: there are no invitations here",
        "write the login in place of the address",
    )


def whose_address(
    address: Login, may_be: Sequence[Login], role: OrgRole, *, taken: bool
) -> Note:
    names = ", ".join(login.spelled for login in may_be[:NAMED])
    more = f" and {len(may_be) - NAMED} more" if len(may_be) > NAMED else ""
    one = len(may_be) == 1
    what = (
        f"GitHub says that {address.spelled} is a member's address already, and not "
        "whose"
        if taken
        else f"the invitation of {address.spelled} waits no more, and GitHub does not "
        "say who accepted it"
    )
    perhaps = f"; perhaps {'it is' if one else 'one of'} {names}{more}" if names else ""
    return Note(
        Member.at(address),
        "email-unclear",
        Severity.WARNING,
        f"{what}{perhaps}",
        f'write {may_be[0].spelled if one else "LOGIN"} = {{ role = "{role}", '
        f'email = "{address.spelled}" }} in its place; or, if it is none of them, '
        f"`ghstate invites reset {address.spelled}` has them invited again",
    )


def may_be_somebody(login: Login, address: Login) -> str:
    return f"{login.spelled} is not removed: they may be {address.spelled}"


def may_be_wanted(invitation: Invitation) -> str:
    to = invitation.mailbox.mask if invitation.mailbox else "somebody"
    return (
        f"the invitation to {to} is not cancelled: "
        "it may be that of somebody in the files"
    )


def place_after_answer(address: Address, place: Resource) -> Note:
    return Note(
        address,
        "place-after-answer",
        Severity.INFO,
        f"{_spelled(place)} comes into {place.address[1]} after the answer: "
        "an invitation by e-mail cannot be given another team",
    )


def place_by_mail(address: Address, place: Resource) -> Note:
    return Note(
        address,
        "place-after-answer",
        Severity.INFO,
        f"the invitation of {_spelled(place)} brings a place in {place.address[1]}, "
        "which is taken away after the answer",
    )


# How an invitation ended ------------------------------------------------------

_WAYS_OUT = (
    ("seat", "buy a seat, or free one"),
    ("factor", "they have to turn on two-factor authentication first"),
    ("2fa", "they have to turn on two-factor authentication first"),
    ("trade", "GitHub may not serve this account; talk to its support"),
    ("verif", "they have to verify their e-mail address on GitHub first"),
    ("spam", "GitHub has flagged the account; they have to talk to its support"),
    ("flag", "GitHub has flagged the account; they have to talk to its support"),
    ("block", "they have blocked the organization, or it has blocked them"),
)
"""What a word in GitHub's reason asks of people; GitHub documents none of them."""


def _spelled(place: Resource) -> str:
    return place.person.spelled if place.person else str(place.address)


def _end(have: Observed[Member]) -> str:
    invitation = have.invitation or Invitation()
    when = f" on {invitation.failed_at:%Y-%m-%d}" if invitation.failed_at else ""
    why = (invitation.failed_reason or "no reason given").rstrip(". ")
    return f"ended{when}: {why}"


def _way_out(have: Observed[Member]) -> str:
    reason = (have.invitation or Invitation()).failed_reason or ""
    for word, way_out in _WAYS_OUT:
        if word in reason.lower():
            return way_out
    return ""


def _once_more(ended: int) -> str:
    """Which invitation the next one is, from the third on."""
    return f"; the next is number {ended + 1}" if ended > 1 else ""
