"""What references mean: which sets there are, and which of them another one needs."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import translate

import msgspec

from ghstate.model.complaint import Complaint
from ghstate.model.groups import Expression, Reference, Referred
from ghstate.model.names import Name, Slug
from ghstate.plan.guessing import Guess

MAX_LINKS = 1_000_000
"""So often sets may refer to sets; globs count as often as there are names."""

_LETTERS = 10
"""So many letters of a glob count once more for each name."""

_TAKE_OUT = "take it out here"

_SHOWN = 8
"""So much of a cycle is told; nobody reads more."""


class Entangled(Exception):
    """The sets refer to one another more often than can be followed in decency."""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a reference can name."""

    groups: Mapping[Name, Expression]
    teams: Mapping[Slug, Expression]
    """The teams whose people the files manage."""

    open_teams: frozenset[Slug] = frozenset()
    """The teams of the files whose people they do not manage."""

    absent_teams: frozenset[Slug] = frozenset()

    def expression(self, key: str) -> Expression | None:
        """The set that is called *key*: ``group:sre``."""
        refers, _, name = key.partition(":")
        match refers:
            case Referred.GROUP:
                return self.groups.get(Name(name))
            case Referred.TEAM:
                return self.teams.get(Slug(name))
            case _:
                return None


class Links:
    """Which sets each reference means; `Entangled` where that cannot be followed."""

    def __init__(self, named: Named) -> None:
        self._named = named
        self._groups: dict[Name, tuple[str]] = {
            name: (f"group:{name}",) for name in named.groups
        }
        self._teams: dict[Name, tuple[str]] = {
            slug: (f"team:{slug}",) for slug in named.teams
        }
        self._globs: dict[str, tuple[str, ...]] = {}
        self._others: dict[tuple[str, str], tuple[str, ...]] = {}
        self._guess_group = Guess(named.groups)
        self._guess_team = Guess([*named.teams, *named.open_teams])
        self._left = MAX_LINKS

    def wrong(self, reference: Reference) -> Complaint | None:
        """What keeps *reference* from naming anybody."""
        if self._one(reference) is not None:
            return None
        wrong = self._wrong(reference)
        return wrong and Complaint(reference.path, *wrong, reference.part)

    def _wrong(self, reference: Reference) -> tuple[str, str] | None:
        name = reference.name
        match reference.refers:
            case Referred.PERSON:
                return None
            case Referred.GROUP if reference.is_glob:
                if self._matching(reference):
                    return None
                return f'no group is called like "{name}"', _TAKE_OUT
            case Referred.GROUP:
                hint = self._guess_group(name, "group:")
                otherwise = f"write [groups.{name}] with any = [], or {_TAKE_OUT}"
                return f'no group "{name}"', hint or otherwise
            case Referred.TEAM if reference.is_glob:
                return None
            case Referred.TEAM:
                return self._wrong_team(Slug(name))

    def _wrong_team(self, slug: Slug) -> tuple[str, str]:
        if slug in self._named.absent_teams:
            return f'the files delete the team "{slug}"', ""
        if slug in self._named.open_teams:
            return (
                f'the files do not say who is in the team "{slug}"',
                f"write members = [...] in [teams.{slug}], or name people here",
            )
        hint = self._guess_team(slug, "team:")
        return f'no team "{slug}" in the files', hint or _TAKE_OUT

    def meant(self, reference: Reference, within: str = "") -> tuple[str, ...]:
        """The keys of the sets that *reference* means.

        A glob never means the set *within* which it stands.
        """
        one = self._one(reference)
        if one is not None:
            return one
        if not reference.is_glob:
            return ()
        others = self._others.get((reference.key, within))
        if others is None:
            others = self._without(within, reference)
            self._others[reference.key, within] = others
        return others

    def _one(self, reference: Reference) -> tuple[str, ...] | None:
        """The key of the set that *reference* names; None if it names none."""
        match reference.refers:
            case Referred.GROUP:
                return self._groups.get(reference.name)
            case Referred.TEAM:
                return self._teams.get(reference.name)
            case Referred.PERSON:
                return None

    def _without(self, within: str, reference: Reference) -> tuple[str, ...]:
        found = self._matching(reference)
        if within not in found:
            return (reference.key,)
        self._spend(len(found))
        return tuple(key for key in found if key != within)

    def edges(self) -> dict[str, tuple[str, ...]]:
        """Of every set, and every glob that one needs, the sets that it needs."""
        found: dict[str, tuple[str, ...]] = {}
        for keys, sets in (
            (self._groups, self._named.groups),
            (self._teams, self._named.teams),
        ):
            for (key,), expression in zip(keys.values(), sets.values(), strict=True):
                needed = dict.fromkeys(
                    each
                    for reference in expression.references
                    for each in self.meant(reference, key)
                )
                self._spend(len(needed))
                found[key] = tuple(needed)
        return found | self._globs

    def union(self, key: str) -> tuple[str, ...] | None:
        """The sets that the glob *key* means; None if it is no glob that was met."""
        return self._globs.get(key)

    def _matching(self, reference: Reference) -> tuple[str, ...]:
        found = self._globs.get(reference.key)
        if found is None:
            found = self._globs[reference.key] = tuple(self._matches(reference))
        return found

    def _matches(self, reference: Reference) -> Iterator[str]:
        if reference.refers is Referred.TEAM:
            self._spend(len(self._teams))
            yield from (key for (key,) in self._teams.values())
            return
        self._spend(len(self._groups) * (1 + len(reference.name) // _LETTERS))
        matches = re.compile(translate(reference.name)).match
        yield from (key for name, (key,) in self._groups.items() if matches(name))

    def _spend(self, links: int) -> None:
        self._left -= links
        if self._left < 0:
            raise Entangled


def in_order(edges: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The sets, each behind those that it needs; sets in a cycle come together.

    Tarjan's algorithm, with a stack of its own: sets may nest ten thousand deep.
    """
    search = _Search(edges)
    for start in edges:
        if start not in search.index:
            yield from search.knots_from(start)


class _Search:
    def __init__(self, edges: Mapping[str, Sequence[str]]) -> None:
        self.index: dict[str, int] = {}
        self._edges = edges
        self._low: dict[str, int] = {}
        self._path: list[str] = []
        self._on_path: set[str] = set()
        self._work: list[tuple[str, Iterator[str]]] = []

    def knots_from(self, start: str) -> Iterator[tuple[str, ...]]:
        low = self._low
        self._enter(start)
        while self._work:
            here, rest = self._work[-1]
            for there in rest:
                if there not in self.index:
                    self._enter(there)
                    break
                if there in self._on_path:
                    low[here] = min(low[here], self.index[there])
            else:
                self._work.pop()
                if self._work:
                    above = self._work[-1][0]
                    low[above] = min(low[above], low[here])
                if low[here] == self.index[here]:
                    yield self._leave(here)

    def _enter(self, node: str) -> None:
        self.index[node] = self._low[node] = len(self.index)
        self._path.append(node)
        self._on_path.add(node)
        self._work.append((node, iter(self._edges[node])))

    def _leave(self, node: str) -> tuple[str, ...]:
        """Everything that was entered since *node*, which hangs together with it."""
        knot = [self._path.pop()]
        while knot[-1] != node:
            knot.append(self._path.pop())
        self._on_path.difference_update(knot)
        return tuple(knot)


def cycle_in(
    knot: Sequence[str], edges: Mapping[str, Sequence[str]], named: Named
) -> tuple[str, ...]:
    """A shortest way from the first set of *knot* back to itself; empty if none.

    The first is the first by name that somebody wrote: a glob is written in others.
    """
    within = set(knot)
    start = min(key for key in knot if named.expression(key) is not None)
    came: dict[str, str] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in edges[here]:
            if there == start:
                way = [start, here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return tuple(reversed(way)) if len(way) > 1 else ()
            if there in within and there not in came:
                came[there] = here
                queue.append(there)
    return ()


def about_cycle(cycle: Sequence[str], links: Links, named: Named) -> Complaint:
    """What is wrong with the first set of *cycle*, at the line that leads on."""
    start, following = cycle[0], cycle[1]
    expression = named.expression(start)
    path = expression.path if expression else ()
    for reference in expression.references if expression else ():
        if following in links.meant(reference, start):
            path = reference.path
            break
    if len(cycle) == 2:
        return Complaint(path, f"{start} is in itself", "take it out here")
    shown = list(cycle)
    if len(shown) > _SHOWN:
        more = f"({len(shown) - _SHOWN + 1:,} more)"
        shown = [*shown[: _SHOWN // 2], more, *shown[1 - _SHOWN // 2 :]]
    return Complaint(path, f"{start} is in itself: {' → '.join(shown)}")
