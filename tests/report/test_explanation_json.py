"""`ghstate explain --json`: its exact layout, and its schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from inline_snapshot import snapshot as exactly

from ghstate.model.note import Severity
from ghstate.model.resource import Keeper, KeyPath, Standing
from ghstate.model.way import Effect
from ghstate.plan.change import Reason
from ghstate.report.explanation_json import explanation_document
from ghstate.report.plan_json import encoded
from ghstate.rules.explanation import Decided, Explained, Explanation
from tests.build import NOW, found, invited, member, team
from tests.report.explanations import (
    DECIDED,
    ENDS,
    LATER,
    STAFF,
    TAKEN,
    explanation,
    line,
    locate,
    membership,
    not_asked,
    note,
    of_team,
    place,
    way,
)
from tests.report.nasty import nasty

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "explanation.v1.schema.json").read_bytes()
)


def written(of: Explanation, timestamp: datetime = NOW) -> bytes:
    return encoded(
        explanation_document(of, version="0.1.0", timestamp=timestamp, locate=locate)
    )


def document(*things: Explained, **more: Any) -> Any:
    return json.loads(written(explanation(*things, **more)))


def only(thing: Explained) -> Any:
    """What is said of *thing*."""
    [told] = document(thing)["things"]
    return told


def test_an_explanation_from_the_first_key_to_the_last() -> None:
    mine = membership(
        ways=(way(Effect.GIVES, *STAFF),),
        found=invited(member("Bob"), id=31),
        decided=Decided(waits=True),
    )
    assert document(mine, refusals=[note(Severity.REFUSAL, "protected", "no")]) == (
        exactly(
            {
                "format_version": "1.0",
                "ghstate_version": "0.1.0",
                "timestamp": "2026-11-21T09:12:00Z",
                "organization": {"login": "acme", "id": 77},
                "snapshot_at": "2026-11-21T09:09:00Z",
                "day": "2026-11-21",
                "subject": "bob",
                "person": "bob",
                "things": [
                    {
                        "address": "members.bob",
                        "type": "github_membership",
                        "asked": {"username": "bob", "role": "member"},
                        "managed": True,
                        "ways": [
                            {
                                "role": "member",
                                "effect": "gives",
                                "falls_back": False,
                                "steps": [
                                    {
                                        "file": "members.toml",
                                        "line": 2,
                                        "column": 1,
                                        "key": "members",
                                        "names": "group:staff",
                                        "from": None,
                                        "until": None,
                                    },
                                    {
                                        "file": "groups.toml",
                                        "line": 4,
                                        "column": 12,
                                        "key": "groups.staff.any",
                                        "names": "bob",
                                        "from": None,
                                        "until": None,
                                    },
                                ],
                                "because": [],
                            }
                        ],
                        "naming": [],
                        "never": [],
                        "absent": None,
                        "ignored": None,
                        "protected": None,
                        "github": {
                            "standing": "invited",
                            "attributes": {"username": "Bob", "role": "member"},
                            "id": 767104,
                            "kept_by": None,
                            "invitation": {
                                "id": 31,
                                "role": "direct_member",
                                "source": "member",
                                "invited_at": "2026-11-18T09:12:00Z",
                                "expires_at": "2026-11-25T09:12:00Z",
                                "inviter": "ada",
                            },
                        },
                        "unseen": False,
                        "plan": {
                            "actions": [],
                            "action_reason": None,
                            "before": None,
                            "after": None,
                            "along_with": None,
                            "held_back": False,
                            "waits": True,
                            "notes": [],
                        },
                    }
                ],
                "refusals": [
                    {
                        "severity": "error",
                        "code": "protected",
                        "address": "members.bob",
                        "summary": "no",
                    }
                ],
            }
        )
    )


def test_the_lines_that_take_an_access_away_stand_beside_the_way() -> None:
    told = only(not_asked(TAKEN[Effect.EXCLUDED]))
    assert (told["asked"], told["managed"]) == (None, True)
    assert told["ways"] == exactly(
        [
            {
                "role": "member",
                "effect": "excluded",
                "falls_back": False,
                "steps": [
                    {
                        "file": "teams.toml",
                        "line": 4,
                        "column": 12,
                        "key": "teams.ops.members",
                        "names": "group:oncall",
                        "from": None,
                        "until": None,
                    },
                    {
                        "file": "groups.toml",
                        "line": 4,
                        "column": 12,
                        "key": "groups.oncall.any",
                        "names": "group:sre",
                        "from": None,
                        "until": None,
                    },
                    {
                        "file": "groups.toml",
                        "line": 4,
                        "column": 26,
                        "key": "groups.sre.any",
                        "names": "bob",
                        "from": None,
                        "until": None,
                    },
                ],
                "because": [
                    {
                        "file": "groups.toml",
                        "line": 4,
                        "column": 12,
                        "key": "groups.oncall.except",
                        "names": "group:leavers",
                        "from": None,
                        "until": None,
                    },
                    {
                        "file": "groups.toml",
                        "line": 4,
                        "column": 12,
                        "key": "groups.leavers.any",
                        "names": "bob",
                        "from": None,
                        "until": None,
                    },
                ],
            }
        ]
    )


def test_days_are_those_of_the_line() -> None:
    dated = membership(
        ways=(
            way(Effect.GIVES, line("members", "bob", period=ENDS)),
            way(Effect.TO_COME, line("members", "group:new", period=LATER)),
        )
    )
    steps = [each["steps"][0] for each in only(dated)["ways"]]
    assert [(each["from"], each["until"]) for each in steps] == [
        (None, "2027-01-31"),
        ("2027-06-01", None),
    ]


def test_only_what_the_files_decide_on_is_asked_of_a_team() -> None:
    assert only(of_team())["asked"] == exactly(
        {
            "slug": "ops",
            "name": "Operations",
            "notification_setting": "notifications_disabled",
            "parent_team_id": "engineering",
        }
    )
    assert only(of_team())["github"] == exactly(
        {
            "standing": "active",
            "attributes": {
                "slug": "ops",
                "name": "Operations",
                "description": 'Says "hi"',
                "privacy": "secret",
                "notification_setting": "notifications_enabled",
                "parent_team_id": None,
            },
            "id": 271103,
            "kept_by": None,
            "invitation": None,
        }
    )


def test_the_places_of_what_the_settings_and_the_files_say_besides() -> None:
    told = only(
        membership(
            ignored=("manage", "ignore", 1),
            protected=("safety", "protected"),
        )
    )
    assert {key: told[key] for key in ("ignored", "protected")} == exactly(
        {
            "ignored": {
                "file": "manage.toml",
                "line": 3,
                "column": 19,
                "key": "manage.ignore",
            },
            "protected": {
                "file": "safety.toml",
                "line": 2,
                "column": 1,
                "key": "safety.protected",
            },
        }
    )


@pytest.mark.parametrize("path", [("teams", "ops"), ("teams", "ops", "absent")])
def test_an_absent_team_points_at_its_key(path: KeyPath) -> None:
    assert only(of_team(asked=None, absent=path))["absent"] == exactly(
        {"file": "teams.toml", "line": 3, "column": 1, "key": "teams.ops.absent"}
    )


@pytest.mark.parametrize(
    ("story", "plan"),
    [
        (
            "nothing",
            exactly(
                {
                    "actions": [],
                    "action_reason": None,
                    "before": None,
                    "after": None,
                    "along_with": None,
                    "held_back": False,
                    "waits": False,
                    "notes": [],
                }
            ),
        ),
        (
            "invite",
            exactly(
                {
                    "actions": ["create"],
                    "action_reason": "invite",
                    "before": None,
                    "after": {"username": "bob", "role": "member"},
                    "along_with": None,
                    "held_back": False,
                    "waits": False,
                    "notes": [],
                }
            ),
        ),
        (
            "promote",
            exactly(
                {
                    "actions": ["update"],
                    "action_reason": "change_role",
                    "before": {"username": "bob", "role": "member"},
                    "after": {"username": "bob", "role": "admin"},
                    "along_with": None,
                    "held_back": False,
                    "waits": False,
                    "notes": [],
                }
            ),
        ),
        (
            "remove",
            exactly(
                {
                    "actions": ["delete"],
                    "action_reason": "remove",
                    "before": {"username": "bob", "role": "member"},
                    "after": None,
                    "along_with": None,
                    "held_back": False,
                    "waits": False,
                    "notes": [],
                }
            ),
        ),
        (
            "along with a person",
            exactly(
                {
                    "actions": [],
                    "action_reason": None,
                    "before": None,
                    "after": None,
                    "along_with": "members.bob",
                    "held_back": False,
                    "waits": False,
                    "notes": [],
                }
            ),
        ),
        (
            "held back",
            exactly(
                {
                    "actions": [],
                    "action_reason": None,
                    "before": None,
                    "after": None,
                    "along_with": None,
                    "held_back": True,
                    "waits": False,
                    "notes": [
                        {
                            "severity": "info",
                            "code": "held-back",
                            "address": "members.bob",
                            "summary": "bob would be invited",
                            "hint": "invite is off",
                        }
                    ],
                }
            ),
        ),
        (
            "impossible",
            exactly(
                {
                    "actions": [],
                    "action_reason": None,
                    "before": None,
                    "after": None,
                    "along_with": None,
                    "held_back": False,
                    "waits": False,
                    "notes": [
                        {
                            "severity": "error",
                            "code": "unknown-login",
                            "address": "members.bob",
                            "summary": "GitHub has no bob",
                            "hint": "write rob?",
                        }
                    ],
                }
            ),
        ),
    ],
)
def test_what_the_plan_does_is_in_the_words_of_the_plan(story: str, plan: Any) -> None:
    assert only(DECIDED[story])["plan"] == plan


# The schema ---------------------------------------------------------------------------


def _everything() -> list[Explanation]:
    refusal = note(Severity.REFUSAL, "protected", "bob is protected", "unprotect bob")
    return [
        explanation(),
        explanation(*DECIDED.values()),
        explanation(*(not_asked(each) for each in TAKEN.values()), subject="teams.ops"),
        explanation(place(found=None, unseen=True), refusals=[refusal]),
        explanation(
            membership(
                ignored=("manage", "ignore", 0),
                protected=("safety", "protected"),
                found=found(member("bob"), kept_by=Keeper.ENTERPRISE),
            )
        ),
        explanation(membership("new.hire@acme.example", found=None)),
    ]


@pytest.mark.parametrize("each", _everything())
def test_the_document_keeps_to_its_schema(each: Explanation) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert list(validator.iter_errors(json.loads(written(each)))) == []


def test_lines_nobody_can_place_have_no_place() -> None:
    of = explanation_document(
        explanation(membership()),
        version="0.1.0",
        timestamp=NOW,
        locate=lambda _path, _part: None,
    )
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(of)
    step = of["things"][0]["ways"][0]["steps"][0]
    assert (step["file"], step["line"], step["column"]) == (None, None, None)


def test_the_schema_is_one_and_knows_every_word() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    parts = SCHEMA["$defs"]
    assert parts["way"]["properties"]["effect"]["enum"] == [*Effect]
    github = parts["github"]["properties"]
    assert github["standing"]["enum"] == [*Standing]
    assert github["kept_by"]["enum"] == [*Keeper, None]
    by_hand = {Reason.RENEW}
    reasons = [each for each in Reason if each not in by_hand]
    assert parts["plan"]["properties"]["action_reason"]["enum"] == [*reasons, None]


def _without_a_day(it: Any) -> None:
    del it["day"]


def _with_an_effect_nobody_knows(it: Any) -> None:
    it["things"][0]["ways"][0]["effect"] = "perhaps"


def _with_a_way_without_a_line(it: Any) -> None:
    it["things"][0]["ways"][0]["steps"] = []


def _with_a_line_before_the_first(it: Any) -> None:
    it["things"][0]["ways"][0]["steps"][0]["line"] = 0


def _with_a_reason_and_no_action(it: Any) -> None:
    it["things"][0]["plan"]["actions"] = []


def _with_something_before_it_was(it: Any) -> None:
    it["things"][0]["plan"]["before"] = {"username": "bob"}


def _with_a_standing_of_its_own(it: Any) -> None:
    it["things"][0]["github"] = {"standing": "asleep"}


@pytest.mark.parametrize(
    "spoil",
    [
        _without_a_day,
        _with_an_effect_nobody_knows,
        _with_a_way_without_a_line,
        _with_a_line_before_the_first,
        _with_a_reason_and_no_action,
        _with_something_before_it_was,
        _with_a_standing_of_its_own,
    ],
)
def test_the_schema_finds_what_is_wrong(spoil: Callable[[Any], None]) -> None:
    it = document(DECIDED["invite"])
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert validator.is_valid(it)
    spoil(it)
    assert not validator.is_valid(it)


# Other properties ---------------------------------------------------------------------


def test_times_are_in_utc_whatever_the_clock_says() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    told = json.loads(written(explanation(), local))
    assert told["timestamp"] == "2026-11-21T09:12:00Z"


def test_all_but_the_time_of_asking_depends_on_what_is_asked() -> None:
    of = explanation(*DECIDED.values())
    later = json.loads(written(of, NOW + timedelta(days=1)))
    assert later | {"timestamp": "2026-11-21T09:12:00Z"} == json.loads(written(of))


def test_an_address_of_the_files_is_nobody() -> None:
    assert document(of_team(), subject="teams.ops")["person"] is None
    assert document(membership(), subject="bob")["person"] == "bob"


@given(nasty)
def test_r14_hostile_text_comes_through_json_unharmed(text: str) -> None:
    described = of_team(found=found(team("ops", description=text)))
    assert only(described)["github"]["attributes"]["description"] == text
