"""Places of keys in several files that are one document."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ghstate.config.locate import Outline
from ghstate.config.source import Document, Place
from ghstate.config.table import Finding
from ghstate.errors import Problem
from ghstate.model.complaint import Part
from ghstate.model.resource import KeyPath


class Spot(NamedTuple):
    """A key of one of the files, before anybody has looked for its line."""

    document: Document
    path: KeyPath
    part: Part = Part.KEY


def places_of(spots: Iterable[Spot]) -> Mapping[Spot, Place]:
    """Where each of *spots* is.

    File by file, and with no more of its outline than is needed: that of a full
    file takes fifty times its size.
    """
    by_document: defaultdict[Document, list[Spot]] = defaultdict(list)
    for spot in spots:
        by_document[spot.document].append(spot)
    found: dict[Spot, Place] = {}
    for document, here in by_document.items():
        wanted = {
            spot.path[:length] for spot in here for length in range(len(spot.path) + 1)
        }
        outline = Outline(document.source.text, wanted)
        for spot in here:
            found[spot] = document.place(spot.path, spot.part, outline)
    return found


class Places:
    """Finds the file that writes a key, and the place in it."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents

    def hold(self, path: KeyPath) -> bool:
        """Does any of the files write *path*?"""
        return any(document.holds(path) for document in self._documents)

    def of(self, path: KeyPath, part: Part = Part.KEY) -> Place | None:
        """Where *path* is written, or else the nearest table around it."""
        if not self._documents:
            return None
        spot = self._spot(path, part)
        return spot.document.place(spot.path, spot.part)

    def problems(self, findings: Sequence[Finding]) -> list[Problem]:
        here = [self._spot(f.complaint.path, f.complaint.part) for f in findings]
        first = [
            self._spot(f.elsewhere, Part.KEY) if f.elsewhere else None for f in findings
        ]
        found = places_of([*here, *(spot for spot in first if spot)])
        return [
            found[spot].problem(
                f"{finding.complaint.message}; {finding.what} at {found[other]}"
                if other
                else finding.complaint.message,
                finding.complaint.hint,
            )
            for finding, spot, other in zip(findings, here, first, strict=True)
        ]

    def _spot(self, path: KeyPath, part: Part) -> Spot:
        while path:
            for document in self._documents:
                if document.holds(path):
                    return Spot(document, path, part)
            path, part = path[:-1], Part.KEY
        return Spot(self._documents[0], ())
