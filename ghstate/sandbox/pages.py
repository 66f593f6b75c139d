"""Pages of a GraphQL connection, cut by keyset cursors as GitHub cuts them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    InlineFragmentNode,
)

from ghstate.sandbox.conditions import Conditions, Distortion, TooLarge
from ghstate.sandbox.opaque import Key, Unreadable, cursor, read_cursor

LARGEST_PAGE = 100

K = TypeVar("K", bound=Key)


@dataclass(slots=True)
class Edge:
    key: Key
    node: object | None
    role: str | None = None
    two_factor: bool | None = None


@dataclass(slots=True)
class Page:
    """*edges* holds None where a row may not be shown."""

    edges: Sequence[Edge | None]
    keys: Sequence[Key]
    total: int
    has_next: bool
    has_previous: bool


@dataclass(frozen=True, slots=True)
class Rows(Generic[K]):
    """What a connection runs over: keys in ascending order, and what stands there."""

    keys: Sequence[K]
    edge: Callable[[K], Edge | None]
    descending: bool = False


def _error(kind: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind})


def page_of(
    rows: Rows[Any],
    arguments: Mapping[str, Any],
    info: GraphQLResolveInfo[Any],
    conditions: Conditions,
) -> Page:
    """The page *arguments* ask for; refuses at this place what GitHub refuses here."""
    first, last = arguments.get("first"), arguments.get("last")
    _check_bounds(first, last, info)
    _check_appetite(max(first or 0, last or 0), conditions)
    keys = rows.keys
    total = len(keys)
    lie = conditions.distortion(f"{info.parent_type.name}.{info.field_name}")
    if lie is not None:
        keys, total = _distorted(lie, keys)
    start, stop = _window(keys, arguments, descending=rows.descending)
    begin = start
    if first is not None:
        stop = min(stop, start + first)
    elif last is not None:
        start = max(start, stop - last)
    else:
        stop = start
    shown = keys[start:stop]
    if rows.descending:
        shown = keys[len(keys) - stop : len(keys) - start][::-1]
    edges = [rows.edge(key) for key in shown]
    if lie is not None and lie.drop_page == begin:
        edges = []
    return Page(edges, shown, total, stop < len(keys), start > 0)


def _check_appetite(size: int, conditions: Conditions) -> None:
    partial = conditions.when_too_large is TooLarge.PARTIAL
    if partial and conditions.max_page is not None and size > conditions.max_page:
        raise _error(
            "RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded."
        )


def _check_bounds(
    first: int | None, last: int | None, info: GraphQLResolveInfo[Any]
) -> None:
    name = info.field_name
    if first is None and last is None:
        if _wants_rows(info.field_nodes, info.fragments):
            raise _error(
                "MISSING_PAGINATION_BOUNDARIES",
                "You must provide a `first` or `last` value to properly paginate"
                f" the `{name}` connection.",
            )
        return
    if first is not None and last is not None:
        raise _error(
            "UNPROCESSABLE",
            "Passing both `first` and `last` values to paginate"
            f" the `{name}` connection is not supported.",
        )
    for bound, size in (("first", first), ("last", last)):
        if size is None:
            continue
        if size > LARGEST_PAGE:
            raise _error(
                "EXCESSIVE_PAGINATION",
                f"Requesting {size} records on the `{name}` connection exceeds"
                f" the `{bound}` limit of {LARGEST_PAGE} records.",
            )
        if size < 1:
            raise _error(
                "UNPROCESSABLE",
                f"`{bound}` on the `{name}` connection cannot be less than one.",
            )


def _wants_rows(
    connections: Iterable[FieldNode], fragments: Mapping[str, FragmentDefinitionNode]
) -> bool:
    pending = [each.selection_set for each in connections]
    while pending:
        selected = pending.pop()
        for each in () if selected is None else selected.selections:
            if isinstance(each, FragmentSpreadNode):
                pending.append(fragments[each.name.value].selection_set)
            elif isinstance(each, InlineFragmentNode):
                pending.append(each.selection_set)
            elif isinstance(each, FieldNode) and each.name.value in {"nodes", "edges"}:
                return True
    return False


def _distorted(lie: Distortion, keys: Sequence[Key]) -> tuple[Sequence[Key], int]:
    total = len(keys)
    if lie.keep is not None:
        keys = keys[: lie.keep]
        total = total if lie.honest else len(keys)
    return keys, total + lie.total_off_by


def _window(
    keys: Sequence[Key], arguments: Mapping[str, Any], *, descending: bool
) -> tuple[int, int]:
    """Where *after* and *before* lie, in the order in which rows are shown."""
    start, stop = 0, len(keys)
    if arguments.get("after"):
        key = _position(arguments["after"], keys)
        if descending:
            start = len(keys) - bisect_left(keys, key)
        else:
            start = bisect_right(keys, key)
    if arguments.get("before"):
        key = _position(arguments["before"], keys)
        if descending:
            stop = len(keys) - bisect_right(keys, key)
        else:
            stop = bisect_left(keys, key)
    return start, max(start, stop)


def _position(text: str, keys: Sequence[Key]) -> Key:
    try:
        key = read_cursor(text)
    except Unreadable:
        key = None
    if key is None or (keys and type(key) is not type(keys[0])):
        raise _error(
            "INVALID_CURSOR_ARGUMENTS",
            f"`{text}` does not appear to be a valid cursor.",
        )
    return key


def page_info(page: Page) -> dict[str, object]:
    ends = (cursor(page.keys[0]), cursor(page.keys[-1])) if page.keys else (None, None)
    return {
        "startCursor": ends[0],
        "endCursor": ends[1],
        "hasNextPage": page.has_next,
        "hasPreviousPage": page.has_previous,
    }
