"""The journal: what an apply is about to do, and what became of it.

One line for each record, written before and after each call to GitHub. A line begins
with a mark, the start of the SHA-256 of the mark before and of the record, so that a
line cut off by a power failure, altered or missing is noticed; what stands before it
still holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias

import msgspec

from ghstate.model.address import Address

_MARK = 16


class Began(msgspec.Struct, frozen=True, kw_only=True, tag="began", tag_field="event"):
    """An apply begins: *digest* is that of its plan."""

    id: str
    at: datetime
    who: str
    digest: str
    changes: int


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


Record: TypeAlias = Began | Doing | Ended


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
    doing: Address | None = None
    done: list[Address] = []
    taken: set[str] = set()
    for record in records[1:] if began else records:
        match record:
            case Doing():
                doing = Address.parse(record.address)
            case Ended():
                doing = None
                if record.end in {"done", "already"}:
                    done.append(Address.parse(record.address))
                if record.taken:
                    taken.add(record.taken)
            case Began():
                damaged = True
    return UnderWay(
        id=began.id if began else f"lost-{sha256(content).hexdigest()[:_MARK]}",
        began=began,
        done=tuple(done),
        doing=doing,
        forgiven=_joined(records),
        taken=frozenset(taken),
        damaged=damaged,
    )


def _joined(records: list[Record]) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for whom, ids in _forgiven(records):
        found.setdefault(whom, set()).update(ids)
    return {whom: tuple(sorted(ids)) for whom, ids in sorted(found.items())}


def _forgiven(records: list[Record]) -> Iterator[tuple[str, tuple[int, ...]]]:
    for record in records:
        if isinstance(record, Doing):
            yield from record.forgiven.items()
