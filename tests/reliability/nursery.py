"""A process that runs commands of ghstate in children which are there at once.

Starting Python and importing ghstate costs more than an apply. Here it is done once;
each command then runs in a fork, which may die as it likes.
"""

from __future__ import annotations

import gc
import io
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from multiprocessing.reduction import recv_handle, send_handle
from pathlib import Path
from typing import Any, Self
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
TIME_LIMIT = 60
"""Seconds after which a child is ended by SIGALRM, whatever it is at."""

CRASHED = 70
"""The exit code of a child that an exception ended which ghstate let through."""

PATIENCE = 15.0

_NO_COVERAGE = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


@dataclass(frozen=True, slots=True)
class Job:
    """One command: ``ghstate ARGUMENTS`` in an environment of exactly *environ*."""

    arguments: Sequence[str]
    environ: Mapping[str, str]
    spool: Path
    """A directory of its own, for what it prints and finds."""

    hooks: Sequence[Any] = ()
    """Each is installed in the child: it has `install()`, or it is a `Hook`."""

    terminal: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended: *code* is negative for a signal."""

    code: int
    out: str
    err: str
    findings: list[Any]


@dataclass(slots=True)
class Child:
    """A command at work."""

    pid: int
    job: Job
    _nursery: Nursery
    _ended: Ended | None = None

    def end(self) -> Ended:
        """Wait for it."""
        if self._ended is None:
            code = self._nursery.ask(("wait", self.pid))
            spool = self.job.spool
            found = spool / "findings"
            self._ended = Ended(
                code,
                (spool / "out").read_text("utf-8", "replace"),
                (spool / "err").read_text("utf-8", "replace"),
                pickle.loads(found.read_bytes()) if found.exists() else [],  # noqa: S301 - our own
            )
        return self._ended

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def says(self, words: str) -> None:
        """Wait until it has said *words* on standard error."""
        said = self.job.spool / "err"
        end = time.monotonic() + PATIENCE
        while not (said.exists() and words in said.read_text("utf-8", "replace")):
            if time.monotonic() > end:
                raise AssertionError(f"it never said {words!r}: {self.end().err}")
            time.sleep(0.005)


@dataclass(slots=True)
class Nursery:
    """The near end of the process, from `with` to the end of its block."""

    _connection: Connection = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)

    def __enter__(self) -> Self:
        self._connection, theirs = Pipe()
        environ = {k: v for k, v in os.environ.items() if k not in _NO_COVERAGE}
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            cwd=ROOT,
            env=environ | {"PYTHONPATH": str(ROOT)},
            pass_fds=(theirs.fileno(),),
        )
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.wait(30)

    def start(self, job: Job) -> Child:
        return Child(self.ask(("start", job)), job, self)

    def run(self, job: Job) -> Ended:
        return self.start(job).end()

    def lend(self, descriptor: int) -> int:
        """Have the children have our file *descriptor*, under the number returned."""
        self._connection.send(("lend", None))
        send_handle(self._connection, descriptor, self._process.pid)
        return int(self._connection.recv())

    def give_back(self, lent: int) -> None:
        self.ask(("close", lent))

    def ask(self, message: tuple[str, Any]) -> int:
        self._connection.send(message)
        if not self._connection.poll(2 * TIME_LIMIT):
            raise TimeoutError(f"the nursery does not answer to {message[0]}")
        return int(self._connection.recv())


# The far end ----------------------------------------------------------------------


def _serve(connection: Connection) -> None:
    while True:
        try:
            what, told = connection.recv()
        except EOFError:
            return
        if what == "wait":
            _, status = os.waitpid(told, 0)
            connection.send(os.waitstatus_to_exitcode(status))
        elif what == "lend":
            connection.send(recv_handle(connection))
        elif what == "close":
            os.close(told)
            connection.send(0)
        else:
            pid = os.fork()
            if pid == 0:
                _live(told, connection)
            connection.send(pid)


def _live(job: Job, connection: Connection) -> None:
    """Be the child, to its end."""
    code = CRASHED
    try:
        connection.close()
        signal.alarm(TIME_LIMIT)
        _take_places(job)
        os.environ.clear()
        os.environ.update(job.environ)
        installed = [each for each in job.hooks if _install(each)]
        from ghstate.cli.app import run  # noqa: PLC0415 - loaded by the parent

        code = run(job.arguments)
        sys.stdout.flush()
        found = [each.findings for each in installed]
        (job.spool / "findings").write_bytes(pickle.dumps(found))
    except BaseException:  # noqa: BLE001 - whatever it was is the finding
        traceback.print_exc()
    finally:
        os._exit(code)


def _install(hook: Any) -> bool:
    from tests.reliability.hooks import install  # noqa: PLC0415 - as above

    if hasattr(hook, "install"):
        hook.install()
    else:
        install(hook)
    return True


def _take_places(job: Job) -> None:
    standard_in = os.open(os.devnull, os.O_RDONLY)
    os.dup2(standard_in if job.terminal is None else job.terminal, 0)
    for number, name in ((1, "out"), (2, "err")):
        opened = os.open(
            job.spool / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600
        )
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = io.TextIOWrapper(open(0, "rb", closefd=False))  # noqa: SIM115 - descriptor 0
    sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), "utf-8")  # noqa: SIM115 - descriptor 1
    sys.stderr = io.TextIOWrapper(  # and 2
        open(2, "wb", closefd=False),  # noqa: SIM115 - a descriptor
        "utf-8",
        line_buffering=True,
    )


def _warm_up() -> None:
    """Have everything there that a command needs, before the first fork."""
    import tempfile  # noqa: PLC0415 - only here

    import typer.main  # noqa: PLC0415 - only the far end is in a hurry

    from ghstate.cli import app  # noqa: PLC0415 - as above
    from tests.reliability import hooks  # noqa: F401, PLC0415 - for the children

    command = typer.main.get_command(app.app)
    patch.object(typer.main, "get_command", lambda _: command).start()
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory)
        (project / "ghstate.toml").write_text('[github]\norganization = "acme"\n')
        (project / "all.toml").write_text(
            '[members]\nada = "admin"\n[teams.a]\nmembers = ["ada"]\n'
        )
        before = dict(os.environ)
        # Nobody listens on the port that is called "discard".
        os.environ.update(GITHUB_API_URL="http://127.0.0.1:9", GHSTATE_TOKEN="none")
        sink = io.StringIO()
        places = sys.stdout, sys.stderr
        sys.stdout = sys.stderr = sink
        for arguments in (["refresh"], ["plan"], ["apply", "--auto-approve"]):
            app.run(["-C", directory, *arguments])
        sys.stdout, sys.stderr = places
        os.environ.clear()
        os.environ.update(before)
        assert "cannot reach" in sink.getvalue(), sink.getvalue()
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _warm_up()
    _serve(Connection(int(sys.argv[1])))
