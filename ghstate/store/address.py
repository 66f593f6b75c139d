"""Where a state is that several machines share: the parts of its address."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import unquote

import msgspec

from ghstate.errors import UsageError


class SslMode(StrEnum):
    """How a connection to PostgreSQL is protected, in PostgreSQL's words."""

    DISABLE = "disable"
    ALLOW = "allow"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


_S3 = re.compile(r"s3://(?P<bucket>[a-z0-9.-]+)/(?P<key>[A-Za-z0-9_.=+/-]+)")
_POSTGRESQL = re.compile(
    r"postgresql://(?:(?P<user>[^@:/?#]+)@)?(?P<host>[A-Za-z0-9.-]+|\[[^]/?#]+\])?"
    r"(?::(?P<port>[0-9]{1,5}))?/(?P<database>[A-Za-z0-9_-]+)"
    rf"(?:\?sslmode=(?P<ssl_mode>{'|'.join(SslMode)}))?(?:#(?P<name>[A-Za-z0-9_.-]+))?"
)


class S3Address(msgspec.Struct, frozen=True):
    """An object in a bucket, and those whose names begin with its *key*."""

    bucket: str
    key: str

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.key}"


class PostgresqlAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A row in a database; what is None is left to PostgreSQL's own defaults."""

    database: str
    name: str
    user: str | None = None
    host: str | None = None
    port: int | None = None
    ssl_mode: SslMode | None = None

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        host = f"[{self.host}]" if self.host and ":" in self.host else self.host or ""
        port = f":{self.port}" if self.port else ""
        return f"postgresql://{user}{host}{port}/{self.database}#{self.name}"


Address: TypeAlias = S3Address | PostgresqlAddress


def parse_address(url: str, *, organization: str) -> Address:
    """The parts of *url*; the row of a database is the *organization*'s by default.

    Raises `UsageError`, which does not repeat the address: it may hold a secret.
    """
    if s3 := _S3.fullmatch(url):
        return S3Address(s3["bucket"], s3["key"])
    found = _POSTGRESQL.fullmatch(url)
    if not found:
        raise UsageError(
            "[state] url in ghstate.toml is not the address of a state",
            hint="write s3://BUCKET/KEY or postgresql://USER@HOST/DATABASE",
        )
    return PostgresqlAddress(
        database=found["database"],
        name=(found["name"] or organization).lower(),
        user=unquote(found["user"]) if found["user"] else None,
        host=found["host"].strip("[]") if found["host"] else None,
        port=int(found["port"]) if found["port"] else None,
        ssl_mode=SslMode(found["ssl_mode"]) if found["ssl_mode"] else None,
    )
