"""Which team is meant: slugs in the files, held against GitHub's numeric ids.

A slug can be given away: a team is renamed on GitHub, or deleted and made again by
somebody else. The team that an earlier apply managed is known by its id, and another
one is never taken over in silence (traps T44, T46).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ghstate.model.address import Address
from ghstate.model.names import Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team


def mistaken_teams(
    desired: Desired,
    observed: Mapping[Address, Observed[Resource]],
    known: Mapping[Slug, int],
) -> Iterator[tuple[frozenset[Address], Note]]:
    """Teams of the files that are not on GitHub what they were.

    With each note come the teams to leave alone until a reader has decided. *known*
    are the ids that slugs had when they were last managed.
    """
    if not known:
        return
    here = {
        found.id: found.resource.slug
        for found in observed.values()
        if isinstance(found.resource, Team) and found.id is not None
    }
    for address, declared in sorted(desired.declared.items()):
        team = declared.resource
        if not isinstance(team, Team) or team.slug not in known:
            continue
        expected = known[team.slug]
        there = observed.get(address)
        moved = here.get(expected)
        if there is not None and there.id not in {None, expected}:
            alone = {address} | ({Team.at(moved)} if moved else set())
            yield frozenset(alone), _another(team.slug, expected, there.id, moved)
        elif there is None and moved is not None and moved != team.slug:
            if Team.at(moved) in desired.declared or moved in declared.formerly:
                continue
            yield frozenset({address, Team.at(moved)}), _renamed(team.slug, moved)


def _another(slug: Slug, expected: int, found: int | None, moved: Slug | None) -> Note:
    what = f"is called {moved} now" if moved else "is gone"
    return Note(
        Team.at(slug),
        "team-changed",
        Severity.ERROR,
        f"the team {expected} that was {slug} {what}, and {slug} is another team "
        f"({found})",
        f"if that one is meant: take [teams.{slug}] out, apply, and put it back",
    )


def _renamed(slug: Slug, moved: Slug) -> Note:
    return Note(
        Team.at(slug),
        "team-renamed",
        Severity.ERROR,
        f"the team {slug} is called {moved} on GitHub now",
        f'write [teams.{moved}]; or previously = ["{moved}"] to have {slug} back',
    )
