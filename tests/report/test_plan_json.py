"""The plan for programs: its exact layout, its schema, its digest."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from inline_snapshot import snapshot as exactly
from msgspec.structs import fields, replace

from ghstate.model.kinds import KINDS
from ghstate.model.note import Severity
from ghstate.model.organization import Organization
from ghstate.model.resource import Resource
from ghstate.plan.change import Create, Reason, Update
from ghstate.plan.document import digest, resource_changes
from ghstate.plan.plan import Plan
from ghstate.report.place import nowhere
from ghstate.report.plan_json import encoded, plan_document
from tests.build import NOW, found, invited, member, team, team_member
from tests.report import stories
from tests.report.nasty import nasty

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "schemas" / "plan.v1.schema.json").read_bytes()
)


def document(plan: Plan, timestamp: datetime = NOW) -> bytes:
    return encoded(
        plan_document(
            plan,
            version="0.1.0",
            timestamp=timestamp,
            state=("5a1e", 12),
            place_of=stories.spot_of,
        )
    )


def test_the_document_of_the_contract() -> None:
    plan = stories.plan(
        stories.invites("Bob"),
        waiting=[invited(member("erin"))],
        notes=[
            stories.note(
                Severity.WARNING, "renamed", "gil moved", "write new", "members.gil"
            )
        ],
    )
    assert document(plan).decode() == exactly("""\
{
  "format_version": "1.2",
  "ghstate_version": "0.1.0",
  "timestamp": "2026-11-21T09:12:00Z",
  "organization": {
    "login": "acme",
    "id": 77
  },
  "state": {
    "lineage": "5a1e",
    "serial": 12
  },
  "resource_changes": [
    {
      "address": "members.bob",
      "mode": "managed",
      "type": "github_membership",
      "name": "bob",
      "change": {
        "actions": [
          "create"
        ],
        "before": null,
        "after": {
          "username": "Bob",
          "role": "member"
        },
        "after_unknown": {}
      },
      "action_reason": "invite"
    }
  ],
  "waiting": [
    {
      "address": "members.erin",
      "role": "member",
      "invited_at": "2026-11-18T09:12:00Z",
      "expires_at": "2026-11-25T09:12:00Z"
    }
  ],
  "notes": [
    {
      "severity": "warning",
      "code": "renamed",
      "address": "members.gil",
      "summary": "gil moved",
      "hint": "write new",
      "file": "members.toml",
      "line": 14,
      "column": 1
    }
  ],
  "summary": {
    "create": 1,
    "update": 0,
    "delete": 0,
    "waiting": 1,
    "held_back": 0
  },
  "refused": false,
  "digest": "sha256:b46f6375270e9410f68525a2c4d64292c8ee1aca9d7e2831276b70ac1b75c722"
}
""")


def test_create_update_and_delete_in_terraforms_words() -> None:
    assert [each["change"] for each in resource_changes(stories.again())] == exactly(
        [
            {
                "actions": ["create"],
                "before": None,
                "after": {"username": "kim", "role": "admin"},
                "after_unknown": {},
            },
            {
                "actions": ["create"],
                "before": None,
                "after": {"username": "lou", "role": "member"},
                "after_unknown": {},
            },
            {
                "actions": ["update"],
                "before": {"username": "max", "role": "admin"},
                "after": {"username": "max", "role": "member"},
                "after_unknown": {},
            },
            {
                "actions": ["update"],
                "before": {
                    "slug": "docs",
                    "privacy": "closed",
                    "notification_setting": "notifications_enabled",
                    "parent_team_id": "web",
                },
                "after": {
                    "slug": "docs",
                    "privacy": "secret",
                    "notification_setting": "notifications_disabled",
                    "parent_team_id": None,
                },
                "after_unknown": {},
            },
            {
                "actions": ["delete"],
                "before": {
                    "slug": "legacy",
                    "name": "legacy",
                    "description": "",
                    "privacy": "closed",
                    "notification_setting": "notifications_enabled",
                    "parent_team_id": None,
                },
                "after": None,
                "after_unknown": {},
            },
            {
                "actions": ["update"],
                "before": {"slug": "platform-eng", "name": "Platform Eng"},
                "after": {"slug": "platform", "name": "Platform"},
                "after_unknown": {},
            },
        ]
    )


@pytest.mark.parametrize(
    "plan",
    [
        stories.plan(),
        stories.small(),
        stories.again(),
        stories.refused(),
        stories.big(30),
        stories.plan(waiting=[invited(member("kim"), invited_at=None)]),
        stories.plan(waiting=[found(team("without-a-role"))]),
    ],
)
def test_the_document_keeps_to_its_schema(plan: Plan) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    assert list(validator.iter_errors(json.loads(document(plan)))) == []


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    reasons = SCHEMA["$defs"]["resource_change"]["properties"]["action_reason"]
    asked_for_by_hand = {Reason.RENEW}
    assert reasons["enum"] == [r.value for r in Reason if r not in asked_for_by_hand]


def test_people_known_by_an_address_wait_under_it() -> None:
    plan = stories.plan(waiting=[invited(member("new.hire@acme.example"))])
    assert json.loads(document(plan))["waiting"] == exactly(
        [
            {
                "address": 'members."new.hire@acme.example"',
                "role": "member",
                "invited_at": "2026-11-18T09:12:00Z",
                "expires_at": "2026-11-25T09:12:00Z",
            }
        ]
    )


def _without_a_digest(plan: Any) -> None:
    del plan["digest"]


def _with_something_before_it_was(plan: Any) -> None:
    plan["resource_changes"][0]["change"]["before"] = {"username": "bob"}


def _with_an_action_nobody_knows(plan: Any) -> None:
    plan["resource_changes"][0]["change"]["actions"] = ["no-op"]


def _with_less_than_nothing(plan: Any) -> None:
    plan["summary"]["create"] = -1


def _with_a_severity_of_our_own(plan: Any) -> None:
    plan["notes"][0]["severity"] = "refusal"


def _with_half_a_place(plan: Any) -> None:
    del plan["notes"][0]["line"]


@pytest.mark.parametrize(
    "spoil",
    [
        _without_a_digest,
        _with_something_before_it_was,
        _with_an_action_nobody_knows,
        _with_less_than_nothing,
        _with_a_severity_of_our_own,
        _with_half_a_place,
    ],
)
def test_the_schema_finds_what_is_wrong(spoil: Callable[[Any], None]) -> None:
    plan = json.loads(document(stories.small()))
    spoil(plan)
    assert not jsonschema.Draft202012Validator(SCHEMA).is_valid(plan)


def test_only_what_is_managed_is_told_of_an_update() -> None:
    update = Update(
        found(team("ops", description="old", privacy="secret")),
        team("ops", description="new", privacy="secret", parent="eng"),
        frozenset({"description", "parent"}),
        Reason.UPDATE,
    )
    (change,) = resource_changes(stories.plan(update))
    assert change["change"] == exactly(
        {
            "actions": ["update"],
            "before": {"slug": "ops", "description": "old", "parent_team_id": None},
            "after": {"slug": "ops", "description": "new", "parent_team_id": "eng"},
            "after_unknown": {},
        }
    )


def test_the_id_of_a_new_team_is_not_known_yet() -> None:
    new = Create(team("ops"), Reason.CREATE)
    (change,) = resource_changes(stories.plan(new))
    assert change["change"]["after_unknown"] == {"id": True}


def test_a_refusal_is_an_error_and_says_that_the_plan_is_refused() -> None:
    plan = json.loads(document(stories.refused()))
    assert plan["refused"] is True
    assert [note["severity"] for note in plan["notes"]] == ["error"] * 3
    assert not json.loads(document(stories.small()))["refused"]


def test_without_a_stored_state_there_is_none_to_name() -> None:
    plan = encoded(
        plan_document(
            stories.plan(), version="0", timestamp=NOW, state=None, place_of=nowhere
        )
    )
    assert json.loads(plan)["state"] is None


def test_times_are_in_utc_whatever_the_clock_says() -> None:
    local = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert json.loads(document(stories.plan(), local))["timestamp"] == (
        "2026-11-21T09:12:00Z"
    )


def test_the_order_of_changes_makes_no_difference() -> None:
    plan = stories.small()
    backwards = replace(plan, changes=plan.changes[::-1])
    assert document(plan) == document(backwards)


def test_anybody_can_make_the_digest() -> None:
    plan = json.loads(document(stories.small()))
    content = {
        "organization": {"id": plan["organization"]["id"]},
        "resource_changes": plan["resource_changes"],
    }
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    assert plan["digest"] == f"sha256:{sha256(text.encode()).hexdigest()}"


def test_the_digest_is_the_same_tomorrow() -> None:
    assert digest(stories.small()) == exactly(
        "444b31a0b639b4ef38e989f09334c9adbbcf155a153e18b3a3023c5528dbb21e"
    )


def test_what_is_awaited_or_remarked_is_not_in_the_digest() -> None:
    plan = stories.small()
    bare = replace(plan, waiting=(), notes=(), people=1, held_back=9)
    assert digest(bare) == digest(plan)


def test_the_digest_changes_with_every_change() -> None:
    plan = stories.small()
    changes = plan.changes
    others = [
        *(replace(plan, changes=changes[:at] + changes[at + 1 :]) for at in range(9)),
        replace(plan, changes=(*changes, stories.invites("zoe"))),
        replace(plan, changes=(stories.invites("Bob", "admin"), *changes[1:])),
        replace(plan, organization=Organization("acme", 78)),
    ]
    digests = {digest(each) for each in [plan, *others]}
    assert len(digests) == len(others) + 1


def test_an_organization_that_is_renamed_keeps_its_digests() -> None:
    plan = stories.small()
    renamed = replace(plan, organization=Organization("acme-corp", 77))
    assert digest(renamed) == digest(plan)


@given(nasty)
def test_r14_hostile_text_comes_through_json_unharmed(text: str) -> None:
    update = Update(
        found(team("ops")),
        team("ops", description=text),
        frozenset({"description"}),
        Reason.UPDATE,
    )
    written = document(stories.plan(update))
    change = json.loads(written.decode())["resource_changes"][0]["change"]
    assert change["after"]["description"] == text


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_one_attribute_for_each_field_in_order(
    kind: type[Resource],
) -> None:
    examples: dict[str, Resource] = {
        each.TYPE: each
        for each in (
            member("ada"),
            team("ops", "Ops!", description="d", parent="eng"),
            team_member("ops", "ada"),
        )
    }
    example = examples[kind.TYPE]
    names = [field.name for field in fields(example)]
    for at, name in enumerate(names):
        other = _changed(example, name)
        before, after = example.document(), other.document()
        assert [key for key in before if before[key] != after[key]] == [
            list(before)[at]
        ]


def _changed(example: Resource, name: str) -> Resource:
    held = getattr(example, name)
    match held:
        case bool():
            new: object = not held
        case _ if hasattr(type(held), "__members__"):
            new = next(each for each in type(held) if each is not held)
        case _:
            new = type(held)(f"{held}x")
    return replace(example, **{name: new})


@pytest.mark.parametrize("mark", ["\x1b", "\x9b", "\u202e", "\u200b", "\ud800", "\x7f"])
def test_json_is_safe_to_look_at_and_says_the_same(mark: str) -> None:
    written = encoded({"name": f"a{mark}b → é"}).decode()

    assert mark not in written
    assert "→ é" in written
    assert json.loads(written) == {"name": f"a{mark}b → é"}
