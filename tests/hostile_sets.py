"""Files that would keep a reader busy, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

MANY = 10_000
_FILE = 1_000_000


class Hostile(NamedTuple):
    """The files of a project, and the beginning of the first thing said about them."""

    files: dict[str, str]
    said: str


def hostile() -> Iterator[tuple[str, Hostile]]:
    chance = Random(1)  # noqa: S311 - an invention, not a secret
    of_all = [f"group:g{n}" for n in range(MANY)]
    yield (
        "each names all",
        Hostile(
            _files(_group(n, ["group:*"]) for n in range(MANY)),
            "groups-00.toml:1:2: the groups refer to one another too often",
        ),
    )
    yield (
        "a ring",
        Hostile(
            _files(_group(n, [of_all[(n + 1) % MANY]]) for n in range(MANY)),
            "groups-00.toml:2:8: group:g0 is in itself: group:g0 → group:g1 → ",
        ),
    )
    yield (
        "120,000 references in a tangle",
        Hostile(
            _files(_group(n, chance.choices(of_all, k=12)) for n in range(MANY)),
            "group:g0 is in itself: group:g0 → ",
        ),
    )
    yield (
        "120,000 references to nothing",
        Hostile(
            _files(
                _group(n, [f"{x}x" for x in chance.choices(of_all, k=12)])
                for n in range(MANY)
            ),
            "groups-00.toml:2:8: no group ",
        ),
    )
    yield (
        "nested ten thousand deep",
        Hostile(
            _files(_group(n, [of_all[n - 1]] if n else ["bob"]) for n in range(MANY)),
            "",
        ),
    )
    yield (
        "globs over globs",
        Hostile(
            _files(
                _group(n, ["group:g*", f"group:?{n}", f"group:*[0-9]*{n}"])
                for n in range(3000)
            ),
            "groups-00.toml:1:2: the groups refer to one another too often",
        ),
    )
    yield (
        "globs of many stars",
        Hostile(
            _files(
                f'[groups.{"a" * 90}{n}]\nany = ["group:{"*a" * 45}*b{n}"]\n'
                for n in range(1000)
            ),
            "the groups refer to one another too often",
        ),
    )
    name = "x" * (_FILE - 100)
    yield (
        "a name of a megabyte",
        Hostile(
            {"a.toml": f"[groups.{name}]\nany = []\n"},
            f'a.toml:1:9: "{"x" * 59}…" is not a name for a group',
        ),
    )
    yield (
        "a reference of a megabyte",
        Hostile(
            {"a.toml": f'[groups.a]\nany = ["group:{name}"]\n'},
            f'a.toml:2:8: "{"x" * 59}…" is not a name for a group',
        ),
    )
    yield (
        "a key of a megabyte",
        Hostile(
            {"a.toml": f"[groups.a]\nany = []\n{name} = 1\n"},
            f'a.toml:3:1: unknown key "{"x" * 59}…"',
        ),
    )
    yield (
        "a list of 490,000 numbers",
        Hostile(
            {"a.toml": f"[groups.a]\nany = [{'1,' * 490_000}]\n"},
            'a.toml:2:8: "any" must be a list of logins, not of an integer',
        ),
    )
    yield (
        "a list of 80,000 tables",
        Hostile(
            {"a.toml": f"[groups.a]\nany = [{'{x=1},' * 80_000}]\n"},
            'a.toml:2:9: unknown key "x"',
        ),
    )


def _group(number: int, references: Iterable[str]) -> str:
    listed = ", ".join(f'"{each}"' for each in references)
    return f"[groups.g{number}]\nany = [{listed}]\n"


def _files(groups: Iterable[str]) -> dict[str, str]:
    found: list[str] = [""]
    for group in groups:
        if len(found[-1]) + len(group) > _FILE:
            found.append("")
        found[-1] += group
    return {f"groups-{n:02}.toml": text for n, text in enumerate(found)}
