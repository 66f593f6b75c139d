"""Short words for projects, and for what is wrong in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from ghstate.config.project import Project, load
from ghstate.errors import FilesError, Problem

SETTINGS = '[github]\norganization = "acme"\n'


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write *files* below *root*, and settings if there are none among them."""
    for name, text in {"ghstate.toml": SETTINGS, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8", newline="")
    return root


def loaded(root: Path, text: str = "", **settings: str) -> Project:
    """The project whose only file says *text*."""
    return load(write(root, {"people.toml": text, **_settings(**settings)}))


def problems(root: Path, text: str = "", **settings: str) -> tuple[Problem, ...]:
    """Everything wrong in a project whose only file says *text*."""
    return problems_of(write(root, {"people.toml": text, **_settings(**settings)}))


def problems_of(root: Path) -> tuple[Problem, ...]:
    try:
        load(root)
    except FilesError as error:
        return error.problems
    return ()


def _settings(settings: str | None = None) -> Mapping[str, str]:
    return {} if settings is None else {"ghstate.toml": settings}


def told(*found: Problem) -> list[str]:
    """Problems as one reads them, each on its line."""
    return [
        f"{p.file}:{p.line}:{p.column}: {p.message}" + (f"; {p.hint}" if p.hint else "")
        for p in found
    ]


def underlined(problem: Problem) -> str:
    """The part of the excerpt that a problem is about."""
    start = problem.column - 1
    return problem.excerpt[start : start + problem.length]
