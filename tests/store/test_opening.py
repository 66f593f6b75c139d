"""Which store an address opens, and what that needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis.strategies import from_regex

from ghstate.config.spelling import STATE_URL_FORM
from ghstate.errors import UsageError
from ghstate.store.address import (
    PostgresqlAddress,
    S3Address,
    SslMode,
    parse_address,
)
from ghstate.store.file import FileStore
from ghstate.store.opening import open_store
from tests.store.holding import ROOT

ADDRESSES = {
    "s3://acme-state/orgs/acme.json": S3Address("acme-state", "orgs/acme.json"),
    "postgresql:///ghstate": PostgresqlAddress(database="ghstate", name="acme"),
    "postgresql://db.acme.example/ghstate": PostgresqlAddress(
        database="ghstate", name="acme", host="db.acme.example"
    ),
    "postgresql://ada%40acme@[::1]:5433/x?sslmode=verify-full#Other": PostgresqlAddress(
        database="x",
        name="other",
        user="ada@acme",
        host="::1",
        port=5433,
        ssl_mode=SslMode.VERIFY_FULL,
    ),
}


@pytest.mark.parametrize(("url", "expected"), ADDRESSES.items(), ids=ADDRESSES)
def test_an_address_has_parts(url: str, expected: S3Address) -> None:
    assert parse_address(url, organization="Acme") == expected


@given(url=from_regex(STATE_URL_FORM, fullmatch=True))
def test_every_address_that_the_files_may_hold_is_understood(url: str) -> None:
    address = parse_address(url, organization="acme")
    assert f"{address}".startswith(url.partition("://")[0])
    assert f"{address}".isprintable()


@pytest.mark.parametrize("url", ["", "gs://c4n4ry/x", "postgresql://a:c4n4ry@h/d"])
def test_another_address_is_refused_and_not_repeated(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        open_store(tmp_path / "state.json", url, organization="acme", environ={})
    assert "c4n4ry" not in str(caught.value) + caught.value.hint


def test_without_an_address_the_state_is_a_local_file(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    store = open_store(path, None, organization="acme", environ={})
    assert isinstance(store, FileStore)
    assert store.place == str(path)


@pytest.mark.parametrize("url", ADDRESSES)
def test_what_a_shared_store_does_not_take_is_rescued_beside_the_local_path(
    url: str, tmp_path: Path
) -> None:
    store = open_store(tmp_path / "state.json", url, organization="acme", environ={})
    rescued = store.rescue(b"precious")
    assert rescued == str(tmp_path / "state.json.rescue-1")
    assert Path(rescued).read_bytes() == b"precious"


def python(script: str) -> str:
    return subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


OPEN = """
import sys
from pathlib import Path
sys.modules[{hidden!r}] = None
from ghstate.errors import UsageError
from ghstate.store.opening import open_store
try:
    open_store(Path("x"), {url!r}, organization="acme", environ={{}})
except UsageError as error:
    print(error, error.hint, sep="; ")
print(sorted({{"boto3", "botocore", "psycopg", "asyncio"}} & sys.modules.keys()))
"""


@pytest.mark.parametrize(
    ("url", "library", "extra"),
    [
        ("s3://bucket/key", "boto3", "s3"),
        ("postgresql:///db", "psycopg", "postgresql"),
    ],
)
def test_an_extra_that_is_not_installed_is_named(
    url: str, library: str, extra: str
) -> None:
    told, _ = python(OPEN.format(url=url, hidden=library)).splitlines()
    assert told == (
        f"a state at {extra}:// needs a library that is not installed: {library}; "
        f'pip install "ghstate[{extra}]"'
    )


def test_a_local_state_loads_no_library() -> None:
    assert python(OPEN.format(url=None, hidden="nothing")) == "[]\n"
