"""The state: what ghstate remembers between runs, and how it is written down.

One JSON document: a header, then the snapshot with a list of rows for each of
`KINDS`, sorted, so that two generations can be compared line by line. The last key
is a checksum over the document's meaning; its layout may be changed freely.
"""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from types import GenericAlias, NoneType
from typing import Any, TypeAlias, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from ghstate.errors import StateNewer, StateUnreadable, StateUnwritable
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.invitation import Invitation
from ghstate.model.kinds import KINDS
from ghstate.model.mailbox import Mailbox
from ghstate.model.names import Login, Name, Slug
from ghstate.model.organization import Organization, Seats, Snapshot, Viewer
from ghstate.model.past import Past
from ghstate.model.resource import Keeper, Observed, Resource, Standing
from ghstate.plan.identity import Account

VERSION = 2

LIMIT = 256 * 1024 * 1024
"""The most bytes a state may have; an organization of 50,000 takes about 20 MB."""

NameReader: TypeAlias = Callable[[type, object], object]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """One generation of the state.

    *lineage* is a UUID for life; *serial* rises with each write, *applied_serial*
    only with an apply or a state edit. A snapshot is of the same *organization*.
    """

    lineage: str
    serial: int = 0
    applied_serial: int = 0
    organization: Organization | None = None
    snapshot: Snapshot | None = None
    stale: bool = False
    """Is GitHub to be read anew, however young the snapshot is? So after an edit."""

    bindings: Mapping[Login, int] = msgspec.field(default_factory=dict)
    """The numeric id that each login had when it was first seen; also of those whose
    address was invited, under the key of their mailbox."""

    accounts: Mapping[Login, Account | None] = msgspec.field(default_factory=dict)
    """Whose the logins are that the snapshot does not have, as GitHub said when it
    was taken; None for nobody's."""

    past: Mapping[Login, Past] = msgspec.field(default_factory=dict)
    """What is remembered of people who are not members, under the same keys."""

    managed: frozenset[Address] = frozenset()
    """Collections and teams that the last apply managed."""

    teams: Mapping[Slug, int] = msgspec.field(default_factory=dict)
    """The numeric id of each team among them."""

    settled: str | None = None
    """The last apply whose journal is taken in, by its id."""

    drift: Mapping[Address, Drift] = msgspec.field(default_factory=dict)
    """What others have changed on GitHub since the last apply."""

    made: Mapping[Address, tuple[Made, ...]] = msgspec.field(default_factory=dict)
    """What applies have changed lately, the latest last."""

    def __post_init__(self) -> None:
        if self.snapshot and self.snapshot.organization != self.organization:
            raise ValueError("the snapshot is of another organization than the state")


def encode(state: State) -> bytes:
    """Write *state* down; equal states, spelled alike, give equal bytes.

    Raises `StateUnwritable` for text that UTF-8 cannot hold.
    """
    document = _document(state)
    try:
        document["checksum"] = _checksum(document)
        compact = msgspec.json.encode(document)
    except UnicodeEncodeError as error:
        raise StateUnwritable(
            f"the state holds text that UTF-8 cannot: {error.object!a}"
        ) from error
    return msgspec.json.format(compact, indent=2) + b"\n"


def decode(content: bytes, *, place: str) -> State:
    """Read what `encode` wrote; *place* is where it was found, for messages.

    Raises `StateUnreadable` for anything that is not a whole, unaltered state.
    """
    with _collector_paused():
        document = _parse(content, place)
        _check_version(document.get("version"), place)
        written = document.pop("checksum", None)
        if written is None:
            raise _unreadable(place, "it was altered: its checksum is gone")
        if written != _checksum(document):
            raise _unreadable(
                place, "it was altered after ghstate wrote it: its checksum is wrong"
            )
        try:
            return _state(_upgraded(document))
        except ValueError as error:  # as are msgspec's
            raise _unreadable(place, f"it is not a state: {error}") from error


class _Header(msgspec.Struct):
    """The document without the keys that only describe or protect it."""

    lineage: str
    serial: int
    applied_serial: int
    organization: Organization | None
    refreshed_at: datetime | None
    hidden: dict[str, int]
    viewer: Viewer | None
    snapshot: dict[str, Any] | None
    bindings: dict[str, int]
    managed: frozenset[Address]
    teams: dict[str, int]
    settled: str | None = None
    drift: dict[str, Drift] = {}
    made: dict[str, tuple[Made, ...]] = {}
    past: dict[str, Past] = {}
    accounts: dict[str, Account | None] = {}
    invites: bool = True
    seats: Seats | None = None
    stale: bool = False


class _Circumstances(msgspec.Struct, gc=False):
    """What a row says besides the fields of its resource."""

    standing: Standing = Standing.ACTIVE
    id: int | None = None
    invitation: Invitation | None = None
    kept_by: Keeper | None = None


def _document(state: State) -> dict[str, object]:
    snapshot = state.snapshot
    hidden = snapshot.hidden if snapshot else {}
    bindings = state.bindings
    return {
        "version": VERSION,
        "lineage": state.lineage,
        "serial": state.serial,
        "applied_serial": state.applied_serial,
        "organization": _plain(state.organization),
        "refreshed_at": _plain(snapshot.taken_at) if snapshot else None,
        "complete": snapshot.complete if snapshot else False,
        "hidden": {str(address): hidden[address] for address in sorted(hidden)},
        "viewer": _plain(snapshot.viewer) if snapshot else None,
        "invites": snapshot.invites if snapshot else True,
        "seats": _plain(snapshot.seats) if snapshot else None,
        **({"stale": True} if state.stale else {}),
        "snapshot": _tables(snapshot) if snapshot else None,
        "bindings": {login.spelled: bindings[login] for login in sorted(bindings)},
        "accounts": {
            str(login): _plain(state.accounts[login])
            for login in sorted(state.accounts)
        },
        "past": {
            login.spelled: _without_defaults(state.past[login])
            for login in sorted(state.past)
        },
        "managed": [str(address) for address in sorted(state.managed)],
        "teams": {str(slug): state.teams[slug] for slug in sorted(state.teams)},
        "settled": state.settled,
        "drift": {
            str(address): _plain(state.drift[address])
            for address in sorted(state.drift)
        },
        "made": {
            str(address): _plain(state.made[address]) for address in sorted(state.made)
        },
    }


def _tables(snapshot: Snapshot) -> dict[str, object]:
    """A list of rows for each kind, and the invitations beside them."""
    observed = snapshot.observed
    found: dict[type[Resource], list[Observed[Resource]]] = {k: [] for k in KINDS}
    for address in sorted(observed):
        each = observed[address]
        found[type(each.resource)].append(each)
    tables: dict[str, object] = {k.TYPE: _rows(k, found[k]) for k in KINDS}
    tables["others"] = _plain(snapshot.others)
    tables["ended"] = _plain(snapshot.ended)
    return tables


def _rows(kind: type, found: Iterable[Observed[Resource]]) -> list[msgspec.Struct]:
    """The resources in full, so that a new default never changes an old state."""
    row, read, involved = _row(kind)
    rows = [row(*read(each)) for each in found]
    for name in involved:
        for each in rows:
            value = getattr(each, name)
            if value is not None:
                setattr(each, name, _plain(value))
    return rows


@cache
def _row(
    kind: type,
) -> tuple[type[msgspec.Struct], attrgetter[tuple[object, ...]], tuple[str, ...]]:
    """How a row of *kind* looks, what it is read from, and what needs `_plain`."""
    own = get_type_hints(kind)
    own = {each.name: own[each.name] for each in fields(kind)}
    around = {each.name: each for each in msgspec.structs.fields(_Circumstances)}
    hints = own | {name: each.type for name, each in around.items()}
    return (
        msgspec.defstruct(
            kind.__name__,
            [*own, *((name, Any, each.default) for name, each in around.items())],
            omit_defaults=True,
            gc=False,
        ),
        attrgetter(
            *(f"resource.{name}{_spelling(hint)}" for name, hint in own.items()),
            *around,
        ),
        tuple(name for name, hint in hints.items() if _is_involved(hint)),
    )


def _spelling(hint: object) -> str:
    return ".spelled" if isinstance(hint, type) and issubclass(hint, Name) else ""


def _is_involved(hint: object) -> bool:
    """Is this more than text, a number or a choice?"""
    if isinstance(hint, type):
        return not issubclass(hint, str | int | NoneType)
    return any(_is_involved(each) or _spelling(each) for each in get_args(hint))


def _plain(value: object) -> object:
    """*value* in JSON's types: names as spelled, instants in UTC."""
    match value:
        case Name():
            return value.spelled
        case Address():
            return str(value)
        case datetime():
            return value.astimezone(UTC)
        case tuple():
            return [_plain(each) for each in value]
        case Mailbox():
            # The address stays out of the state.
            return {"fingerprint": value.fingerprint, "mask": value.mask}
        case Invitation():
            return {
                name: _plain(held)
                for name in value.__struct_fields__
                if (held := getattr(value, name)) not in (None, ())
            }
        case msgspec.Struct():
            return {
                name: _plain(getattr(value, name)) for name in value.__struct_fields__
            }
        case _:
            return value


def _without_defaults(past: Past) -> dict[str, object]:
    """What is known of a past, and nothing of what is not."""
    empty = Past()
    return {
        name: _plain(held)
        for name in past.__struct_fields__
        if (held := getattr(past, name)) != getattr(empty, name)
    }


def _state(document: Mapping[str, object]) -> State:
    read = _name_reader()
    header = msgspec.convert(document, _Header, dec_hook=read)
    return State(
        lineage=header.lineage,
        serial=header.serial,
        applied_serial=header.applied_serial,
        organization=header.organization,
        snapshot=_snapshot(header, read),
        stale=header.stale,
        bindings={Login(text): id_ for text, id_ in header.bindings.items()},
        accounts={Login(text): each for text, each in header.accounts.items()},
        past={Login(text): past for text, past in header.past.items()},
        managed=header.managed,
        teams={Slug(slug): number for slug, number in header.teams.items()},
        settled=header.settled,
        drift={_address(text): each for text, each in header.drift.items()},
        made={_address(text): each for text, each in header.made.items()},
    )


def _name_reader() -> NameReader:
    """Reads names and addresses, each text once: a login stands in many rows."""
    known: dict[tuple[type, object], object] = {}

    def read(kind: type, text: object) -> object:
        try:
            return known[kind, text]
        except (KeyError, TypeError):
            if not isinstance(text, str):
                # The words are msgspec's, which adds where it stands.
                got = type(text).__name__
                raise TypeError(f"Expected `str`, got `{got}`") from None
        name = _address(text) if kind is Address else kind(text)
        known[kind, text] = name
        return name

    return read


def _address(text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address") from error


def _snapshot(header: _Header, read: NameReader) -> Snapshot | None:
    tables = header.snapshot
    if tables is None or any(kind.TYPE not in tables for kind in KINDS):
        # An older ghstate did not look for every kind. What it left out is not
        # absent on GitHub but unknown, and only a refresh can tell.
        return None
    if not (header.organization and header.viewer and header.refreshed_at):
        raise ValueError("the snapshot does not say of what, by whom and when")
    found = (each for kind in KINDS for each in _observed(kind, tables, read))
    return Snapshot(
        organization=header.organization,
        viewer=header.viewer,
        taken_at=header.refreshed_at,
        observed={each.resource.address: each for each in found},
        others=_table(tables, "others", tuple[Invitation, ...], read),
        ended=_table(tables, "ended", tuple[Invitation, ...], read),
        hidden={_address(text): count for text, count in header.hidden.items()},
        invites=header.invites,
        seats=header.seats,
    )


def _observed(
    kind: type[Resource], tables: Mapping[str, object], read: NameReader
) -> Iterator[Observed[Resource]]:
    # Resource and circumstances stand side by side in a row. Each of the two takes
    # its own keys and does not mind the other's.
    resources = _table(tables, kind.TYPE, GenericAlias(list, kind), read)
    circumstances = _table(tables, kind.TYPE, list[_Circumstances], read)
    for resource, around in zip(resources, circumstances, strict=True):
        yield Observed(
            resource, around.standing, around.id, around.invitation, around.kept_by
        )


def _table(
    tables: Mapping[str, object], name: str, shape: Any, read: NameReader
) -> Any:
    try:
        return msgspec.convert(tables.get(name, ()), shape, dec_hook=read)
    except msgspec.ValidationError as error:
        # msgspec leaves out the path of what is wrong as a whole.
        what, _, path = str(error).partition(" - at `$")
        path = path or "`"
        raise ValueError(f"{what} - at `$.snapshot.{name}{path}") from error


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Half the time of reading went into looking for garbage among new objects."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parse(content: bytes, place: str) -> dict[str, Any]:
    if len(content) > LIMIT:
        raise _unreadable(place, f"it is larger than {LIMIT // 2**20} MiB")
    if not content.strip(b"\0 \t\r\n"):
        # A file of zero bytes is what some file systems leave after a power cut.
        raise _unreadable(place, "it is empty")
    try:
        document = msgspec.json.decode(content)
    except RecursionError as error:
        raise _unreadable(place, "it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise _unreadable(place, "it is not UTF-8") from error
    except msgspec.DecodeError as error:
        if "truncated" in str(error):
            raise _unreadable(place, "it is cut off: its end is missing") from error
        raise _unreadable(place, f"it is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise _unreadable(place, "it is JSON, but not a state")
    return document


def _check_version(version: object, place: str) -> None:
    if type(version) is not int or version < 1:
        raise _unreadable(place, "it is JSON, but not a state: it has no version")
    if version > VERSION:
        raise StateNewer(
            f"{place}: it was written by a newer ghstate (format {version}; "
            f"this one reads up to {VERSION})",
            hint="use that ghstate or a later one, or go back with "
            "`ghstate state restore SERIAL`",
        )


def _upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """*document* as this version would have written it."""
    for version in range(document["version"], VERSION):
        document = _UPGRADES[version](document)
    return document


def _from_1(document: dict[str, Any]) -> dict[str, Any]:
    """What an apply had begun was kept in the state itself; now a journal tells it.

    Where one had not ended, what was read before it is left out, so that it is read
    again before anything follows from it.
    """
    if document.pop("under_way", None) is not None:
        document["snapshot"] = None
    return document


_UPGRADES: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1}


def _checksum(document: Mapping[str, object]) -> str:
    """SHA-256 of the canonical form: keys sorted, no spaces, UTF-8."""
    canonical = msgspec.json.encode(document, order="sorted")
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"


def _unreadable(place: str, why: str) -> StateUnreadable:
    return StateUnreadable(
        f"{place}: the state cannot be read: {why}",
        hint="`ghstate state restore` puts the latest whole generation in its place; "
        "without any, move it away and run `ghstate refresh`; which account each login "
        "is must then be learned anew",
    )
