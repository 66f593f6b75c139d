"""What PostgreSQL's errors mean to people.

An error is told by its code alone: what else a server says may repeat what was sent.
"""

from __future__ import annotations

import msgspec
import psycopg
from psycopg import errors


class Trouble(msgspec.Struct, frozen=True):
    """What went wrong, and the way out, in words that hold no secret."""

    cause: str
    hint: str


def is_broken(error: psycopg.Error) -> bool:
    """Did the connection break, so that nobody knows what became of the work?"""
    if isinstance(error, errors.AdminShutdown | errors.CrashShutdown):
        return True
    return isinstance(error, psycopg.OperationalError) and (
        error.sqlstate is None or error.sqlstate.startswith("08")
    )


def trouble(error: psycopg.Error) -> Trouble:
    code = error.sqlstate or ""
    match error:
        case errors.InvalidPassword() | errors.InvalidAuthorizationSpecification():
            return Trouble(
                f"the server does not let this user in ({code})",
                "set PGPASSWORD, or PGPASSFILE, and name the user in [state] url",
            )
        case errors.InvalidCatalogName():
            return Trouble(
                "there is no such database",
                "create it, or name another one: [state] url in ghstate.toml",
            )
        case errors.InsufficientPrivilege():
            return Trouble(
                f"this user may not do that ({code})",
                "give it the rights of docs/stores.md",
            )
        case errors.ReadOnlySqlTransaction():
            return Trouble(
                "the server takes no writes",
                "it may be a standby: name the primary in [state] url",
            )
        case errors.LockNotAvailable() | errors.QueryCanceled():
            return Trouble(
                f"another connection keeps its row, and does not end ({code})",
                "look for it in pg_stat_activity, and run it again",
            )
        case errors.DiskFull():
            return Trouble("the server's disk is full", "make room there")
        case _ if code and not code.startswith("08"):
            return Trouble(
                f"the server says {code}",
                "the server's log says more; run it again when that is mended",
            )
        case _:
            return _without_code(error)


def _without_code(error: psycopg.Error) -> Trouble:
    # libpq has no codes of its own, and its messages may name users and hosts; what
    # they say is looked for, and never repeated.
    said = str(error).lower()
    if "password" in said or "authentication" in said or "role" in said:
        return Trouble(
            "the server does not let this user in",
            "set PGPASSWORD, or PGPASSFILE, and name the user in [state] url",
        )
    if "database" in said and "does not exist" in said:
        return Trouble(
            "there is no such database",
            "create it, or name another one: [state] url in ghstate.toml",
        )
    if "does not support ssl" in said:
        return Trouble(
            "the server speaks no TLS",
            "turn it on there, or write ?sslmode=prefer at the end of [state] url",
        )
    if "certificate" in said or "ssl" in said:
        return Trouble(
            "the server's certificate is not accepted",
            "set PGSSLROOTCERT, or another ?sslmode= in [state] url",
        )
    return Trouble(
        "the connection broke, or there is none",
        "look at the network and the server, and run it again",
    )
