"""How this organization is set up, and what GitHub does where nobody is sure."""

from dataclasses import dataclass
from enum import Enum, auto


class Profile(Enum):
    """Which GitHub the organization lives on."""

    CLOUD = auto()
    SERVER = auto()
    """GitHub Enterprise Server: no invitations at all, members are added at once."""
    MANAGED_USERS = auto()
    """EMU: accounts of the enterprise are added at once, others cannot be."""


class PutOnPending(Enum):
    """What a PUT of a membership does to an invitation nobody has answered.

    Undocumented: whether the id stays is not known, so a client has to do with each.
    """

    EDIT = auto()
    """The invitation gets the role and keeps its id; the mail goes out again."""
    RESEND = auto()
    """Another invitation, with another id and the same teams, takes its place."""
    IGNORE = auto()
    """The invitation keeps its role; the mail goes out again."""


class Suspended(Enum):
    """What becomes of the membership of a managed user who is suspended.

    Documented: who is a member directly stays a "suspended member" until somebody
    removes them, and who is one by a group of the identity provider goes with it.
    Whether lists show a suspended member is not documented.
    """

    LISTED = auto()
    HIDDEN = auto()
    REMOVED = auto()


class ManagedRefusal(Enum):
    """How an EMU organization refuses those it does not manage; undocumented."""

    UNPROCESSABLE = auto()
    FORBIDDEN = auto()
    NOT_FOUND = auto()


class NoSeat(Enum):
    """How GitHub says that no seat is left."""

    CODE = auto()
    """With `no_seat` in the errors, as it was seen in 2018, 2022 and 2026."""
    SENTENCE = auto()


@dataclass(slots=True, kw_only=True)
class Policy:
    profile: Profile = Profile.CLOUD
    seats: int | None = None
    """Seats paid for; members and those invited to become one take one each."""
    no_seat: NoSeat = NoSeat.CODE
    audit_log: bool = False
    """Enterprise Cloud: the audit log can be read over REST."""
    invitation_cap: int | None = None
    """Invitations in 24 hours: 50, or 500 for older and paying organizations."""
    put_on_pending: PutOnPending = PutOnPending.EDIT
    failed_invitation_blocks: bool = False
    """A failed invitation that is left over makes the next PUT a 422."""
    failed_can_be_removed: bool = False
    """DELETE of the membership of somebody whose invitation failed: 204, not 404."""
    repeat_mails: bool = False
    """The same address once more mails once more; the invitation stays the same."""
    declined_fails: bool = False
    """Who declines is found among the failed invitations; otherwise nowhere."""
    suspended: Suspended = Suspended.LISTED
    managed_refusal: ManagedRefusal = ManagedRefusal.UNPROCESSABLE
    pending_team_role: bool = True
    """An invitation keeps that somebody shall be maintainer of a team."""
    strangers_exist: bool = False
    """Any login that could be one has an account, as soon as somebody asks for it."""
    app_children_keep_parent: bool = True
    """Off: a child team that an App creates comes out without its parent."""
    member_wording: str = "Invitee is already a part of this organization"
    """GitHub has said this in more than one way."""
    email_wording: str = (
        "A user with this email address is already a part of this organization"
    )
    already_invited_wording: str = (
        "Invitee has already been invited to this organization"
    )
    """Never seen in full; a public client looks for "already been invited"."""
    cap_wording: str = "Over invitation rate limit"
    managed_wording: str = "This organization is managed by an enterprise."
    unmanaged_wording: str = (
        "This account is not managed by an enterprise of this organization."
    )
    server_version: str = "3.19.0"
