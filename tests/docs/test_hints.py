"""Every way out is told in one style: in lower case, and without a full stop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.docs.pages import ROOT

_NAMES = ("GitHub", "GHES", "AWS", "PGPASSWORD")
"""What is spelled with a capital wherever it stands."""


def hints() -> Iterator[tuple[str, str, str]]:
    """Where each hint is written that is a literal, how it begins, and how it ends."""
    for file in sorted((ROOT / "ghstate").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            for each in _given(node):
                place = f"{file.relative_to(ROOT)}:{each.lineno}"
                match each:
                    case ast.Constant(value=str() as text) if text:
                        yield place, text, text
                    case ast.JoinedStr(values=[*parts]):
                        texts = [
                            str(part.value) if isinstance(part, ast.Constant) else "x"
                            for part in parts
                        ]
                        yield place, texts[0], texts[-1]
                    case _:
                        pass  # it comes from elsewhere, and is looked at there


def _given(node: ast.AST) -> Iterator[ast.expr]:
    """What *node* gives as a hint: by that name, or as the second word of a trouble."""
    if not isinstance(node, ast.Call):
        return
    yield from (each.value for each in node.keywords if each.arg == "hint")
    if isinstance(node.func, ast.Name) and node.func.id == "Trouble":
        yield from node.args[1:]


def test_hints_begin_in_lower_case_and_end_without_a_full_stop() -> None:
    found = list(hints())

    assert len(found) > 100
    assert [
        place
        for place, begins, ends in found
        if (begins[0].isupper() and not begins.startswith(_NAMES)) or ends[-1] == "."
    ] == []
