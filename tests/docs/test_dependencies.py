"""docs/dependencies.md has every dependency, with the range that is asked for."""

from __future__ import annotations

import re

import tomli

from tests.docs.pages import DOCS, ROOT


def test_every_dependency_and_its_range_is_explained() -> None:
    asked = tomli.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        (match[1], match[2])
        for each in asked["project"]["dependencies"]
        if (match := re.fullmatch(r"([a-z-]+)(?:\[[a-z]+\])?(.+)", each))
    }

    page = (DOCS / "dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| `([^`]+)` \|", page, re.MULTILINE)

    assert len(wanted) == len(asked["project"]["dependencies"])
    assert set(rows) == wanted
