"""Opens the store that a project names; loads only the libraries which that needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import assert_never

from ghstate.errors import UsageError
from ghstate.ports import Store
from ghstate.store.address import PostgresqlAddress, S3Address, parse_address
from ghstate.store.file import FileStore


def open_store(
    path: Path, url: str | None, *, organization: str, environ: Mapping[str, str]
) -> Store:
    """The store at *url*, or the local file *path* where there is none.

    What a shared store cannot take is rescued beside *path*. The libraries find
    credentials in the environment of the process; *environ* is what else is decided
    by it. Raises `UsageError` where such a library is not installed.
    """
    local = FileStore(path)
    if url is None:
        return local
    match parse_address(url, organization=organization):
        case S3Address() as address:
            try:
                from ghstate.store.s3 import S3Store  # noqa: PLC0415 - an extra
            except ImportError as error:
                raise _missing("s3", error) from error
            return S3Store(address, rescue=local.rescue)
        case PostgresqlAddress() as address:
            try:
                from ghstate.store.postgresql import (  # noqa: PLC0415 - an extra
                    PostgresqlStore,
                )
            except ImportError as error:
                raise _missing("postgresql", error) from error
            return PostgresqlStore(address, rescue=local.rescue, environ=environ)
        case _ as never:
            assert_never(never)


def _missing(extra: str, error: ImportError) -> UsageError:
    return UsageError(
        f"a state at {extra}:// needs a library that is not installed"
        f"{f': {error.name}' if error.name else ''}",
        hint=f'pip install "ghstate[{extra}]"',
    )
