"""The page about the files tells of every key, and its examples are in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ghstate.config import keys, limits
from ghstate.config.keys import Keys
from ghstate.config.lockfile import to_toml
from ghstate.config.project import load
from tests.config.writing import write

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text("utf-8")
TABLES = {name: value for name, value in vars(keys).items() if isinstance(value, Keys)}
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_every_key_is_told_of(name: str) -> None:
    told = set(re.findall(r"[`\[.]([a-z_]+)[`\].]", PAGE)) | set(
        re.findall(r"\b([a-z_]+) = ", PAGE)
    )
    assert TABLES[name].known.keys() | TABLES[name].later <= told


def test_every_limit_is_told_of() -> None:
    for limit in (
        limits.MAX_FILES,
        limits.MAX_MARKS,
        limits.MAX_PEOPLE,
        limits.MAX_TEAMS,
        limits.MAX_NAME,
        limits.MAX_ADDRESS,
        limits.MAX_LOCK_MARKS,
        limits.MAX_TEXT,
        limits.MAX_DOTS,
        limits.MAX_DOTS_IN_FILE,
        limits.MAX_DEPTH,
        limits.MAX_PROBLEMS,
    ):
        assert f"{limit:,}" in PAGE
    assert f"{limits.MAX_FILE // 1024**2} MiB" in PAGE
    assert f"{limits.MAX_TOTAL // 1024**2} MiB" in PAGE
    assert f"{limits.MAX_LOCK // 1024**2} MiB" in PAGE


def test_the_examples_are_in_order(tmp_path: Path) -> None:
    people, settings, lock, *_ = EXAMPLES
    assert people.startswith("[members]")
    assert settings.startswith("[github]")
    assert lock.startswith("# Written by")
    names = ("people.toml", "ghstate.toml", "ghstate.lock.toml")
    write(tmp_path, dict(zip(names, (people, settings, lock), strict=True)))
    locked = load(tmp_path).locked
    assert locked is not None
    assert to_toml(locked) == lock


def test_there_are_no_other_examples_of_the_files() -> None:
    assert [text.splitlines()[0] for text in EXAMPLES] == [
        "[members]",
        "[github]",
        (
            "# Written by `ghstate lock`, and made to be committed: which account each"
            " login is, and"
        ),
        "#:schema ./schemas/files.schema.json",
        "[[rule]]",
    ]
