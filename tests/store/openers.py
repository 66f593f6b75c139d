"""Every kind of store, by name, for the tests that all of them must pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from ghstate.ports import Store
from ghstate.store.file import FileStore
from ghstate.store.memory import MemoryStore
from ghstate.store.opening import open_store
from tests.store import postgresql_server, s3_server

Opener: TypeAlias = Callable[[], Store]
"""Opens one and the same store, each time anew."""


def files(directory: Path) -> Opener:
    return lambda: FileStore(directory / ".ghstate" / "state.json")


def memory(directory: Path) -> Opener:
    store = MemoryStore()
    return lambda: store


def s3(directory: Path) -> Opener:
    _prepare_s3()
    return _shared(directory, f"s3://{s3_server.BUCKET}/{_name(directory)}/state.json")


def postgresql(directory: Path) -> Opener:
    return _shared(directory, f"{postgresql_url()}#{_name(directory)}")


def postgresql_url(
    user: str = postgresql_server.USER, database: str = "postgres"
) -> str:
    server = postgresql_server.settings()
    return f"postgresql://{user}@{server['PGHOST']}:{server['PGPORT']}/{database}"


def _shared(directory: Path, url: str) -> Opener:
    path = directory / ".ghstate" / "state.json"
    return lambda: open_store(path, url, organization="acme", environ={})


@cache
def _prepare_s3() -> None:
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ.update({**s3_server.settings(), **nothing})
    s3_server.make_bucket()


def _name(directory: Path) -> str:
    return sha256(os.fsencode(directory)).hexdigest()[:24]


STORES: Mapping[str, Callable[[Path], Opener]] = {
    "file": files,
    "memory": memory,
    "s3": s3,
    "postgresql": postgresql,
}
"""Each gives the opener of a store that is new with *directory*.

One that outlives a process opens the same store for the same directory in another
process, too: what it is called elsewhere is made from the directory's name.
"""
