"""A whole read: whatever GitHub answers, a snapshot or a clear error."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest
from gql import GraphQLRequest

from ghstate.errors import GitHubError, IncompleteRead, Unreachable
from ghstate.github.asking import Asker
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.exchange import Exchange
from ghstate.github.pace import Pacer
from ghstate.github.reading import Reader
from ghstate.github.session import Reply, Session
from ghstate.github.shapes import shaped
from ghstate.model.organization import Snapshot
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import OWNER
from tests.sandbox.talk import call
from tests.traps.conversation import Heard, Time, conversation

Path: TypeAlias = tuple[str | int, ...]
Answers: TypeAlias = dict[str, Any]

NOW = datetime(2026, 11, 21, tzinfo=UTC)
INSTEAD: tuple[object, ...] = (None, 5, "x", [], {}, [None])
"""What may stand where something else stood in a good answer."""


class Played(Session):
    """A conversation that has been held before, and may be told differently."""

    def __init__(self, answers: Answers) -> None:
        time, there = Time(), Endpoint("http://127.0.0.1", "http://127.0.0.1/graphql")
        exchange = Exchange(
            endpoint=there,
            token=Token(OWNER),
            clock=time.clock(),
            max_wait=5,
            listener=Heard(),
        )
        super().__init__("acme", there, Pacer(0, time.clock()), exchange)
        self.time = time
        self.answers = answers

    async def query(self, request: GraphQLRequest) -> Mapping[str, Any]:
        return shaped(self.answers["/graphql"]["data"], dict[str, Any], "the answer")

    async def get(self, path: str, **parameters: str | int) -> Reply:
        body = self.answers[path]
        status = 404 if isinstance(body, dict) and "message" in body else 200
        return Reply(status, {}, body, f"GET {path}")


def played(answers: Answers) -> Snapshot:
    """The read of an organization that gives these *answers*."""
    session = Played(answers)
    reader = Reader(session, Asker(session, session.time.sleep))
    return asyncio.run(reader.read(NOW))


@pytest.fixture(scope="module")
def good() -> Answers:
    """What a small organization answers to each request of a read, by its path."""
    world = World("acme", start=NOW)
    world.add_member("ada", OrgRole.ADMIN)
    world.add_member("bob")
    world.add_team("dev")
    world.add_team("ops", "bob", parent="dev", maintainers=("ada",))
    world.invite("zoe", teams=("ops",), by="ada")
    world.invite("new@acme.example", by="ada")

    async def work(sandbox: Sandbox) -> None:
        async with conversation(sandbox) as talk:
            await talk.github.read()

    with Sandbox(world) as sandbox:
        asyncio.run(work(sandbox))
        asked = list(sandbox.history)
        return {
            each.path: call(sandbox, each.method, each.path, each.body).body
            for each in asked
        }


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Everywhere in *value* where something stands."""
    yield path
    inside: dict[Any, Any] = {}
    if isinstance(value, dict):
        inside = value
    elif isinstance(value, list):
        inside = dict(enumerate(value))
    for key, each in inside.items():
        yield from places(each, (*path, key))


def changed(answers: Answers, path: Path, instead: object) -> Answers:
    *way, last = path
    copy = deepcopy(answers)
    inside: Any = copy
    for step in way:
        inside = inside[step]
    inside[last] = instead
    return copy


def test_a_good_answer_is_a_snapshot(good: Answers) -> None:
    found = played(good)

    assert sorted(str(address) for address in found.observed) == [
        "members.ada",
        "members.bob",
        "members.zoe",
        "teams.dev",
        "teams.ops",
        "teams.ops.members.ada",
        "teams.ops.members.bob",
        "teams.ops.members.zoe",
    ]
    assert len(found.others) == 1


@pytest.mark.parametrize("instead", INSTEAD, ids=json.dumps)
def test_anything_else_is_a_snapshot_or_one_of_our_errors(
    good: Answers, instead: object
) -> None:
    """Each thing in the answers is replaced in turn; no other exception gets out."""
    ended: list[object] = []
    for path in places(good):
        if path in {(), ("/graphql",), ("/graphql", "data")}:
            continue
        try:
            ended.append(played(changed(good, path, instead)))
        except GitHubError as error:
            ended.append(error)

    assert len(ended) > 100
    assert any(isinstance(each, GitHubError) for each in ended)


FIRST = ("/graphql", "data", "organization")
OPS = (*FIRST, "teamsForward", "edges", 1, "node")


@pytest.mark.parametrize(
    ("path", "instead", "kind"),
    [
        ((*FIRST, "membersForward"), None, None),
        ((*FIRST, "teamsForward"), None, Unreachable),
        ((*FIRST, "teamsForward", "edges"), None, IncompleteRead),
        ((*FIRST, "teamsForward", "totalCount"), 1, IncompleteRead),
        ((*OPS, "members"), None, Unreachable),
        ((*OPS, "members", "edges"), [], IncompleteRead),
        ((*OPS, "privacy"), "INTERNAL", Unreachable),
        ((*OPS, "members", "edges", 0, "role"), "OWNER", Unreachable),
        ((*FIRST, "membersForward", "edges", 0, "role"), None, None),
        (("/orgs/acme/invitations", 0, "id"), "7", Unreachable),
        (("/orgs/acme/invitations",), {}, Unreachable),
    ],
)
def test_a_gap_is_no_smaller_organization(
    good: Answers,
    path: Path,
    instead: object,
    kind: type[GitHubError] | None,
) -> None:
    answers = changed(good, path, instead)
    if kind is None:
        # The other end of the list still has everybody, in the right roles.
        assert played(answers).observed == played(good).observed
    else:
        with pytest.raises(kind):
            played(answers)


def test_one_person_twice_does_not_stand_for_two(good: Answers) -> None:
    edges = (*OPS, "members", "edges")
    one = {"role": "MEMBER", "node": {"databaseId": 5, "login": "bob"}}

    with pytest.raises(IncompleteRead, match="counts 2 members of the team ops, and 1"):
        played(changed(good, edges, [one, one]))
