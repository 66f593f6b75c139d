"""An organization that nobody has, as large as the largest that is public."""

from __future__ import annotations

from random import Random
from typing import Any

PEOPLE = 1_276
OWNERS = 10
TEAMS = 284
MEMBERSHIPS = 1_700
DEPTHS = {1: 242, 2: 36, 3: 6}
"""How many teams stand so deep."""

_SYLLABLES = ("ba", "Du", "fi", "ke", "Lo", "mi", "nu", "Ra", "si", "ta", "Ve", "zo")
_NAMES = ("Ops {}", "{} (Core)", "{}.io admins", "Wörk {}", "{} & friends", "{}")


def organization(seed: int = 2026) -> dict[str, Any]:
    """The organization as a neutral document; the same *seed*, the same organization.

    Owners are in teams, teams have names that are no slugs, a few are secret, and
    some people are spelled in a team otherwise than in the organization.
    """
    random = Random(seed)  # noqa: S311 - repeatable is the point
    logins = [f"{_word(random)}{number}" for number in range(PEOPLE)]
    random.shuffle(logins)
    admins, members = logins[:OWNERS], logins[OWNERS:]
    teams = _teams(random)
    for number in range(MEMBERSHIPS):
        team = teams[number % 97 if number % 3 else random.randrange(len(teams))]
        who = random.choice(admins if number % 20 == 0 else members)
        spelled = who.swapcase() if number % 31 == 0 else who
        if who.lower() in team["taken"]:
            continue
        team["taken"].add(who.lower())
        team["maintainers" if number % 17 == 0 else "members"].append(spelled)
    for team in teams:
        del team["taken"]
    return {
        "org": "invented",
        "admins": sorted(admins, key=str.lower),
        "members": sorted(members, key=str.lower),
        "teams": teams,
    }


def _word(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=3)) + random.choice(["", "", "-"])


def _teams(random: Random) -> list[dict[str, Any]]:
    teams: list[dict[str, Any]] = []
    above: dict[int, list[str]] = {0: [], 1: [], 2: [], 3: []}
    for depth, count in DEPTHS.items():
        for number in range(count):
            name = random.choice(_NAMES).format(f"d{depth}-{number}")
            slug = _slug(name)
            secret = depth == 1 and number > 200 and number % 9 == 0
            # Only the first twenty of each depth have teams below them.
            parents = above[depth - 1][:20]
            teams.append(
                {
                    "slug": slug,
                    "name": name,
                    "description": f"Looks after {name}" if number % 4 else "",
                    "privacy": "secret" if secret else "closed",
                    "notifications": number % 7 != 0,
                    "parent": random.choice(parents) if parents else None,
                    "members": [],
                    "maintainers": [],
                    "taken": set(),
                }
            )
            above[depth].append(slug)
    return teams


def _slug(name: str) -> str:
    """As GitHub makes it of these names."""
    plain = name.lower().replace("ö", "o")
    words = "".join(c if c.isalnum() or c in "-_" else " " for c in plain).split()
    return "-".join(words)
