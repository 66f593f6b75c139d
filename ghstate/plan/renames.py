"""Teams that the files rename: found under a former slug, known under the new one."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.names import Slug
from ghstate.model.note import Note, Severity
from ghstate.model.organization import Desired
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember


class Renamed(msgspec.Struct, frozen=True):
    """The organization with teams under the slugs that the files give them.

    *before* has, by its new address, each renamed team as GitHub has it.
    """

    observed: Mapping[Address, Observed[Resource]]
    before: Mapping[Address, Observed[Team]]
    notes: tuple[Note, ...]


def follow_renames(
    desired: Desired, observed: Mapping[Address, Observed[Resource]]
) -> Renamed:
    """Move every team that the files call something else than before.

    A former slug that is gone has no effect. One that is still there beside the new
    one is an error: which of the two is meant, only a reader can tell. A former slug
    that is a team of the files by itself counts as gone, but for teams that swap.
    """
    formerly = {
        declared.resource.slug: tuple(map(Slug, declared.formerly))
        for declared in desired.declared.values()
        if isinstance(declared.resource, Team) and declared.formerly
    }
    if not formerly:
        return Renamed(observed, {}, ())
    moves, notes = _moves(formerly, desired, observed)
    if not moves:
        return Renamed(observed, {}, tuple(notes))
    renamed: dict[Address, Observed[Resource]] = {}
    before: dict[Address, Observed[Team]] = {}
    for found in observed.values():
        moved = _moved(found, moves)
        renamed[moved.resource.address] = moved
        if isinstance(found.resource, Team) and found.resource.slug in moves:
            before[moved.resource.address] = Observed(
                found.resource, found.standing, found.id
            )
    return Renamed(renamed, before, tuple(notes))


def _moves(
    formerly: Mapping[Slug, tuple[Slug, ...]],
    desired: Desired,
    observed: Mapping[Address, Observed[Resource]],
) -> tuple[dict[Slug, Slug], list[Note]]:
    """Old slug to new slug; a chain such as a→b, b→c is followed from its end."""
    moves: dict[Slug, Slug] = {}
    settled: set[Slug] = set()
    while True:
        progress = False
        for new, olds in sorted(formerly.items()):
            occupied = Team.at(new) in observed and new not in moves
            if new in settled or occupied:
                continue
            there = [
                old for old in olds if Team.at(old) in observed and old not in moves
            ]
            if len(there) == 1:
                moves[there[0]] = new
                settled.add(new)
                progress = True
        if not progress:
            break
    notes = [
        _both_there(new, there)
        for new, olds in sorted(formerly.items())
        if new not in settled
        and (
            there := [
                old
                for old in olds
                if Team.at(old) in observed
                and old not in moves
                and Team.at(old) not in desired.declared
            ]
        )
    ]
    notes += [
        _circle(new, slug)
        for new in sorted(formerly)
        if new not in settled and Team.at(new) in observed
        for slug in formerly[new]
        if Team.at(slug) in observed and new in _former(slug, formerly)
    ]
    return moves, notes


def _former(slug: Slug, formerly: Mapping[Slug, tuple[Slug, ...]]) -> set[Slug]:
    """Every slug that *slug* had before, by way of others, too."""
    found: set[Slug] = set()
    ahead = [slug]
    while ahead:
        for old in formerly.get(ahead.pop(), ()):
            if old not in found:
                found.add(old)
                ahead.append(old)
    return found


def _moved(found: Observed[Resource], moves: Mapping[Slug, Slug]) -> Observed[Resource]:
    match found.resource:
        case Team(slug=slug, parent=parent) as team:
            slug = moves.get(slug, slug)
            if parent is not None:
                parent = moves.get(parent, parent)
            return replace(found, resource=replace(team, slug=slug, parent=parent))
        case TeamMember(team=slug) as place if slug in moves:
            return replace(found, resource=replace(place, team=moves[slug]))
        case _:
            return found


def _both_there(new: Slug, olds: list[Slug]) -> Note:
    old = olds[0]
    return Note(
        address=Team.at(new),
        code="rename-unclear",
        severity=Severity.ERROR,
        summary=(
            f"{new} was called {old} before, but GitHub has a team {old} "
            + ("as well" if len(olds) == 1 else f"and a team {olds[1]}")
        ),
        hint=f"take {old} out of previously, or write [teams.{old}] absent = true",
    )


def _circle(new: Slug, old: Slug) -> Note:
    """Teams that swap their slugs look the same before it and after it."""
    return Note(
        address=Team.at(new),
        code="rename-unclear",
        severity=Severity.ERROR,
        summary=(
            f"the files have {new} and {old} change places, "
            "and whether that has been done cannot be seen"
        ),
        hint=f"rename {new} to a third slug first, and apply; then the others",
    )
