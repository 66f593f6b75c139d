"""The queries we send, held against GitHub's published schema and documented limits."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    parse,
    validate,
)

from ghstate.github.accounts import LOGINS_AT_ONCE
from ghstate.github.identities import AT_ONCE
from ghstate.github.queries import (
    LANES,
    accounts_query,
    identities_query,
    overflow_query,
    snapshot_query,
    verified_emails_query,
)
from ghstate.github.reading import OVERFLOWS_AT_ONCE
from ghstate.sandbox.price import MAX_NODES, price

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / ".." / "shared" / "github" / "schema.graphql"

LARGEST_PAGE = 100
MOST_ALIASES = 75
"""With one more, GitHub was seen to answer RESOURCE_LIMITS_EXCEEDED."""

QUERIES = {
    "snapshot": snapshot_query(),
    "one list of members": overflow_query(["members"]),
    "one list of invitations": overflow_query(["invitations"]),
    "many lists": overflow_query(["members", "invitations"] * (OVERFLOWS_AT_ONCE // 2)),
    "one account": accounts_query(1),
    "many accounts": accounts_query(LOGINS_AT_ONCE),
    "one identity": identities_query(1),
    "many identities": identities_query(AT_ONCE),
    "one member's addresses": verified_emails_query(1),
    "many members' addresses": verified_emails_query(AT_ONCE),
}
EVERY_QUERY = pytest.mark.parametrize("name", QUERIES)


@cache
def ours() -> GraphQLSchema:
    return build_schema((ROOT / "schemas" / "github.graphql").read_text("utf-8"))


@cache
def published() -> GraphQLSchema:
    if not PUBLISHED.exists():
        pytest.skip("GitHub's published schema is not beside this checkout")
    # Some of its deprecated fields are not deprecated in the interface they are from.
    return build_schema(PUBLISHED.read_text("utf-8"), assume_valid=True)


@EVERY_QUERY
def test_every_query_is_one_that_the_schema_in_this_project_allows(name: str) -> None:
    assert validate(ours(), parse(QUERIES[name])) == []


@EVERY_QUERY
def test_every_query_is_one_that_github_publishes(name: str) -> None:
    assert validate(published(), parse(QUERIES[name])) == []


@EVERY_QUERY
def test_the_largest_form_of_a_query_keeps_to_the_documented_limits(name: str) -> None:
    """Pages of a hundred, half a million nodes; and a point, of 5,000 an hour."""
    document = parse(QUERIES[name])
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables: dict[str, object] = {}
    for each in operation.variable_definitions or ():
        variable = each.variable.name.value
        variables[variable] = variable.endswith(("Forward", "Backward")) or variable
    for lane in LANES:
        variables[f"{lane.name}Page"] = min(lane.largest_page, LARGEST_PAGE)
    variables["placesPage"] = LARGEST_PAGE

    cost = price(ours(), document, operation, variables)

    assert cost.widest <= LARGEST_PAGE
    assert cost.nodes <= MAX_NODES
    assert cost.points == 1


def test_lists_are_continued_fewer_at_a_time_than_github_was_seen_to_refuse() -> None:
    assert OVERFLOWS_AT_ONCE <= MOST_ALIASES


def test_a_team_is_asked_for_its_own_people_only() -> None:
    """T52: without it, the people of all teams below are counted among them."""
    for query in (snapshot_query(), overflow_query(["members"])):
        assert query.count(" members(") == query.count("membership: IMMEDIATE") > 0
