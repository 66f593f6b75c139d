"""One person's life with an organization: applied to again and again, and watched."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field

from ghstate.engine.applied import Applied
from ghstate.plan.change import Change, Reason
from ghstate.plan.plan import Plan
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    Account,
    Invitation,
    InvitationRole,
    InvitationSource,
    OrgRole,
    Why,
)
from ghstate.sandbox.world import World
from tests.laws.company import (
    BOBS_ADDRESS,
    COLLEAGUE,
    OTHER_OWNER,
    OTHER_TEAM,
    OWNER,
    TEAM,
    Company,
    Situation,
    company,
)
from tests.laws.direct import Direct, DirectEngine
from tests.laws.wishes import Settings, Wish

APPLIES = 6
"""After so many applies in a row nothing may change any more."""

INVITING = {Why.INVITED, Why.INVITED_AGAIN}
MAILS = {
    Reason.INVITE: 1,
    Reason.REINVITE: 1,
    # One when the role is tried, another when that did not take.
    Reason.REPLACE_INVITATION: 2,
}
"""How many mails about an invitation one entry of a plan may cause."""


@dataclass(slots=True, kw_only=True)
class Life:
    """A situation, a wish and settings, from one apply to the next."""

    situation: Situation
    wish: Wish
    settings: Settings
    sandbox: Direct
    engine: DirectEngine
    person: int
    """The id of the account that the files mean."""

    by_address: bool
    """Is the person, as far as the files go, whoever has the address?"""

    was_here: bool
    """Were they a member before anything was applied?"""

    story: list[str] = field(default_factory=list)
    most: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    untouchable: set[int] = field(default_factory=set)
    """The invitations that wait and are not ghstate's to change."""

    reasons: set[Reason] = field(default_factory=set)
    """Why anything was changed so far."""

    codes: set[str] = field(default_factory=set)
    """What was said so far."""

    @classmethod
    def begin(cls, situation: Situation, wish: Wish, settings: Settings) -> Life:
        world = company(situation.login)
        world.policy.put_on_pending = settings.put_on_pending
        bob = world.known(situation.login)
        sandbox = Direct(world)
        engine = DirectEngine(sandbox, wish.desired(situation), settings.policy)
        situation.happen(Company(world, sandbox.conditions, bob, engine.refresh))
        life = cls(
            situation=situation,
            wish=wish,
            settings=settings,
            sandbox=sandbox,
            engine=engine,
            person=bob.id,
            by_address=wish.by_address,
            was_here=bob.id in world.members,
        )
        life._watch()
        return life

    def twin(self) -> Life:
        """The same life so far, to go another way from here."""
        sandbox = Direct(copy.deepcopy(self.world))
        engine = DirectEngine(sandbox, self.engine.desired, self.engine.policy)
        if kept := self.engine.kept:
            engine.store.write(kept, replacing=None)
        twin = Life(
            situation=self.situation,
            wish=self.wish,
            settings=self.settings,
            sandbox=sandbox,
            engine=engine,
            person=self.person,
            by_address=self.by_address,
            was_here=self.was_here,
            story=[*self.story],
        )
        twin._watch()
        return twin

    @property
    def world(self) -> World:
        return self.sandbox.world

    @property
    def account(self) -> Account | None:
        """The person's account, if there still is one."""
        return self.world.accounts.get(self.person)

    @property
    def _has_address(self) -> bool:
        return bool(self.account and BOBS_ADDRESS in self.account.emails)

    @property
    def names(self) -> set[str]:
        """Every name that the person has, or has in the files."""
        now = {self.account.login.lower()} if self.account else set()
        return now | {self.situation.login, BOBS_ADDRESS}

    @property
    def waiting(self) -> list[Invitation]:
        """The invitations to the person that nobody has answered."""
        return [
            each
            for each in self.world.invitations.values()
            if each.account == self.person or each.email == BOBS_ADDRESS
        ]

    def is_known(self, invitation: Invitation) -> bool:
        """Can it be known from GitHub's lists that *invitation* is the person's?"""
        theirs = self.wish.by_address or self.wish.with_email
        return invitation.role.joins and (invitation.email is None or theirs)

    @property
    def was_changed_by_put(self) -> bool:
        """Was GitHub asked to change somebody's membership, or their invitation?"""
        return any(
            each.method == "PUT" and each.path.startswith("/orgs/acme/memberships/")
            for each in self.sandbox.history
        )

    # Applying -----------------------------------------------------------------

    def apply(self) -> Applied:
        """Apply once; nobody is mailed, lost or demoted whom the plan does not name."""
        world, history = self.world, self.sandbox.history
        mails, calls = len(world.mails), len(history)
        before = {number: each.role for number, each in world.members.items()}
        applied = self.engine.apply()
        self.reasons |= {change.reason for change in applied.plan.changes}
        self.codes |= {note.code for note in applied.plan.notes}
        self._look(world)
        self._tell(applied, mails, calls)
        self.check(not self.wrong, *self.wrong)
        self.check(not applied.plan.refusals, "a safety rule refused")
        self.check(self.untouchable <= {*world.invitations}, "was not to be touched")
        self._check_mails(applied.plan, mails)
        self._check_who_stays(before)
        return applied

    def settle(self) -> Applied:
        """Apply until nothing changes any more, neither there nor in the plan."""
        last: Applied | None = None
        for _ in range(APPLIES):
            done = self._writes()
            applied = self.apply()
            idle = self._writes() == done
            if last and idle and _says(applied.plan) == _says(last.plan):
                self.check(not applied.remaining, f"remains: {applied.remaining}")
                return applied
            last = applied if idle else None
        self.check(False, f"no rest after {APPLIES} applies")  # noqa: FBT003 - never holds
        raise AssertionError

    def _writes(self) -> int:
        """How many calls have changed something."""
        return sum(each.done for each in self.sandbox.history.writes())

    def _check_mails(self, made: Plan, before: int) -> None:
        allowed = sum(
            MAILS.get(change.reason, 0)
            for change in made.changes
            if self.is_about_membership(change)
        )
        got = [
            mail.why
            for mail in self.world.mails[before:]
            if mail.to.lower() in self.names and mail.why in INVITING
        ]
        self.check(len(got) <= allowed, f"{len(got)} mails, and {allowed} in the plan")

    def is_about_membership(self, change: Change) -> bool:
        """Is *change* one of the person's membership, by any of their names?"""
        return len(change.address) == 2 and change.address[1] in self.names

    def _check_who_stays(self, before: dict[int, OrgRole]) -> None:
        world = self.world
        stay = {world.known(OWNER).id, world.known(COLLEAGUE).id}
        owners = {world.known(OWNER).id}
        if self.situation.inviter is not None:
            stay.add(world.known(OTHER_OWNER).id)
        if self.situation.inviter == "admin":
            owners.add(world.known(OTHER_OWNER).id)
        if self.wish.role is not None and not self.by_address:
            stay.add(self.person)
        cloud = world.policy.profile is Profile.CLOUD
        if self.wish.role and self.was_here and self._has_address and cloud:
            # Nothing is remembered; GitHub says that the address is a member's.
            stay.add(self.person)
        if self.wish.role == "admin" and not self.by_address:
            owners.add(self.person)
        for number in before.keys() & stay:
            login = world.accounts[number].login
            self.check(number in world.members, f"{login} was removed")
            was = number in owners and before[number] is OrgRole.ADMIN
            self.check(not was or world.is_owner(number), f"{login} was demoted")
        for slug in (TEAM, OTHER_TEAM):
            self.check(slug in world.teams_of(COLLEAGUE), f"{COLLEAGUE} left {slug}")

    # Watching -----------------------------------------------------------------

    def _watch(self) -> None:
        self.world.mails.clear()
        self.untouchable = {
            each.id
            for each in self.waiting
            if each.source is InvitationSource.SCIM
            or each.role not in {InvitationRole.ADMIN, InvitationRole.DIRECT_MEMBER}
        }
        self.most = self._live()
        self.sandbox.conditions.script(Fault(Meanwhile(self._look), times=None))

    def _look(self, world: World) -> None:
        for account, count in self._live().items():
            if count > max(1, self.most[account]):
                login = world.accounts[account].login
                self.wrong.append(f"{count} live invitations to {login}")

    def _live(self) -> Counter[int]:
        return Counter(
            account.id
            for account in self.world.accounts.values()
            for each in self.world.invitations_to(account)
            # If the files have nothing but an address, nobody knows whose it is.
            if not self.by_address or each.email is None
        )

    # Telling ------------------------------------------------------------------

    def write_who_it_is(self) -> None:
        """Do what the plan asks for: write the login, and the address beside it."""
        login = self.world.accounts[self.person].login
        self.tell(f"in the files: {login}")
        self.by_address = False
        self.engine.desired = self.wish.desired(self.situation, login)

    def check(self, holds: object, *words: str) -> None:
        """Fail with the cell's name and all that has happened, unless it *holds*."""
        if not holds:
            cell = f"{self.situation} | {self.wish} | {self.settings}"
            raise AssertionError("\n".join([*words, cell, *self.story]))

    def tell(self, words: str) -> None:
        self.story.append(words)

    def _tell(self, applied: Applied, mails: int, calls: int) -> None:
        made = applied.plan
        self.tell("apply:")
        for change in made.changes:
            self.tell(f"  plan  {change.address} {change.reason}")
        for waiting in made.waiting:
            self.tell(f"  waits {waiting.address}")
        for note in made.notes:
            self.tell(f"  note  {note.address} {note.code}: {note.summary}")
        for each in self.sandbox.history.requests[calls:]:
            if each.is_write:
                call = f"{each.method} {each.path} {each.body or ''}"
                self.tell(f"  call  {call} -> {each.status}")
        for mail in self.world.mails[mails:]:
            self.tell(f"  mail  {mail.to} {mail.why}")
        for result in applied.results:
            words = f"{result.change.address} {result.end.name} {result.words}"
            self.tell(f"  end   {words}")
        if applied.limit:
            self.tell(f"  limit {applied.limit}")


def _says(made: Plan) -> object:
    """What two plans of the same organization have in common."""
    notes = {(note.address, note.code) for note in made.notes}
    return made.changes, [each.address for each in made.waiting], notes
