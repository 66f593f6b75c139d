"""Large organizations are read and written in a moment."""

from __future__ import annotations

import gc
import time
from datetime import UTC, datetime

from ghstate.model.member import Member
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.statefile import State, decode, encode

ACME = Organization("acme", 77)
PEOPLE = 10_000
TEAMS = 1_000
PLACES = 30_000


def large() -> State:
    resources: list[Resource] = [
        *(Member(login=Login(f"Person-{n}")) for n in range(PEOPLE)),
        *(Team(slug=Slug(f"team-{n}"), name=f"Team {n}") for n in range(TEAMS)),
        *(
            TeamMember(team=Slug(f"team-{n % TEAMS}"), login=Login(f"Person-{n // 3}"))
            for n in range(PLACES)
        ),
    ]
    return State(
        lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
        organization=ACME,
        snapshot=Snapshot(
            organization=ACME,
            viewer=Viewer(Login("bot")),
            taken_at=datetime(2026, 11, 21, 9, 12, tzinfo=UTC),
            observed={each.address: Observed(each, id=1) for each in resources},
        ),
        bindings={Login(f"Person-{n}"): n for n in range(PEOPLE)},
    )


def test_r17_ten_thousand_people_are_written_and_read_within_two_seconds() -> None:
    # It takes 0.3 s on a small machine; what is quadratic takes minutes.
    state = large()
    begin = time.process_time()
    back = decode(encode(state), place="here")
    taken = time.process_time() - begin
    assert back == state
    assert taken < 2.0


def test_reading_leaves_the_garbage_collector_as_it_was() -> None:
    content = encode(State(lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11"))
    assert gc.isenabled()
    decode(content, place="here")
    assert gc.isenabled()
    gc.disable()
    try:
        decode(content, place="here")
        assert not gc.isenabled()
    finally:
        gc.enable()
