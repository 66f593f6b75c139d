"""Numbers, times and lists, as people say them."""

from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.report.words import (
    ago,
    day,
    first_sentence,
    listed,
    plural,
    precise_span,
    quoted,
    shortened,
    span,
)
from tests.build import NOW
from tests.build import ago as time


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 people"), (1, "1 person"), (2, "2 people"), (1204, "1,204 people")],
)
def test_one_is_a_person_and_several_are_people(count: int, words: str) -> None:
    assert plural(count, "person", "people") == words


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ("", ""),
        ("a", "a"),
        ("abc", "a, b, c"),
        ("abcd", "a, b and 2 more"),
        ("abcde", "a, b and 3 more"),
    ],
)
def test_a_few_names_are_told_and_the_others_counted(names: str, words: str) -> None:
    assert listed(list(names)) == words


@pytest.mark.parametrize(
    ("length", "rough", "precise"),
    [
        (timedelta(0), "0 seconds", "0 seconds"),
        (timedelta(seconds=1), "1 second", "1 second"),
        (timedelta(seconds=59.9), "59 seconds", "59 seconds"),
        (timedelta(seconds=150), "2 minutes", "2 minutes 30 seconds"),
        (timedelta(minutes=60), "1 hour", "1 hour"),
        (timedelta(hours=25, minutes=59), "1 day", "1 day 1 hour"),
        (timedelta(days=400), "400 days", "400 days"),
    ],
)
def test_a_time_is_told_in_its_largest_units(
    length: timedelta, rough: str, precise: str
) -> None:
    assert (span(length), precise_span(length)) == (rough, precise)


@pytest.mark.parametrize(
    ("days", "words"),
    [(3, "3 days ago"), (0, "just now"), (-1, "just now")],
)
def test_clocks_that_disagree_do_not_look_into_the_future(
    days: float, words: str
) -> None:
    assert ago(time(days=days), NOW) == words


def test_a_day_is_that_of_greenwich() -> None:
    assert day(NOW) == "21 November"
    assert day(NOW.astimezone(timezone(timedelta(hours=-12)))) == "21 November"


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", ""),
        ("No seats", "No seats"),
        ("Invitation expired.", "Invitation expired"),
        ("Invitation expired. Nobody answered.", "Invitation expired"),
        ("a" * 10 + "b" * 10 + ". And more", "aaaa…bbbb"),
    ],
)
def test_the_first_sentence_stands_for_the_others(text: str, first: str) -> None:
    assert first_sentence(text, 9 if text[:1] == "a" else 72) == first


def test_a_long_text_loses_its_middle() -> None:
    assert shortened("a" * 50 + "b" * 50, 11) == "aaaaa…bbbbb"


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Old words", '"Old words"'),
        ('" → "', '"\\" → \\""'),
        ("\\", '"\\\\"'),
    ],
)
def test_nothing_gets_out_of_its_quotes(text: str, shown: str) -> None:
    assert quoted(text) == shown
