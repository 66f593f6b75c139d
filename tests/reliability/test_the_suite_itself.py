"""Would it be noticed? Each promise is broken once, and the suite has to see it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.errors import StateUnreadable
from tests.reliability.effort import rng
from tests.reliability.hooks import Death, Kind, Listing
from tests.reliability.nursery import Nursery
from tests.reliability.power import Platter, Recorder, Sent
from tests.reliability.sabotage import (
    LocksNothing,
    NeverSyncs,
    NotesAfterwards,
    WritesInPlace,
)
from tests.reliability.scene import AUTO, on_stage
from tests.reliability.shapes import FEW
from tests.reliability.test_r1_kills import Place, it_is_told, unharmed
from tests.reliability.test_r2_power import JOURNAL, Failure, files_of, whole
from tests.reliability.test_r5_crowds import Witness, nobody_overlaps


def test_r1_would_notice_a_state_that_is_written_in_place(
    nursery: Nursery, fast: Path
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        assert scene.run("refresh").code == Exit.DONE
        listed = scene.run("refresh", hooks=(WritesInPlace(), Listing()))
        writes = [
            nth
            for nth, call in enumerate(listed.findings[1], start=1)
            if call.name == "write" and call.about == "state.json"
        ]
        assert len(writes) == 1
        killed = scene.run("refresh", hooks=(WritesInPlace(), Death(writes[0], True)))  # noqa: FBT003 - half of it
        assert killed.code == -signal.SIGKILL
        with pytest.raises(StateUnreadable):
            _ = scene.state


def test_r1_would_notice_a_call_that_was_not_noted_before(
    nursery: Nursery, fast: Path
) -> None:
    usual = unharmed(FEW, nursery, fast)
    with on_stage(FEW, nursery, fast) as scene:
        listed = scene.apply(hooks=(NotesAfterwards(), Listing()))
        first = next(
            nth
            for nth, call in enumerate(listed.findings[1], start=1)
            if call.kind is Kind.ANSWERED and call.traces
        )
    honest = next(
        nth
        for nth, call in enumerate(usual.calls, start=1)
        if call.kind is Kind.ANSWERED and call.traces
    )
    place = Place(honest, half=False, call=None)
    with on_stage(FEW, nursery, fast) as scene:
        scene.apply(hooks=(Death(honest),))
        under_way = scene.under_way
    with on_stage(FEW, nursery, fast) as scene:
        scene.apply(hooks=(NotesAfterwards(), Death(first)))
        ended = scene.apply()
        with pytest.raises(AssertionError):
            it_is_told(under_way, ended, place)


def test_r2_would_notice_a_disk_that_is_never_synced(
    nursery: Nursery, fast: Path
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        assert scene.run("refresh").code == Exit.DONE
        before = files_of(scene)
        hook = Recorder(scene.state_file.parent)
        ended = scene.apply(hooks=(hook, NeverSyncs()))
        acts, at = ended.findings[0]
        found = 0
        for seed in range(60):
            failure = Failure("few", len(at), seed)
            platter = Platter.of(before).follow(acts)
            try:
                whole(platter, platter.after_the_failure(rng(seed)), failure)
            except AssertionError:
                found += 1
        assert found
        sent = acts.index(next(act for act in acts if isinstance(act, Sent)))
        assert Platter.of(before).follow(acts[:sent]).certain(JOURNAL) is None


def test_r5_would_notice_a_lock_that_everybody_gets(
    nursery: Nursery, fast: Path
) -> None:
    with on_stage(FEW, nursery, fast) as scene:
        scene.sandbox.conditions.latency = 0.01
        both = [scene.start(*AUTO, hooks=(LocksNothing(), Witness())) for _ in range(2)]
        held = [child.end() for child in both]
        with pytest.raises(AssertionError):
            nobody_overlaps([each.findings[1] for each in held])
