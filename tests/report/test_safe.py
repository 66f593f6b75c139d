"""Other people's text does nothing but being read."""

import re
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.report.safe import safe, safe_after
from tests.report.nasty import nasty


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Keeps the lights on", "Keeps the lights on"),
        ("Zoë 名前 → …", "Zoë 名前 → …"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("one\r\ntwo\tthree\x00", r"one\r\ntwo\tthree\x00"),
        ("abc\u202etxt.exe", r"abc\u202etxt.exe"),
        ("\u2066a\u2069", r"\u2066a\u2069"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("line\u2028break", r"line\u2028break"),
        ("\u3164", r"\u3164"),
        ("tag\U000e0041", r"tag\U000e0041"),
        ("half \ud800", r"half \ud800"),
    ],
)
def test_what_cannot_be_seen_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::no", r"\x3a:error::no"),
        ("  ::error::no", r"  \x3a:error::no"),
        ("##[add-mask]x", r"##\x5badd-mask]x"),
        ("so ##[add-mask]x", r"so ##\x5badd-mask]x"),
        ("a::b", "a::b"),
        ("## [1]", "## [1]"),
    ],
)
def test_nobody_gives_orders_to_the_runner(text: str, shown: str) -> None:
    assert safe(text) == shown


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        ((":", ":error::no"), r":\x3aerror::no"),
        ((" ", ":", ":", "error::no"), r" :\x3aerror::no"),
        ((" ", "::error::no"), r" \x3a:error::no"),
        (("##", "[add-mask]x"), r"##\x5badd-mask]x"),
        (("#", "#[add-mask]x"), r"##\x5badd-mask]x"),
        (("so #", "#", "[x"), r"so ##\x5bx"),
        (("a", ":", ":b"), "a::b"),
        (("a:", ":b ", "[c]"), "a::b [c]"),
        (("## ", "[1]"), "## [1]"),
    ],
)
def test_pieces_that_do_no_harm_alone_do_none_together(
    pieces: tuple[str, ...], shown: str
) -> None:
    assert joined(pieces) == shown


@given(st.lists(nasty, max_size=6))
def test_no_pieces_of_a_line_make_a_workflow_command(pieces: list[str]) -> None:
    line = joined(pieces)

    assert not re.match(r"\s*::", line)
    assert "##[" not in line
    assert joined(map(safe, pieces)) == line


def joined(pieces: Iterable[str]) -> str:
    line = ""
    for piece in pieces:
        line += safe_after(line, piece)
    return line


@given(nasty)
def test_no_text_is_more_than_visible_characters_in_one_line(text: str) -> None:
    shown = safe(text)
    for character in shown:
        assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}
    shown.encode()


@given(nasty)
def test_no_text_begins_a_workflow_command(text: str) -> None:
    shown = safe(text)
    assert not re.match(r"\s*::", shown)
    assert "##[" not in shown


@given(nasty)
def test_what_is_safe_stays_as_it_is(text: str) -> None:
    assert safe(safe(text)) == safe(text)
