"""All files are one document: tables merge, and no key is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ghstate.config.limits import MAX_PROBLEMS
from ghstate.config.places import Spot, places_of
from ghstate.config.source import Document
from ghstate.config.spelling import quoted
from ghstate.errors import Problem
from ghstate.model.resource import KeyPath


def merge(documents: Sequence[Document]) -> tuple[dict[str, object], list[Problem]]:
    """What the files say together, and the keys that more than one of them writes."""
    union = _Union()
    twice = [
        (Spot(document, path), Spot(first, path))
        for number, document in enumerate(documents)
        for path in union.add(document.data)
        if (first := _first(documents[:number], path))
    ]
    places = places_of(spot for pair in twice for spot in pair)
    return union.whole, [
        places[again].problem(
            f"{quoted(str(again.path[-1]))} is already written at {places[first]}"
        )
        for again, first in twice
    ]


def _first(documents: Sequence[Document], path: KeyPath) -> Document | None:
    return next((document for document in documents if document.holds(path)), None)


class _Union:
    """Tables that grow together; those that were put in stay as they are."""

    def __init__(self) -> None:
        self.whole: dict[str, object] = {}
        self._own = {id(self.whole)}
        self._left = MAX_PROBLEMS

    def add(self, more: Mapping[str, object]) -> Iterator[KeyPath]:
        """Put *more* in, but for the keys that are there already: these come out."""
        return self._add(self.whole, more, ())

    def _add(
        self, there: dict[str, object], more: Mapping[str, object], path: KeyPath
    ) -> Iterator[KeyPath]:
        for key, value in more.items():
            old = there.get(key)
            if old is None:
                there[key] = value
            elif isinstance(old, dict) and isinstance(value, dict):
                if id(old) not in self._own:
                    old = there[key] = dict(old)
                    self._own.add(id(old))
                yield from self._add(old, value, (*path, key))
            elif self._left:
                self._left -= 1
                yield (*path, key)
