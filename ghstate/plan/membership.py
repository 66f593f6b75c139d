"""What becomes of one person's membership: the table of the contract, §3.1."""

from __future__ import annotations

from enum import Enum, auto

from ghstate.model.member import Member, OrgRole
from ghstate.model.policy import WrongRole
from ghstate.model.resource import Declared, Observed, Standing


class Wish(Enum):
    """What the files say of somebody."""

    ADMIN = auto()
    MEMBER = auto()
    NOTHING = auto()


class Situation(Enum):
    """What GitHub has of somebody."""

    IS_ADMIN = auto()
    IS_MEMBER = auto()
    INVITED_SAME_ROLE = auto()
    INVITED_OTHER_ROLE = auto()
    INVITATION_ENDED = auto()
    NOT_THERE = auto()


class Step(Enum):
    """What follows."""

    KEEP = auto()
    WAIT = auto()
    UPDATE_ROLE = auto()
    WRONG_ROLE = auto()
    """As the setting `wrong_role` says."""

    REINVITE = auto()
    INVITE = auto()
    REMOVE = auto()
    CANCEL = auto()
    REPLACE = auto()


_S, _DO = Situation, Step
TABLE: dict[Wish, dict[Situation, Step]] = {
    Wish.ADMIN: {
        _S.IS_ADMIN: _DO.KEEP,
        _S.IS_MEMBER: _DO.UPDATE_ROLE,
        _S.INVITED_SAME_ROLE: _DO.WAIT,
        _S.INVITED_OTHER_ROLE: _DO.WRONG_ROLE,
        _S.INVITATION_ENDED: _DO.REINVITE,
        _S.NOT_THERE: _DO.INVITE,
    },
    Wish.MEMBER: {
        _S.IS_ADMIN: _DO.UPDATE_ROLE,
        _S.IS_MEMBER: _DO.KEEP,
        _S.INVITED_SAME_ROLE: _DO.WAIT,
        _S.INVITED_OTHER_ROLE: _DO.WRONG_ROLE,
        _S.INVITATION_ENDED: _DO.REINVITE,
        _S.NOT_THERE: _DO.INVITE,
    },
    Wish.NOTHING: {
        _S.IS_ADMIN: _DO.REMOVE,
        _S.IS_MEMBER: _DO.REMOVE,
        _S.INVITED_SAME_ROLE: _DO.CANCEL,
        _S.INVITED_OTHER_ROLE: _DO.CANCEL,
        _S.INVITATION_ENDED: _DO.KEEP,
        _S.NOT_THERE: _DO.KEEP,
    },
}


def wish(want: Declared[Member] | None) -> Wish:
    if want is None:
        return Wish.NOTHING
    return Wish.ADMIN if want.resource.role is OrgRole.ADMIN else Wish.MEMBER


def situation(
    want: Declared[Member] | None, have: Observed[Member] | None
) -> Situation:
    if have is None:
        return Situation.NOT_THERE
    match have.standing:
        case Standing.FAILED:
            return Situation.INVITATION_ENDED
        case Standing.INVITED:
            same = want is None or want.resource.role is have.resource.role
            return Situation.INVITED_SAME_ROLE if same else Situation.INVITED_OTHER_ROLE
        case Standing.ACTIVE:
            admin = have.resource.role is OrgRole.ADMIN
            return Situation.IS_ADMIN if admin else Situation.IS_MEMBER


def step(
    want: Declared[Member] | None, have: Observed[Member] | None, wrong_role: WrongRole
) -> Step:
    """What follows for one person, before anything holds it back.

    An invitation that is not ghstate's to touch is waited for when the files want
    the person, and left alone when they do not.
    """
    found = TABLE[wish(want)][situation(want, have)]
    if have and have.standing is Standing.INVITED:
        invitation = have.invitation
        if invitation and invitation.untouchable:
            return Step.WAIT if want else Step.KEEP
    if found is not Step.WRONG_ROLE:
        return found
    grants_more = have is not None and have.resource.role is OrgRole.ADMIN
    match wrong_role:
        case WrongRole.LEAVE:
            return Step.WAIT
        case WrongRole.CORRECT:
            return Step.REPLACE
        case WrongRole.REDUCE:
            return Step.REPLACE if grants_more else Step.WAIT
