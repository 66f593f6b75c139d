"""The pages lead where they say, and nowhere that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, anchors, links, pages, prose


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in links(page):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        inside = target.is_relative_to(ROOT)
        if not (inside and target.exists()) or (
            anchor and anchor not in anchors(target)
        ):
            lost.append(link)

    assert lost == []


def test_the_index_names_every_page() -> None:
    index = DOCS / "README.md"

    linked = {(DOCS / link).resolve() for link in links(index)}

    assert {page for page in DOCS.rglob("*.md") if page != index} <= linked


@pytest.mark.parametrize("page", pages(), ids=name)
def test_sentences_are_plain(page: Path) -> None:
    assert "—" not in prose(page)  # a dash where a full stop would do
