"""Random organizations for Hypothesis; a new kind of resource joins by itself.

`snapshots` and `states` could come from GitHub: everything that a resource requires is
there, and a person has one id and one standing throughout. `resources` and `observed`
are anything that the types allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from enum import Enum
from types import MappingProxyType, NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.kinds import KINDS
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Keeper, Observed, Resource, Standing
from ghstate.statefile import State, UnderWay

T = TypeVar("T")
Values = Mapping[type, SearchStrategy[Any]]
"""Which values to take for the fields of a type."""

NOWHERE: Values = MappingProxyType({})


def logins() -> SearchStrategy[Login]:
    """Logins as GitHub has them, and ``_shortcode`` as managed users do."""
    letters = st.text("AaBbCcXx019-", min_size=1, max_size=8)
    text = letters.map(lambda each: each.strip("-") or "x")
    return st.builds(str.__add__, text, st.sampled_from(["", "_acme"])).map(Login)


def slugs() -> SearchStrategy[Slug]:
    return st.text("abcx019_-", min_size=1, max_size=8).map(Slug)


def words() -> SearchStrategy[str]:
    """Any text that JSON can carry, control characters included."""
    return st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def ids() -> SearchStrategy[int]:
    return st.integers(1, 2**53)


def instants() -> SearchStrategy[datetime]:
    return st.datetimes(timezones=st.just(UTC))


def addresses() -> SearchStrategy[Address]:
    part = words().map(str.lower).filter(lambda text: text == text.lower())
    return st.lists(part, min_size=1, max_size=4).map(lambda parts: Address(*parts))


def organizations() -> SearchStrategy[Organization]:
    return st.builds(Organization, login=logins().map(lambda x: x.spelled), id=ids())


def invitations() -> SearchStrategy[Invitation]:
    return instances(Invitation)


def resources(
    kind: type[Resource], among: Values = NOWHERE
) -> SearchStrategy[Resource]:
    """Resources of *kind*, with names *among* those given, or any."""
    return instances(kind, among)


def observed(kind: type[Resource]) -> SearchStrategy[Observed[Resource]]:
    """Observations of *kind* in every combination, likely or not."""
    return st.builds(
        Observed,
        resources(kind),
        standing=st.sampled_from(Standing),
        id=st.none() | ids(),
        invitation=st.none() | invitations(),
        kept_by=st.none() | st.sampled_from(Keeper),
    )


def viewers() -> SearchStrategy[Viewer]:
    return st.builds(Viewer, login=logins(), is_app=st.booleans())


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Snapshots that hold together: nothing is there without what it requires."""
    people = draw(st.lists(logins(), unique=True, min_size=1, max_size=6))
    teams = draw(st.lists(slugs(), unique=True, min_size=1, max_size=4))
    among: Values = {Login: st.sampled_from(people), Slug: st.sampled_from(teams)}
    standings = {login: draw(_standings()) for login in people}
    found: dict[Address, Observed[Resource]] = {}
    for kind in KINDS:
        wanted = draw(st.lists(resources(kind, among), max_size=8))
        _settle(wanted, found, standings)
    collections = st.sampled_from(
        sorted({address.collection for address in found} | {Address("members")})
    )
    return Snapshot(
        organization=draw(organizations()),
        viewer=draw(st.builds(Viewer, login=among[Login]) | viewers()),
        taken_at=draw(instants()),
        observed=found,
        others=tuple(draw(st.lists(invitations(), max_size=2))),
        hidden=draw(st.dictionaries(collections, st.integers(1, 99), max_size=2)),
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    snapshot = draw(st.none() | snapshots())
    nowhere = st.none() | organizations()
    return State(
        lineage=str(draw(st.uuids())),
        serial=draw(st.integers(0, 2**53)),
        applied_serial=draw(st.integers(0, 2**53)),
        organization=snapshot.organization if snapshot else draw(nowhere),
        snapshot=snapshot,
        bindings=draw(st.dictionaries(logins(), ids(), max_size=4)),
        managed=draw(st.frozensets(addresses(), max_size=3)),
        under_way=draw(st.none() | _under_way()),
    )


def instances(kind: type[T], among: Values = NOWHERE) -> SearchStrategy[T]:
    """Instances of a dataclass, field by field after its annotations."""
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]  # T is one
    return st.builds(kind, **{name: _values(hints[name], among) for name in names})


def _values(hint: Any, among: Values) -> SearchStrategy[Any]:
    if hint in among:
        return among[hint]
    if hint in _VALUES:
        return _VALUES[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if choices := get_args(hint):
        return st.one_of(*(_values(each, among) for each in choices))
    raise TypeError(f"no values known for {hint}")


_VALUES: Values = MappingProxyType(
    {
        Login: logins(),
        Slug: slugs(),
        str: words(),
        int: ids(),
        bool: st.booleans(),
        datetime: instants(),
        NoneType: st.none(),
    }
)


def _under_way() -> SearchStrategy[UnderWay]:
    return st.builds(
        UnderWay,
        started_at=instants(),
        digest=words(),
        done=st.lists(addresses(), max_size=3).map(tuple),
        doing=st.none() | addresses(),
    )


@st.composite
def _standings(draw: st.DrawFn) -> tuple[Standing, Invitation | None]:
    """How far along a person is, and the invitation that goes with it."""
    standing = draw(st.sampled_from(Standing))
    if standing is Standing.ACTIVE:
        return standing, None
    return standing, draw(invitations())


def _settle(
    wanted: list[Resource],
    found: dict[Address, Observed[Resource]],
    people: Mapping[Login, tuple[Standing, Invitation | None]],
) -> None:
    """Add to *found* what can stand, until nothing more can; circles never do."""
    ids_of = {login: number for number, login in enumerate(people, 1)}
    while ready := [each for each in wanted if _can_stand(each, found)]:
        for resource in ready:
            standing, invitation, number = Standing.ACTIVE, None, 1000 + len(found)
            if resource.person is not None:
                standing, invitation = people[resource.person]
                number = ids_of[resource.person]
            found[resource.address] = Observed(resource, standing, number, invitation)


def _can_stand(resource: Resource, found: Mapping[Address, Observed[Resource]]) -> bool:
    return resource.address not in found and all(
        address in found and found[address].standing is not Standing.FAILED
        for address in resource.requires()
    )
