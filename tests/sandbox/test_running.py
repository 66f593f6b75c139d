import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.sandbox.talk import get

ROOT = Path(__file__).parents[2]
FOREGROUND = """
from ghstate.sandbox.running import serve_forever
from ghstate.sandbox.world import World
serve_forever(World("acme"), announce=lambda url: print(url, flush=True))
print("done")
"""


def test_many_run_one_after_another() -> None:
    for number in range(10):
        with Sandbox(World(f"org-{number}")) as sandbox:
            assert get(sandbox, f"/orgs/org-{number}").status == 200


def test_several_run_at_once() -> None:
    with Sandbox(World("one")) as one, Sandbox(World("two")) as two:
        assert one.url != two.url
        assert get(one, "/orgs/one").status == 200
        assert get(two, "/orgs/one").status == 404


def test_nobody_listens_afterwards() -> None:
    with Sandbox(World("acme")) as sandbox:
        url = sandbox.url
    port = int(url.rpartition(":")[2])

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_in_use_is_said_at_once() -> None:
    with Sandbox(World("acme")) as running:
        port = int(running.url.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            Sandbox(World("acme"), port=port).__enter__()


def test_it_starts_in_a_moment() -> None:
    before = time.perf_counter()

    with Sandbox(World("acme")):
        took = time.perf_counter() - before

    assert took < 1


def test_a_mistake_of_the_sandbox_itself_does_not_pass_unseen() -> None:
    def break_down(world: World) -> None:
        raise ZeroDivisionError

    def crash() -> None:
        with Sandbox(World("acme")) as sandbox:
            sandbox.conditions.script(Fault(Meanwhile(break_down)))
            assert get(sandbox, "/user").status == 500

    with pytest.raises(ZeroDivisionError):
        crash()


def test_it_can_be_imported_without_a_web_server() -> None:
    code = "import sys, ghstate.sandbox; sys.exit('aiohttp' in sys.modules)"

    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", code], cwd=ROOT, timeout=20, check=False
    )

    assert done.returncode == 0


@pytest.mark.parametrize("wanted", [signal.SIGINT, signal.SIGTERM])
def test_in_the_foreground_it_serves_until_it_is_told_to_stop(
    wanted: signal.Signals,
) -> None:
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-W", "error", "-c", FOREGROUND],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        announced = process.stdout.readline()
        process.send_signal(wanted)
        rest, complaints = process.communicate(timeout=20)

    assert announced.startswith("http://127.0.0.1:")
    assert (process.returncode, rest, complaints) == (0, "done\n", "")
