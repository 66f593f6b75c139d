"""A PostgreSQL server from the distribution's packages, for as long as it is wanted.

``python -m tests.store.postgresql_server`` says on standard output how to reach it,
and ends when its standard input does. PostgreSQL refuses to run as root: then it
runs as nobody.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.store.serving import (
    Missing,
    environment_of,
    free_port,
    logged,
    run,
    serve,
    wait_for,
)

USER = "ghstate"
STRANGER = "stranger"
"""May connect, and may do nothing else."""

GUEST = "guest"
"""Has to give the password `PASSWORD`."""

PASSWORD = "c4n4ry-password"


def settings() -> Mapping[str, str]:
    """PGHOST and PGPORT of the server; the test is skipped where there is none."""
    return environment_of("tests.store.postgresql_server", "GHSTATE_TEST_POSTGRESQL")


def start(
    directory: Path, processes: list[subprocess.Popen[bytes]]
) -> Mapping[str, str]:
    binaries = _binaries()
    somebody = as_somebody(directory)
    data, port, log = directory / "data", free_port(), directory / "log"
    initdb = (f"{binaries}/initdb", "-D", f"{data}", "-U", USER, "-A", "trust")
    run([*somebody, *initdb, "-E", "UTF8", "--locale=C", "--no-sync"], cwd=directory)
    hba = data / "pg_hba.conf"
    rules = f"host all {GUEST} 127.0.0.1/32 scram-sha-256\n" + hba.read_text("utf-8")
    hba.write_text(rules, "utf-8")
    options = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": directory,
        "fsync": "off",
        "max_connections": 200,
        # So that a connection has to ask for safe commits by itself.
        "synchronous_commit": "off",
    }
    given = [word for key, what in options.items() for word in ("-c", f"{key}={what}")]
    with logged(log) as where:
        server = subprocess.Popen(  # noqa: S603 - a server of the distribution
            [*somebody, f"{binaries}/postgres", "-D", f"{data}", *given],
            cwd=directory,
            **where,
        )
    processes.append(server)
    wait_for(port, server, log)
    address = {"PGHOST": "127.0.0.1", "PGPORT": f"{port}"}
    _wait_until_ready(binaries, os.environ | address)
    psql = [f"{binaries}/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", USER]
    create = (
        f"CREATE ROLE {STRANGER} LOGIN; CREATE ROLE {GUEST} LOGIN PASSWORD '{PASSWORD}'"
    )
    run([*psql, "-d", "postgres", "-c", create], env=os.environ | address)
    return address


def _wait_until_ready(binaries: Path, environ: Mapping[str, str]) -> None:
    """The port is open before the server takes anybody in: "starting up"."""
    for _ in range(600):
        done = subprocess.run(  # noqa: S603 - a tool of the distribution
            [f"{binaries}/pg_isready", "-q", "-U", USER],
            env=environ,
            timeout=90,
            check=False,
        )
        if done.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("the server never came to take anybody in")


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise Missing("no PostgreSQL server here: apt-get install postgresql")
    return found[-1].parent


def as_somebody(directory: Path) -> list[str]:
    """What to put before a command that refuses to run as root."""
    if os.geteuid() != 0:
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    ids = f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}"
    return ["setpriv", *ids, "--clear-groups"]


if __name__ == "__main__":
    serve(start)
