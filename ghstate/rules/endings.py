"""Access that a day will bring or take away, told some time before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta

import msgspec

from ghstate.model.address import Address
from ghstate.model.groups import Period
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import KeyPath
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.rules.grants import Grants
from ghstate.rules.membership import Membership
from ghstate.rules.sets import Sets
from ghstate.rules.ways import Ways

_MOST_DAYS = 31
"""So many days on which something changes are looked at, the nearest ones; further
ones are told of when they are nearer."""

_ENDS = ("ends-soon", "leaves", "leave")
_STARTS = ("starts-later", "comes into", "come into")
_NAMED = 3
_DAY = timedelta(days=1)


def about_to_change(
    grants: Grants,
    membership: Membership,
    asked_on: Callable[[date], Desired],
    today: date,
    within: timedelta,
) -> Iterator[Note]:
    """What ends or begins *within* a time from *today*.

    Who has the same access by another line is not told.
    """
    try:
        last = today + within
    except OverflowError:
        last = date.max
    # What ends on the last day is gone on the day after it.
    after = min(last, date.max - _DAY) + _DAY
    turns = sorted(
        turn for turn in set(_turns(grants, membership)) if today < turn <= after
    )
    before = asked_on(today) if turns else Desired()
    sets = Sets(grants, membership)
    ways = Ways(sets, today)
    for turn in turns[:_MOST_DAYS]:
        then = asked_on(turn)
        eve = _Dated(sets=sets, ways=ways.on(turn - _DAY), until=turn - _DAY)
        yield from _ending(before, then, turn, today, eve)
        first = _Dated(sets=sets, ways=ways.on(turn), since=turn)
        yield from _beginning(before, then, turn, today, first)
        before = then


class _Dated(msgspec.Struct, frozen=True, kw_only=True):
    """Finds the lines with the day after which, or on which, something changes."""

    sets: Sets
    ways: Ways
    until: date | None = None
    since: date | None = None

    def line(self, *addresses: Address) -> KeyPath:
        """The one line by which all of *addresses* change; empty if there is none."""
        found = {self._line(address) for address in addresses}
        return found.pop() if len(found) == 1 else ()

    def _line(self, address: Address) -> KeyPath:
        ways = self.ways.to(address)
        steps = ways[0].steps if ways else ()
        grants, named = self.sets.grants, self.sets.membership.named
        end = grants.ends.get(address.collection)
        if end and self._is_it(end) and (team := address.collection.collection):
            declared = grants.declared.get(team)
            return (*declared.path, "until") if declared else ()
        for step in steps:
            inside = named.expression(step.names)
            if inside is not None and self._is_it(inside.period):
                return (*inside.path, "until")
        return next((step.path for step in steps if self._is_it(step.period)), ())

    def _is_it(self, period: Period) -> bool:
        day = period.since if self.since else period.until
        return day is not None and day == (self.since or self.until)


def _turns(grants: Grants, membership: Membership) -> Iterator[date]:
    """The first days on which something is otherwise than the day before."""
    for period in _periods(grants, membership):
        if period.since is not None:
            yield period.since
        if period.until is not None and period.until < date.max:
            yield period.until + _DAY


def _periods(grants: Grants, membership: Membership) -> Iterator[Period]:
    yield from (term.period for term in grants.terms.values())
    yield from grants.ends.values()
    for lines in grants.lines.values():
        yield from (line.reference.period for line in lines)
    yield from membership.periods()


def _ending(
    before: Desired, after: Desired, turn: date, today: date, dated: _Dated
) -> Iterator[Note]:
    when = f"after {_day(turn - _DAY, today)}"
    leaving: defaultdict[Address, list[Address]] = defaultdict(list)
    for address, had in before.declared.items():
        has = after.declared.get(address)
        match had.resource, has and has.resource:
            case Member(), None:
                leaving[MEMBERS].append(address)
            case TeamMember(login=login), None if _stays(after, login):
                leaving[address.collection].append(address)
            case Member(role=OrgRole.ADMIN), Member(role=OrgRole.MEMBER):
                name = had.resource.person
                summary = f"{_spelled(name)} is no admin any more {when}, but a member"
                yield _ends(address, summary, dated)
            case TeamMember(team=team, role=TeamRole.MAINTAINER), TeamMember(
                role=TeamRole.MEMBER
            ):
                name = had.resource.person
                summary = f"{_spelled(name)} is no maintainer of {team} any more {when}"
                yield _ends(address, summary, dated)
            case _:
                pass
    yield from _told(leaving, before, _ENDS, when, dated)


def _ends(address: Address, summary: str, dated: _Dated) -> Note:
    path = dated.line(address)
    return Note(address, "ends-soon", Severity.INFO, summary, path=path)


def _beginning(
    before: Desired, after: Desired, turn: date, today: date, dated: _Dated
) -> Iterator[Note]:
    coming: defaultdict[Address, list[Address]] = defaultdict(list)
    for address, has in after.declared.items():
        if address in before.declared:
            continue
        match has.resource:
            case Member():
                coming[MEMBERS].append(address)
            case TeamMember(login=login) if _stays(before, login):
                coming[address.collection].append(address)
            case _:
                pass
    when = f"on {_day(turn, today)}"
    yield from _told(coming, after, _STARTS, when, dated)


def _stays(desired: Desired, login: str) -> bool:
    """Is somebody in the organization, so that a place in a team says something?"""
    return MEMBERS not in desired.managed or Member.at(login) in desired.declared


def _told(
    those: Mapping[Address, list[Address]],
    desired: Desired,
    said: tuple[str, str, str],
    when: str,
    dated: _Dated,
) -> Iterator[Note]:
    """One note for each list; a person's, where it is about one."""
    for collection, addresses in sorted(those.items()):
        where = "the organization" if collection == MEMBERS else collection[1]
        names = sorted(
            _spelled(desired.declared[address].resource.person) for address in addresses
        )
        one = len(names) == 1
        named = ", ".join(names[:_NAMED])
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        code, verb = said[0], said[1] if one else said[2]
        summary = f"{named}{more} {verb} {where} {when}"
        address = addresses[0] if one else _heading(collection)
        # Of many, those who are named stand for the others.
        path = dated.line(*addresses[: _NAMED + 1])
        yield Note(address, code, Severity.INFO, summary, path=path)


def _heading(collection: Address) -> Address | None:
    return None if collection == MEMBERS else collection.collection


def _spelled(person: object) -> str:
    return str(getattr(person, "spelled", person))


def _day(day: date, today: date) -> str:
    """*day* in words: "31 January 2027, in 12 days"."""
    ahead = (day - today).days
    far = {0: "today", 1: "tomorrow"}.get(ahead, f"in {ahead:,} days")
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}, {far}"


# Not strftime, which follows the locale.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip
