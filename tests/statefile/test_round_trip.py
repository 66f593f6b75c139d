"""What is written can be read, whatever an organization looks like."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from ghstate.errors import StateUnwritable
from ghstate.model.invitation import Invitation
from ghstate.model.kinds import KINDS
from ghstate.model.member import Member
from ghstate.model.names import Login, Name, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.statefile import State, decode, encode
from tests.strategies import observed, states

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine draws examples is not what is tested here."""

ACME = Organization("acme", 77)
TAKEN = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)


def state_with(*found: Observed[Resource]) -> State:
    return State(
        lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
        organization=ACME,
        snapshot=Snapshot(
            organization=ACME,
            viewer=Viewer(Login("bot")),
            taken_at=TAKEN,
            observed={each.resource.address: each for each in found},
        ),
    )


def found_in(state: State) -> list[Observed[Resource]]:
    assert state.snapshot is not None
    return list(state.snapshot.observed.values())


@unhurried
@given(states())
def test_what_is_written_can_be_read(state: State) -> None:
    assert decode(encode(state), place="here") == state


@unhurried
@given(states())
def test_reading_keeps_the_bytes(state: State) -> None:
    content = encode(state)
    assert encode(decode(content, place="here")) == content


@unhurried
@given(states(), st.randoms(use_true_random=False))
def test_equal_states_give_equal_bytes_in_whatever_order_things_were_found(
    state: State, random: Any
) -> None:
    def shuffled(mapping: Any) -> Any:
        items = list(mapping.items())
        random.shuffle(items)
        return dict(items)

    other = replace(state, bindings=shuffled(state.bindings))
    if state.snapshot is not None:
        other = replace(
            other,
            snapshot=replace(
                state.snapshot,
                observed=shuffled(state.snapshot.observed),
                hidden=shuffled(state.snapshot.hidden),
            ),
        )
    assert encode(other) == encode(state)


@pytest.mark.parametrize("kind", KINDS)
@unhurried
@given(data=st.data())
def test_every_observation_of_every_kind_comes_back(
    kind: type[Resource], data: st.DataObject
) -> None:
    found = data.draw(observed(kind))
    assert found_in(decode(encode(state_with(found)), place="here")) == [found]


@pytest.mark.parametrize("kind", KINDS)
@unhurried
@given(data=st.data())
def test_t24_names_come_back_as_they_were_spelled(
    kind: type[Resource], data: st.DataObject
) -> None:
    found = data.draw(observed(kind))
    (back,) = found_in(decode(encode(state_with(found)), place="here"))
    for each in fields(kind):
        was, now = (getattr(x.resource, each.name) for x in (found, back))
        assert type(now) is type(was)
        if isinstance(was, Name):
            assert now.spelled == was.spelled


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_has_a_field_that_a_row_uses_itself(kind: type[Resource]) -> None:
    own = {each.name for each in fields(Observed)} - {"resource"}
    assert own.isdisjoint(each.name for each in fields(kind))


def test_an_instant_is_written_in_utc_wherever_its_clock_stood() -> None:
    elsewhere = timezone(timedelta(hours=5, minutes=30))
    here, there = (
        state_with(
            Observed(
                Member(login=Login("ada")),
                invitation=Invitation(invited_at=TAKEN.astimezone(zone)),
            )
        )
        for zone in (UTC, elsewhere)
    )
    assert encode(there) == encode(here)


def test_a_file_that_was_laid_out_anew_still_reads() -> None:
    state = state_with(Observed(Team(slug=Slug("ops"), name="Ops ✓")))
    document = json.loads(encode(state))
    for layout in (
        json.dumps(document),
        json.dumps(document, indent="\t", sort_keys=True, ensure_ascii=True),
        "\r\n  " + json.dumps(document, indent=4) + "\n\n",
    ):
        assert decode(layout.encode(), place="here") == state


def _sealed(document: dict[str, Any]) -> bytes:
    """*document* with the checksum that makes it look untouched."""
    from ghstate import statefile  # noqa: PLC0415 - one private name, for one test

    document.pop("checksum", None)
    document["checksum"] = statefile._checksum(document)
    return msgspec.json.encode(document)


def test_a_key_that_this_version_does_not_know_is_passed_over() -> None:
    state = state_with(Observed(Member(login=Login("ada")), id=1))
    document = json.loads(encode(state))
    document["mood"] = "good"
    document["snapshot"]["github_mood"] = [{"login": "ada"}]
    document["snapshot"]["github_membership"][0]["mood"] = "good"
    assert decode(_sealed(document), place="here") == state


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_that_never_looked_for_a_kind_counts_as_none(
    kind: type[Resource],
) -> None:
    state = replace(state_with(), bindings={Login("ada"): 1})
    document = json.loads(encode(state))
    del document["snapshot"][kind.TYPE]
    assert decode(_sealed(document), place="here") == replace(state, snapshot=None)


def test_a_field_added_later_has_its_default_in_an_older_row() -> None:
    state = state_with(Observed(Member(login=Login("ada"))))
    document = json.loads(encode(state))
    del document["snapshot"]["github_membership"][0]["role"]
    assert decode(_sealed(document), place="here") == state


def test_a_snapshot_of_another_organization_cannot_be_in_a_state() -> None:
    state = state_with()
    with pytest.raises(ValueError, match="another organization"):
        replace(state, organization=Organization("globex", 78))


def test_text_that_utf8_cannot_hold_is_refused_by_name() -> None:
    broken = Team(slug=Slug("ops"), name="half a pair: \ud83d")
    with pytest.raises(StateUnwritable, match=r"half a pair: \\ud83d"):
        encode(state_with(Observed(broken)))
