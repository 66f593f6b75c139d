"""Rules for what the files ask for, which need nothing but what they ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, cast

from ghstate.model.complaint import Complaint
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import EmailAddress, Slug
from ghstate.model.organization import Desired
from ghstate.model.resource import Declared, KeyPath, Resource
from ghstate.model.team import TEAMS, Privacy, Team
from ghstate.model.team_member import TeamMember
from ghstate.plan.guessing import Guess

Check: TypeAlias = Callable[[Desired], Iterable[Complaint]]


def people_of_teams_are_members(desired: Desired) -> Iterator[Complaint]:
    """A team must not invite anybody to the organization by the back door.

    An address is no account that could be in a team: it must always be a member's.
    """
    managed = MEMBERS in desired.managed
    people = [
        declared
        for declared in desired.declared.values()
        if type(declared.resource) is Member
    ]
    members = {declared.resource.person for declared in people}
    guess = Guess(
        name for each in people for name in (each.resource.person, each.email) if name
    )
    for declared in desired.declared.values():
        if type(declared.resource) is not TeamMember:
            continue
        login = declared.resource.login
        by_email = isinstance(login, EmailAddress)
        if login not in members and (managed or by_email):
            hint = guess(login)
            if not managed:
                hint = "an address in a team must be in [members], too"
            yield Complaint(declared.path, f'no member "{login.spelled}"', hint)


def parents_are_known(desired: Desired) -> Iterator[Complaint]:
    """Where every other team is deleted, a parent must be one that stays."""
    if TEAMS not in desired.managed:
        return
    guess = Guess([declared.resource.slug for declared in _teams(desired)])
    for declared in _teams(desired):
        parent = declared.resource.parent
        if parent is None or Team.at(parent) in desired.absent:
            continue
        if Team.at(parent) not in desired.declared:
            yield Complaint(
                _key(declared, "parent"), f'no team "{parent}"', guess(parent)
            )


def parents_stay(desired: Desired) -> Iterator[Complaint]:
    for declared in _teams(desired):
        parent = declared.resource.parent
        if parent is not None and Team.at(parent) in desired.absent:
            yield Complaint(
                _key(declared, "parent"), f'the files delete the team "{parent}"'
            )


def teams_are_not_above_themselves(desired: Desired) -> Iterator[Complaint]:
    """Each cycle is told once, at the first of its teams."""
    above = {
        declared.resource.slug: declared.resource.parent for declared in _teams(desired)
    }
    done: set[str] = set()
    for start in sorted(above):
        way: list[Slug] = []
        here: Slug | None = start
        while here in above and here not in done:
            done.add(here)
            way.append(here)
            here = above[here]
        if here in way:
            cycle = way[way.index(here) :]
            turn = cycle.index(min(cycle))
            cycle = [*cycle[turn:], *cycle[: turn + 1]]
            yield Complaint(
                (*desired.declared[Team.at(cycle[0])].path, "parent"),
                f"this team is above itself: {' → '.join(cycle)}",
            )


def secret_teams_stand_alone(desired: Desired) -> Iterator[Complaint]:
    """GitHub nests no secret team, neither below another team nor above one."""
    for declared in _teams(desired):
        team = declared.resource
        if team.parent is None:
            continue
        if team.privacy is Privacy.SECRET:
            yield Complaint(
                _key(declared, "parent"),
                "a secret team cannot have a parent",
                'remove the parent, or make it privacy = "closed"',
            )
        above = desired.declared.get(Team.at(team.parent))
        if above and _is_secret(above):
            yield Complaint(
                _key(declared, "parent"),
                f'"{team.parent}" is secret, and a secret team cannot be a parent',
            )


def a_team_was_not_always_itself(desired: Desired) -> Iterator[Complaint]:
    """Each former slug belongs to one team, and to none that is to be deleted."""
    claims: defaultdict[str, list[tuple[Team, KeyPath]]] = defaultdict(list)
    for declared in _teams(desired):
        for number, slug in enumerate(declared.formerly):
            path = (*declared.path, "previously", number)
            claims[slug].append((declared.resource, path))
            if slug == declared.resource.slug:
                yield Complaint(path, f'"{slug}" is the slug that the team has now')
            if Team.at(slug) in desired.absent:
                yield Complaint(
                    path,
                    f'the files delete the team "{slug}", so it cannot be renamed',
                )
    for slug, claimed in sorted(claims.items()):
        for number, (_, path) in enumerate(claimed):
            others = sorted(
                {str(t.slug) for i, (t, _) in enumerate(claimed) if i != number}
            )
            if others:
                yield Complaint(
                    path, f'"{slug}" is claimed by {" and ".join(others)}, too'
                )


CHECKS: tuple[Check, ...] = (
    people_of_teams_are_members,
    parents_are_known,
    parents_stay,
    teams_are_not_above_themselves,
    secret_teams_stand_alone,
    a_team_was_not_always_itself,
)
"""Every rule; each is asked, whatever the others find."""

NEED_ALL_FILES: frozenset[Check] = frozenset(
    {people_of_teams_are_members, parents_are_known}
)
"""The rules that conclude from what is not there, which may be in an unread file."""


def _teams(desired: Desired) -> Iterator[Declared[Team]]:
    for declared in desired.declared.values():
        # Not isinstance, which takes its time for abstract classes: there may be
        # a hundred thousand other things among the teams.
        if type(declared.resource) is Team:
            yield cast(Declared[Team], declared)


def _is_secret(declared: Declared[Resource]) -> bool:
    match declared.resource:
        case Team(privacy=Privacy.SECRET):
            return True
        case _:
            return False


def _key(declared: Declared[Team], key: str) -> KeyPath:
    return (*declared.path, key)
