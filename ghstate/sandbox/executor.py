"""graphql-core's executor, with a short way for plain fields.

Most of what a client reads of an organization are logins, ids and roles by the
thousand. For each of them graphql-core builds a path, an info and a check, in some
eight microseconds; a scalar or enum without arguments needs none of these here, as its
resolver looks at nothing but the context, cannot fail, and answers in JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import GraphQLField, GraphQLObjectType, get_named_type, is_leaf_type
from graphql.execution import Executor
from graphql.pyutils import Path

# Response names with what each selects; graphql-core does not export these types.
Group: TypeAlias = dict[str, list[Any]]
Quick: TypeAlias = Callable[[Any, Any], Any]


@dataclass(frozen=True, slots=True)
class Glance:
    """As much of an info as a plain field needs."""

    context: Any


class QuickExecutor(Executor[Any]):
    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Path | None,
        grouped_field_set: Group,
        position_context: Any,
    ) -> dict[str, Any]:
        glance = self._glance()
        results: dict[str, Any] = {}
        for name, quick, details in self._plan(parent_type, grouped_field_set):
            if quick is not None:
                results[name] = quick(source_value, glance)
                continue
            results[name] = self.execute_field(
                parent_type,
                source_value,
                details,
                Path(path, name, parent_type.name),
                position_context,
            )
        return results

    def _glance(self) -> Glance:
        known: Glance | None = self.__dict__.get("glance")
        if known is None:
            known = self.__dict__["glance"] = Glance(self.context_value)
        return known

    def _plan(
        self, parent_type: GraphQLObjectType, group: Group
    ) -> list[tuple[str, Quick | None, list[Any]]]:
        """How each field of *group* is resolved, worked out once for all rows."""
        plans: dict[int, tuple[Group, list[Any]]] = self.__dict__.setdefault(
            "plans", {}
        )
        # The group is kept with its plan, so that its id stays its own.
        known = plans.get(id(group))
        if known is None:
            plan = [
                (name, _quick(parent_type, details), details)
                for name, details in group.items()
            ]
            known = plans[id(group)] = (group, plan)
        return known[1]


def _quick(parent_type: GraphQLObjectType, details: list[Any]) -> Quick | None:
    field: GraphQLField | None = parent_type.fields.get(details[0].node.name.value)
    if field is None or field.args or not is_leaf_type(get_named_type(field.type)):
        return None
    return field.resolve
