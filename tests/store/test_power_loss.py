"""R2: the power goes at any call, and what was promised is there afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TypeAlias

import pytest
from msgspec.structs import replace

from ghstate import journal
from ghstate.errors import StateUnreadable, StateUnwritable
from ghstate.journal import Began, Doing, Ended
from ghstate.ports import GENERATIONS
from ghstate.store.file import FileStore
from tests.reliability.effort import FULL, Account, rng
from tests.store.power import ROOT, MortalDisk, PowerCut

BATCHES = 10
SEEDS = 20_000 if FULL else 500
LIVES = 5
"""Processes for each seed; each is killed, or loses power, at a call by chance."""

STEPS = 12
PATH = ROOT / ".ghstate" / "state.json"

History: TypeAlias = tuple[bytes, ...]
"""The state and what it has followed, the latest first."""

Lines: TypeAlias = tuple[bytes, ...] | None
"""The records of a journal; None where there is none."""


@dataclass
class Promised:
    """What must be there, and what else may be because its writer has failed."""

    history: History = ()
    histories: set[History] = field(default_factory=lambda: {()})
    written: set[bytes] = field(default_factory=set)
    """Every state that somebody has tried to write."""

    lines: Lines = None
    journals: set[Lines] = field(default_factory=lambda: {None})
    torn: bytes | None = None
    """A journal that was found with a piece of a record at its end."""

    def may_have_written(self, content: bytes, *, onto: bytes | None) -> History:
        """What is true once *content* is there; *onto* is what was read before."""
        (before,) = {each for each in self.histories if current(each) == onto}
        self.histories.add((content, *before))
        self.written.add(content)
        return (content, *before)

    def has_written(self, history: History) -> None:
        self.history, self.histories = history, {history}

    def may_have_noted(self, lines: Lines) -> Lines:
        self.journals.add(lines)
        return lines

    def has_noted(self, lines: Lines) -> None:
        self.lines, self.journals, self.torn = lines, {lines}, None


def current(history: History) -> bytes | None:
    return history[0] if history else None


class Life:
    """A process that writes the state and keeps a journal until something ends it."""

    def __init__(self, disk: MortalDisk, promised: Promised, chance: Random) -> None:
        self._store = FileStore(PATH, disk=disk)
        self._promised = promised
        self._chance = chance
        self._writer = journal.Writer()
        self._began = False

    def live(self) -> None:
        for _ in range(STEPS):
            steps: list[Callable[[], None]] = [self._write, self._begin, self._end]
            if self._began:
                steps += [self._append] * 6
            try:
                self._chance.choice(steps)()
            except (StateUnwritable, StateUnreadable):
                continue

    def _write(self) -> None:
        stored = self._store.read()
        content = self._chance.randbytes(self._chance.choice((16, 200, 5000)))
        history = self._promised.may_have_written(
            content, onto=stored.content if stored else None
        )
        self._store.write(content, replacing=stored.revision if stored else None)
        self._promised.has_written(history)

    def _begin(self) -> None:
        self._began = False
        self._writer = journal.Writer()
        began = Began(
            id=self._chance.randbytes(8).hex(),
            at=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
            who="ada@runner-7",
            digest="",
            changes=30,
        )
        line = self._writer.line(began)
        self._store.journal.read()
        lines = self._promised.may_have_noted((line,))
        self._store.journal.begin(line)
        self._promised.has_noted(lines)
        self._began = True

    def _append(self) -> None:
        writer = copy.copy(self._writer)
        noted = self._promised.lines or ()
        address = f"member.number-{self._chance.randrange(10**9)}"
        record = (
            Doing(address=address, reason="x" * self._chance.randrange(300))
            if len(noted) % 2
            else Ended(address=address, end="done")
        )
        line = writer.line(record)
        lines = self._promised.may_have_noted((*noted, line))
        self._store.journal.append(line)
        self._promised.has_noted(lines)
        self._writer = writer

    def _end(self) -> None:
        self._began = False
        self._promised.may_have_noted(None)
        self._store.journal.end()
        self._promised.has_noted(None)


def check_state(store: FileStore, promised: Promised) -> History:
    """The state is whole, it is the last one promised or later, and none is lost."""
    stored = store.read()
    content = stored.content if stored else None
    found = [each for each in promised.histories if current(each) == content]
    assert found, f"not written whole, or too old: {(content or b'')[:9]!r}"
    (history,) = found
    generations = [store.generation(kept.name) for kept in store.generations()]
    assert set(generations) <= promised.written, "a generation is not whole"
    # Besides, there may be one that failed to become the state, or one twice.
    known = list(dict.fromkeys(each for each in generations if each in history[1:]))
    room = GENERATIONS - (len(generations) - len(known))
    assert known == list(history[1 : room + 1]), "a generation is lost"
    return history


def check_journal(store: FileStore, promised: Promised) -> Lines:
    """Every record that was noted is read, and none that was not noted whole."""
    content = store.journal.read()
    if content is None:
        assert None in promised.journals, "the journal is lost"
        return None
    read = journal.read(content)
    for lines in promised.journals - {None}:
        whole = b"".join(lines or ())
        if content.startswith(whole) and replace(read, damaged=False) == journal.read(
            whole
        ):
            unfinished = len(promised.journals) > 1 or promised.torn == content
            assert content == whole or unfinished, "something was added"
            return lines
    raise AssertionError(f"neither what was noted nor more: {content[-400:]!r}")


def try_out(seed: int) -> None:
    chance = rng("power", seed)
    disk = MortalDisk(chance, links=chance.random() < 0.7)
    promised = Promised()
    for _ in range(LIVES):
        disk.failing = chance.choice((0.0, 0.0, 0.01, 0.05))
        disk.lives_for = chance.randrange(1, 250)
        power_lost = chance.random() < 0.7
        with suppress(PowerCut):
            Life(disk, promised, chance).live()
        disk.failing = 0.0
        disk.restart(power_lost=power_lost)
        store = FileStore(PATH, disk=disk)
        history = check_state(store, promised)
        lines = check_journal(store, promised)
        if power_lost:
            # What is there now is on disk, and stays.
            promised.has_written(history)
            promised.has_noted(lines)
            promised.torn = store.journal.read()
    check_use(disk, FileStore(PATH, disk=disk))


def check_use(disk: MortalDisk, store: FileStore) -> None:
    """Whatever has happened, it can be worked with, and nothing lies about."""
    stored = store.read()
    store.write(b"last", replacing=stored.revision if stored else None)
    store.journal.read()
    store.journal.begin(b"began\n")
    store.journal.append(b"doing\n")
    assert store.journal.read() == b"began\ndoing\n"
    store.journal.end()
    disk.restart(power_lost=True)
    assert (found := FileStore(PATH, disk=disk).read()) is not None
    assert found.content == b"last"
    assert FileStore(PATH, disk=disk).journal.read() is None
    left = [name for name in disk.names(PATH.parent) if name.endswith(".tmp")]
    assert left == [], "a writer's leftovers were not swept"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_r2_whenever_the_power_goes_what_was_promised_is_there(
    batch: int,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    account = Account(request.node.nodeid)
    for seed in account.each(range(batch, SEEDS, BATCHES)):
        with account.of(seed):
            try:
                try_out(seed)
            except Exception as error:
                raise AssertionError(repr(error)) from error
    record_property("points", account.tried)
    record_property("failed", len(account.failures))
    account.check()
