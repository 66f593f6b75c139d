"""Places of keys in several files that are one document."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ghstate.config.source import Document, Place
from ghstate.config.table import Finding
from ghstate.errors import Problem
from ghstate.model.complaint import Part
from ghstate.model.resource import KeyPath

_INDEXED = 2


class Places:
    """Finds the file that writes a key, and the place in it."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self._documents = documents
        self._index: dict[KeyPath, list[Document]] = {}

    def of(self, path: KeyPath, part: Part = Part.KEY) -> Place | None:
        """Where *path* is written, or else the nearest table around it."""
        while path:
            for document in self._candidates(path):
                if document.holds(path):
                    return document.place(path, part)
            path, part = path[:-1], Part.KEY
        return self._documents[0].place(()) if self._documents else None

    def problems(self, findings: Iterable[Finding]) -> list[Problem]:
        return [self._problem(finding) for finding in findings]

    def _problem(self, finding: Finding) -> Problem:
        complaint = finding.complaint
        message = complaint.message
        if finding.elsewhere is not None:
            message += f"; the first time at {self.of(finding.elsewhere)}"
        place = self.of(complaint.path, complaint.part)
        if place is None:
            raise AssertionError(complaint)
        return place.problem(message, complaint.hint)

    def _candidates(self, path: KeyPath) -> Sequence[Document]:
        """The files that may write *path*, by its first parts."""
        if not self._index:
            for document in self._documents:
                for key, value in document.data.items():
                    self._index.setdefault((key,), []).append(document)
                    if isinstance(value, dict):
                        for inner in value:
                            self._index.setdefault((key, inner), []).append(document)
        return self._index.get(path[:_INDEXED], ())
