"""What a query costs, by the rules GitHub documents.

Every connection asked for counts once per parent it runs under; a hundred of these
requests are a point, and a query costs at least one. Nodes are counted as if every page
came full. `nodes(ids:)` multiplies like a connection and is no request of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    get_named_type,
    is_composite_type,
    value_from_ast_untyped,
)

MAX_NODES = 500_000
REQUESTS_PER_POINT = 100


@dataclass(slots=True)
class Price:
    requests: int = 0
    nodes: int = 0
    widest: int = 0
    """The largest page any connection asks for."""
    dry_run: bool = False

    @property
    def points(self) -> int:
        return max(1, int(self.requests / REQUESTS_PER_POINT + 0.5))


def price(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Price:
    """The price of *operation*, a valid one; *variables* with their defaults."""
    root = schema.query_type
    walk = _Walk(schema, fragments_of(document), variables)
    if root is not None:
        walk.into(root, operation.selection_set, 1)
    return walk.price


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }


class _Walk:
    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ) -> None:
        self.price = Price()
        self._schema = schema
        self._fragments = fragments
        self._variables = dict(variables)

    def into(
        self, parent: GraphQLCompositeType, selected: SelectionSetNode, parents: int
    ) -> None:
        for type_, field in self._fields(parent, selected):
            self._field(type_, field, parents)

    def _fields(
        self, parent: GraphQLCompositeType, selected: SelectionSetNode
    ) -> Iterator[tuple[GraphQLCompositeType, FieldNode]]:
        for each in selected.selections:
            if self._left_out(each):
                continue
            if isinstance(each, FieldNode):
                yield parent, each
                continue
            condition = None
            inner: SelectionSetNode
            if isinstance(each, FragmentSpreadNode):
                fragment = self._fragments[each.name.value]
                condition, inner = fragment.type_condition, fragment.selection_set
            elif isinstance(each, InlineFragmentNode):
                condition, inner = each.type_condition, each.selection_set
            else:
                continue
            named = condition and self._schema.get_type(condition.name.value)
            yield from self._fields(
                named if is_composite_type(named) else parent, inner
            )

    def _field(
        self, parent: GraphQLCompositeType, field: FieldNode, parents: int
    ) -> None:
        name = field.name.value
        if name.startswith("__"):
            return
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType):
            return
        type_ = get_named_type(parent.fields[name].type)
        arguments = {
            each.name.value: self._value(each.value) for each in field.arguments or ()
        }
        children = parents
        if type_.name.endswith("Connection"):
            size = arguments.get("first") or arguments.get("last") or 0
            if size:
                self.price.requests += parents
                self.price.nodes += parents * size
                self.price.widest = max(self.price.widest, size)
            children = parents * size
        elif name == "nodes" and parent is self._schema.query_type:
            children = parents * len(arguments.get("ids") or ())
            self.price.nodes += children
        elif name == "rateLimit":
            self.price.dry_run = bool(arguments.get("dryRun"))
        if field.selection_set is not None and is_composite_type(type_):
            self.into(type_, field.selection_set, children)

    def _value(self, node: ValueNode) -> Any:
        return value_from_ast_untyped(node, self._variables)

    def _left_out(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            given = {each.name.value: each.value for each in directive.arguments or ()}
            if directive.name.value == "skip" and self._value(given["if"]):
                return True
            if directive.name.value == "include" and not self._value(given["if"]):
                return True
        return False
