"""Globs for the files of a project; ``**`` stands for any directories, or none."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from ghstate.config.limits import MAX_NAME
from ghstate.config.spelling import UNSEEN, quoted


def wrong_glob(glob: str) -> str | None:
    """What keeps *glob* from naming files of a project."""
    parts = glob.split("/")
    if not glob or len(glob) > MAX_NAME or UNSEEN.search(glob):
        return f"{quoted(glob)} is not a glob"
    if glob.startswith("/") or "\\" in glob or ".." in parts:
        return f"{quoted(glob)} leads out of the project"
    return None


def matches(name: str, glob: str) -> bool:
    """Does *glob* mean the file *name*? Both are relative, with slashes."""
    states = _follow(name.split("/"), glob.split("/"))
    return len(glob.split("/")) in states


def reaches(directory: str, glob: str) -> bool:
    """Can there be a file below *directory* that *glob* means?"""
    parts = glob.split("/")
    return any(state < len(parts) for state in _follow(directory.split("/"), parts))


def _follow(names: Sequence[str], parts: Sequence[str]) -> set[int]:
    """How many of *parts* may be used up once all *names* are."""
    states = _past_stars({0}, parts)
    for name in names:
        states = _past_stars(
            {
                state if parts[state] == "**" else state + 1
                for state in states
                if state < len(parts)
                and (parts[state] == "**" or fnmatchcase(name, parts[state]))
            },
            parts,
        )
    return states


def _past_stars(states: set[int], parts: Sequence[str]) -> set[int]:
    reached = set(states)
    for state in sorted(states):
        while state < len(parts) and parts[state] == "**":
            state += 1  # noqa: PLW2901 - walks on from where the loop stands
            reached.add(state)
    return reached
