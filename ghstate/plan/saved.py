"""A saved plan: what may be done, what it was made from, and whether that still holds.

Nothing is ever carried out because a saved plan says so. The organization is read and
planned for again, and the saved plan is the most that may come of it: whatever it does
not have, or has otherwise, stops everything (traps T73).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec.structs import replace

from ghstate.errors import PlanChanged
from ghstate.model.address import Address
from ghstate.model.organization import Organization
from ghstate.plan.change import Reason
from ghstate.plan.document import canonical, resource_changes
from ghstate.plan.plan import Plan

FORMAT = 1
"""The format of `Binding`, and of the file around it."""

AHEAD = timedelta(minutes=5)
"""Clocks may disagree by so much before a plan counts as made in the future."""

_SHOWN = 5

Attributes: TypeAlias = Mapping[str, str | int | float | bool | None]
Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Turn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a thing's attributes."""

    actions: tuple[Action]
    before: Attributes | None
    after: Attributes | None
    after_unknown: Mapping[str, bool]

    @property
    def action(self) -> Action:
        return self.actions[0]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the ``resource_changes`` of a plan document."""

    address: str
    mode: str
    type: str
    name: str
    change: Turn
    action_reason: Reason

    @property
    def at(self) -> Address:
        return Address.parse(self.address)

    def is_as(self, other: Entry) -> bool:
        """Do both do the same?

        A place in a team comes with the invitation, or by itself where somebody has
        been invited meanwhile; the access is the same.
        """
        return _by_itself(self) == _by_itself(other)


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


def entries(plan: Plan) -> tuple[Entry, ...]:
    """The changes of *plan*, sorted by address."""
    return msgspec.convert(resource_changes(plan), tuple[Entry, ...])


def digest_of(organization: int, changes: Sequence[Any]) -> str:
    """The digest of a plan that is only there as a document."""
    content = {"organization": {"id": organization}, "resource_changes": changes}
    return sha256(canonical(content)).hexdigest()


def expiry(made_at: datetime, lifetime: timedelta) -> datetime:
    """Until when a plan may be applied: never beyond what dates can say."""
    try:
        return made_at + lifetime
    except OverflowError:
        return datetime.max.replace(microsecond=0, tzinfo=UTC)


# Whether it still holds ---------------------------------------------------------


class Comparison(msgspec.Struct, frozen=True):
    """A plan made anew, held against the saved one."""

    new: tuple[Entry, ...] = ()
    """Only in the one made anew."""

    other: tuple[tuple[Entry, Entry], ...] = ()
    """In both, but not the same: as saved, and as it is now."""

    done: tuple[Entry, ...] = ()
    """Only in the saved one: not needed any more."""

    @property
    def holds(self) -> bool:
        """Does the new plan do nothing that the saved one does not say?"""
        return not self.new and not self.other


def compare(saved: Iterable[Entry], fresh: Iterable[Entry]) -> Comparison:
    """What sets two plans apart, in the order of their entries."""
    before = {entry.address: entry for entry in saved}
    now = {entry.address: entry for entry in fresh}
    return Comparison(
        new=tuple(now[address] for address in now if address not in before),
        other=tuple(
            (before[address], entry)
            for address, entry in now.items()
            if address in before and not entry.is_as(before[address])
        ),
        done=tuple(before[address] for address in before if address not in now),
    )


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
    now: datetime,
) -> None:
    """`PlanChanged` if the plan was made from anything else than what is here.

    *organization* and *files* are what the project has now. GitHub is not asked.
    """
    if saved.version != version:
        raise _stale(place, f"ghstate {saved.version} made it, and this is {version}")
    login = saved.binding.organization.login
    if login.lower() != organization.lower():
        raise _stale(place, f"it is for {login}, and the settings name {organization}")
    _check_expiry(saved, place, now)
    different = list(_different(saved.binding.files, files))
    if different:
        shown = different[:_SHOWN]
        if more := len(different) - len(shown):
            shown.append(f"{more} more are not as they were")
        raise _stale(place, f"since it was made, {_and(shown)}")


def check_state(
    saved: SavedPlan, *, place: str, lineage: str, applied_serial: int
) -> None:
    """`PlanChanged` if there was an apply since, or it is another state altogether.

    Only where there is a stored state; where there was none, nothing can be said.
    """
    then = saved.binding.state
    if then is None:
        return
    if then.lineage != lineage:
        raise _stale(
            place, f"it was made from the state {then.lineage}, and this is {lineage}"
        )
    if then.applied_serial != applied_serial:
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


def _by_itself(entry: Entry) -> Entry:
    if entry.action_reason is Reason.WITH_INVITATION:
        return replace(entry, action_reason=Reason.ADD)
    return entry
