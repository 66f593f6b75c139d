"""docs/traps.md has every trap once, and what is tested is among what is handled."""

from __future__ import annotations

import re

from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "traps.md"
ALL = {f"T{number:02}" for number in range(1, 81)} | {"T60a"}


def _named(text: str) -> list[str]:
    return re.findall(r"\*\*(T\d\da?)\*\*", text)


def _halves() -> tuple[list[str], list[str]]:
    handled, later = PAGE.read_text("utf-8").split("\n## Not handled yet\n")
    return _named(handled), _named(later)


def test_every_trap_is_named() -> None:
    handled, later = _halves()

    assert {*handled, *later} == ALL


def test_no_trap_is_named_twice_in_one_part() -> None:
    for part in _halves():
        assert sorted(part) == sorted(set(part))


def test_a_trap_in_both_parts_is_said_to_be_handled_in_part() -> None:
    handled, later = _halves()
    text = PAGE.read_text("utf-8").split("\n## Not handled yet\n")[1]

    partly = re.findall(r"\*\*(T\d\da?)\*\*, in part:", text)

    assert sorted(partly) == sorted({*handled} & {*later})


def test_a_trap_that_is_tested_is_described() -> None:
    tests = "\n".join(
        file.read_text("utf-8") for file in (ROOT / "tests").rglob("test_*.py")
    )
    tested = {f"T{number}" for number in re.findall(r"def test_t(\d\da?)_", tests)}

    assert tested <= {*_halves()[0], *_halves()[1]}
