"""What every command works with: the project, its store, and where to print."""

from __future__ import annotations

import getpass
import os
import platform
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO

import msgspec
from rich.text import Text

from ghstate.config.project import Project, find_project, load, load_settings
from ghstate.config.source import Place
from ghstate.engine.generations import kept
from ghstate.engine.memory import Memory
from ghstate.errors import GhstateError, StateError
from ghstate.model.note import Note
from ghstate.ports import Holder, Lock, Store
from ghstate.report import problems
from ghstate.report.console import Color, console, show
from ghstate.report.safe import safe
from ghstate.report.words import plural
from ghstate.store.opening import open_store

WITHIN_THE_SECOND = timedelta(seconds=1) - timedelta.resolution
"""GitHub tells its time in whole seconds: so much later it may have been. Without it,
three days after an invitation might count as two."""


def utc_now() -> datetime:
    return datetime.now(UTC)


def new_id() -> str:
    return str(uuid.uuid4())


class Outside(msgspec.Struct, frozen=True):
    """The world as a command meets it; tests bring another."""

    environ: Mapping[str, str] = msgspec.field(default_factory=lambda: os.environ)
    out: TextIO = msgspec.field(default_factory=lambda: sys.stdout)
    err: TextIO = msgspec.field(default_factory=lambda: sys.stderr)
    now: Callable[[], datetime] = utc_now


class Printer(msgspec.Struct):
    """Standard output for the document asked for, standard error for the rest."""

    color: Color
    outside: Outside = msgspec.field(default_factory=Outside)

    def document(self, text: Text) -> None:
        outside = self.outside
        show(text, console(self.color, outside.out, outside.environ))

    def text(self, text: str) -> None:
        """A document that is neither coloured nor escaped: TOML, or JSON."""
        self.outside.out.write(text)
        self.outside.out.flush()

    def aside(self, text: str | Text) -> None:
        """A remark on standard error; foreign words are made harmless."""
        outside = self.outside
        words = text if isinstance(text, Text) else Text(safe(text))
        show(words.append("\n"), console(self.color, outside.err, outside.environ))

    def warning(self, text: str, hint: str = "") -> None:
        words = Text().append(f"warning: {safe(text)}", "yellow")
        if hint:
            words.append(f"\n  {safe(hint)}")
        self.aside(words)

    def error(self, error: GhstateError) -> None:
        outside = self.outside
        text = problems.to_text(error)
        show(text, console(self.color, outside.err, outside.environ))


class Workspace(msgspec.Struct):
    """A project that is in order, and the store of its state."""

    project: Project
    store: Store
    printer: Printer

    @classmethod
    def open(
        cls, directory: Path, printer: Printer, *, settings_only: bool = False
    ) -> Workspace:
        """The project in *directory*; its warnings go to standard error at once."""
        where = find_project(directory)
        project = (
            load_settings(where)
            if settings_only
            else load(where, today=_day(printer.outside.now()))
        )
        settings = project.settings
        store = open_store(
            project.state_path,
            settings.state_url,
            organization=settings.organization,
            environ=printer.outside.environ,
        )
        workspace = cls(project, store, printer)
        for warning in project.warnings:
            workspace.remark(warning)
        return workspace

    @property
    def now(self) -> datetime:
        return self.printer.outside.now()

    def now_after(self, read: datetime | None) -> datetime:
        """The time for reports: never before GitHub was *read*, by GitHub's time.

        The local clock may be behind, and that of a sandbox may be ahead.
        """
        now = self.now
        return now if read is None or read <= now else read + WITHIN_THE_SECOND

    @property
    def today(self) -> date:
        """The day that counts for what ends and begins in the files."""
        return _day(self.now)

    def on(self, day: date) -> Workspace:
        """The same, with the files as they count on another day."""
        project = load(self.project.root, today=day)
        return Workspace(project, self.store, self.printer)

    def memory(self, lock: Lock | None = None) -> Memory:
        """The state as it is kept, with what the lock file knows besides.

        Without *lock* it is only looked at. `StateError` where a state was lost, and
        would be begun anew.
        """
        memory = self._memory(lock)
        if lock is not None and not memory.exists and (left := self.left_behind()):
            raise lost(self.store.place, left)
        return memory

    def left_behind(self) -> int:
        """How many whole generations there are although the state itself is gone."""
        if self.store.read() is not None:
            return 0
        return sum(1 for each in kept(self.store) if each.state is not None)

    def _memory(self, lock: Lock | None) -> Memory:
        return Memory(
            self.store,
            new_id=new_id,
            lock=lock,
            locked=self.project.locked,
            who=_who(),
        )

    def place_of(self, note: Note) -> Place | None:
        return self.project.place_of_note(note)

    def remark(self, note: Note) -> None:
        place = self.place_of(note)
        where = f"{place.file}:{place.line}:{place.column}: " if place else ""
        self.printer.warning(where + note.summary, note.hint)

    def holder(self, operation: str) -> Holder:
        return Holder(
            id=uuid.uuid4().hex[:12],
            operation=operation,
            who=_who(),
            pid=os.getpid(),
            since=self.now,
        )


def lost(place: str, generations: int) -> StateError:
    """The state is gone, and what came before it is not."""
    there = plural(generations, "generation of it is", "generations of it are")
    return StateError(
        f"{place}: the state is gone, and {there} there",
        hint="`ghstate state restore` brings back what GitHub does not show; "
        "the next read brings the rest up to date",
    )


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def _who() -> str:
    return f"{_user()}@{platform.node()}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
