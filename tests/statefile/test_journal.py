"""The journal of an apply: what can be read of it, whole or damaged."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.journal import Began, Doing, Ended, Record, Writer, read
from ghstate.model.address import Address

AT = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
BEGAN = Began(id="a1", at=AT, who="ci@runner", digest="3f9c", changes=3)
ALICE, BOB = Address("members", "alice"), Address("members", "bob")
RECORDS: tuple[Record, ...] = (
    BEGAN,
    Doing(address="members.alice", reason="invite"),
    Ended(address="members.alice", end="done"),
    Doing(
        address="members.bob", reason="replace_invitation", forgiven={"bob": (4711,)}
    ),
    Ended(address="members.bob", end="failed", taken="mail:3f9c"),
    Doing(address="teams.ops", reason="create"),
)


def written(*records: Record) -> bytes:
    writer = Writer()
    return b"".join(map(writer.line, records))


LINES = written(*RECORDS).splitlines(keepends=True)


def test_a_journal_tells_what_was_done_and_what_was_being_done() -> None:
    told = read(written(*RECORDS))

    assert told.id == "a1"
    assert told.began == BEGAN
    assert told.done == (ALICE,)
    assert told.doing == Address("teams", "ops")
    assert told.forgiven == {"bob": (4711,)}
    assert told.taken == {"mail:3f9c"}
    assert not told.damaged


def test_a_journal_reads_like_this() -> None:
    assert written(*RECORDS[:3]).decode() == (
        'b01555096f5c84a0 {"event":"began","id":"a1","at":"2026-11-21T09:12:00Z",'
        '"who":"ci@runner","digest":"3f9c","changes":3}\n'
        '3dbcde46fd032c72 {"event":"doing","address":"members.alice",'
        '"reason":"invite"}\n'
        'c43454dec1bc9079 {"event":"ended","address":"members.alice",'
        '"end":"done"}\n'
    )


@pytest.mark.parametrize(
    ("end", "done"),
    [("done", (ALICE,)), ("already", (ALICE,)), ("failed", ()), ("unknown", ())],
)
def test_only_what_is_done_counts_as_done(end: str, done: tuple[Address, ...]) -> None:
    told = read(
        written(
            BEGAN,
            Doing(address="members.alice", reason="invite"),
            Ended(address="members.alice", end=end),
        )
    )
    assert told.done == done
    assert told.doing is None


@given(st.integers(0, sum(map(len, LINES))))
def test_r4_a_last_line_that_is_cut_off_was_never_written(length: int) -> None:
    content = b"".join(LINES)[:length]
    whole = content.count(b"\n")

    told = read(content)

    assert told.damaged == (whole == 0)
    if whole:
        assert told == read(b"".join(LINES[:whole]))


@given(st.integers(0, sum(map(len, LINES)) - 1), st.integers(0, 7))
def test_r4_a_flipped_bit_is_noticed_and_what_stands_before_it_holds(
    place: int, bit: int
) -> None:
    content = bytearray(b"".join(LINES))
    before = content[:place].count(b"\n")
    content[place] ^= 1 << bit

    told = read(bytes(content))

    if place == len(content) - 1:  # the end of the last line is gone: it is cut off
        assert told == read(b"".join(LINES[:before]))
    else:
        kept = read(b"".join(LINES[:before]))
        assert told.damaged
        assert (told.done, told.doing) == (kept.done, kept.doing)


@given(st.permutations(range(len(LINES))))
def test_r4_lines_out_of_order_are_noticed(order: list[int]) -> None:
    told = read(b"".join(LINES[n] for n in order))

    assert told.damaged == (order != sorted(order))


def test_r4_a_missing_line_is_noticed() -> None:
    told = read(b"".join(LINES[:2] + LINES[3:]))

    assert told.damaged
    assert told.doing == ALICE


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 100, LINES[1], b"{}\n"])
def test_a_journal_without_its_beginning_still_says_that_an_apply_began(
    content: bytes,
) -> None:
    told = read(content)

    assert told.damaged
    assert told.began is None
    assert told.id.startswith("lost-")
    assert told.id == read(content).id


def test_a_record_of_a_newer_ghstate_is_told_as_damage() -> None:
    writer = Writer()
    lines = writer.line(BEGAN)
    strange = b'{"event":"thought","about":"members.alice"}'
    mark = lines.split(b" ")[0]

    forged = sha256(mark + strange).hexdigest()[:16].encode() + b" " + strange + b"\n"

    assert read(lines + forged).damaged
