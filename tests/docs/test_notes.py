"""docs/notes.md has every code that a note can have, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ghstate.model.note import Severity
from tests.docs.pages import DOCS, ROOT

PAGE = DOCS / "notes.md"
FLOORS = ("model", "plan", "rules", "engine", "config")
"""Where notes are made; what is printed elsewhere has no code."""

_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*")
_HYPHENATED = re.compile(r"[a-z]+(?:-[a-z]+)+")
_JSON_SCHEMA = frozenset({"date-time"})
"""What looks like a code and is a word of JSON Schema."""


def codes_in_the_program() -> frozenset[str]:
    files = [file for floor in FLOORS for file in (ROOT / "ghstate" / floor).rglob("*")]
    return frozenset(
        code for file in files if file.suffix == ".py" for code in _codes(file)
    )


def _codes(file: Path) -> Iterator[str]:
    """The codes that are given to notes, and every other text that looks like one."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.Call(
                func=ast.Name(id="Note"), args=[_, ast.Constant(str(code)), *_]
            ):
                yield code
            case ast.keyword(arg="code", value=ast.Constant(str(code))):
                yield code
            case ast.Constant(str(text)) if _HYPHENATED.fullmatch(text):
                yield from {text} - _JSON_SCHEMA
            case _:
                pass


def documented() -> dict[str, set[str]]:
    """Each code of the page, with the kinds of note that it can be."""
    text = PAGE.read_text("utf-8")
    rows = re.findall(r"^\| `([a-z-]+)` \| ([a-z ]+) \|", text, re.MULTILINE)
    return {code: set(kinds.split(" or ")) for code, kinds in rows}


def test_every_code_is_documented() -> None:
    assert sorted(documented()) == sorted(codes_in_the_program())


def test_codes_look_alike() -> None:
    assert all(_CODE.fullmatch(code) for code in codes_in_the_program())


def test_every_kind_of_note_is_explained() -> None:
    kinds = {kind for each in documented().values() for kind in each}

    assert kinds == {severity.value for severity in Severity}
