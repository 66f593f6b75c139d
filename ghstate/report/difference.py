"""What would change in a file, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import takewhile

from rich.text import Text

from ghstate.report.safe import safe

_MANY = 2000
"""Lines of which the shortest difference would take minutes to find."""

_CONTEXT = 3


def difference(name: str, before: bytes, after: bytes) -> Text:
    """What becomes of the file *name*, as a unified diff for people to read.

    Both are UTF-8. Whatever cannot be seen is shown, also the end of a line that is
    not plain.
    """
    old, new = _lines(before), _lines(after)
    begin, end = f"a/{name}", f"b/{name}"
    if max(len(old), len(new)) <= _MANY:
        lines = unified_diff(old, new, begin, end, n=_CONTEXT, lineterm="")
    else:
        lines = _one_hunk(old, new, begin, end)
    text = Text()
    for line in lines:
        text.append(safe(line.replace("\t", "    ")), _style(line)).append("\n")
    return text


def _lines(content: bytes) -> list[str]:
    lines = content.decode().split("\n")
    if not lines[-1]:
        return lines[:-1]
    return [*lines[:-1], f"{lines[-1]} (without a line break)"]


def _one_hunk(
    old: Sequence[str], new: Sequence[str], begin: str, end: str
) -> Iterator[str]:
    """Everything between the first line that differs and the last."""
    head = _alike(old, new)
    tail = min(_alike(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    first = max(0, head - _CONTEXT)
    rest = max(0, tail - _CONTEXT)
    gone, come = old[head : len(old) - tail], new[head : len(new) - tail]
    yield f"--- {begin}"
    yield f"+++ {end}"
    spans = (f"{first + 1},{len(each) - rest - first}" for each in (old, new))
    yield "@@ -{} +{} @@".format(*spans)
    yield from (f" {line}" for line in old[first:head])
    yield from (f"-{line}" for line in gone)
    yield from (f"+{line}" for line in come)
    yield from (f" {line}" for line in old[len(old) - tail : len(old) - rest])


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same from the start."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _style(line: str) -> str:
    if line.startswith(("---", "+++")):
        return "bold"
    return {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
