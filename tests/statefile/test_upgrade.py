"""A state of an older format is read as this version would have written it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ghstate.errors import StateUnreadable
from ghstate.model.address import Address
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.past import Past
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.statefile import VERSION, State, decode, encode

# Written by the last ghstate of format 1, checksums and all.
FIRST_FORMAT = """\
{
  "version": 1,
  "lineage": "7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
  "serial": 12,
  "applied_serial": 9,
  "organization": {"login": "acme", "id": 77},
  "refreshed_at": "2026-11-21T09:12:00Z",
  "complete": true,
  "hidden": {},
  "viewer": {"login": "Ada", "is_app": false},
  "invites": true,
  "seats": null,
  "snapshot": {
    "github_membership": [{"login": "Ada", "role": "admin", "id": 1}],
    "github_team": [
      {
        "slug": "ops",
        "name": "Ops",
        "description": "",
        "privacy": "closed",
        "notifications": true,
        "parent": null,
        "id": 5
      }
    ],
    "github_team_membership": [
      {"team": "ops", "login": "Ada", "role": "member", "id": 1}
    ],
    "others": [],
    "ended": []
  },
  "bindings": {"Ada": 1, "old-ada": 1},
  "accounts": {},
  "past": {"gil": {"invited": [7, 8], "forgiven": [7]}},
  "managed": ["members", "teams.ops"],
  "teams": {"ops": 5},
  "under_way": null,
  "checksum": "sha256:cee266fe0a0a2eca3144d2deb36098a3f78c6b6e2333c51dfe2669b4bfd2f322"
}
"""
INTERRUPTED = FIRST_FORMAT.replace(
    '"under_way": null',
    """\
"under_way": {
    "started_at": "2026-11-21T09:12:00Z",
    "digest": "3f9c",
    "done": ["members.eve"],
    "doing": "members.fay"
  }""",
).replace(
    "cee266fe0a0a2eca3144d2deb36098a3f78c6b6e2333c51dfe2669b4bfd2f322",
    "d0dd1017ecd381a1c015b1aeb675513e52a11e7e36457ffe9daf7b3e757b1286",
)

ACME = Organization("acme", 77)
READ = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)
FOUND: tuple[Observed[Resource], ...] = (
    Observed(Member(login=Login("Ada"), role=OrgRole.ADMIN), id=1),
    Observed(Team(slug=Slug("ops"), name="Ops"), id=5),
    Observed(TeamMember(team=Slug("ops"), login=Login("Ada")), id=1),
)
STATE = State(
    lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
    serial=12,
    applied_serial=9,
    organization=ACME,
    snapshot=Snapshot(
        organization=ACME,
        viewer=Viewer(Login("Ada")),
        taken_at=READ,
        observed={each.resource.address: each for each in FOUND},
    ),
    bindings={Login("Ada"): 1, Login("old-ada"): 1},
    past={Login("gil"): Past(invited=(7, 8), forgiven=(7,))},
    managed=frozenset({Address("members"), Address("teams", "ops")}),
    teams={Slug("ops"): 5},
)


def test_a_state_of_the_first_format_says_what_it_said() -> None:
    assert decode(FIRST_FORMAT.encode(), place="state.json") == STATE


def test_what_was_read_before_an_apply_that_did_not_end_has_to_be_read_again() -> None:
    state = decode(INTERRUPTED.encode(), place="state.json")

    taken_at = state.snapshot.taken_at if state.snapshot else None
    assert taken_at is None or taken_at < READ.replace(year=2000)
    assert (state.bindings, state.past, state.managed, state.teams) == (
        STATE.bindings,
        STATE.past,
        STATE.managed,
        STATE.teams,
    )


@pytest.mark.parametrize("text", [FIRST_FORMAT, INTERRUPTED])
def test_what_was_upgraded_is_written_in_the_format_of_today(text: str) -> None:
    state = decode(text.encode(), place="state.json")
    written = encode(state)

    document: dict[str, Any] = json.loads(written)
    assert document["version"] == VERSION
    assert "under_way" not in document
    assert decode(written, place="state.json") == state


@pytest.mark.parametrize("text", [FIRST_FORMAT, INTERRUPTED])
def test_an_older_format_is_held_against_its_checksum_too(text: str) -> None:
    altered = text.replace('"serial": 12', '"serial": 13')

    with pytest.raises(StateUnreadable, match="its checksum is wrong"):
        decode(altered.encode(), place="state.json")


def test_a_format_before_the_first_is_none() -> None:
    with pytest.raises(StateUnreadable, match="it has no version"):
        decode(FIRST_FORMAT.replace('"version": 1', '"version": 0').encode(), place="x")
