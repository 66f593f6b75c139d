"""Speaking to PostgreSQL: connections, transactions, and ghstate's tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo

from ghstate.errors import StateUnreadable, StateUnwritable
from ghstate.store.address import PostgresqlAddress, SslMode
from ghstate.store.postgresql_trouble import is_broken, trouble

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

T = TypeVar("T")

_PAUSES = (0.2, 1.0)
"""Seconds before work is done again whose connection broke."""

_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS ghstate_states (
        name text PRIMARY KEY,
        revision bigint NOT NULL,
        writing text NOT NULL,
        written timestamptz NOT NULL,
        content bytea NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS ghstate_generations (
        name text NOT NULL,
        revision bigint NOT NULL,
        written timestamptz NOT NULL,
        content bytea NOT NULL,
        PRIMARY KEY (name, revision)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS ghstate_journals (
        name text PRIMARY KEY,
        revision bigint NOT NULL,
        writing text NOT NULL,
        content bytea
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS ghstate_locks (
        name text PRIMARY KEY,
        backend integer NOT NULL,
        holder text NOT NULL
    )
    """,
)
_ARE_THERE = """
    SELECT count(*) = 4 FROM unnest(ARRAY[
        'ghstate_states', 'ghstate_generations', 'ghstate_journals', 'ghstate_locks'
    ]) AS wanted WHERE to_regclass(wanted) IS NOT NULL
"""
_MAKERS = 0x6768_7374_6174_6501
"""The advisory lock of those who make the tables: two at once would fail."""

_GUARDS = """
    SELECT set_config('statement_timeout', '60s', true),
           set_config('lock_timeout', '15s', true),
           set_config('idle_in_transaction_session_timeout', '60s', true),
           set_config('synchronous_commit', CASE current_setting('synchronous_commit')
               WHEN 'off' THEN 'on' WHEN 'local' THEN 'on'
               ELSE current_setting('synchronous_commit') END, true)
"""
"""For one transaction: a server that was told to lose the last writes must not."""


class Database:
    """The database that *address* names; each piece of work has its own connection."""

    def __init__(
        self, address: PostgresqlAddress, *, environ: Mapping[str, str]
    ) -> None:
        self._address = address
        self._ssl_mode = _ssl_mode(address, environ)
        self._has_tables = False

    @property
    def place(self) -> str:
        return str(self._address)

    @property
    def name(self) -> str:
        """Which row of the tables is meant."""
        return self._address.name

    def connect(self) -> Connection:
        """A connection on which each statement is a transaction; `psycopg.Error`."""
        wanted = make_conninfo(
            host=self._address.host,
            port=self._address.port,
            user=self._address.user,
            dbname=self._address.database,
            sslmode=self._ssl_mode,
            connect_timeout=10,
            # A peer that has gone without a word is noticed in a minute.
            keepalives=1,
            keepalives_idle=20,
            keepalives_interval=10,
            keepalives_count=3,
            tcp_user_timeout=40_000,
            application_name="ghstate",
        )
        # Poolers mix up prepared statements.
        return psycopg.connect(wanted, autocommit=True, prepare_threshold=None)

    def look(self, work: Callable[[Connection], T], *, otherwise: T) -> T:
        """What *work* reads; *otherwise* where the tables were never made."""
        try:
            return self._again(lambda connection: self._look(connection, work))
        except errors.UndefinedTable:
            return otherwise
        except psycopg.Error as error:
            found = trouble(error)
            raise StateUnreadable(
                f"{self.place}: the state cannot be read: {found.cause}",
                hint=found.hint,
            ) from error

    def change(self, work: Callable[[Connection], T]) -> T:
        """What *work* gives, once it is committed for certain.

        It is done again where the connection broke, and has to know its own work
        when it meets it. Raises `StateUnwritable`.
        """
        with self.explained():
            return self._again(lambda connection: self._change(connection, work))

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Errors of the library become `StateUnwritable`."""
        try:
            yield
        except psycopg.Error as error:
            found = trouble(error)
            raise StateUnwritable(
                f"{self.place}: the state could not be written for certain: "
                f"{found.cause}",
                hint=found.hint,
            ) from error

    def make_tables(self, connection: Connection) -> None:
        """Make the tables where they are not; two who do so at once both succeed."""
        if self._has_tables:
            return
        if not value(connection.execute(_ARE_THERE)):
            with connection.transaction():
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [_MAKERS])
                for table in _TABLES:
                    connection.execute(table)
        self._has_tables = True

    def _again(self, work: Callable[[Connection], T]) -> T:
        for pause in (*_PAUSES, None):
            # Where there is no connection to begin with, asking again is no help.
            with self.connect() as connection:
                try:
                    return work(connection)
                except psycopg.Error as error:
                    if pause is None or not is_broken(error):
                        raise
            time.sleep(pause)
        raise AssertionError("the last time round returns or raises")

    def _look(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        with connection.transaction():
            connection.execute(_GUARDS)
            return work(connection)

    def _change(self, connection: Connection, work: Callable[[Connection], T]) -> T:
        self.make_tables(connection)
        with connection.transaction():
            connection.execute(_GUARDS)
            return work(connection)


def value(cursor: psycopg.Cursor[tuple[Any, ...]]) -> Any:
    """The one value that a statement gives; None where it gives no row."""
    row = cursor.fetchone()
    return row[0] if row else None


def _ssl_mode(address: PostgresqlAddress, environ: Mapping[str, str]) -> SslMode | None:
    """What the address says, else the environment, else TLS beyond this machine."""
    if address.ssl_mode is not None or environ.get("PGSSLMODE"):
        return address.ssl_mode
    host = address.host or environ.get("PGHOST", "")
    return None if _is_here(host) else SslMode.REQUIRE


def _is_here(host: str) -> bool:
    if host in {"", "localhost"} or host.startswith(("/", "@")):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
