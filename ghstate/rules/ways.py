"""Which lines of the files lead to a person's place, and which of them decides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from operator import itemgetter

from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.groups import ALWAYS, Period, Referred
from ghstate.model.kinds import person_at
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.team_member import TeamMember
from ghstate.model.way import Effect, Step, Way
from ghstate.rules.grants import Line
from ghstate.rules.hindrances import (
    about_end,
    both,
    effect_of,
    steps_of,
    taken_away,
)
from ghstate.rules.sets import Sets
from ghstate.rules.sides import On
from ghstate.rules.trails import Somebody, Trails

_WOULD_GIVE = frozenset({Effect.GIVES, Effect.AGREES})
_DECISIVE = (Effect.GIVES, Effect.AGREES, Effect.OUTRANKED)

_KEPT = 1_000
"""Of so many people the trails are kept; those of everybody would fill the memory."""


class Ways:
    """The ways to the places that the files give, or would give, on *day*."""

    def __init__(
        self, sets: Sets, day: date | None, trails: Trails | None = None
    ) -> None:
        self._made = trails
        self._sets = sets
        self._grants = sets.grants
        self._day = day
        self._known: dict[Login, Somebody] = {}
        self._memberships: dict[Login, tuple[Way, ...]] = {}

    def on(self, day: date) -> Ways:
        """The ways on another day."""
        return Ways(self._sets, day, self._trails)

    def to(self, address: Address) -> tuple[Way, ...]:
        """Every line that leads to *address*, the decisive ones first."""
        person = person_at(address)
        if person is None:
            return ()
        in_team = address.collection != MEMBERS
        ways = self._ways(address, person) if in_team else self._to_membership(person)
        if not any(way.effect in _WOULD_GIVE for way in ways):
            return ways
        if never := self.never(person):
            return _instead(ways, Effect.NEVER, never)
        if in_team and self._is_no_member(person):
            lost = next(iter(self._to_membership(person)), None)
            because = lost.because if lost else ()
            return _instead(ways, Effect.NOT_A_MEMBER, because)
        return ways

    def collections(self, person: Login) -> Iterator[Address]:
        """Those from which any line leads to *person*, even if they are kept out."""
        reached = self._somebody(person).reached
        direct = dict.fromkeys(self._direct.get(person, ()))
        yield from direct
        for collection, lines in self._grants.lines.items():
            within = _set_of(collection)
            if collection not in direct and any(
                reached.leads(line.reference, within) for line in lines
            ):
                yield collection

    def naming(self, person: Login) -> tuple[Step, ...]:
        """Every line in a group that names *person*, whether or not it is used."""
        groups = self._sets.membership.named.groups.values()
        return tuple(
            Step(each.path, each.key, each.part, each.period)
            for group in groups
            for each in group.references
            if each.refers is Referred.PERSON and each.name == person
        )

    def never(self, person: Login) -> tuple[Step, ...]:
        """How the settings lead to *person*, whom they keep out of everything."""
        somebody, named = self._somebody(person), self._sets.membership.named
        for each in self._sets.never:
            if links := somebody.taking.links(each):
                return steps_of(links, named)
        return ()

    # What is found out once ----------------------------------------------------------

    @cached_property
    def _direct(self) -> Mapping[Login, list[Address]]:
        """The collections in which a line names each person."""
        found: defaultdict[Login, list[Address]] = defaultdict(list)
        for address, declared in self._grants.declared.items():
            person = declared.resource.person
            if person is not None:
                found[person].append(address.collection)
        return found

    @cached_property
    def _on(self) -> On:
        return self._sets.membership.on(self._day)

    @cached_property
    def _trails(self) -> Trails:
        if self._made is not None:
            return self._made
        lines = self._grants.lines.values()
        used = [line.reference for each in lines for line in each]
        return Trails(self._sets.membership, (*used, *self._sets.never))

    def _somebody(self, person: Login) -> Somebody:
        if len(self._known) >= _KEPT:
            self._known.clear()
            self._memberships.clear()
        if person not in self._known:
            self._known[person] = Somebody(person, self._trails, self._on)
        return self._known[person]

    def _to_membership(self, person: Login) -> tuple[Way, ...]:
        """The ways into the organization, if nobody were kept out of everything."""
        found = self._memberships.get(person)
        if found is None:
            found = self._ways(Member.at(person), person)
            self._memberships[person] = found
        return found

    # What keeps people out -----------------------------------------------------------

    def _is_no_member(self, person: Login) -> bool:
        """Does a day keep *person* out of the organization, and so of its teams?"""
        grants = self._grants
        dated = grants.dated or self._sets.membership.dated
        if self._day is None or not dated or MEMBERS not in grants.managed:
            return False
        ways = self._to_membership(person)
        return not any(way.effect is Effect.GIVES for way in ways)

    # The ways, whoever is kept out ---------------------------------------------------

    def _ways(self, address: Address, person: Login) -> tuple[Way, ...]:
        direct = self._by_name(address)
        found = [] if direct is None else [direct]
        decided = direct if direct and direct.effect is Effect.GIVES else None
        lasts = date.max if direct is None else _last(direct)
        by_sets = [
            (not line.is_strong, self._last(line, address.collection, person), way)
            for line in self._grants.lines.get(address.collection, ())
            if (way := self._by_set(line, address.collection, person))
        ]
        by_sets.sort(key=itemgetter(1), reverse=True)
        # The stronger first, as they are asked, see `granted`; then what lasts longest.
        for _, last, way in sorted(by_sets, key=itemgetter(0)):
            if way.effect is not Effect.GIVES:
                found.append(way)
            elif decided is None:
                decided = way
                found.append(way)
            elif decided is not direct:
                same = way.role == decided.role
                effect = Effect.AGREES if same else Effect.OUTRANKED
                found.append(replace(way, effect=effect))
            else:
                found.append(_beside(way, last, direct, lasts))
        return tuple(sorted(found, key=_rank))

    def _by_name(self, address: Address) -> Way | None:
        """The line that names the person in the list itself."""
        declared = self._grants.declared.get(address)
        if declared is None:
            return None
        match declared.resource:
            case Member(login=login, role=role) | TeamMember(login=login, role=role):
                pass
            case _:
                return None
        term = self._grants.terms.get(address)
        days = term.period if term else ALWAYS
        is_key = bool(declared.path) and isinstance(declared.path[-1], str)
        part = Part.KEY if is_key else Part.VALUE
        end = self._end(address.collection)
        step = Step(declared.path, str(login), part, both(days, end))
        way = Way(steps=(step,), role=role.value, effect=Effect.GIVES)
        if not end.holds(self._day):
            return self._ended(way, address.collection)
        if days.holds(self._day):
            return way
        effect = effect_of(days, self._day)
        if effect is Effect.OVER and term is not None and term.then is not None:
            return replace(way, role=term.then.value, falls_back=True)
        return replace(way, effect=effect, because=(replace(step, period=days),))

    def _by_set(self, line: Line, collection: Address, person: Login) -> Way | None:
        """The way of a line about a set; None if it never leads to the person."""
        somebody, within = self._somebody(person), _set_of(collection)
        named = self._sets.membership.named
        live = somebody.live.links(line.reference, within)
        links = live or somebody.reached.links(line.reference, within)
        if not links:
            return None
        end = self._end(collection)
        first, *others = steps_of(links, named)
        first = replace(first, period=both(first.period, end))
        steps = (first, *others)
        way = Way(steps=steps, role=line.role.value, effect=Effect.GIVES)
        if not end.holds(self._day):
            return self._ended(way, collection)
        if live:
            return way
        effect, because = taken_away(links, somebody, named, self._day)
        return replace(way, effect=effect, because=because)

    def _last(self, line: Line, collection: Address, person: Login) -> date:
        """The last day on which *line* gives something to the person, by its way."""
        live = self._somebody(person).live
        last = live.last(line.reference, _set_of(collection))
        return min(last, self._end(collection).until or date.max)

    def _end(self, collection: Address) -> Period:
        return self._grants.ends.get(collection, ALWAYS)

    def _ended(self, way: Way, collection: Address) -> Way:
        """*way*, the team that it leads into being over."""
        end = self._end(collection)
        team = self._grants.declared.get(collection.collection)
        path = team.path if team else tuple(collection.collection)
        because = about_end(path, _set_of(collection), end, self._day)
        return replace(way, effect=effect_of(end, self._day), because=(because,))


def _set_of(collection: Address) -> str:
    """The set that *collection* is for references: ``team:platform``."""
    match collection:
        case ("teams", slug, "members"):
            return f"team:{slug}"
        case _:
            return ""


def _last(direct: Way) -> date:
    """The last day of the line that names a person; what they fall back to stays."""
    until = direct.steps[0].period.until
    return until if until is not None and not direct.falls_back else date.max


def _beside(way: Way, last: date, direct: Way, until: date) -> Way:
    """*way*, which gives something, beside the line that names the person.

    That one goes over it, but not by its own end.
    """
    if last <= until:
        return replace(way, effect=Effect.OUTRANKED)
    if way.role == direct.role:
        return replace(way, effect=Effect.AGREES)
    return replace(way, effect=Effect.OUTRANKED, until=until)


def _rank(way: Way) -> int:
    return _DECISIVE.index(way.effect) if way.effect in _DECISIVE else len(_DECISIVE)


def _instead(
    ways: tuple[Way, ...], effect: Effect, because: tuple[Step, ...]
) -> tuple[Way, ...]:
    """*ways*, of which those that would give do not, for another reason."""
    return tuple(
        replace(way, effect=effect, because=because)
        if way.effect in _WOULD_GIVE
        else way
        for way in ways
    )
