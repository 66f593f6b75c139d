"""Why somebody has an access, or has it not: the files, GitHub, and the next plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime

import msgspec

from ghstate.model.address import Address
from ghstate.model.kinds import KINDS, kind_at, person_at
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.organization import Desired, Organization, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Declared, KeyPath, Observed, Resource
from ghstate.model.way import Step, Way
from ghstate.plan.addresses import follow_addresses
from ghstate.plan.change import Change
from ghstate.plan.former import Names
from ghstate.plan.identity import Known
from ghstate.plan.plan import Plan
from ghstate.rules.sets import Sets
from ghstate.rules.ways import Ways

_PROTECTED: KeyPath = ("safety", "protected")


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What the next plan does about one thing."""

    change: Change | None = None
    """Its own change."""

    along_with: Change | None = None
    """The change that takes it along by GitHub's own doing."""

    held_back: bool = False
    """Would there be a change, which a setting or an incomplete read holds back?"""

    waits: bool = False
    """Do the files ask for it, and an answer is awaited?"""

    notes: tuple[Note, ...] = ()
    """What the plan says of it: what is held back, refused, or cannot be done."""


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """One thing: what the files say of it, what GitHub has, what the plan does."""

    address: Address
    asked: Declared[Resource] | None = None
    """What the files ask for on the day."""

    managed: bool = False
    """Do the files speak for its collection, so that it has to go if not asked for?"""

    ways: tuple[Way, ...] = ()
    """Every line that leads to it; what decides comes first."""

    naming: tuple[Step, ...] = ()
    """Of somebody's membership to which nothing leads: the lines in groups that name
    them all the same."""

    never: tuple[Step, ...] = ()
    """How the settings lead to the person, whom they keep out of everything."""

    absent: KeyPath | None = None
    """Where the files say that it has to go."""

    ignored: KeyPath | None = None
    """Where the settings say that its person is none of ghstate's business."""

    protected: KeyPath | None = None
    """Where the settings say that its person is never removed or demoted."""

    found: Observed[Resource] | None = None
    """As GitHub reported it."""

    unseen: bool = False
    """Was its collection not read in whole, so that it may be there all the same?"""

    decided: Decided = Decided()


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about a person, or about what stands at an address."""

    subject: str
    """As it was asked for, in the spelling of the files or of GitHub."""

    organization: Organization
    snapshot_at: datetime
    day: date
    """The day that the files count for."""

    person: Login | None = None
    """Whom it is about, where it is about one person."""

    things: tuple[Explained, ...] = ()
    """In the order of `KINDS`, then by address; none where nobody knows the subject."""

    at_once: bool = False
    """Are there no invitations here, so that people are members at once?"""

    refusals: tuple[Note, ...] = ()
    """Why nothing of the plan will be done, whatever it says of the things."""


def explain(
    subject: Address | Login,
    *,
    sets: Sets,
    files: Desired,
    snapshot: Snapshot,
    known: Known,
    policy: Policy,
    plan: Plan,
    day: date,
) -> Explanation:
    """Everything at an address and below it, or everything about a person.

    *files* are what *sets* ask for on *day*, and *plan* is what follows from that.
    """
    # Places that come with an invitation by e-mail are known by the address only.
    snapshot = follow_addresses(
        files, snapshot, known.bindings, known.past, known.accounts
    ).snapshot
    look = _Look(
        files=files,
        ways=Ways(sets, day),
        snapshot=snapshot,
        names=Names.of(files, snapshot, known),
        policy=policy,
        plan=plan,
    )
    things = look.at(subject) if isinstance(subject, Address) else look.of(subject)
    person = subject if isinstance(subject, Login) else None
    return Explanation(
        subject=person.spelled if person else str(subject),
        organization=snapshot.organization,
        snapshot_at=snapshot.taken_at,
        day=day,
        person=person,
        things=tuple(sorted(things, key=_reading_order)),
        at_once=plan.at_once,
        refusals=plan.refusals,
    )


def _reading_order(thing: Explained) -> tuple[int, Address]:
    kind = kind_at(thing.address)
    return (KINDS.index(kind) if kind else len(KINDS), thing.address)


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """All that there is to look at, and the things in it."""

    files: Desired
    ways: Ways
    snapshot: Snapshot
    names: Names
    policy: Policy
    plan: Plan

    # What to look at -----------------------------------------------------------------

    def at(self, subject: Address) -> Iterator[Explained]:
        """What stands at *subject* and below it.

        A place that somebody does not have is explained, too, if anybody knows them.
        """
        below = [each for each in self._named() if self._is_within(each, subject)]
        person = person_at(subject)
        if not below and person is not None and self._knows(person):
            below = [subject]
        yield from self._explained(below)

    def of(self, person: Login) -> Iterator[Explained]:
        """Everything of *person*; their membership in any case, if they are known."""
        theirs = self._of(person)
        known = theirs or self._is_named(person)
        yield from self._explained([*theirs, Member.at(person)] if known else ())

    def _knows(self, person: Login) -> bool:
        return bool(self._of(person)) or self._is_named(person)

    def _is_named(self, person: Login) -> bool:
        """Does a group name *person*, or do the settings under `never`?"""
        return bool(self.ways.naming(person) or self.ways.never(person))

    def _of(self, person: Login) -> list[Address]:
        today = self.names.today(Member.at(person))
        names = {person}
        found = []
        for address in self._named():
            who = person_at(address)
            if who is not None and self.names.today(Member.at(who)) == today:
                names.add(who)
                found.append(address)
        # Lines from which something takes them away again.
        for name in sorted(names):
            found += (place / name for place in self.ways.collections(name))
        return found

    def _is_within(self, address: Address, subject: Address) -> bool:
        names = (address, self.names.today(address))
        return any(
            name.within(wanted)
            for name in names
            for wanted in self.names.of_one(subject)
        )

    def _named(self) -> Iterator[Address]:
        """Every address that the files, GitHub or the plan have; some twice."""
        files, plan = self.files, self.plan
        yield from files.declared
        yield from (each.resource.address for each in files.idle)
        yield from files.absent
        yield from self.snapshot.observed
        yield from (each.address for each in (*plan.changes, *plan.held_changes))
        yield from (each.address for each in plan.waiting)

    # What there is to say ------------------------------------------------------------

    def _explained(self, addresses: Iterable[Address]) -> Iterator[Explained]:
        """Each thing once, whatever it was called in between."""
        things: defaultdict[Address, set[Address]] = defaultdict(set)
        for address in addresses:
            things[self.names.today(address)].add(address)
        for today, called in things.items():
            yield self._one(today, sorted(called | {today}))

    def _one(self, today: Address, called: Sequence[Address]) -> Explained:
        files = self.files
        written = next((each for each in called if each in files.declared), None)
        absent = next((each for each in called if each in files.absent), None)
        people = [who for each in called if (who := person_at(each)) is not None]
        ways = tuple(way for each in called for way in self.ways.to(each))
        is_member = not ways and today.collection == MEMBERS
        naming = (self.ways.naming(who) for who in people if is_member)
        return Explained(
            address=written or today,
            asked=files.declared[written] if written else None,
            managed=any(files.manages(each) for each in called),
            ways=ways,
            naming=tuple(step for steps in naming for step in steps),
            never=next(filter(None, map(self.ways.never, people)), ()),
            absent=files.absent[absent] if absent else None,
            ignored=self._ignored(people),
            protected=_PROTECTED if self.plan.protected.keys() & {*people} else None,
            found=self.snapshot.observed.get(today),
            unseen=today.collection in self.snapshot.hidden,
            decided=self._decided({*called}),
        )

    def _ignored(self, people: Sequence[Login]) -> KeyPath | None:
        for number, pattern in enumerate(self.policy.ignore):
            policy = Policy(ignore=(pattern,))
            if any(policy.ignores(each) for each in people):
                return ("manage", "ignore", number)
        return None

    def _decided(self, called: AbstractSet[Address]) -> Decided:
        plan = self.plan
        return Decided(
            change=next((c for c in plan.changes if c.address in called), None),
            along_with=next(
                (
                    change
                    for change in plan.changes
                    for each in plan.implied.get(change.address, ())
                    if each.resource.address in called
                ),
                None,
            ),
            held_back=any(each.address in called for each in plan.held_changes),
            waits=any(each.address in called for each in plan.waiting),
            notes=tuple(note for note in plan.notes if note.address in called),
        )
