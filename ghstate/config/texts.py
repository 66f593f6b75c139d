"""The files of a project as texts: valid TOML, whatever it says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from ghstate.config.discover import (
    SETTINGS_FILE,
    Budget,
    Found,
    discover,
    led_out,
    read,
    real_path,
)
from ghstate.config.parse import parse
from ghstate.config.places import Places
from ghstate.config.settings import read_settings
from ghstate.config.source import Document
from ghstate.config.table import Findings
from ghstate.errors import FilesError, Problem


class TextFile(msgspec.Struct, frozen=True):
    """A file of the project: *real* is where it is, free of symbolic links."""

    real: Path
    content: bytes
    document: Document

    @property
    def name(self) -> str:
        return self.document.source.name

    @property
    def is_settings(self) -> bool:
        return self.name == SETTINGS_FILE


def read_texts(directory: Path) -> list[TextFile]:
    """The settings of the project in *directory*, and the files they name.

    Raises `FilesError` for everything that is no TOML or cannot be read. What the
    files say need not make sense, except for ``[project]``.
    """
    root = directory.resolve()
    settings = _settings(root)
    if isinstance(settings, Problem):
        raise FilesError([settings])
    files: list[TextFile] = [settings]
    problems: list[Problem] = []
    budget = Budget()
    for entry in discover(root, _globs(settings.document)):
        if isinstance(entry, Found) and entry.real == settings.real:
            continue
        file = entry if isinstance(entry, Problem) else _read(entry)
        if isinstance(file, Problem):
            problems.append(file)
        elif too_much := budget.take(file.name, file.content):
            raise FilesError([*problems, too_much])
        else:
            files.append(file)
    if problems:
        raise FilesError(problems)
    return files


def _settings(root: Path) -> TextFile | Problem:
    real = real_path(root / SETTINGS_FILE)
    if not real.is_relative_to(root):
        return led_out(SETTINGS_FILE)
    return _read(Found(SETTINGS_FILE, real))


def _read(found: Found) -> TextFile | Problem:
    content = read(found)
    if isinstance(content, Problem):
        return content
    document = parse(found.name, content)
    if isinstance(document, Problem):
        return document
    return TextFile(found.real, content, document)


def _globs(settings: Document) -> Sequence[str]:
    findings = Findings()
    globs = read_settings(settings.data, findings).files
    wrong = [each for each in findings.found if each.complaint.path[:1] == ("project",)]
    if wrong:
        raise FilesError(Places((settings,)).problems(wrong))
    return globs
