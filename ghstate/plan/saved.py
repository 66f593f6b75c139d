"""A saved plan: what may be done, what it was made from, and whether that still holds.

Nothing is ever carried out because a saved plan says so. The organization is read and
planned for again, and the saved plan is the most that may come of it: whatever it does
not have, or has otherwise, stops everything (traps T73).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias

import msgspec

from ghstate.errors import PlanChanged
from ghstate.model.address import Address
from ghstate.model.organization import Organization
from ghstate.plan.comparison import Comparison, Extent, compare
from ghstate.plan.entries import Entry
from ghstate.plan.plan import Plan

FORMAT = 1
"""The format of `Binding`, and of the file around it."""

AHEAD = timedelta(minutes=5)
"""Clocks may disagree by so much before a plan counts as made in the future."""

_SHOWN = 5

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class StateThen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The stored state that a plan was made from."""

    lineage: str
    serial: int
    applied_serial: int


class Binding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a saved plan was made from, and with which flags."""

    format: int
    made_at: Moment
    expires_at: Moment
    organization: Organization
    """Its login as the settings name it."""

    files: Mapping[str, str]
    """The SHA-256 of every file of the project, by its name there."""

    state: StateThen | None
    """None where no state was stored."""

    allow_removals: int | None
    reinvite_left: bool
    targets: tuple[str, ...]
    removals: Mapping[str, int]
    """How many things of each kind would go, as the removal limit counts them."""

    along: Mapping[str, tuple[str, ...]]
    """What goes along with the deletion of each team; see `Extent`."""

    ids: Mapping[str, int]
    """Which account or team is updated or deleted; see `Extent`."""

    def addresses(self) -> tuple[Address, ...]:
        """The *targets*; `ValueError` if one of them is no address."""
        return tuple(Address.parse(each) for each in self.targets)


class SavedPlan(msgspec.Struct, frozen=True, kw_only=True):
    """A plan that was reviewed, or will be, before somebody applies it."""

    version: str
    """Of the ghstate that made it."""

    digest: str
    """64 hexadecimal digits."""

    entries: tuple[Entry, ...]
    binding: Binding
    document: Mapping[str, Any]
    """The plan for programs, as `plan --json` prints it."""

    page: Mapping[str, Any]
    """The plan for people; see `ghstate.report.page`."""

    @property
    def extent(self) -> Extent:
        binding = self.binding
        return Extent(
            entries=self.entries,
            ids=binding.ids,
            along=binding.along,
            removals=binding.removals,
        )


def expiry(made_at: datetime, lifetime: timedelta) -> datetime:
    """Until when a plan may be applied: never beyond what dates can say."""
    try:
        return made_at + lifetime
    except OverflowError:
        return datetime.max.replace(microsecond=0, tzinfo=UTC)


# Whether it still holds ---------------------------------------------------------


def compare_plans(before: Plan, now: Plan) -> Comparison:
    """What sets *now* apart from a plan that was made *before*, a moment ago."""
    return compare(Extent.of(before), Extent.of(now), now.notes)


def compare_saved(saved: SavedPlan, now: Plan) -> Comparison:
    """What sets *now* apart from the *saved* plan."""
    return compare(saved.extent, Extent.of(now), now.notes)


def check_digest(saved: SavedPlan, expected: str, *, place: str) -> None:
    if saved.digest != expected:
        raise PlanChanged(
            f"{place} is not the plan that was expected, its digest is {saved.digest}; "
            "nothing was changed",
            hint=f"`ghstate show {place}` shows it",
        )


def check_project(
    saved: SavedPlan,
    *,
    place: str,
    version: str,
    organization: str,
    files: Mapping[str, str],
    lifetime: timedelta,
    now: datetime,
) -> None:
    """`PlanChanged` if the plan was made from anything else than what is here.

    *organization* and *files* are what the project has now, and *lifetime* is what
    its settings give a plan. GitHub is not asked.
    """
    if saved.version != version:
        raise _stale(place, f"ghstate {saved.version} made it, and this is {version}")
    login = saved.binding.organization.login
    if login.lower() != organization.lower():
        raise _stale(place, f"it is for {login}, and the settings name {organization}")
    _check_expiry(saved, place, now)
    _check_lifetime(saved, place, lifetime)
    different = list(_different(saved.binding.files, files))
    if different:
        shown = different[:_SHOWN]
        if more := len(different) - len(shown):
            shown.append(f"{more} more are not as they were")
        raise _stale(place, f"since it was made, {_and(shown)}")


def check_state(
    saved: SavedPlan, *, place: str, lineage: str, applied_serial: int | None
) -> None:
    """`PlanChanged` if there was an apply since, or it is another state altogether.

    Only where there is a stored state; where there was none, nothing can be said.
    Without *applied_serial*, applies do not matter.
    """
    then = saved.binding.state
    if then is None:
        return
    if then.lineage != lineage:
        raise _stale(
            place, f"it was made from the state {then.lineage}, and this is {lineage}"
        )
    if applied_serial is not None and then.applied_serial != applied_serial:
        raise _stale(
            place, "there was an apply or an edit of the state since it was made"
        )


def check_read(
    saved: SavedPlan, *, place: str, organization: Organization, now: datetime
) -> None:
    """`PlanChanged` if GitHub has another organization there, or another time.

    *now* is never before GitHub's time, so that a clock that is wrong here makes no
    plan last longer.
    """
    then = saved.binding.organization
    if then.id != organization.id:
        raise _stale(
            place,
            f"it is for the organization {then.id}, "
            f"and {organization.login} is {organization.id}",
        )
    if saved.binding.made_at - now > AHEAD:
        raise _stale(
            place, f"it was made in the future, on {shown(saved.binding.made_at)}"
        )
    _check_expiry(saved, place, now)


def shown(time: datetime) -> str:
    """*time* to the minute, in UTC: ``2026-11-21 09:12 UTC``."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _check_expiry(saved: SavedPlan, place: str, now: datetime) -> None:
    until = saved.binding.expires_at
    if now >= until:
        raise _stale(place, f"it could be applied until {shown(until)}")


def _check_lifetime(saved: SavedPlan, place: str, lifetime: timedelta) -> None:
    """Nobody but the settings says how long a plan lasts."""
    binding = saved.binding
    if binding.expires_at > (longest := expiry(binding.made_at, lifetime)):
        raise _stale(
            place,
            f"it says that it may be applied until {shown(binding.expires_at)}, and by "
            f"the settings it may be until {shown(longest)}",
        )


def _stale(place: str, why: str) -> PlanChanged:
    return PlanChanged(
        f"{place} may not be applied: {why}; nothing was changed",
        hint=f"plan again: ghstate plan --out {place}",
    )


def _different(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*then, *now}):
        if name not in now:
            yield f"{name} was removed"
        elif name not in then:
            yield f"{name} was added"
        elif then[name] != now[name]:
            yield f"{name} was changed"


def _and(words: Sequence[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
