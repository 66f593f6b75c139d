from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from hypothesis import given
from hypothesis import strategies as st

from ghstate.sandbox.graphql import schema
from ghstate.sandbox.price import Price, price

# The examples GitHub documents speak of repositories, issues and comments.
DOCUMENTED = build_schema("""
  type Query { viewer: User }
  type User { login: String
    repositories(first: Int): RepositoryConnection
    followers(first: Int): UserConnection }
  type UserConnection { nodes: [User] edges: [UserEdge] }
  type UserEdge { node: User }
  type RepositoryConnection { edges: [RepositoryEdge] }
  type RepositoryEdge { node: Repository }
  type Repository { id: ID name: String
    issues(first: Int): IssueConnection pullRequests(first: Int): IssueConnection }
  type IssueConnection { totalCount: Int edges: [IssueEdge] }
  type IssueEdge { node: Issue }
  type Issue { id: ID title: String
    labels(first: Int): LabelConnection comments(first: Int): LabelConnection }
  type LabelConnection { edges: [LabelEdge] }
  type LabelEdge { node: Label }
  type Label { id: ID name: String }
""")


def priced(text: str, on: Any = None, **variables: Any) -> Price:
    document = parse(text)
    [operation] = [
        each
        for each in document.definitions
        if isinstance(each, OperationDefinitionNode)
    ]
    known = on or schema()
    assert validate(known, document) == []
    return price(known, document, operation, variables)


def test_the_documented_price() -> None:
    cost = priced(
        """{ viewer { login repositories(first: 100) { edges { node { id
             issues(first: 50) { edges { node { id
             labels(first: 60) { edges { node { id name } } } } } } } } } } }""",
        DOCUMENTED,
    )

    assert (cost.requests, cost.points) == (5_101, 51)


def test_the_documented_number_of_nodes() -> None:
    cost = priced(
        """{ viewer { repositories(first: 50) { edges { node { name
             pullRequests(first: 20) { edges { node { title
               comments(first: 10) { edges { node { id } } } } } }
             issues(first: 20) { totalCount edges { node { title
               comments(first: 10) { edges { node { id } } } } } } } } }
             followers(first: 10) { edges { node { login } } } } }""",
        DOCUMENTED,
    )

    assert cost.nodes == 22_060


@pytest.mark.parametrize(
    ("asked", "points", "nodes"),
    [
        ("membersWithRole(first: 100) { nodes { id } }", 1, 100),
        ("membersWithRole { totalCount }", 1, 0),
        (
            "teams(first: 100) { nodes { members(first: 100) { nodes { id } } } }",
            1,
            10_100,
        ),
        (
            """teams(first: 100) { nodes {
                 members(first: 100) { nodes { id } }
                 invitations(first: 50) { nodes { id } } } }""",
            2,
            15_100,
        ),
        (
            """teams(first: 50) { nodes { childTeams(first: 1) { nodes { id } }
                 members(first: 1) { nodes { id } }
                 invitations(first: 1) { nodes { id } } } }""",
            2,
            200,
        ),
        (
            """a: membersWithRole(first: 100) { nodes { id } }
               b: membersWithRole(last: 100) { nodes { id } }""",
            1,
            200,
        ),
    ],
)
def test_a_query_has_a_price(asked: str, points: int, nodes: int) -> None:
    cost = priced(f'{{ organization(login: "acme") {{ {asked} }} }}')

    assert (cost.points, cost.nodes) == (points, nodes)


def test_what_is_left_out_costs_nothing() -> None:
    text = """query ($with: Boolean!) { organization(login: "acme") {
      ...Teams @include(if: $with)
      membersWithRole(first: 5) @skip(if: $with) { nodes { id } } } }
      fragment Teams on Organization { teams(first: 7) { nodes { id } } }"""

    assert priced(text, **{"with": True}).nodes == 7
    assert priced(text, **{"with": False}).nodes == 5


def test_ids_multiply_and_are_no_request_of_their_own() -> None:
    text = """query ($ids: [ID!]!) { nodes(ids: $ids) {
      ... on Team { members(first: 10) { nodes { id } } } } }"""

    cost = priced(text, ids=[str(each) for each in range(20)])

    assert (cost.requests, cost.nodes) == (20, 220)


def test_the_widest_page_is_known() -> None:
    cost = priced(
        """{ organization(login: "acme") {
             teams(first: 20) { nodes { members(last: 70) { nodes { id } } } } } }"""
    )

    assert cost.widest == 70


@given(st.integers(1, 100), st.integers(1, 100))
def test_the_size_of_the_innermost_page_does_not_matter(outer: int, inner: int) -> None:
    def cost(size: int) -> int:
        return priced(
            f"""{{ organization(login: "acme") {{ teams(first: {outer}) {{
                 nodes {{ members(first: {size}) {{ nodes {{ id }} }} }} }} }} }}"""
        ).points

    assert cost(inner) == cost(1)
