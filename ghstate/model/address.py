"""Addresses: where a thing stands in the files, and so in every output."""

from __future__ import annotations

import re
from typing import Self

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r'(?P<bare>[A-Za-z0-9_-]+)|"(?P<quoted>(?:[^"\\]|\\.)*)"')
_ESCAPE = re.compile(r"\\(.)")


class Address(tuple[str, ...]):
    """A thing's place in the TOML: ``teams.platform.members.bob``.

    Always in lower case. The address without its last part is the *collection*
    that the thing belongs to; files manage collections or leave them alone.
    """

    __slots__ = ()

    def __new__(cls, *parts: str) -> Self:
        return super().__new__(cls, parts)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``members."new.hire@acme.example"``; `ValueError` if it is none."""
        parts: list[str] = []
        rest = text.strip()
        while match := _PART.match(rest):
            bare = match["bare"]
            parts.append(bare or _ESCAPE.sub(r"\1", match["quoted"]))
            rest = rest[match.end() :]
            if not rest:
                return cls(*(part.lower() for part in parts))
            if not rest.startswith("."):
                break
            rest = rest[1:]
        raise ValueError(text)

    @property
    def collection(self) -> Address:
        return Address(*self[:-1])

    def is_in(self, collection: Address) -> bool:
        """Does it belong to *collection*, directly?"""
        return self[:-1] == collection

    def within(self, other: Address) -> bool:
        """Is this *other*, or below it?"""
        return self[: len(other)] == other

    def __truediv__(self, part: str) -> Address:
        return Address(*self, part)

    def __str__(self) -> str:
        return ".".join(
            part if _BARE.fullmatch(part) else '"' + _quoted(part) + '"'
            for part in self
        )

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"


def _quoted(part: str) -> str:
    return part.replace("\\", "\\\\").replace('"', '\\"')
