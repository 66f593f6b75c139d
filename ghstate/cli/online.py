"""Commands that talk to GitHub: signing in, reading, and telling what it cost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec

from ghstate.cli.interrupting import run, signals
from ghstate.cli.listening import Listening
from ghstate.cli.workspace import Workspace
from ghstate.config.project import Project
from ghstate.github.endpoint import endpoint, sign_in
from ghstate.github.organization import GitHubOrganization
from ghstate.github.pace import Clock
from ghstate.github.session import Session
from ghstate.report.words import plural

__all__ = ["Online", "run", "signed_in"]

WRITE_PAUSE = timedelta(seconds=1)
"""What GitHub asks for between two writes."""


class Online(msgspec.Struct):
    """A conversation with GitHub, and what it has cost so far."""

    github: GitHubOrganization
    session: Session
    listening: Listening
    began: float

    @property
    def cost(self) -> str:
        requests = plural(self.session.requests, "request", "requests")
        points = plural(self.session.points, "point", "points")
        seconds = time.monotonic() - self.began
        return f"{requests} and {points}, in {seconds:.1f} s"


@asynccontextmanager
async def signed_in(workspace: Workspace, max_wait: timedelta) -> AsyncIterator[Online]:
    """Sign in with what the environment has, where the settings say GitHub is."""
    settings = workspace.project.settings
    environ = workspace.printer.outside.environ
    there = endpoint(settings.api_url, environ)
    pause = _write_pause(workspace.project, loopback=there.is_loopback)
    listening = Listening(workspace.printer, settings.organization)
    clock = Clock(interrupted=signals().noted)
    try:
        async with Session.open(
            settings.organization,
            there,
            sign_in(environ),
            pause=pause.total_seconds(),
            max_wait=max_wait.total_seconds(),
            listener=listening,
            clock=clock,
        ) as session:
            settle = max(0.05, min(1.0, pause.total_seconds()))
            github = GitHubOrganization(
                session, clock, lambda: workspace.now, settle=settle
            )
            yield Online(github, session, listening, time.monotonic())
    finally:
        listening.finished()


def _write_pause(project: Project, *, loopback: bool) -> timedelta:
    """The pause between writes: what the files say, or what GitHub asks for.

    A server on this machine is a sandbox, which asks for nothing.
    """
    if project.settings.write_pause is not None:
        return project.settings.write_pause
    return timedelta(0) if loopback else WRITE_PAUSE
