"""GraphQL over a world: GitHub's schema as far as it is needed, run by graphql-core."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    execute_sync,
    get_variable_values,
    parse,
    validate,
)

from ghstate.sandbox.conditions import Conditions, TooLarge
from ghstate.sandbox.executor import QuickExecutor
from ghstate.sandbox.price import MAX_NODES, Price, price
from ghstate.sandbox.reading import Reading
from ghstate.sandbox.replies import TIMEOUT, Reply
from ghstate.sandbox.resolvers import fields_of, type_of
from ghstate.sandbox.viewers import Viewer
from ghstate.sandbox.world import World


@cache
def schema() -> GraphQLSchema:
    """The subset of GitHub's schema this package brings along, with its resolvers."""
    text = files("ghstate.sandbox").joinpath("github.graphql").read_text("utf-8")
    built = build_schema(text)
    for type_ in built.type_map.values():
        if isinstance(type_, GraphQLInterfaceType):
            type_.resolve_type = lambda value, *_: type_of(value)
        if not isinstance(type_, GraphQLObjectType):
            continue
        resolvers = fields_of(type_.name)
        for name, field in type_.fields.items():
            field.resolve = resolvers.get(name, field.resolve)
    return built


@dataclass(frozen=True, slots=True)
class Prepared:
    document: DocumentNode
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        for each in self.document.definitions:
            if isinstance(each, OperationDefinitionNode) and (
                name is None or (each.name is not None and each.name.value == name)
            ):
                return each
        return None


@lru_cache(maxsize=512)
def prepare(text: str) -> Prepared | GraphQLError:
    """Parse and validate a document, once for each text."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return error
    return Prepared(document, tuple(validate(schema(), document)))


def operation_name(text: str) -> str:
    """What the first operation of a document calls itself; empty when it does not."""
    prepared = prepare(text)
    if isinstance(prepared, Prepared):
        operation = prepared.operation(None)
        if operation is not None and operation.name is not None:
            return operation.name.value
    return ""


@dataclass(frozen=True, slots=True)
class Answer:
    reply: Reply
    points: int = 0


def failure(*errors: Mapping[str, Any]) -> Answer:
    return Answer(Reply(200, {"errors": list(errors)}))


def formatted(error: GraphQLError) -> dict[str, Any]:
    """An error in GitHub's shape, where `type` stands beside the message."""
    shape: dict[str, Any] = {**error.formatted}
    extensions = {**shape.pop("extensions", {})}
    if "type" in extensions:
        shape["type"] = extensions.pop("type")
    if extensions:
        shape["extensions"] = extensions
    return shape


def answer(
    world: World, viewer: Viewer, conditions: Conditions, body: Mapping[str, Any]
) -> Answer:
    """Price a query, refuse it where GitHub would, or carry it out."""
    text = body.get("query")
    if not isinstance(text, str) or not text.strip():
        return failure({"message": "A query attribute must be specified."})
    prepared = prepare(text)
    if isinstance(prepared, GraphQLError):
        return failure(formatted(prepared))
    if prepared.errors:
        return failure(*map(formatted, prepared.errors))
    name, given = body.get("operationName"), body.get("variables") or {}
    operation = prepared.operation(name)
    if operation is None:
        return failure({"message": f"No operation named {name!r}"})
    variables = get_variable_values(
        schema(), operation.variable_definitions or (), given
    )
    if isinstance(variables, list):
        return failure(*map(formatted, variables))
    cost = price(schema(), prepared.document, operation, variables.coerced)
    refusal = _refusal(world, viewer, conditions, cost)
    if refusal is not None:
        return refusal
    result = execute_sync(
        schema(),
        prepared.document,
        variable_values=given,
        operation_name=name,
        context_value=Reading(world, viewer, conditions, cost),
        executor_class=QuickExecutor,
    )
    reply: dict[str, Any] = {"data": result.data}
    if result.errors:
        reply["errors"] = [formatted(error) for error in result.errors]
    return Answer(Reply(200, reply), 0 if cost.dry_run else cost.points)


def _refusal(
    world: World, viewer: Viewer, conditions: Conditions, cost: Price
) -> Answer | None:
    if cost.nodes > MAX_NODES:
        return failure(
            {
                "type": "MAX_NODE_LIMIT_EXCEEDED",
                "locations": [{"line": 1, "column": 1}],
                "message": (
                    f"This query requests up to {cost.nodes:,} possible nodes which"
                    f" exceeds the maximum limit of {MAX_NODES:,}."
                ),
            }
        )
    budget = conditions.graphql
    if not budget.spend(0 if cost.dry_run else cost.points, world.now):
        return failure(
            {
                "type": "RATE_LIMITED",
                "code": "graphql_rate_limit",
                "message": (
                    f"API rate limit already exceeded for user ID {viewer.account}."
                ),
            }
        )
    if conditions.when_too_large is TooLarge.TIMEOUT:
        page, most = conditions.max_page, conditions.max_nodes
        if page is not None and cost.widest > page:
            return Answer(TIMEOUT, cost.points)
        if most is not None and cost.nodes > most:
            return Answer(TIMEOUT, cost.points)
    return None
