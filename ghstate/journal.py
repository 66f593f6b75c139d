"""The journal: what an apply is about to do, and what became of it.

One line for each record, written before and after each call to GitHub. A line begins
with a mark, the start of the SHA-256 of the mark before and of the record, so that a
line cut off by a power failure, altered or missing is noticed; what stands before it
still holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

import msgspec

from ghstate.model.address import Address
from ghstate.model.drift import Made

_MARK = 16


class Began(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag="began",
    tag_field="event",
):
    """An apply begins: *digest* is that of its plan."""

    id: str
    at: datetime
    who: str
    digest: str
    changes: int
    reviewed: str = ""
    """The digest of the saved plan of which this is what was left to do."""


class Doing(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag="doing",
    tag_field="event",
):
    """A call is about to be made for the change at *address*."""

    address: str
    reason: str
    forgiven: Mapping[str, tuple[int, ...]] = {}
    """Invitations that it puts another in the place of, by whom `State.past` knows
    by them: should this be the last record, they did not come to nothing."""


class Ended(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag="ended",
    tag_field="event",
):
    """What became of the call; *taken* is a mailbox that GitHub gave to a member."""

    address: str
    end: str
    taken: str = ""
    id: int | None = None
    """GitHub's number for what came into being: an invitation, or a team."""

    key: str = ""
    """Under what `State.past` knows whoever was invited."""

    made: Made | None = None
    """What was done, for `State.made`."""

    kept_as: str = ""
    """The address under which `State.made` has it, where it is another."""


class Left(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag="left",
    tag_field="event",
):
    """An apply was ended in good order, before it had done everything."""

    at: datetime


Record: TypeAlias = Began | Doing | Ended | Left


class UnderWay(msgspec.Struct, frozen=True, kw_only=True):
    """An apply that has begun and whose end is not known to the state."""

    id: str
    """The apply's, or one made from a journal that has lost it."""

    began: Began | None = None
    done: tuple[Address, ...] = ()
    doing: Address | None = None
    """The change that was in hand when it was last heard of."""

    forgiven: Mapping[str, tuple[int, ...]] = {}
    taken: frozenset[str] = frozenset()
    invited: Mapping[str, tuple[int, ...]] = {}
    """The invitations it sent, by whom `State.past` knows by them."""

    teams: Mapping[str, int] = {}
    """The teams it created, by slug."""

    made: Mapping[Address, Made] = {}
    """What it did, as `State.made` has it."""

    in_order: bool = False
    """Did it end by itself, with nothing in hand?"""

    damaged: bool = False
    """Are there records that cannot be read?"""


class Writer:
    """Puts records in the form in which they are kept, one after the other."""

    def __init__(self) -> None:
        self._mark = b""

    def line(self, record: Record) -> bytes:
        content = msgspec.json.encode(record)
        self._mark = _marked(self._mark, content)
        return b"%s %s\n" % (self._mark, content)


def read(content: bytes) -> UnderWay:
    """What a journal tells; a last line that is cut off was never written."""
    records: list[Record] = []
    mark = b""
    *lines, _torn = content.split(b"\n")
    damaged = False
    for line in lines:
        mark, record = _record(mark, line)
        if record is None:
            damaged = True
            break
        records.append(record)
    # All that a power failure leaves behind is a line without its end; but where even
    # the first one is gone, somebody has begun what nothing is known of.
    lost = damaged or not records
    return _under_way(records, content, damaged=lost)


def _record(mark: bytes, line: bytes) -> tuple[bytes, Record | None]:
    written, _, content = line.partition(b" ")
    expected = _marked(mark, content)
    if written != expected:
        return mark, None
    try:
        return expected, msgspec.json.decode(content, type=Record)
    except msgspec.DecodeError:  # of a newer ghstate
        return mark, None


def _marked(before: bytes, content: bytes) -> bytes:
    return sha256(before + content).hexdigest()[:_MARK].encode()


def _under_way(records: list[Record], content: bytes, *, damaged: bool) -> UnderWay:
    first = records[0] if records else None
    began = first if isinstance(first, Began) else None
    told = _Told(damaged=damaged)
    for record in records[1:] if began else records:
        try:
            told.take(record)
        except ValueError:  # no address: nobody here has written that
            told.damaged = True
            break
    return UnderWay(
        id=began.id if began else f"lost-{sha256(content).hexdigest()[:_MARK]}",
        began=began,
        done=tuple(told.done),
        doing=told.doing,
        forgiven=_sorted(told.forgiven),
        taken=frozenset(told.taken),
        invited=_sorted(told.invited),
        teams=told.teams,
        made=told.made,
        in_order=told.in_order and not told.damaged,
        damaged=told.damaged,
    )


class _Told:
    """What the records tell, one after the other."""

    def __init__(self, *, damaged: bool) -> None:
        self.damaged = damaged
        self.done: list[Address] = []
        self.doing: Address | None = None
        self.in_order = False
        self.taken: set[str] = set()
        self.forgiven: dict[str, set[int]] = {}
        self.invited: dict[str, set[int]] = {}
        self.teams: dict[str, int] = {}
        self.made: dict[Address, Made] = {}

    def take(self, record: Record) -> None:
        match record:
            case Doing():
                self.doing = Address.parse(record.address)
                for key, ids in record.forgiven.items():
                    self.forgiven.setdefault(key, set()).update(ids)
            case Ended():
                self._ended(record, Address.parse(record.address))
            case Left():
                self.in_order = True
            case Began():
                self.damaged = True

    def _ended(self, record: Ended, address: Address) -> None:
        self.doing = None
        if record.end in {"done", "already"}:
            self.done.append(address)
        if record.taken:
            self.taken.add(record.taken)
        if record.made is not None:
            at = Address.parse(record.kept_as) if record.kept_as else address
            self.made[at] = record.made
        if record.id is None:
            return
        if record.key:
            self.invited.setdefault(record.key, set()).add(record.id)
        else:
            self.teams[address[-1]] = record.id


def _sorted(found: Mapping[str, set[int]]) -> dict[str, tuple[int, ...]]:
    return {whom: tuple(sorted(ids)) for whom, ids in sorted(found.items())}
