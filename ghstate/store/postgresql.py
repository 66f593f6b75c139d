"""The state in PostgreSQL: a row, and those that it has followed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC

from ghstate.errors import StateUnwritable
from ghstate.ports import (
    GENERATIONS,
    Holder,
    JournalStore,
    Kept,
    Lock,
    Revision,
    Stored,
)
from ghstate.statefile import LIMIT
from ghstate.store.address import PostgresqlAddress
from ghstate.store.conflicts import generation_gone, state_changed
from ghstate.store.postgresql_connection import Connection, Database, value
from ghstate.store.postgresql_journal import PostgresqlJournal
from ghstate.store.postgresql_lock import PostgresqlLock

_DIGITS = 8
_LONGEST_NAME = 18


class PostgresqlStore:
    """Keeps the state in the row that *address* names."""

    def __init__(
        self,
        address: PostgresqlAddress,
        *,
        rescue: Callable[[bytes], str | None],
        environ: Mapping[str, str],
    ) -> None:
        self._database = Database(address, environ=environ)
        self._rescue = rescue
        self._lock = PostgresqlLock(self._database)
        self._journal = PostgresqlJournal(self._database)

    @property
    def place(self) -> str:
        return self._database.place

    @property
    def journal(self) -> JournalStore:
        return self._journal

    def read(self) -> Stored | None:
        def work(connection: Connection) -> Stored | None:
            row = connection.execute(
                "SELECT content, revision FROM ghstate_states WHERE name = %s",
                [self._database.name],
                binary=True,
            ).fetchone()
            return Stored(row[0], _revision(row[1])) if row else None

        return self._database.look(work, otherwise=None)

    def generations(self) -> Sequence[Kept]:
        def work(connection: Connection) -> Sequence[Kept]:
            rows = connection.execute(
                "SELECT revision, written, octet_length(content) "
                "FROM ghstate_generations WHERE name = %s "
                "ORDER BY revision DESC LIMIT %s",
                [self._database.name, GENERATIONS],
            )
            return tuple(
                Kept(f"{revision:0{_DIGITS}}", written.astimezone(UTC), size)
                for revision, written, size in rows
            )

        return self._database.look(work, otherwise=())

    def generation(self, name: str) -> bytes:
        if not _is_name(name):
            raise generation_gone(self.place, name)

        def work(connection: Connection) -> object:
            return value(
                connection.execute(
                    "SELECT content FROM ghstate_generations "
                    "WHERE name = %s AND revision = %s",
                    [self._database.name, int(name)],
                    binary=True,
                )
            )

        content = self._database.look(work, otherwise=None)
        if not isinstance(content, bytes):
            raise generation_gone(self.place, name)
        return content

    def write(self, content: bytes, *, replacing: Revision | None) -> Revision:
        if len(content) > LIMIT:
            raise StateUnwritable(
                f"{self.place}: the state is larger than {LIMIT // 2**20} MiB"
            )
        writing = secrets.token_hex(16)
        return self._database.change(
            lambda it: self._write(it, content, replacing, writing)
        )

    def rescue(self, content: bytes) -> str | None:
        """Save what `write` could not on this machine, and say where if it worked."""
        return self._rescue(content)

    def lock(
        self,
        holder: Holder,
        *,
        timeout: float = 0.0,
        waiting: Callable[[Holder | None], None] | None = None,
    ) -> AbstractContextManager[Lock]:
        return self._lock.hold(holder, timeout=timeout, waiting=waiting)

    def holder(self) -> Holder | None:
        return self._lock.holder()

    def break_lock(self, lock_id: str) -> Holder | None:
        return self._lock.break_open(lock_id)

    def _write(
        self,
        connection: Connection,
        content: bytes,
        replacing: Revision | None,
        writing: str,
    ) -> Revision:
        name = self._database.name
        if replacing is None:
            connection.execute(
                "INSERT INTO ghstate_states (name, revision, writing, written, content)"
                " VALUES (%s, 1, %s, clock_timestamp(), %b)"
                " ON CONFLICT (name) DO NOTHING",
                [name, writing, content],
            )
        # Waits for whoever else is writing it, ourselves before the connection broke
        # included, so that what is seen then is how it ended.
        row = connection.execute(
            "SELECT revision, writing FROM ghstate_states WHERE name = %s FOR UPDATE",
            [name],
        ).fetchone()
        if row and row[1] == writing:
            return _revision(row[0])
        if row is None or _revision(row[0]) != replacing:
            raise state_changed(self.place)
        connection.execute(
            "INSERT INTO ghstate_generations (name, revision, written, content)"
            " SELECT name, revision, written, content FROM ghstate_states"
            " WHERE name = %s",
            [name],
        )
        connection.execute(
            "UPDATE ghstate_states SET revision = revision + 1, writing = %s,"
            " written = clock_timestamp(), content = %b WHERE name = %s",
            [writing, content, name],
        )
        connection.execute(
            "DELETE FROM ghstate_generations WHERE name = %s AND revision <= %s",
            [name, row[0] - GENERATIONS],
        )
        return _revision(row[0] + 1)


def _revision(number: int) -> Revision:
    return Revision(str(number))


def _is_name(name: str) -> bool:
    """As `PostgresqlStore.generations` writes them, and no larger than a bigint."""
    plain = name.isascii() and name.isdigit()
    return plain and _DIGITS <= len(name) <= _LONGEST_NAME
