"""Random organizations, files and troubles, until everything is as it should be.

The law itself is in `tests.laws`, and each run of the tests tries it sixty times. Here
it is tried as often as somebody has time for.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, seed, settings

from tests.laws import test_apply_converges as laws
from tests.laws.scenes import Scene, scenes
from tests.reliability.effort import FULL, SEED, Account

SIMULATIONS = 600


@pytest.mark.skipif(not FULL, reason="the gate has sixty of them in tests/laws")
def test_r8_once_nothing_goes_wrong_any_more_two_applies_bring_it_to_rest(
    account: Account,
) -> None:
    law: Any = laws.test_once_answers_are_no_longer_lost_two_applies_bring_it_to_rest

    @seed(SEED)
    @settings(laws.SETTINGS, max_examples=SIMULATIONS, database=None)
    @given(scenes(), laws.LOSSES)
    def played(scene: Scene, trouble: laws.Trouble) -> None:
        account.tried += 1
        law.hypothesis.inner_test(scene, trouble)

    played()
