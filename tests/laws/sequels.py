"""What becomes of an invitation, once time has passed."""

from __future__ import annotations

from enum import Enum, auto

from ghstate.sandbox.records import Invitation
from tests.laws.company import BOBS_ADDRESS, DAY, OWNER
from tests.laws.lives import Life


class Sequel(Enum):
    """What becomes of an invitation that waits."""

    ACCEPTED = auto()
    ACCEPTED_IN_SIGHT = auto()
    """The address is of the organization's own domain, and shown to its owners."""

    ACCEPTED_BY_ANOTHER = auto()
    """Whoever opens the link in the mail accepts."""

    DECLINED = auto()
    UNANSWERED = auto()
    """For eight days."""

    UNINVITED = auto()
    """Another owner cancels it on GitHub."""


def sequels(life: Life) -> list[Sequel]:
    """What may become of the invitation that waits, if there is one."""
    if not life.waiting:
        return []
    by_mail = all(each.account is None for each in life.waiting)
    others = {Sequel.ACCEPTED_IN_SIGHT, Sequel.ACCEPTED_BY_ANOTHER}
    return [each for each in Sequel if by_mail or each not in others]


def go_on(life: Life, sequel: Sequel) -> None:
    """Let the first invitation that waits come to its end."""
    life.tell(f"{sequel.name}:")
    life.untouchable.clear()
    one, world = life.waiting[0], life.world
    who = one.email or world.accounts[life.person].login
    match sequel:
        case Sequel.ACCEPTED:
            _accept(life, one, life.situation.login)
        case Sequel.ACCEPTED_IN_SIGHT:
            _accept(life, one, life.situation.login)
            world.accounts[life.person].verified_emails.add(BOBS_ADDRESS)
        case Sequel.ACCEPTED_BY_ANOTHER:
            _accept(life, one, "robert")
        case Sequel.DECLINED:
            world.decline(who)
        case Sequel.UNANSWERED:
            world.advance(8 * DAY)
        case Sequel.UNINVITED:
            world.cancel(who, by=OWNER)


def _accept(life: Life, one: Invitation, login: str) -> None:
    if one.email is None:
        life.world.accept(life.world.accounts[life.person].login)
        return
    account = life.world.accept_by_mail(one.email, login)
    if life.by_address:
        life.person, life.by_address = account.id, False
