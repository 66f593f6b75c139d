"""A state in PostgreSQL when connections break, and what its errors say."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from ghstate.errors import (
    StateConflict,
    StateError,
    StateUnreadable,
    StateUnwritable,
)
from ghstate.ports import Store
from ghstate.store.address import PostgresqlAddress, SslMode
from ghstate.store.opening import open_store
from ghstate.store.postgresql_connection import Database
from ghstate.store.postgresql_lock import HeldPostgresqlLock
from ghstate.store.postgresql_trouble import trouble
from tests.store import postgresql_server as server
from tests.store.cutting import Cutting, between
from tests.store.holding import holder
from tests.store.openers import postgresql_url
from tests.store.pooling import pooled
from tests.store.serving import free_port

TABLES = "ghstate_states, ghstate_generations, ghstate_journals, ghstate_locks"


def opened(url: str) -> Store:
    return open_store(Path("none"), url, organization="Acme", environ={})


def administrator() -> psycopg.Connection:
    address = server.settings()
    return psycopg.connect(
        host=address["PGHOST"],
        port=int(address["PGPORT"]),
        user=server.USER,
        dbname="postgres",
        autocommit=True,
    )


@pytest.fixture
def database() -> str:
    """A database that nobody has used."""
    name = f"test_{uuid.uuid4().hex}"
    with administrator() as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return name


@pytest.fixture
def url(database: str) -> str:
    return postgresql_url(database=database)


@contextmanager
def cut(url: str) -> Iterator[tuple[Cutting, str]]:
    """The server at *url*, behind something that cuts."""
    port = server.settings()["PGPORT"]
    with between(int(port)) as (cutting, instead):
        yield cutting, url.replace(f":{port}/", f":{instead}/") + "?sslmode=disable"


def content(store: Store) -> bytes | None:
    stored = store.read()
    return stored.content if stored else None


def test_looking_makes_no_tables(url: str, database: str) -> None:
    store = opened(url)
    assert store.read() is None
    assert store.journal.read() is None
    assert store.holder() is None
    assert list(store.generations()) == []
    with psycopg.connect(f"{url}") as connection:
        found = connection.execute("SELECT to_regclass('ghstate_states')").fetchone()
    assert found == (None,)


def test_eight_who_make_the_tables_at_once_all_succeed(url: str) -> None:
    together = threading.Barrier(8)

    def work(number: int) -> None:
        together.wait(timeout=20)
        opened(f"{url}#{number}").write(b"%d" % number, replacing=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert [content(opened(f"{url}#{n}")) for n in range(8)] == [
        b"%d" % n for n in range(8)
    ]


def test_the_row_is_the_organizations_unless_the_address_says_otherwise(
    url: str,
) -> None:
    opened(url).write(b"acme", replacing=None)
    assert content(opened(f"{url}#ACME")) == b"acme"
    assert opened(f"{url}#another").read() is None
    assert opened(url).place == f"{url}#acme"


def test_organizations_in_one_database_do_not_wait_for_each_other(url: str) -> None:
    with (
        opened(f"{url}#one").lock(holder("one")) as one,
        opened(f"{url}#two").lock(holder("two")) as two,
    ):
        assert one.still_held()
        assert two.still_held()
        assert opened(f"{url}#one").holder() == holder("one")


@pytest.mark.parametrize("after", [b"COMMIT", b"UPDATE ghstate_states"])
@pytest.mark.parametrize("delivers", [True, False])
def test_a_writing_whose_connection_breaks_is_done_once(
    url: str, after: bytes, *, delivers: bool
) -> None:
    first = opened(url).write(b"one", replacing=None)
    with cut(url) as (cutting, behind):
        cutting.after, cutting.delivers = after, delivers
        second = opened(behind).write(b"two", replacing=first)
        assert cutting.cuts == 1
    stored = opened(url).read()
    assert stored is not None
    assert (stored.content, stored.revision) == (b"two", second)
    assert [
        opened(url).generation(each.name) for each in opened(url).generations()
    ] == [b"one"]


@pytest.mark.parametrize("delivers", [True, False])
def test_a_first_writing_whose_connection_breaks_is_done_once(
    url: str, *, delivers: bool
) -> None:
    opened(f"{url}#other").write(b"so that the tables are there", replacing=None)
    with cut(url) as (cutting, behind):
        cutting.after, cutting.delivers = b"COMMIT", delivers
        opened(behind).write(b"one", replacing=None)
        assert cutting.cuts == 1
    assert content(opened(url)) == b"one"
    with pytest.raises(StateConflict):
        opened(url).write(b"two", replacing=None)


@pytest.mark.parametrize("delivers", [True, False])
def test_every_step_of_a_journal_is_done_once_though_its_connection_breaks(
    url: str, *, delivers: bool
) -> None:
    opened(f"{url}#other").write(b"so that the tables are there", replacing=None)
    with cut(url) as (cutting, behind):
        journal = opened(behind).journal
        cutting.delivers = delivers
        cutting.after = b"COMMIT"
        journal.begin(b"began\n")
        for record in (b"doing\n", b"ended\n"):
            cutting.after = b"COMMIT"
            journal.append(record)
        assert opened(url).journal.read() == b"began\ndoing\nended\n"
        cutting.after = b"COMMIT"
        journal.end()
        assert cutting.cuts == 4
    assert opened(url).journal.read() is None


def test_a_connection_that_always_breaks_is_an_error_that_does_not_claim_to_know(
    url: str,
) -> None:
    first = opened(url).write(b"one", replacing=None)
    with cut(url) as (cutting, behind):
        cutting.delivers = False

        def again() -> None:
            while cutting.cuts < 3:
                cutting.after = b"UPDATE ghstate_states"
                time.sleep(0.01)

        helper = threading.Thread(target=again)
        helper.start()
        with pytest.raises(StateUnwritable) as caught:
            opened(behind).write(b"two", replacing=first)
        helper.join(timeout=20)
    assert "could not be written for certain: the connection broke" in str(caught.value)
    assert content(opened(url)) == b"one"


def test_a_lock_is_lost_with_its_connection_and_free_at_once(url: str) -> None:
    with cut(url) as (cutting, behind), opened(behind).lock(holder("b41c")) as lock:
        assert lock.still_held()
        cutting.after, cutting.delivers = b"pg_locks", False
        assert not lock.still_held()
        with opened(url).lock(holder("c52d"), timeout=20) as next_one:
            assert next_one.left_behind == holder("b41c")
            assert not lock.still_held()
    assert opened(url).holder() is None


def test_a_server_notices_within_a_minute_that_the_machine_of_a_holder_has_gone(
    url: str,
) -> None:
    with opened(url).lock(holder()) as lock:
        assert isinstance(lock, HeldPostgresqlLock)
        shown = [
            lock._connection.execute(f"SHOW tcp_keepalives_{what}".encode()).fetchone()
            for what in ("idle", "interval", "count")
        ]
    assert shown == [("20",), ("10",), ("3",)]


def test_a_server_that_forgets_writings_is_asked_not_to(url: str) -> None:
    """The one that the tests start is told to, in its configuration."""
    found: list[object] = []
    address = PostgresqlAddress(
        database=url.rpartition("/")[2],
        name="acme",
        user=server.USER,
        host=server.settings()["PGHOST"],
        port=int(server.settings()["PGPORT"]),
    )
    Database(address, environ={}).change(
        lambda it: found.append(it.execute("SHOW synchronous_commit").fetchone())
    )
    assert found == [("on",)]
    with psycopg.connect(url) as connection:
        plain = connection.execute("SHOW synchronous_commit").fetchone()
    assert plain == ("off",)


def test_who_may_not_end_a_session_is_told_who_may(url: str, database: str) -> None:
    opened(url).write(b"one", replacing=None)
    with psycopg.connect(url) as connection:
        connection.execute(f"GRANT ALL ON {TABLES} TO {server.STRANGER}".encode())
    stranger = opened(postgresql_url(server.STRANGER, database) + "#acme")
    assert content(stranger) == b"one"
    with opened(url).lock(holder("b41c")) as lock:
        with pytest.raises(StateError, match="may not end the session") as caught:
            stranger.break_lock("b41c")
        assert "pg_terminate_backend(" in caught.value.hint
        assert lock.still_held()
    with stranger.lock(holder("c52d")) as lock:
        assert lock.still_held()


def test_rights_that_lack_are_told(url: str, database: str) -> None:
    opened(url).write(b"one", replacing=None)
    stranger = opened(postgresql_url(server.STRANGER, database) + "#acme")
    with pytest.raises(StateUnreadable, match="this user may not do that") as caught:
        stranger.read()
    assert "docs/stores.md" in caught.value.hint
    empty = opened(postgresql_url(server.STRANGER) + "#acme")
    with pytest.raises(StateUnwritable, match="this user may not do that"):
        empty.write(b"one", replacing=None)


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (lambda url: url.replace("/test_", "/gone_"), "there is no such database"),
        (lambda url: url.replace("ghstate@", "nobody@"), "does not let this user in"),
        (lambda url: url + "?sslmode=require", "the server speaks no TLS"),
    ],
    ids=["database", "user", "tls"],
)
def test_what_cannot_begin_is_told_with_a_way_out(
    url: str, broken: Callable[[str], str], expected: str
) -> None:
    store = opened(broken(url))
    attempts: tuple[Callable[[], object], ...] = (
        store.read,
        lambda: store.write(b"one", replacing=None),
        lambda: store.lock(holder()).__enter__(),
        lambda: store.break_lock("b41c"),
        lambda: store.journal.begin(b"began\n"),
    )
    for attempt in attempts:
        with pytest.raises(StateError, match=expected) as caught:
            attempt()
        assert str(caught.value).startswith(f"{store.place}: ")
        assert caught.value.hint


WORDS: dict[type[psycopg.Error], str] = {
    errors.InvalidPassword: "the server does not let this user in (28P01)",
    errors.InvalidCatalogName: "there is no such database",
    errors.InsufficientPrivilege: "this user may not do that (42501)",
    errors.ReadOnlySqlTransaction: "the server takes no writes",
    errors.LockNotAvailable: "another connection keeps its row, and does not end",
    errors.QueryCanceled: "another connection keeps its row, and does not end",
    errors.DiskFull: "the server's disk is full",
    errors.DeadlockDetected: "the server says 40P01",
    errors.ConnectionFailure: "the connection broke, or there is none",
    psycopg.OperationalError: "the connection broke, or there is none",
}


@pytest.mark.parametrize("kind", WORDS)
def test_an_error_is_told_by_its_code_and_never_in_the_servers_words(
    kind: type[psycopg.Error],
) -> None:
    found = trouble(kind("c4n4ry"))
    assert found.cause.startswith(WORDS[kind])
    assert found.hint
    assert "c4n4ry" not in found.cause + found.hint


def test_a_certificate_that_is_not_accepted_is_told() -> None:
    said = psycopg.OperationalError("SSL error: certificate verify failed")
    assert trouble(said).cause == "the server's certificate is not accepted"


def test_a_note_that_cannot_be_read_is_nobodys(url: str) -> None:
    with opened(url).lock(holder("b41c")) as lock:
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE ghstate_locks SET holder = 'what?'")
        assert opened(url).holder() is None
        with pytest.raises(StateError, match="left no note"):
            opened(url).break_lock("b41c")
        assert lock.still_held()


def test_there_is_an_end_to_what_is_kept(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(url)
    store.journal.begin(b"began\n")
    monkeypatch.setattr("ghstate.store.postgresql_journal.LIMIT", 10)
    monkeypatch.setattr("ghstate.store.postgresql.LIMIT", 10)
    with pytest.raises(StateUnwritable, match="larger than"):
        store.journal.append(b"doing\n")
    with pytest.raises(StateUnwritable, match="larger than"):
        store.write(b"\0" * 11, replacing=None)
    assert store.journal.read() == b"began\n"


def test_a_server_that_is_not_there_is_told(url: str) -> None:
    port = server.settings()["PGPORT"]
    store = opened(url.replace(f":{port}/", f":{free_port()}/"))
    with pytest.raises(StateUnreadable, match="or there is none"):
        store.read()


def test_the_password_comes_from_the_environment_and_is_told_by_no_error(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgresql_url(database=database)) as connection:
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {server.GUEST}".encode())
    url = postgresql_url(server.GUEST, database)
    monkeypatch.setenv("PGPASSWORD", server.PASSWORD)
    opened(url).write(b"one", replacing=None)
    wrong = f"wrong-{server.PASSWORD}"
    monkeypatch.setenv("PGPASSWORD", wrong)
    for broken in (url, url + "?sslmode=require", url.replace("/test_", "/gone_")):
        with pytest.raises(StateError) as caught:
            opened(broken).write(b"two", replacing=None)
        told = "".join(traceback.format_exception(caught.value))
        assert server.PASSWORD not in told + caught.value.hint


@pytest.mark.parametrize(
    ("host", "environ", "expected"),
    [
        ("db.acme.example", {}, SslMode.REQUIRE),
        ("10.0.0.7", {}, SslMode.REQUIRE),
        (None, {"PGHOST": "db.acme.example"}, SslMode.REQUIRE),
        ("db.acme.example", {"PGSSLMODE": "verify-full"}, None),
        ("localhost", {}, None),
        ("127.0.0.1", {}, None),
        ("::1", {}, None),
        (None, {}, None),
        (None, {"PGHOST": "/var/run/postgresql"}, None),
    ],
)
def test_a_state_leaves_the_machine_encrypted_unless_somebody_says_otherwise(
    host: str | None, environ: dict[str, str], expected: SslMode | None
) -> None:
    address = PostgresqlAddress(database="db", name="acme", host=host)
    assert Database(address, environ=environ)._ssl_mode is expected
    told = PostgresqlAddress(
        database="db", name="acme", host=host, ssl_mode=SslMode.PREFER
    )
    assert Database(told, environ=environ)._ssl_mode is SslMode.PREFER


def test_d1_a_pooler_that_would_strand_the_lock_is_refused(url: str) -> None:
    direct = server.settings()["PGPORT"]
    with pooled() as port:
        store = opened(url.replace(f":{direct}/", f":{port}/") + "?sslmode=disable")
        with pytest.raises(StateError, match="there is a connection pooler") as caught:
            store.lock(holder()).__enter__()
        assert "PgBouncer" in caught.value.hint
        # What needs no session does not mind.
        revision = store.write(b"one", replacing=None)
        store.write(b"two", replacing=revision)
        store.journal.begin(b"began\n")
        assert content(store) == b"two"
    with opened(url).lock(holder()) as lock:
        assert lock.still_held()
