"""Dates of people that change nothing: a set gives them the same, and goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from ghstate.model.address import Address
from ghstate.model.groups import ALWAYS, ANY_TEAM, Referred
from ghstate.model.names import Login
from ghstate.model.note import Note, Severity
from ghstate.model.resource import KeyPath
from ghstate.rules.grants import Grants, Line
from ghstate.rules.membership import Membership
from ghstate.rules.sides import On

_MOST_DAYS = 31
"""So many days behind which something ends are looked at, the nearest ones."""

_DAY = timedelta(days=1)


def dates_in_vain(
    grants: Grants, membership: Membership, today: date | None
) -> Iterator[Note]:
    """Lines that name a person until a day, and take nothing from them by it.

    Who has the same by a set that ends, too, is not told.
    """
    ending: defaultdict[date, list[Address]] = defaultdict(list)
    for address, term in grants.terms.items():
        until = term.period.until
        team_ends = grants.ends.get(address.collection, ALWAYS).until is not None
        if until is None or until == date.max or term.then is not None or team_ends:
            continue
        if address.collection in grants.lines:
            after = until + _DAY
            ending[max(after, today or after)].append(address)
    if not ending:
        return
    at_last = membership.on(date.max)
    for day in sorted(ending)[:_MOST_DAYS]:
        on = membership.on(day)
        for address in ending[day]:
            yield from _about(address, grants, (on, at_last))


def _about(address: Address, grants: Grants, days: tuple[On, On]) -> Iterator[Note]:
    declared = grants.declared[address]
    person, role = declared.resource.person, getattr(declared.resource, "role", None)
    for line in grants.lines[address.collection]:
        if person is None or line.role is not role:
            continue
        if all(on.has(line.reference, person) for on in days):
            yield _note(address, person, line, declared.path)
            return


def _note(address: Address, person: Login, line: Line, path: KeyPath) -> Note:
    who, reference = person.spelled, line.reference
    any_team = reference.refers is Referred.TEAM and reference.name == ANY_TEAM
    holds = f"a team names {who}" if any_team else f"{who} is in it"
    there = "in the teams" if any_team else "there"
    return Note(
        address,
        "date-in-vain",
        Severity.WARNING,
        f"the date of {who} has no effect: "
        f'"{reference.key}" gives the same for as long as {holds}',
        f"write the date {there}, too, or take {who} out",
        path,
    )
