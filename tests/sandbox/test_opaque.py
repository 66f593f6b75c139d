import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.sandbox.opaque import (
    Key,
    Unreadable,
    cursor,
    node_id,
    read_cursor,
    read_node_id,
)

NUMBERS = st.integers(0, 2**63)


def test_ids_have_the_shape_github_gives_them() -> None:
    # Seen in public: organization 113556018, team 6656283.
    assert node_id("T", 113556018, 6656283) == "T_kwDOBsS6Ms4AZZEb"


def test_cursors_have_the_shape_github_gives_them() -> None:
    assert cursor(0x507F01EE) == "Y3Vyc29yOnYyOpHOUH8B7g=="


@given(NUMBERS | st.tuples(st.text(max_size=40), NUMBERS))
def test_a_cursor_leads_back(key: Key) -> None:
    assert read_cursor(cursor(key)) == key


@given(st.sampled_from(["U", "O", "T", "OI", "BOT"]), st.lists(NUMBERS, max_size=3))
def test_an_id_leads_back(prefix: str, numbers: list[int]) -> None:
    assert read_node_id(node_id(prefix, *numbers)) == (prefix, (0, *numbers)[-1])


@pytest.mark.parametrize("text", ["", "x", "MTAw", "Y3Vyc29yOnYyOg==", "é", "////"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_cursor(text)


@given(st.text(max_size=30))
def test_nothing_else_comes_of_reading_nonsense(text: str) -> None:
    for read in (read_cursor, read_node_id):
        try:
            read(text)
        except Unreadable:
            continue
