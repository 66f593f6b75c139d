"""The lock on a state in PostgreSQL: the server decides, a row explains.

It is an advisory lock of a session, on a connection of its own. The server frees it
when that connection ends, however its holder died. Forcing it open ends the session.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256

import msgspec
import psycopg
from psycopg import errors

from ghstate.errors import StateError
from ghstate.ports import Holder
from ghstate.store.holders import (
    Freed,
    Waiting,
    held_by_another,
    legible,
    locked,
    not_locked,
)
from ghstate.store.postgresql_connection import Connection, Database, value

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 2.0
_PATIENCE = 10.0
"""Seconds within which a session that was told to end has ended."""

_HELD = """
    FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND (classid::bigint << 32 | objid::bigint) = %s
"""
_BACKEND = f"SELECT pid {_HELD}"
_IS_OURS = f"SELECT count(*) = 1 {_HELD} AND pid = pg_backend_pid()"

_NOTICED = """
    SELECT set_config('tcp_keepalives_idle', '20', false),
           set_config('tcp_keepalives_interval', '10', false),
           set_config('tcp_keepalives_count', '3', false)
"""
"""Else a server may take two hours to notice that a machine has gone."""


class _Standing(msgspec.Struct, frozen=True):
    """Which session holds the lock, and who that is if they have said so by now."""

    backend: int | None = None
    holder: Holder | None = None


_FREE = _Standing()


class HeldPostgresqlLock(msgspec.Struct, frozen=True):
    """A lock on a state in PostgreSQL that this process holds."""

    left_behind: Holder | None
    _connection: Connection
    _key: int

    def still_held(self) -> bool:
        try:
            return bool(value(self._connection.execute(_IS_OURS, [self._key])))
        except psycopg.Error:
            return False

    def let_go(self, name: str) -> None:
        # If the connection is broken, the server has freed it, or will.
        with suppress(psycopg.Error):
            if self.still_held():
                self._connection.execute(
                    "DELETE FROM ghstate_locks "
                    "WHERE name = %s AND backend = pg_backend_pid()",
                    [name],
                )
                self._connection.execute("SELECT pg_advisory_unlock(%s)", [self._key])


class PostgresqlLock:
    """The lock of the row that *database* names."""

    def __init__(self, database: Database) -> None:
        self._database = database
        digest = sha256(b"ghstate lock " + database.name.encode()).digest()
        self._key = int.from_bytes(digest[:8], signed=True)

    @contextmanager
    def hold(
        self,
        holder: Holder,
        *,
        timeout: float,
        waiting: Callable[[Holder | None], None] | None,
    ) -> Iterator[HeldPostgresqlLock]:
        holder = legible(holder)
        with self._database.explained():
            connection = self._database.connect()
        try:
            with self._database.explained():
                self._database.make_tables(connection)
                self._check_direct(connection)
                connection.execute(_NOTICED)
                self._acquire(connection, timeout, waiting)
                left_behind = self._sign(connection, holder)
            lock = HeldPostgresqlLock(left_behind, connection, self._key)
            try:
                yield lock
            finally:
                lock.let_go(self._database.name)
        finally:
            connection.close()

    def holder(self) -> Holder | None:
        """Who holds it; None also where that cannot be told."""
        try:
            return self._database.look(self._standing, otherwise=_FREE).holder
        except StateError:
            return None

    def break_open(self, lock_id: str) -> Holder:
        """End the session that holds the lock, if *lock_id* is its holder's."""
        place = self._database.place
        standing = self._database.look(self._standing, otherwise=_FREE)
        backend, holder = standing.backend, standing.holder
        if backend is None:
            raise not_locked(place)
        if holder is None or holder.id != lock_id:
            raise held_by_another(place, holder, Freed.WITH_SESSION)
        try:
            self._database.look(lambda it: self._end(it, backend), otherwise=None)
        except StateError as error:
            if isinstance(error.__cause__, errors.InsufficientPrivilege):
                raise StateError(
                    f"{place}: this user may not end the session that holds the lock",
                    hint=f"run it as the user who took the lock, or let a database "
                    f"administrator run: SELECT pg_terminate_backend({backend})",
                ) from error
            raise
        self._await_the_end(backend)
        # What the holder wrote would pass for a run that died by itself.
        self._database.change(
            lambda it: it.execute(
                "DELETE FROM ghstate_locks WHERE name = %s AND backend = %s",
                [self._database.name, backend],
            )
        )
        return holder

    def _acquire(
        self,
        connection: Connection,
        timeout: float,
        waiting: Callable[[Holder | None], None] | None,
    ) -> None:
        end = time.monotonic() + timeout
        told = Waiting(waiting if timeout > 0 else None)
        pause = _FIRST_PAUSE
        while not value(
            connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key])
        ):
            standing = self._standing(connection)
            left = end - time.monotonic()
            if left <= 0:
                raise locked(self._database.place, standing.holder, Freed.WITH_SESSION)
            if standing.backend is not None:
                told.is_for(standing.holder)
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        if not value(connection.execute(_IS_OURS, [self._key])):
            raise StateError(
                f"{self._database.place}: this server keeps no advisory locks, "
                "so it cannot lock a state",
                hint="use PostgreSQL itself, or keep the state elsewhere",
            )

    def _check_direct(self, connection: Connection) -> None:
        """Refuse a pooler: it may give the session that holds our lock to others."""
        # A pooler answers for the server when the connection is made, with a number
        # of its own in the place of the backend's.
        told = connection.info.backend_pid
        for _ in range(3):
            if value(connection.execute("SELECT pg_backend_pid()")) != told:
                raise StateError(
                    f"{self._database.place}: there is a connection pooler before the "
                    "server, which would strand the lock",
                    hint="name the server itself in [state] url, not PgBouncer",
                )

    def _sign(self, connection: Connection, holder: Holder) -> Holder | None:
        """Say who holds it, and find out who died holding it."""
        name = self._database.name
        with connection.transaction():
            before = value(
                connection.execute(
                    "SELECT holder FROM ghstate_locks WHERE name = %s FOR UPDATE",
                    [name],
                )
            )
            connection.execute(
                "INSERT INTO ghstate_locks (name, backend, holder) "
                "VALUES (%s, pg_backend_pid(), %s) ON CONFLICT (name) DO UPDATE "
                "SET backend = excluded.backend, holder = excluded.holder",
                [name, msgspec.json.encode(holder).decode()],
            )
        return _read(before)

    def _standing(self, connection: Connection) -> _Standing:
        backend = value(connection.execute(_BACKEND, [self._key]))
        if backend is None:
            return _FREE
        note = value(
            connection.execute(
                "SELECT holder FROM ghstate_locks WHERE name = %s AND backend = %s",
                [self._database.name, backend],
            )
        )
        return _Standing(backend, _read(note))

    def _end(self, connection: Connection, backend: int) -> None:
        # Only if that session still is the one that holds it.
        connection.execute(
            f"SELECT pg_terminate_backend(pid) {_HELD} AND pid = %s",
            [self._key, backend],
        )

    def _await_the_end(self, backend: int) -> None:
        end = time.monotonic() + _PATIENCE
        while self._database.look(self._standing, otherwise=_FREE).backend == backend:
            if time.monotonic() > end:
                raise StateError(
                    f"{self._database.place}: the session that holds the lock "
                    "was told to end, and has not yet",
                    hint="wait a little, and look again",
                )
            time.sleep(0.05)


def _read(note: object) -> Holder | None:
    """Who a row says holds the lock; None if it says nothing of use."""
    if not isinstance(note, str):
        return None
    try:
        return legible(msgspec.json.decode(note, type=Holder))
    except (ValueError, OverflowError, RecursionError):
        return None
