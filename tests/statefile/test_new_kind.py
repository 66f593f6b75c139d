"""A new kind of resource joins the state file without a line written for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import ClassVar

import msgspec
import pytest
from msgspec.structs import replace

from ghstate import statefile
from ghstate.model.address import Address
from ghstate.model.kinds import KINDS
from ghstate.model.names import Login, Name
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.statefile import State, decode, encode


class Room(Name):
    """The name of a room."""

    __slots__ = ()


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(msgspec.Struct, frozen=True):
    seats: int
    measured_at: datetime


class Key(Resource, frozen=True, kw_only=True):
    """Who has the key of a room: a kind that GitHub does not have."""

    TYPE: ClassVar = "github_key"
    TITLE: ClassVar = "Keys"
    NOUN: ClassVar = ("key", "keys")
    KEY: ClassVar = ("room", "login")

    room: Room
    login: Login
    colour: Colour = Colour.RED
    until: datetime | None = None
    opens: tuple[Room, ...] = ()
    lender: Login | None = None
    size: Size | None = None

    @property
    def address(self) -> Address:
        return Address("rooms", str(self.room), str(self.login))

    def document(self) -> dict[str, object]:
        return {"room": str(self.room)}


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ELSEWHERE = timezone(timedelta(hours=-8))
PLAIN = Key(room=Room("Attic"), login=Login("Ada"))
FULL = Key(
    room=Room("Cellar"),
    login=Login("bob"),
    colour=Colour.BLUE,
    until=NOON,
    opens=(Room("Attic"), Room("Hall")),
    lender=Login("Ada"),
    size=Size(4, NOON),
)


def state_with(*keys: Key) -> State:
    acme = Organization("acme", 77)
    return State(
        lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
        organization=acme,
        snapshot=Snapshot(
            organization=acme,
            viewer=Viewer(Login("bot")),
            taken_at=NOON,
            observed={key.address: Observed(key, id=5) for key in keys},
        ),
    )


@pytest.fixture(autouse=True)
def _with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statefile, "KINDS", (*KINDS, Key))


def test_a_new_kind_comes_back_as_it_was() -> None:
    state = state_with(PLAIN, FULL)
    back = decode(encode(state), place="here")
    assert back == state
    assert back.snapshot is not None
    for was in (PLAIN, FULL):
        now = back.snapshot.observed[was.address].resource
        assert isinstance(now, Key)
        assert now.room.spelled == was.room.spelled
        assert [each.spelled for each in now.opens] == [
            each.spelled for each in was.opens
        ]
        assert (now.lender and now.lender.spelled) == (was.lender and "Ada")


def test_the_instants_of_a_new_kind_are_written_in_utc() -> None:
    there = replace(
        FULL,
        until=NOON.astimezone(ELSEWHERE),
        size=Size(4, NOON.astimezone(ELSEWHERE)),
    )
    assert encode(state_with(there)) == encode(state_with(FULL))
