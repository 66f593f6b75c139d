"""What takes a person away from a way that leads to them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import msgspec

from ghstate.model.groups import ALWAYS, Expression, Period, Reference
from ghstate.model.resource import KeyPath
from ghstate.model.way import Effect, Step
from ghstate.rules.references import Named
from ghstate.rules.trails import Link, Somebody


class _Hindrance(msgspec.Struct, frozen=True):
    """The first thing on a way that does not let it go on."""

    effect: Effect
    because: tuple[Step, ...] = ()
    needed: Reference | None = None
    """The reference of an `all` that does not lead to the person."""

    within: str = ""
    """The set that it stands in."""


def steps_of(links: Iterable[Link], named: Named) -> tuple[Step, ...]:
    """The lines of a way, each with the days of the set that it leads to."""
    return tuple(_step(link, named) for link in links)


def taken_away(
    links: tuple[Link, ...], somebody: Somebody, named: Named, day: date | None
) -> tuple[Effect, tuple[Step, ...]]:
    """What becomes of a way that gives nothing on *day*, and the lines that do it.

    Where an `all` is not met, that goes down to what keeps the person from it.
    """
    first = found = _hindrance(links, somebody, named, day)
    because = {step.path: step for step in found.because}
    while found.needed is not None:
        further = somebody.reached.links(found.needed, found.within)
        steps = steps_of(further or (Link(found.needed),), named)
        found = (
            _hindrance(further, somebody, named, day)
            if further
            else _Hindrance(found.effect)
        )
        for step in (*steps, *found.because):
            because.setdefault(step.path, step)
    return first.effect, tuple(because.values())


def effect_of(period: Period, day: date | None) -> Effect:
    """What *period*, which does not hold on *day*, does to a way."""
    to_come = day is not None and period.since is not None and day < period.since
    return Effect.TO_COME if to_come else Effect.OVER


def about_end(path: KeyPath, key: str, period: Period, day: date | None) -> Step:
    """The line in the set *key*, which stands at *path*, that it is over by."""
    word = "from" if effect_of(period, day) is Effect.TO_COME else "until"
    return Step((*path, word), key, period=period)


def both(one: Period, other: Period) -> Period:
    """The days on which both hold."""
    if one == ALWAYS:
        return other
    since = [day for day in (one.since, other.since) if day]
    until = [day for day in (one.until, other.until) if day]
    return Period(max(since, default=None), min(until, default=None))


def _hindrance(
    links: tuple[Link, ...], somebody: Somebody, named: Named, day: date | None
) -> _Hindrance:
    for number, link in enumerate(links):
        reference, key = link.reference, link.key
        if not reference.period.holds(day):
            step = _step(Link(reference), named)
            return _Hindrance(effect_of(reference.period, day), (step,))
        expression = named.expression(key) if key else None
        if key is None or expression is None:
            continue
        if not expression.period.holds(day):
            step = about_end(expression.path, key, expression.period, day)
            return _Hindrance(effect_of(expression.period, day), (step,))
        if excepted := _excepted(expression, key, somebody):
            return _Hindrance(Effect.EXCLUDED, steps_of(excepted, named))
        following = links[number + 1].reference
        for each in expression.all:
            if each is not following and not somebody.live.leads(each, key):
                return _Hindrance(Effect.NOT_IN_ALL, needed=each, within=key)
    raise AssertionError  # nothing is in the way: it gives


def _excepted(expression: Expression, key: str, somebody: Somebody) -> tuple[Link, ...]:
    """How an `except` leads to the person on the day, whatever has ended there."""
    for each in expression.but:
        if links := somebody.taking.links(each, key):
            return links
    return ()


def _step(link: Link, named: Named) -> Step:
    reference = link.reference
    expression = named.expression(link.key) if link.key else None
    inside = expression.period if expression else ALWAYS
    days = both(reference.period, inside)
    return Step(reference.path, reference.key, reference.part, days)
