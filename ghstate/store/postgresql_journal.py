"""The journal of an apply in PostgreSQL: a row that each record makes longer.

Its number rises with each change and never starts again: whoever has lost their place
to another cannot meet their own number.
"""

from __future__ import annotations

import secrets

import msgspec
from msgspec.structs import replace

from ghstate.errors import StateConflict, StateUnwritable
from ghstate.store.conflicts import journal_changed
from ghstate.store.postgresql_connection import Connection, Database

LIMIT = 16 * 1024 * 1024
"""The most bytes a journal may have; a change takes some 300."""

_LONGER = """
    UPDATE ghstate_journals
    SET revision = revision + 1, writing = %s, content = content || %b WHERE name = %s
"""
_ANOTHER = """
    UPDATE ghstate_journals
    SET revision = revision + 1, writing = %s, content = %b WHERE name = %s
"""


class _Seen(msgspec.Struct, frozen=True):
    """The journal as this process last saw or left it."""

    revision: int
    """0 where there is no row."""

    content: bytes | None
    """None where no apply has begun."""

    doubtful: frozenset[str] = frozenset()
    """Our writings since, of which it is not known whether they happened."""


class PostgresqlJournal:
    """The journal of the row that *database* names."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: _Seen | None = None

    def read(self) -> bytes | None:
        self._seen = self._look()
        return self._seen.content

    def begin(self, record: bytes) -> None:
        self._put(record, self._current())

    def append(self, record: bytes) -> None:
        """Put *record* at the end, in the place of any that failed before it."""
        current = self._current()
        if current.content is None:
            raise journal_changed(self._database.place)
        self._put(current.content + record, current, added=record)

    def end(self) -> None:
        current = self._current()
        # Also where nothing stood: a writing that failed may have happened still.
        if current.content is not None or current.doubtful:
            self._put(None, current)

    def _current(self) -> _Seen:
        if self._seen is None:
            self._seen = self._look()
        return self._seen

    def _look(self) -> _Seen:
        def work(connection: Connection) -> _Seen:
            row = connection.execute(
                "SELECT revision, content FROM ghstate_journals WHERE name = %s",
                [self._database.name],
                binary=True,
            ).fetchone()
            return _Seen(*row) if row else _Seen(0, None)

        return self._database.look(work, otherwise=_Seen(0, None))

    def _put(
        self, content: bytes | None, current: _Seen, *, added: bytes | None = None
    ) -> None:
        if content is not None and len(content) > LIMIT:
            raise StateUnwritable(
                f"{self._database.place}: its journal would be larger than "
                f"{LIMIT // 2**20} MiB"
            )
        writing = secrets.token_hex(16)
        self._seen = replace(current, doubtful=current.doubtful | {writing})
        try:
            revision = self._database.change(
                lambda it: self._work(it, content, current, writing, added)
            )
        except StateConflict:
            self._seen = current
            raise
        self._seen = _Seen(revision, content)

    def _work(
        self,
        connection: Connection,
        content: bytes | None,
        current: _Seen,
        writing: str,
        added: bytes | None,
    ) -> int:
        """Replace *current* only; give the number of what stands there now."""
        name = self._database.name
        if current.revision == 0:
            connection.execute(
                "INSERT INTO ghstate_journals (name, revision, writing, content) "
                "VALUES (%s, 1, %s, %b) ON CONFLICT (name) DO NOTHING",
                [name, writing, content],
            )
        row = connection.execute(
            "SELECT revision, writing FROM ghstate_journals WHERE name = %s FOR UPDATE",
            [name],
        ).fetchone()
        revision, last = row or (0, "")
        if last == writing:  # it had happened when the connection broke
            return int(revision)
        if revision != current.revision and last not in current.doubtful:
            raise journal_changed(self._database.place)
        if added is not None and revision == current.revision:
            connection.execute(_LONGER, [writing, added, name])
        else:
            connection.execute(_ANOTHER, [writing, content, name])
        return int(revision) + 1
