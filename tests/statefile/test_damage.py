"""A state that is not whole is an error with a way out, never an empty state."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime
from typing import Any

import pytest

from ghstate import statefile
from ghstate.errors import StateUnreadable
from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.statefile import State, decode, encode

ACME = Organization("acme", 77)
FOUND: tuple[Observed[Resource], ...] = (
    *(Observed(Member(login=Login(f"Person-{n}")), id=n) for n in range(1, 40)),
    *(Observed(Team(slug=Slug(f"t-{n}"), name=f"Tëam {n}")) for n in range(1, 20)),
)
STATE = State(
    lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
    serial=12,
    organization=ACME,
    snapshot=Snapshot(
        organization=ACME,
        viewer=Viewer(Login("bot")),
        taken_at=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
        observed={each.resource.address: each for each in FOUND},
    ),
    bindings={Login(f"Person-{n}"): n for n in range(1, 40)},
)
CONTENT = encode(STATE)


def sealed(**changes: Any) -> bytes:
    """A state with *changes* and a checksum that fits them."""
    document = json.loads(CONTENT) | changes
    document = {key: value for key, value in document.items() if value != "GONE"}
    del document["checksum"]
    document["checksum"] = statefile._checksum(document)
    return json.dumps(document).encode()


def in_tables(**changes: Any) -> bytes:
    return sealed(snapshot=json.loads(CONTENT)["snapshot"] | changes)


def at(path: str, what: str) -> str:
    return f"it is not a state: {what} - at {path}"


ALTERED = CONTENT.replace(b'"serial": 12', b'"serial": 13')
DEEP = b'{"a":' * 100_000

DAMAGE = {
    "nothing": (b"", "it is empty"),
    "only white space": (b" \n\t", "it is empty"),
    "zeros, as after a power cut": (bytes(4096), "it is empty"),
    "cut in half": (CONTENT[: len(CONTENT) // 2], "it is cut off: its end is missing"),
    "not JSON": (
        b"<<<<<<< HEAD\n",
        "it is not JSON: JSON is malformed: invalid character (byte 0)",
    ),
    "half a character": (b'{"version": 1, "lineage": "\xc3"}', "it is not UTF-8"),
    "JSON, but a list": (b"[]", "it is JSON, but not a state"),
    "JSON of something else": (
        b'{"terraform_version": "1.11.4"}',
        "it is JSON, but not a state: it has no version",
    ),
    "a version in words": (
        b'{"version": "1"}',
        "it is JSON, but not a state: it has no version",
    ),
    "a number beyond all": (
        b'{"version": 1, "serial": 1e999}',
        "it is not JSON: Number out of range - at `$[...]`",
    ),
    "two documents": (
        b"{}{}",
        "it is not JSON: JSON is malformed: trailing characters (byte 3)",
    ),
    "altered": (
        ALTERED,
        "it was altered after ghstate wrote it: its checksum is wrong",
    ),
    "no checksum": (b'{"version": 1}', "it was altered: its checksum is gone"),
    "a key missing": (
        sealed(lineage="GONE"),
        "it is not a state: Object missing required field `lineage`",
    ),
    "a wrong type": (
        sealed(serial="many"),
        "it is not a state: Expected `int`, got `str` - at `$.serial`",
    ),
    "an unknown role": (
        in_tables(github_membership=[{"login": "ada", "role": "king"}]),
        at("`$.snapshot.github_membership[0].role`", "Invalid enum value 'king'"),
    ),
    "a login that is a number": (
        in_tables(github_membership=[{"login": 5}]),
        at("`$.snapshot.github_membership[0].login`", "Expected `str`, got `int`"),
    ),
    "a login that is a list": (
        in_tables(github_membership=[{"login": []}]),
        at("`$.snapshot.github_membership[0].login`", "Expected `str`, got `list`"),
    ),
    "a row that is none": (
        in_tables(github_team=["ops"]),
        at("`$.snapshot.github_team[0]`", "Expected `object`, got `str`"),
    ),
    "a table that is none": (
        in_tables(github_team={"ops": {}}),
        at("`$.snapshot.github_team`", "Expected `array`, got `object`"),
    ),
    "an address that is none": (
        sealed(managed=["members."]),
        "it is not a state: 'members.' is no address - at `$.managed[0]`",
    ),
    "hidden things nowhere": (
        sealed(hidden={"": 2}),
        "it is not a state: '' is no address",
    ),
    "a snapshot of nothing": (
        sealed(viewer=None),
        "it is not a state: the snapshot does not say of what, by whom and when",
    ),
    "deep, and cut off": (DEEP, "it is nested too deeply"),
    "deep, and whole": (DEEP + b"1" + b"}" * 100_000, "it is nested too deeply"),
}


@pytest.mark.parametrize(("content", "sentence"), DAMAGE.values(), ids=DAMAGE)
def test_p2_every_damage_has_its_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(StateUnreadable) as caught:
        decode(content, place=".ghstate/state.json")
    place, reading, rest = str(caught.value).split(": ", maxsplit=2)
    assert (place, reading) == (".ghstate/state.json", "the state cannot be read")
    assert rest == sentence


def test_the_way_out_of_a_newer_state_is_the_newer_ghstate() -> None:
    with pytest.raises(StateUnreadable) as caught:
        decode(sealed(version=3), place="state.json")
    assert str(caught.value) == (
        "state.json: it was written by a newer ghstate "
        "(format 3; this one reads up to 2)"
    )
    assert caught.value.hint == (
        "use that ghstate or a later one, or go back with `ghstate state restore "
        "SERIAL`"
    )


def test_the_way_out_of_damage_says_what_it_costs() -> None:
    with pytest.raises(StateUnreadable) as caught:
        decode(b"", place="state.json")
    assert caught.value.hint == (
        "`ghstate state restore` puts the latest whole generation in its place; "
        "without any, move it away and run `ghstate refresh`; which account each login "
        "is must then be learned anew"
    )


def test_p8_a_state_beyond_the_limit_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(statefile, "LIMIT", len(CONTENT) - 1)
    with pytest.raises(StateUnreadable, match="larger than"):
        decode(CONTENT, place="here")
    monkeypatch.setattr(statefile, "LIMIT", len(CONTENT))
    assert decode(CONTENT, place="here") == STATE


def test_r4_every_flipped_bit_is_noticed() -> None:
    chosen = random.Random(4)  # noqa: S311 - which places does not matter
    places = [
        (chosen.randrange(len(CONTENT)), chosen.randrange(8)) for _ in range(2000)
    ]
    unnoticed = []
    for index, bit in places:
        flipped = bytearray(CONTENT)
        flipped[index] ^= 1 << bit
        try:
            decode(bytes(flipped), place="here")
        except StateUnreadable:
            continue
        unnoticed.append((index, bit))
    assert unnoticed == []


def test_r4_every_cut_is_noticed() -> None:
    # Only the line break at the very end may be missing: nothing else is lost.
    step = max(1, len(CONTENT) // 2000)
    lengths = [*range(0, len(CONTENT) - 1, step), len(CONTENT) - 2]
    for length in lengths:
        with pytest.raises(StateUnreadable):
            decode(CONTENT[:length], place="here")
    assert len(lengths) >= 2000
    assert decode(CONTENT[:-1], place="here") == STATE
