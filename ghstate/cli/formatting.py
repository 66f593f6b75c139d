"""`fmt`: the files in order, with people under the logins that they have now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ghstate.cli.exits import Exit
from ghstate.cli.replacing import Replacement, replace_files
from ghstate.cli.workspace import Printer, Workspace
from ghstate.config.discover import Budget
from ghstate.config.format import formatted
from ghstate.config.parse import parse
from ghstate.config.project import find_project
from ghstate.config.rewrite import (
    NewNames,
    Rewritten,
    renames,
    renames_of,
    rewrite_people,
    rewrite_settings,
)
from ghstate.config.source import Document
from ghstate.config.texts import TextFile, read_texts
from ghstate.errors import FilesError, Problem, StateError
from ghstate.model.names import Login
from ghstate.model.note import Note
from ghstate.model.organization import Snapshot
from ghstate.plan.identity import Known
from ghstate.report.difference import difference
from ghstate.report.safe import safe
from ghstate.report.words import plural
from ghstate.statefile import State


class FmtOptions(msgspec.Struct, frozen=True, kw_only=True):
    check: bool = False
    """Write nothing; only tell which files would change."""

    diff: bool = False
    """Write nothing; show what would change."""

    renames: bool = False


class _NewLogins(msgspec.Struct, frozen=True, kw_only=True):
    """New logins by where the former ones stand."""

    files: NewNames = msgspec.field(default_factory=dict)
    protected: NewNames = msgspec.field(default_factory=dict)
    ignored: NewNames = msgspec.field(default_factory=dict)
    never: NewNames = msgspec.field(default_factory=dict)

    def written_into(self, file: TextFile) -> Rewritten:
        text = file.document.source.text
        if file.is_settings:
            return rewrite_settings(text, self.protected, self.ignored, self.never)
        return rewrite_people(text, self.files)


class _Renamed(msgspec.Struct, frozen=True):
    """Somebody's former login in a file, and how often it stood there."""

    file: str
    old: Login
    new: Login
    times: int


def run_fmt(directory: Path, options: FmtOptions, printer: Printer) -> Exit:
    """Format the files of the project around *directory*, all of them or none."""
    root = find_project(directory)
    files = read_texts(root)
    logins = _new_logins(root, printer) if options.renames else _NewLogins()
    after, renamed = _all_formatted(files, logins)
    changed = [
        Replacement(file.name, file.real, file.content, content)
        for file, content in zip(files, after, strict=True)
        if content != file.content
    ]
    looking = options.check or options.diff
    if not looking:
        replace_files(changed)
    if options.diff:
        for each in changed:
            printer.document(difference(each.name, each.before, each.after))
    else:
        printer.text("".join(f"{safe(each.name)}\n" for each in changed))
    for line in _told(renamed, looking=looking):
        printer.aside(line)
    printer.aside(_summary(len(changed), len(files), looking=looking))
    return Exit.ERROR if looking and changed else Exit.DONE


def _all_formatted(
    files: Sequence[TextFile], logins: _NewLogins
) -> tuple[list[bytes], list[_Renamed]]:
    contents: list[bytes] = []
    renamed: list[_Renamed] = []
    problems: list[Problem] = []
    budget = Budget()
    for file in files:
        document: Document | Problem = file.document
        rewritten = logins.written_into(file)
        if rewritten.replaced:
            renamed += _renamed(file, rewritten, logins)
            document = parse(file.name, rewritten.text.encode())
        text = _formatted(document, ordered=not file.is_settings)
        if isinstance(text, Problem):
            problems.append(text)
            continue
        content = text.encode()
        contents.append(content)
        if not file.is_settings and (too_much := budget.take(file.name, content)):
            raise FilesError([*problems, too_much])
    if problems:
        raise FilesError(problems)
    return contents, renamed


def _formatted(document: Document | Problem, *, ordered: bool) -> str | Problem:
    if isinstance(document, Problem):
        return document
    return formatted(document, ordered=ordered)


def _renamed(
    file: TextFile, rewritten: Rewritten, logins: _NewLogins
) -> Iterator[_Renamed]:
    names = {
        **logins.files,
        **logins.protected,
        **logins.ignored,
        **logins.never,
    }
    for old, times in sorted(rewritten.replaced.items()):
        yield _Renamed(file.name, old, names[old], times)


def _new_logins(root: Path, printer: Printer) -> _NewLogins:
    """Who was renamed, as far as the last read of the organization tells."""
    workspace = Workspace.open(root, printer)
    project = workspace.project
    state = workspace.memory().state
    snapshot = _snapshot(state, project.settings.organization)
    known = Known(state.bindings, {}, state.teams, state.past)
    policy = project.settings.policy
    in_files = renames(project.written, snapshot, known)
    protected = renames_of(sorted(policy.protected), project.written, snapshot, known)
    ignored = renames_of(policy.ignore, project.written, snapshot, known)
    names = [
        each.name.spelled
        for each in project.settings.never
        if isinstance(each.name, Login)
    ]
    never = renames_of(names, project.written, snapshot, known)
    told: list[Note] = []
    for note in (
        *in_files.undecided,
        *protected.undecided,
        *ignored.undecided,
        *never.undecided,
    ):
        if note not in told:
            told.append(note)
            workspace.remark(note)
    return _NewLogins(
        files=in_files.names,
        protected=protected.names,
        ignored=ignored.names,
        never=never.names,
    )


def _snapshot(state: State, organization: str) -> Snapshot:
    snapshot = state.snapshot
    if snapshot is None:
        raise StateError(
            "who was renamed is not known: the organization was never read",
            hint="run `ghstate refresh`",
        )
    if snapshot.organization.login.lower() != organization.lower():
        raise StateError(
            f"the snapshot is of {snapshot.organization.login}, "
            f"and the settings name {organization}",
            hint="run `ghstate refresh`",
        )
    return snapshot


def _told(renamed: Sequence[_Renamed], *, looking: bool) -> Iterator[str]:
    verb = "would be written" if looking else "written"
    for each in renamed:
        places = plural(each.times, "place", "places")
        yield (
            f"{each.file}: {each.old.spelled} is called {each.new.spelled} on GitHub "
            f"now, {verb} in {places}"
        )


def _summary(changed: int, files: int, *, looking: bool) -> str:
    if not changed:
        return f"{plural(files, 'file is', 'files are')} in order"
    if looking:
        return f"{changed:,} of {plural(files, 'file', 'files')} would change"
    return f"{changed:,} of {plural(files, 'file', 'files')} put in order"
