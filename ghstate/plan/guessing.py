"""The nearest right word, for as long as asking is not a burden."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from ghstate.model.names import Login

_GUESSES = 20
"""So many nearest words are looked for; among 50,000, each takes its time."""

_COMPARED = 30_000
"""So many names are compared, which takes a quarter of a second; all of them once."""

_WORK = 50_000_000
"""So many pairs of letters are compared, which takes a second: names can be long."""


class Guess:
    """The nearest of many names."""

    def __init__(self, names: Iterable[str], alike: float = 0.6) -> None:
        """*alike* is how near a name must be: 1 is the same."""
        self._names = list(names)
        self._alike = alike
        self._letters = sum(map(len, self._names))
        self._left, self._work = _GUESSES, _WORK
        if self._names:
            self._left = min(_GUESSES, max(1, _COMPARED // len(self._names)))

    def __call__(self, name: str, prefix: str = "") -> str:
        """A question with the nearest name behind *prefix*, or nothing."""
        self._left -= 1
        self._work -= len(name) * self._letters
        if self._left < 0 or self._work < 0:
            return ""
        # All addresses of one domain are alike for the most part.
        alike = 0.9 if "@" in name else self._alike
        near = get_close_matches(name, self._names, 1, alike)
        return f'did you mean "{prefix}{_spelled(near[0])}"?' if near else ""


def _spelled(name: str) -> str:
    return name.spelled if isinstance(name, Login) else name
