"""What is told of the state itself: exact text."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.engine.generations import Generation
from ghstate.engine.remembered import Remembered
from ghstate.engine.surgery import Forgotten, Moved
from ghstate.journal import Began, UnderWay
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.member import MEMBERS, Member
from ghstate.model.past import Past
from ghstate.ports import Holder
from ghstate.report.document import Document
from ghstate.report.generations import (
    generations_document,
    generations_json,
    replaced_document,
)
from ghstate.report.overview import Overview, overview_document, overview_json
from ghstate.report.remembered import (
    forgotten_document,
    moved_document,
    remembered_entry,
)
from ghstate.report.terminal import to_text
from ghstate.statefile import State
from tests.build import ACME, NOW, ago, snapshot

PLACE = ".ghstate/state.json"
STATE = State(
    lineage="7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
    serial=12,
    applied_serial=9,
    organization=ACME,
    snapshot=snapshot(
        members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]}
    ),
)
EMPTY = State(lineage="0b5d", serial=1)
KEPT = (
    Generation(size=19_203, state=STATE),
    Generation(
        name="00000011",
        written=ago(minutes=3),
        size=1_234_567,
        damage="it is cut off: its end is missing",
    ),
    Generation(
        name="00000010",
        written=ago(days=2),
        size=812,
        state=replace(STATE, serial=10),
    ),
)
FOREIGN = Generation(name="00000009", written=ago(days=9), size=1, state=EMPTY)


def plain(document: Document) -> str:
    return to_text(document).plain


def test_generations_are_a_table_with_the_damaged_ones() -> None:
    assert plain(generations_document(PLACE, KEPT, NOW)) == exactly("""\
.ghstate/state.json · 3 generations

Serial  applied  written        people  waiting  teams  size       name
  + 12  9        in force       2       0        1      19.2 kB
  ! ?            3 minutes ago                          1.2 MB     00000011
        it is cut off: its end is missing
    10  9        2 days ago     2       0        1      812 bytes  00000010
""")


def test_lineages_are_told_where_there_are_several() -> None:
    assert plain(generations_document(PLACE, (*KEPT, FOREIGN), NOW)) == exactly("""\
.ghstate/state.json · 4 generations

Serial  applied  written        people     waiting  teams  size       name
  + 12  9        in force       2          0        1      19.2 kB
  ! ?            3 minutes ago                             1.2 MB     00000011
        it is cut off: its end is missing
    10  9        2 days ago     2          0        1      812 bytes  00000010
    1   0        9 days ago     none read                  1 byte     00000009

Lineages
    serial 12, 10  7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11
    serial 1       0b5d
""")


def test_programs_get_the_generations_with_what_each_holds() -> None:
    found = json.loads(generations_json(PLACE, (*KEPT, FOREIGN)))["generations"]

    assert found[0] == exactly(
        {
            "name": None,
            "in_force": True,
            "written": None,
            "size": 19203,
            "damage": None,
            "lineage": "7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
            "serial": 12,
            "applied_serial": 9,
            "organization": {"login": "acme", "id": 77},
            "refreshed_at": "2026-11-21T09:12:00Z",
            "stale": False,
            "complete": True,
            "people": 2,
            "waiting": 0,
            "teams": 1,
        }
    )
    assert found[1] == exactly(
        {
            "name": "00000011",
            "in_force": False,
            "written": "2026-11-21T09:09:00Z",
            "size": 1234567,
            "damage": "it is cut off: its end is missing",
        }
    )
    assert (found[3]["organization"], found[3]["people"]) == (None, 0)


def overview(**more: object) -> Overview:
    facts = {
        "place": PLACE,
        "state": STATE,
        "size": 19_203,
        "generations": 3,
        "under_way": None,
        "holder": None,
    }
    return Overview(**(facts | more))  # type: ignore[arg-type]  # a test's own words


FULL = overview(
    state=replace(
        STATE,
        bindings={"ada": 1, "bob": 2},
        past={"gil": Past(invited=(1,))},
        managed=frozenset({MEMBERS}),
        drift={
            Member.at("bob"): Drift(
                type="github_membership", was=None, after=ago(days=1), before=NOW
            )
        },
        made={Member.at("bob"): (Made("invite", NOW),)},
        snapshot=snapshot(members=["ada"], hidden={MEMBERS: 3}),
    ),
    under_way=UnderWay(
        id="a1",
        began=Began(id="a1", at=ago(hours=2), who="ada@ci", digest="", changes=30),
        done=(Member.at("ada"), Member.at("gil")),
        doing=Member.at("bob"),
    ),
    holder=Holder(
        id="b41c",
        operation="apply",
        who="ada@runner-7",
        pid=4711,
        since=ago(minutes=4),
    ),
)


def test_the_state_is_told_with_all_that_stands_around_it() -> None:
    assert plain(overview_document(FULL, NOW)) == exactly("""\
acme · serial 12 · .ghstate/state.json

State
    organization  acme               id 77
    lineage       7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11
    serial        12                 applied serial 9
  ! read          just now           1 person, 0 teams, and not all of it
    size          19.2 kB            3 generations before it

Known besides what GitHub shows
    bindings      2                  logins and addresses, each with its account
    past          1                  people who are not members
    managed       1                  collections and teams of the last apply
    drift         1                  changed by others since the last apply
    made          1                  changed by applies lately

Lock
  … ada@runner-7  apply              4 minutes ago, process 4711, lock b41c

Apply under way
  … ada@ci        began 2 hours ago  2 changes made of 30, at members.bob
""")


def test_a_state_of_nothing_is_told_in_few_words() -> None:
    empty = overview(state=EMPTY, size=200, generations=0)

    assert plain(overview_document(empty, NOW)) == exactly("""\
nothing read yet · serial 1 · .ghstate/state.json

State
    lineage  0b5d
    serial   1  applied serial 0
  ! read     never
    size     200 bytes

Lock
    nobody holds it
""")


def test_an_apply_of_which_the_journal_has_lost_the_beginning_is_told() -> None:
    lost = overview(under_way=UnderWay(id="lost-1", damaged=True))

    shown = plain(overview_document(lost, NOW))

    assert shown.partition("Lock\n")[2] == exactly("""\
    nobody holds it

An apply that did not end
  ! somebody      began nobody knows when  0 changes made, its journal is damaged
""")


def test_programs_get_the_state_with_the_same_facts() -> None:
    assert json.loads(overview_json(FULL)) == exactly(
        {
            "format_version": "1.0",
            "place": ".ghstate/state.json",
            "lineage": "7d3c0c3e-7c4f-4a53-9d7e-0d9d5a3b8f11",
            "serial": 12,
            "applied_serial": 9,
            "organization": {"login": "acme", "id": 77},
            "refreshed_at": "2026-11-21T09:12:00Z",
            "stale": False,
            "complete": False,
            "people": 1,
            "waiting": 0,
            "teams": 0,
            "size": 19203,
            "generations": 3,
            "bindings": 2,
            "past": 1,
            "managed": ["members"],
            "drift": ["members.bob"],
            "made": ["members.bob"],
            "under_way": {
                "id": "a1",
                "began": "2026-11-21T07:12:00Z",
                "who": "ada@ci",
                "changes": 30,
                "done": ["members.ada", "members.gil"],
                "doing": "members.bob",
                "damaged": False,
            },
            "lock": {
                "id": "b41c",
                "operation": "apply",
                "who": "ada@runner-7",
                "pid": 4711,
                "since": "2026-11-21T09:08:00Z",
            },
        }
    )
    quiet = json.loads(overview_json(overview()))
    assert (quiet["under_way"], quiet["lock"]) == (None, None)


@pytest.mark.parametrize(
    ("old", "written"),
    [
        (Generation(state=STATE), True),
        (Generation(damage="it is empty"), False),
        (Generation(state=replace(STATE, lineage="else")), True),
        (None, True),
    ],
)
def test_what_took_whose_place_is_told(
    old: Generation | None, *, written: bool
) -> None:
    told = plain(
        replaced_document(
            new=("generation 00000010", replace(STATE, serial=10)),
            old=old,
            serial=13,
            now=NOW + timedelta(hours=1),
            written=written,
        )
    )

    lines = told.splitlines()
    assert lines[:4] == [
        "acme",
        "",
        "State",
        "  + serial 10" + lines[3].removeprefix("  + serial 10"),
    ]
    assert "2 people, 1 team, read 1 hour ago" in lines[3]
    assert ("In force now, as serial 13" in told) is written
    assert ("it would be serial 13" in told) is not written
    assert ("of the lineage 7d3c0c3e" in told) is (
        old is not None and old.state is not None and old.state.lineage == "else"
    )


def test_a_restored_state_is_told_to_the_letter() -> None:
    told = replaced_document(
        new=("generation 00000010", replace(STATE, serial=10, snapshot=None)),
        old=Generation(damage="it is cut off: its end is missing"),
        serial=14,
        now=NOW,
        written=True,
    )

    assert plain(told) == exactly("""\
acme

State
  + serial 10       generation 00000010  nothing read
  - what was there  damaged              it is cut off: its end is missing

In force now, as serial 14
The next plan reads GitHub anew. Plans saved before are stale.
""")


HELD = Remembered(
    account=42,
    past=Past(
        invited=(5, 6),
        forgiven=(5,),
        member_until=ago(days=30),
        left=True,
        taken=True,
        joined=(7, 8),
    ),
    managed=True,
    team=9,
    drift=Drift(type="github_team", was=None, after=ago(days=1), before=NOW),
    made=(Made("invite", ago(days=2)),),
)


def test_what_is_forgotten_is_told_address_by_address() -> None:
    left = Past(invited=(5, 6), member_until=ago(days=30), left=True)
    unclear = Past(taken=True, joined=(7, 8))
    forgotten = Forgotten(
        STATE,
        (
            (Member.at("bob"), Remembered(past=left)),
            (Member.at("n@a.example"), Remembered(past=unclear)),
            (Address("teams", "ops"), Remembered(team=9, managed=True)),
            (Address("teams", "ops", "members"), Remembered(managed=True)),
            (
                Address("teams", "ops", "members", "bob"),
                Remembered(drift=HELD.drift, made=HELD.made * 3),
            ),
        ),
    )

    assert plain(forgotten_document(forgotten, serial=13, written=True)) == exactly("""\
acme

Forgotten
  - members.bob            invited twice, a member until 2026-10-22, left on their own
  - members."n@a.example"  a member's address, perhaps one of 2 accounts
  - teams.ops              team 9, managed
  - teams.ops.members      managed
  - teams.ops.members.bob  changed by others, changed 3 times by applies

Written as serial 13
Nothing on GitHub changes; the next plan reads it anew. Plans saved before are stale.
""")


def test_what_would_move_is_told_and_that_it_did_not() -> None:
    held = Remembered(account=42, past=Past(forgiven=(5,)))
    moved = Moved(
        STATE,
        (
            (Member.at("bob"), Member.at("robert"), held),
            (Member.at("gil"), Member.at("gilbert"), replace(held, account=None)),
        ),
    )

    assert plain(moved_document(moved, serial=13, written=False)) == exactly("""\
acme

Would be moved
  ~ members.bob → members.robert   account 42
  ~ members.gil → members.gilbert  invitations that count no more

Nothing was written
""")
    assert "Written as serial 13" in plain(
        moved_document(moved, serial=13, written=True)
    )


def test_a_whole_organization_does_not_fill_the_screen() -> None:
    many = tuple((Member.at(f"p-{n}"), Remembered(account=n)) for n in range(1200))

    told = plain(forgotten_document(Forgotten(EMPTY, many), serial=2, written=True))

    assert "    and 1,180 more\n" in told
    assert len(told.splitlines()) < 30


def test_programs_get_what_is_remembered_and_nothing_that_is_not() -> None:
    assert remembered_entry(None) == {}
    assert remembered_entry(Remembered()) == {}
    assert remembered_entry(HELD) == exactly(
        {
            "account": 42,
            "team": 9,
            "managed": True,
            "invited": [5, 6],
            "forgiven": [5],
            "member_until": "2026-10-22T09:12:00Z",
            "left": True,
            "taken": True,
            "joined": [7, 8],
            "drifted_after": "2026-11-20T09:12:00Z",
            "drifted_before": "2026-11-21T09:12:00Z",
            "made": ["invite 2026-11-19T09:12:00Z"],
        }
    )
