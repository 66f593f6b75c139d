"""What an apply leaves undone although the plan has it, as it learns on the way."""

from __future__ import annotations

from dataclasses import dataclass

from ghstate.errors import AddressRefused, Limit, LimitReached
from ghstate.model.mailbox import masked
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.plan.change import Change, Reason
from ghstate.plan.order import Phase, Task


@dataclass(slots=True, kw_only=True)
class Restraint:
    """The limits, the owners that have to remain, and the doubt about an address."""

    min_admins: int
    admins: set[Login]
    """Who is an active owner at this moment, or in doubt is not."""

    max_invites: int | None = None
    _limit: LimitReached | None = None
    _invites: int = 0
    _held: bool = False
    """Has `max_invites` kept an invitation from being sent?"""

    _freed: bool = False
    """Has somebody who took a seat gone, since there was none?"""

    _refused: EmailAddress | None = None
    """An address that GitHub does not invite, perhaps because it is a member's."""

    def makes_wait(self, task: Task) -> bool:
        """Does a limit that was reached concern this task?"""
        if not _invites(task):
            return False
        if self._limit is not None:
            return True
        if self.max_invites is None or self._invites < self.max_invites:
            return False
        self._held = True
        return True

    def forbids(self, task: Task) -> str:
        """Why *task* would do harm by now; empty when it would not."""
        if self._refused and _removes_a_member(task.change):
            return (
                f"they may be {masked(self._refused)}, whom GitHub does not invite: "
                "perhaps the address is a member's already"
            )
        if not self._enough_admins_without(task):
            return (
                f"fewer than {self.min_admins} active admins would be left, "
                "because an earlier change failed"
            )
        return ""

    def _enough_admins_without(self, task: Task) -> bool:
        """Hold `min_admins` at every step, also when a promotion has failed."""
        person = task.change.resource.person
        if task.phase not in _FEWER_ADMINS or person is None:
            return True
        left = self.admins - {person}
        return left == self.admins or len(left) >= self.min_admins

    # What happened ------------------------------------------------------------

    def done(self, task: Task, *, already: bool = False) -> None:
        person = task.change.resource.person
        if _invites(task) and not already:
            self._invites += 1
        if person is None:
            return
        if task.phase in {Phase.CANCEL, Phase.REMOVE}:
            self._freed = True
        if task.phase is Phase.PROMOTE:
            self.admins.add(person)
        elif task.phase in _FEWER_ADMINS:
            self.admins.discard(person)

    def in_doubt(self, task: Task) -> None:
        """Expect the worse of two: an admin who may be gone counts no more."""
        if task.phase in _FEWER_ADMINS:
            self.done(task)

    def met(self, limit: LimitReached) -> None:
        self._limit = self._limit or limit
        self._freed = False

    def refused(self, task: Task, error: AddressRefused) -> EmailAddress | None:
        """Remove nobody from now on who may be the one behind an address.

        The address, if GitHub says that it is a member's.
        """
        address = task.change.resource.person
        if not isinstance(address, EmailAddress):
            return None
        self._refused = self._refused or address
        return address if error.is_members else None

    # The limit ----------------------------------------------------------------

    def lift_for_freed_seats(self) -> bool:
        """Forget that there was no seat, if seats have become free since.

        GitHub does not tell everybody how many there are, so a removal may have made
        room for somebody whose invitation came first (traps T11).
        """
        if not (self._limit and self._limit.kind is Limit.SEATS and self._freed):
            return False
        self._limit = None
        return True

    @property
    def limit(self) -> LimitReached | None:
        """The limit that kept something from being done, GitHub's or one's own."""
        if self._limit or not self._held:
            return self._limit
        return LimitReached(
            f"--max-invites {self.max_invites} is reached",
            grants_only=True,
            hint="run apply again to invite the others",
        )


_FEWER_ADMINS = frozenset({Phase.DEMOTE, Phase.REMOVE})


def _removes_a_member(change: Change) -> bool:
    return isinstance(change.resource, Member) and change.reason is Reason.REMOVE


def _invites(task: Task) -> bool:
    """Does *task* send an invitation, so that a limit counts it?"""
    return task.phase in {Phase.INVITE, Phase.INVITE_AGAIN}
