"""Organizations to measure with: a published one when it is at hand, or invented."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember

PUBLISHED = Path(__file__).parents[2].parent / "shared" / "orgs"


def published(name: str) -> dict[str, Any] | None:
    """A real organization's public configuration, where it has been put."""
    path = PUBLISHED / f"{name}.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def like_kubernetes() -> dict[str, Any]:
    """An invented organization of the size of kubernetes: 1,276 people, 284 teams."""
    chance = Random(284)  # noqa: S311 - an invention, not a secret
    people = [f"person-{number:04}" for number in range(1276)]
    admins, members = people[:10], people[10:]
    teams: list[dict[str, Any]] = []
    for number in range(284):
        size = 127 if number == 7 else chance.randint(1, 11)
        parent = f"team-{number // 7:03}" if number > 241 else None
        teams.append(
            {
                "slug": f"team-{number:03}",
                "name": f"team-{number:03}",
                "description": f"The people of team {number}",
                "privacy": "closed",
                "parent": parent,
                "members": chance.sample(members, size),
                "maintainers": chance.sample(admins, 1) if number % 4 == 0 else [],
            }
        )
    return {
        "org": "like-kubernetes",
        "admins": admins,
        "members": members,
        "teams": teams,
    }


def very_large() -> Snapshot:
    """50,000 people, 2,000 teams and 100,000 team memberships."""
    chance = Random(7)  # noqa: S311 - an invention, not a secret
    observed: dict[Address, Observed[Resource]] = {}
    logins = [Login(f"Person-{number:05}") for number in range(50_000)]
    slugs = [Slug(f"team-{number:04}") for number in range(2_000)]
    for number, login in enumerate(logins):
        role = OrgRole.ADMIN if number < 20 else OrgRole.MEMBER
        person = Member(login=login, role=role)
        observed[person.address] = Observed(person, id=number + 1)
    for number, slug in enumerate(slugs):
        parent = slugs[number // 10] if number % 3 == 1 and number > 10 else None
        team = Team(slug=slug, name=str(slug), parent=parent)
        observed[team.address] = Observed(team, id=number + 1)
    places: set[tuple[int, int]] = set()
    while len(places) < 100_000:
        places.add((chance.randrange(2_000), chance.randrange(20, 50_000)))
    for team_number, number in places:
        place = TeamMember(team=slugs[team_number], login=logins[number])
        observed[place.address] = Observed(place, id=number + 1)
    return Snapshot(
        Organization("very-large", 1),
        Viewer(logins[0]),
        datetime.now(UTC),
        dict(sorted(observed.items())),
    )


def ten_deep() -> dict[str, str]:
    """The files of 10,000 people in 2,000 groups that nest ten deep, and 200 teams."""
    chance = Random(5)  # noqa: S311 - an invention, not a secret
    names = [f"person-{number:05}" for number in range(10_000)]
    groups: list[str] = []
    for level in range(10):
        for number in range(200):
            inside = names[number * 50 : number * 50 + 50]
            if level:
                chosen = chance.sample(range(200), 3)
                below = (f"group:l{level - 1}-{each}" for each in chosen)
                inside = [*below, chance.choice(names)]
            listed = ", ".join(f'"{each}"' for each in inside)
            out = f'except = ["group:l0-{number % 5}"]\n' if level else ""
            groups.append(f"[groups.l{level}-{number}]\nany = [{listed}]\n{out}")
    teams = (f'[teams.t{n}]\nmembers = ["group:l1-{n}"]\n' for n in range(200))
    return {
        "ghstate.toml": '[github]\norganization = "acme"\n',
        "groups.toml": "".join(groups),
        "people.toml": '[members]\n"group:l0-*" = "member"\n' + "".join(teams),
    }
