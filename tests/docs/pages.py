"""The pages of the documentation, and what stands in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the word after the fence, what is in it, and its first line."""

    language: str
    text: str
    line: int


def pages() -> tuple[Path, ...]:
    """Every page that people read, the changelog included."""
    return (README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))


def blocks(page: Path, language: str) -> tuple[Block, ...]:
    text = page.read_text("utf-8")
    return tuple(
        Block(match[1], match[2], text[: match.start(2)].count("\n") + 1)
        for match in _FENCE.finditer(text)
        if match[1] == language
    )


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def links(page: Path) -> Iterator[str]:
    for match in _LINK.finditer(_CODE.sub("", prose(page))):
        yield match[1]


def anchors(page: Path) -> frozenset[str]:
    """What a link may name behind `#`, as GitHub makes it from the headings."""
    found = set()
    for match in _HEADING.finditer(prose(page)):
        words = re.sub(r"[^\w\- ]", "", match[1].strip().lower())
        found.add(words.replace(" ", "-"))
    return frozenset(found)


def section(page: Path, heading: str) -> str:
    """What stands under *heading*, up to the next one of its level or above."""
    text = page.read_text("utf-8")
    start = re.search(rf"^(#+) +{re.escape(heading)}$", text, re.MULTILINE)
    assert start, f"{page.name} has no heading {heading!r}"
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{len(start[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest
