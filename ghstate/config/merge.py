"""All files are one document: tables merge, and no key is written twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ghstate.config.source import Document
from ghstate.config.spelling import quoted
from ghstate.errors import Problem
from ghstate.model.resource import KeyPath


def merge(documents: Sequence[Document]) -> tuple[dict[str, object], list[Problem]]:
    """What the files say together, and the keys that more than one of them writes."""
    whole: dict[str, object] = {}
    problems: list[Problem] = []
    for number, document in enumerate(documents):
        for path in _add(whole, document.data, ()):
            first = next(d for d in documents[:number] if d.holds(path))
            problems.append(
                document.place(path).problem(
                    f"{quoted(str(path[-1]))} is already written at {first.place(path)}"
                )
            )
    return whole, problems


def _add(
    whole: dict[str, object], more: Mapping[str, object], path: KeyPath
) -> Iterator[KeyPath]:
    for key, value in more.items():
        if key not in whole:
            whole[key] = _own(value)
            continue
        there = whole[key]
        if isinstance(there, dict) and isinstance(value, dict):
            yield from _add(there, value, (*path, key))
        else:
            yield (*path, key)


def _own(value: object) -> object:
    """The tables of *value* copied, so that adding to them changes no file."""
    if isinstance(value, dict):
        return {key: _own(inner) for key, inner in value.items()}
    return value
