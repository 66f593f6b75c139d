"""Random organizations for Hypothesis; a new kind of resource joins by itself.

`snapshots` and `states` could come from GitHub: everything that a resource requires is
there, and a person has one id and one standing throughout. `resources` and `observed`
are anything that the types allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec.structs import fields

from ghstate.model.address import Address
from ghstate.model.drift import Author, Drift, Hand, Made
from ghstate.model.invitation import Invitation
from ghstate.model.kinds import KINDS
from ghstate.model.mailbox import Mailbox
from ghstate.model.names import Login, Name, Slug
from ghstate.model.organization import Organization, Seats, Snapshot, Viewer
from ghstate.model.past import Past
from ghstate.model.resource import Keeper, Observed, Resource, Standing
from ghstate.statefile import State

T = TypeVar("T")

PEOPLE = tuple(map(Login, ("Ada", "bob", "Carol-C", "dave_acme", "E1", "Frank")))
SLUGS = tuple(map(Slug, ("ops", "platform", "site-1", "x_y")))
"""Who and what a snapshot is made of: few enough for them to meet."""


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
    return _instances(Invitation, among_few=False)


def resources(kind: type[Resource]) -> SearchStrategy[Resource]:
    """Resources of *kind*, with names of any sort."""
    return _instances(kind, among_few=False)


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
    return st.builds(
        Viewer, login=st.sampled_from(PEOPLE) | logins(), is_app=st.booleans()
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Snapshots that hold together: nothing is there without what it requires."""
    standings = {login: draw(_STANDING) for login in PEOPLE}
    found: dict[Address, Observed[Resource]] = {}
    for kind in KINDS:
        _settle(draw(_SEVERAL[kind]), found, standings)
    return Snapshot(
        organization=draw(_ORGANIZATION),
        viewer=draw(_VIEWER),
        taken_at=draw(_INSTANT),
        observed=found,
        others=tuple(draw(_OTHERS)),
        ended=tuple(draw(_OTHERS)),
        invites=draw(st.booleans()),
        seats=draw(_SEATS),
        hidden={
            collection: draw(_HIDDEN)
            for collection in sorted({address.collection for address in found})
            if draw(_SELDOM)
        },
    )


@st.composite
def states(draw: st.DrawFn) -> State:
    snapshot = draw(_SNAPSHOT)
    return State(
        lineage=str(draw(_LINEAGE)),
        serial=draw(_ID),
        applied_serial=draw(_ID),
        organization=snapshot.organization if snapshot else draw(_NOWHERE),
        snapshot=snapshot,
        bindings=draw(_BINDINGS),
        past=draw(_PAST),
        managed=draw(_MANAGED),
        settled=draw(st.none() | words()),
        stale=draw(st.booleans()),
        drift=draw(_DRIFT),
        made=draw(_MADE),
    )


def _instances(kind: type[T], *, among_few: bool) -> SearchStrategy[T]:
    """Instances of a dataclass, field by field after its annotations."""
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]  # T is one
    return st.builds(
        kind, **{name: _values(hints[name], among_few=among_few) for name in names}
    )


def _values(hint: Any, *, among_few: bool) -> SearchStrategy[Any]:
    if among_few and hint in _FEW:
        return _FEW[hint]
    if hint in _ANY:
        return _ANY[hint]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    if isinstance(hint, type) and issubclass(hint, Name):
        return slugs().map(hint)
    if get_origin(hint) is tuple:
        return st.lists(
            _values(get_args(hint)[0], among_few=among_few), max_size=2
        ).map(tuple)
    if choices := get_args(hint):
        return st.one_of(*(_values(each, among_few=among_few) for each in choices))
    raise TypeError(f"no values known for {hint}")


_FEW: Mapping[type, SearchStrategy[Any]] = {
    Login: st.sampled_from(PEOPLE),
    Slug: st.sampled_from(SLUGS),
}
_ANY: Mapping[type, SearchStrategy[Any]] = {
    Login: logins(),
    Slug: slugs(),
    str: words(),
    int: ids(),
    bool: st.booleans(),
    datetime: instants(),
    NoneType: st.none(),
    Mailbox: st.builds(
        Mailbox, fingerprint=st.text("0123456789abcdef", min_size=4), mask=words()
    ),
}

# Made once: making them for each example takes longer than drawing from them.
_ID = ids()
_INSTANT = instants()
_ORGANIZATION = organizations()
_NOWHERE = st.none() | organizations()
_VIEWER = viewers()
_OTHERS = st.lists(invitations(), max_size=2)
_HIDDEN = st.integers(1, 99)
_SELDOM = st.sampled_from([False, False, False, True])
_SEVERAL = {
    kind: st.lists(_instances(kind, among_few=True), max_size=8) for kind in KINDS
}
_STANDING = st.just((Standing.ACTIVE, None)) | st.tuples(
    st.sampled_from([Standing.INVITED, Standing.FAILED]), invitations()
)
_SNAPSHOT = st.none() | snapshots()
_LINEAGE = st.uuids()
_BINDINGS = st.dictionaries(logins(), ids(), max_size=4)
_PAST = st.dictionaries(
    logins(),
    st.builds(
        Past,
        invited=st.lists(ids(), max_size=3).map(tuple),
        forgiven=st.lists(ids(), max_size=3).map(tuple),
        member_until=st.none() | instants(),
        left=st.booleans(),
        joined=st.lists(ids(), max_size=3).map(tuple),
    ),
    max_size=3,
)
_SEATS = st.none() | st.builds(Seats, ids(), ids())
_MANAGED = st.frozensets(addresses(), max_size=3)
_DRIFT = st.dictionaries(
    addresses(),
    st.builds(
        Drift,
        type=words(),
        was=st.none() | st.dictionaries(words(), words() | st.booleans(), max_size=3),
        after=instants(),
        before=instants(),
        id=st.none() | _ID,
        invited=st.booleans(),
        needed=st.lists(addresses(), max_size=2).map(tuple),
        by=st.none()
        | st.builds(Author, words().map(Login), instants(), st.sampled_from(Hand)),
    ),
    max_size=2,
)
_MADE = st.dictionaries(
    addresses(),
    st.lists(st.builds(Made, words(), instants(), words()), max_size=3).map(tuple),
    max_size=2,
)


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
