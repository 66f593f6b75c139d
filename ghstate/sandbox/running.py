"""A sandbox that runs: in the background for tests, in the foreground for people."""

import asyncio
import signal
from collections.abc import Callable
from threading import Event, Thread
from types import TracebackType
from typing import Self

from aiohttp import web

from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.history import History
from ghstate.sandbox.server import GitHub, serving
from ghstate.sandbox.viewers import Token
from ghstate.sandbox.world import World

LOOPBACK = "127.0.0.1"
PATIENCE = 10.0


async def _listen(github: GitHub, port: int) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(
        serving(github), access_log=None, handle_signals=False, shutdown_timeout=0.1
    )
    await runner.setup()
    await web.TCPSite(runner, LOOPBACK, port).start()
    return runner, int(runner.addresses[0][1])


class Sandbox:
    """A GitHub on a port of this machine, from `with` to the end of its block.

    It runs in a thread of its own. Change `world` and `conditions` between requests;
    to have something happen between two of them, script a `Meanwhile`.
    """

    def __init__(
        self, world: World, conditions: Conditions | None = None, port: int = 0
    ) -> None:
        self.world = world
        self.conditions = Conditions() if conditions is None else conditions
        self._github = GitHub(world, self.conditions)
        self.tokens: dict[str, Token] = self._github.tokens
        self._port = port
        self._listening = Event()
        self._stop: Callable[[], object] | None = None
        self._broken: BaseException | None = None
        self._thread = Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def history(self) -> History:
        return self._github.history

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait(PATIENCE)
        if self._broken is not None:
            self._thread.join(PATIENCE)
            raise self._broken
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._stop is not None:
            self._stop()
        self._thread.join(PATIENCE)
        if error is None and self._github.crashes:
            raise self._github.crashes[0]

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except OSError as error:
            self._broken = error
        finally:
            self._listening.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        runner, self._port = await _listen(self._github, self._port)
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        self._listening.set()
        try:
            await stopped.wait()
        finally:
            await runner.cleanup()


def serve_forever(
    world: World,
    conditions: Conditions | None = None,
    port: int = 0,
    announce: Callable[[str], None] = print,
) -> None:
    """Serve until SIGINT or SIGTERM; *announce* gets the address once it is there."""
    github = GitHub(world, Conditions() if conditions is None else conditions)

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        stopped = asyncio.Event()
        for wanted in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(wanted, stopped.set)
        runner, bound = await _listen(github, port)
        try:
            announce(f"http://{LOOPBACK}:{bound}")
            await stopped.wait()
        finally:
            await runner.cleanup()

    asyncio.run(serve())
