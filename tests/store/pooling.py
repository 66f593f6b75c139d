"""PgBouncer from the distribution's packages, in transaction mode."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from tests.store import postgresql_server
from tests.store.serving import do_without, free_port, logged, wait_for

_CONFIGURATION = """\
[databases]
* = host={host} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {directory}/users
pool_mode = transaction
logfile = {directory}/log
"""


@contextmanager
def pooled() -> Iterator[int]:
    """The port of a pooler that gives a session to whoever comes next."""
    server = postgresql_server.settings()
    if which("pgbouncer") is None:
        do_without("no PgBouncer here: apt-get install pgbouncer")
    directory = Path(tempfile.mkdtemp(prefix="ghstate-test-"))
    configuration, port = directory / "pgbouncer.ini", free_port()
    configuration.write_text(
        _CONFIGURATION.format(
            host=server["PGHOST"],
            server_port=server["PGPORT"],
            port=port,
            directory=directory,
        ),
        "utf-8",
    )
    (directory / "users").write_text(f'"{postgresql_server.USER}" ""\n', "utf-8")
    somebody = postgresql_server.as_somebody(directory)
    with logged(directory / "out") as where:
        process = subprocess.Popen(  # noqa: S603 - a server of the distribution
            [*somebody, "pgbouncer", f"{configuration}"], cwd=directory, **where
        )
    try:
        wait_for(port, process, directory / "out")
        yield port
    finally:
        process.kill()
        process.wait(timeout=20)
        shutil.rmtree(directory, ignore_errors=True)
