"""What the files ask for, from what they say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from ghstate.config.keys import FILE
from ghstate.config.limits import MAX_PEOPLE, MAX_TEAMS
from ghstate.config.members import Members
from ghstate.config.spelling import quoted
from ghstate.config.table import Findings, Table
from ghstate.config.teams import Teams
from ghstate.model.address import Address
from ghstate.model.member import MEMBERS
from ghstate.model.names import slug_of
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, Resource
from ghstate.model.team import TEAMS, Team
from ghstate.rules.desired import CHECKS, NEED_ALL_FILES


class Reading(msgspec.Struct, frozen=True):
    """What the files ask for, and what is doubtful in it."""

    desired: Desired
    warnings: tuple[Note, ...]


def read_desired(
    whole: Mapping[str, object],
    *,
    teams_all: bool,
    findings: Findings,
    complete: bool = True,
) -> Reading:
    """Everything that *whole* asks for; of use only if there are no new *findings*.

    Without the *complete* files, nothing is said to be missing.
    """
    top = Table(whole, (), findings, FILE)
    declared: dict[Address, Declared[Resource]] = {}
    managed: set[Address] = set()
    people, groups = whole.get("members"), whole.get("teams")
    if _too_many(people, groups, top):
        return Reading(Desired(), ())
    members = Members(declared, findings)
    if isinstance(people, dict):
        managed.add(MEMBERS)
        members.read(people)
    elif people is not None:
        top.refuse("members", '"members" must be a table: login = "role"')
    teams = Teams(declared, members.by_email, findings)
    if isinstance(groups, dict):
        teams.read(groups)
    elif groups is not None:
        top.refuse("teams", '"teams" must be a table of tables: [teams.SLUG]')
    managed |= teams.managed
    # A project that says nothing at all must not come to mean "delete every team".
    if teams_all and (people is not None or groups is not None):
        managed.add(TEAMS)
    desired = Desired(declared, frozenset(managed), teams.absent)
    for check in CHECKS:
        if check in NEED_ALL_FILES and not complete:
            continue
        for complaint in check(desired):
            findings.take(complaint)
    return Reading(desired, tuple(_slugs_that_may_differ(desired)))


def _too_many(people: object, groups: object, top: Table) -> bool:
    """Is there more than can be held in memory in decency?"""
    teams = groups if isinstance(groups, dict) else {}
    members = people if isinstance(people, dict) else {}
    lists = [
        team.get(key)
        for team in teams.values()
        if isinstance(team, dict)
        for key in ("maintainers", "members")
    ]
    in_teams = sum(len(people) for people in lists if isinstance(people, list))
    if len(teams) > MAX_TEAMS:
        top.refuse("teams", f"there are more than {MAX_TEAMS:,} teams")
    if len(members) + in_teams > MAX_PEOPLE:
        key = "members" if members else "teams"
        many = f"there are more than {MAX_PEOPLE:,} people and places in teams"
        top.refuse(key, many)
    return len(teams) > MAX_TEAMS or len(members) + in_teams > MAX_PEOPLE


def _slugs_that_may_differ(desired: Desired) -> Iterator[Note]:
    """Names that would give a new team another slug; an existing team may have it."""
    for declared in desired.declared.values():
        team = declared.resource
        if type(team) is Team and slug_of(team.name) != team.slug:
            yield Note(
                team.address,
                "slug-mismatch",
                Severity.WARNING,
                f"a new team called {quoted(team.name)} would not get"
                f" the slug {team.slug}",
                f"GitHub would probably give it {quoted(slug_of(team.name))}",
            )
