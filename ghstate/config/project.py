"""A project: its settings, what its files ask for, and where they say so."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property
from pathlib import Path

import msgspec

from ghstate.config.desired import Guards, read_desired
from ghstate.config.discover import (
    LOCK_FILE,
    SETTINGS_FILE,
    Budget,
    Found,
    discover,
    led_out,
    read,
    real_path,
)
from ghstate.config.limits import MAX_LOCK, MAX_LOCK_MARKS, marks
from ghstate.config.lockfile import read_lock
from ghstate.config.merge import merge
from ghstate.config.parse import parse
from ghstate.config.places import Places
from ghstate.config.settings import EVERY_FILE, Settings, read_settings
from ghstate.config.source import Document, Place, SourceFile
from ghstate.config.table import Findings
from ghstate.errors import FilesError, Problem, UsageError
from ghstate.model.address import Address
from ghstate.model.complaint import Part
from ghstate.model.locked import Locked
from ghstate.model.note import Note
from ghstate.model.organization import Desired
from ghstate.model.resource import KeyPath
from ghstate.rules.sets import NO_SETS, Sets
from ghstate.rules.ways import Ways

_ABOUT_A_NAME = frozenset(
    {
        "unknown-login",
        "unresolved-login",
        "identity-changed",
        "account-gone",
        "renamed",
        "suspended",
    }
)
"""Notes that ask for another name, or for none: in a group, if that has the name."""

_WRITE_ANEW = "where it cannot be mended, remove the file and run ghstate lock"


class Project(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A project whose files are in order."""

    root: Path
    settings: Settings
    desired: Desired
    """What the files ask for on the day."""

    written: Desired = Desired()
    """What they ask for whatever the dates in them, and whoever never gets anything."""

    sets: Sets = NO_SETS
    """The lines that both come from, and the sets in them."""

    warnings: tuple[Note, ...] = ()
    files: tuple[SourceFile, ...] = ()
    """The files that describe the organization, by name; the settings are not one."""

    locked: Locked | None = None
    """What the lock file says, if there is one."""

    places: Places
    settings_places: Places = Places(())

    @property
    def state_path(self) -> Path:
        return self.root / self.settings.state_path

    @property
    def lock_path(self) -> Path:
        return self.root / LOCK_FILE

    def locate(self, path: KeyPath, part: Part = Part.KEY) -> Place | None:
        """Where the files or the settings write *path*, or else the nearest table."""
        written = self.places, self.settings_places
        places = next((each for each in written if each.hold(path)), self.places)
        return places.of(path, part)

    def place_of(self, address: Address) -> Place | None:
        """Where the files speak of *address*, if they do."""
        path = (
            self.desired.path(address)
            or self.written.path(address)
            or self.desired.path_in_groups(address)
        )
        return None if path is None else self.locate(path)

    def place_of_note(self, note: Note) -> Place | None:
        """The line that *note* is about, if the files have one."""
        if note.path:
            return self.locate(note.path)
        if note.address is None:
            return None
        if note.code in _ABOUT_A_NAME and (path := self._named_at(note.address)):
            return self.locate(path)
        return self.place_of(note.address)

    def _named_at(self, address: Address) -> KeyPath | None:
        """Where the name of the person is written to whom *address* belongs."""
        ways = self._ways.to(address)
        return ways[0].steps[-1].path if ways else None

    @cached_property
    def _ways(self) -> Ways:
        return Ways(self.sets, None)


def find_project(start: Path) -> Path:
    """The directory with ``ghstate.toml``: *start*, or the nearest one above it.

    Raises `UsageError`.
    """
    here = start.resolve()
    for directory in (here, *here.parents):
        if _has_settings(directory):
            return directory
    raise UsageError(
        f"there is no {SETTINGS_FILE} in {start} or above it",
        hint="ghstate init ORGANIZATION begins a project",
    )


def _has_settings(directory: Path) -> bool:
    try:
        return (directory / SETTINGS_FILE).is_file()
    except PermissionError:
        return False


def load(directory: Path, *, today: date | None = None) -> Project:
    """Read the project in *directory*; `FilesError` tells everything wrong in it.

    Without *today*, everything counts whatever its dates.
    """
    with _uncollected():
        return _load(directory.resolve(), today)


def load_settings(directory: Path) -> Project:
    """The project in *directory* as if no file asked for anything.

    For what must work although a file is not in order. `FilesError` for the settings;
    a lock file that cannot be read is left out.
    """
    root = directory.resolve()
    problems: list[Problem] = []
    settings, *_ = _settings(root, problems)
    if problems:
        raise FilesError(_each_once(problems))
    locked = _locked(root, problems)
    return Project(
        root=root,
        settings=settings,
        desired=Desired(),
        locked=None if problems else locked,
        places=Places(()),
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let nothing look for garbage: there is none among a hundred thousand new values.

    Looking for it again and again took 40 % of the time for 50,000 people.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _load(root: Path, today: date | None) -> Project:
    problems: list[Problem] = []
    settings, globs, document = _settings(root, problems)
    locked = _locked(root, problems)
    before = len(problems)
    documents = _documents(root, globs, problems)
    complete = len(problems) == before
    whole, twice = merge(documents)
    problems += twice
    findings = Findings()
    in_settings = Places((document,) if document else ())
    guards = Guards(
        settings.never,
        settings.warn_before,
        policy=settings.policy,
        place_of=lambda path: in_settings.of(path, Part.VALUE),
    )
    reading = read_desired(
        whole,
        teams_all=settings.teams_all,
        findings=findings,
        complete=complete,
        today=today,
        guards=guards,
    )
    if document is not None:
        problems += in_settings.problems(guards.findings.found)
    places = Places(documents)
    problems += places.problems(findings.found)
    problems += _not_told(findings, SETTINGS_FILE)
    if problems:
        raise FilesError(_each_once(problems))
    return Project(
        root=root,
        settings=settings,
        desired=reading.desired,
        written=reading.written,
        sets=reading.sets,
        warnings=reading.warnings,
        files=tuple(document.source for document in documents),
        locked=locked,
        places=places,
        settings_places=Places((document,) if document else ()),
    )


def _settings(
    root: Path, problems: list[Problem]
) -> tuple[Settings, Sequence[str], Document | None]:
    """The settings, and the globs to read on with, even if they are not in order.

    With the document that says so, if there is one.
    """
    real = real_path(root / SETTINGS_FILE)
    if not real.is_relative_to(root):
        problems.append(led_out(SETTINGS_FILE))
        return Settings(organization=""), (), None
    content = read(Found(SETTINGS_FILE, real))
    if isinstance(content, Problem):
        problems.append(content)
        return Settings(organization=""), (), None
    document = parse(SETTINGS_FILE, content)
    if isinstance(document, Problem):
        problems.append(document)
        # Which files are meant cannot be known, unless it is all of them.
        globs = () if b"files" in content else EVERY_FILE
        return Settings(organization=""), globs, None
    findings = Findings()
    settings = read_settings(document.data, findings)
    problems += Places((document,)).problems(findings.found)
    problems += _not_told(findings, SETTINGS_FILE)
    if not real_path(root / settings.state_path).is_relative_to(root):
        place = document.place(("state", "path"), Part.VALUE)
        problems.append(place.problem("the state is kept outside the project"))
    return settings, settings.files, document


def _locked(root: Path, problems: list[Problem]) -> Locked | None:
    """What the lock file says; before the other files, so that few are held at once."""
    path = root / LOCK_FILE
    if not os.path.lexists(path):
        return None
    real = real_path(path)
    if not real.is_relative_to(root):
        problems.append(led_out(LOCK_FILE))
        return None
    content = read(Found(LOCK_FILE, real), MAX_LOCK)
    if isinstance(content, Problem):
        problems.append(content)
        return None
    if marks(content) > MAX_LOCK_MARKS:
        many = f"this file has more than {MAX_LOCK_MARKS:,} keys and items"
        problems.append(Place(LOCK_FILE, 1, 1).problem(many))
        return None
    document = parse(LOCK_FILE, content)
    if isinstance(document, Problem):
        problems.append(document._replace(hint=_WRITE_ANEW))
        return None
    findings = Findings()
    locked = read_lock(document.data, findings)
    problems += Places((document,)).problems(findings.found)
    problems += _not_told(findings, LOCK_FILE)
    return locked


def _documents(
    root: Path, globs: Sequence[str], problems: list[Problem]
) -> list[Document]:
    contents: list[tuple[str, bytes]] = []
    budget = Budget()
    for entry in discover(root, globs):
        if isinstance(entry, Problem):
            problems.append(entry)
            continue
        content = read(entry)
        if isinstance(content, Problem):
            problems.append(content)
        elif too_much := budget.take(entry.name, content):
            problems.append(too_much)
            return []
        else:
            contents.append((entry.name, content))
    parsed = [parse(name, content) for name, content in contents]
    problems += [found for found in parsed if isinstance(found, Problem)]
    return [found for found in parsed if isinstance(found, Document)]


def _not_told(findings: Findings, file: str) -> list[Problem]:
    if not findings.more:
        return []
    message = f"{findings.more:,} more problems are not shown"
    return [Place(file, 1, 1).problem(message)]


def _each_once(problems: Sequence[Problem]) -> list[Problem]:
    return list(dict.fromkeys(problems))
