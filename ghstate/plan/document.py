"""A plan's changes as plain data, and the digest that names exactly this plan.

The layout is that of Terraform's plan JSON, the attributes are those of its GitHub
provider (contract §5.1). The digest is the SHA-256 of this JSON, with sorted keys,
in UTF-8 and without spaces:

    {"organization":{"id":77},"resource_changes":[…]}
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Any, assert_never

from ghstate.model.resource import Resource
from ghstate.model.team import Team
from ghstate.plan.change import Change, Create, Delete, Update
from ghstate.plan.plan import Plan


def resource_changes(plan: Plan) -> list[dict[str, Any]]:
    """The changes, sorted by address, as ``resource_changes`` of a plan document."""
    return [
        resource_change(change)
        for change in sorted(plan.changes, key=lambda c: c.address)
    ]


def digest(plan: Plan) -> str:
    """The 64 hexadecimal digits that ``ghstate apply --expect`` takes.

    Nothing but the organization's id and the changes counts, so that the plan of
    the review and the plan of the release are the same when they do the same.
    """
    content = {
        "organization": {"id": plan.organization.id},
        "resource_changes": resource_changes(plan),
    }
    return sha256(canonical(content)).hexdigest()


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one way to write *content* as JSON."""
    text = json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    # Half a surrogate pair has no UTF-8; escaped like this it is JSON all the same.
    return text.encode("utf-8", "backslashreplace")


def resource_change(change: Change) -> dict[str, Any]:
    """The change as one of ``resource_changes``."""
    return {
        "address": str(change.address),
        "mode": "managed",
        "type": change.resource.TYPE,
        "name": change.address[-1],
        "change": _change(change),
        "action_reason": change.reason.value,
    }


def _change(change: Change) -> dict[str, Any]:
    match change:
        case Create(after=after):
            unknown = {"id": True} if isinstance(after, Team) else {}
            return _actions("create", None, dict(after.document()), unknown)
        case Update(before=before, after=after, managed=managed):
            return _actions(
                "update",
                attributes(before.resource, managed),
                attributes(after, managed),
                {},
            )
        case Delete(before=before):
            return _actions("delete", dict(before.resource.document()), None, {})
        case _:
            assert_never(change)


def _actions(
    action: str,
    before: dict[str, object] | None,
    after: dict[str, object] | None,
    after_unknown: dict[str, bool],
) -> dict[str, Any]:
    return {
        "actions": [action],
        "before": before,
        "after": after,
        "after_unknown": after_unknown,
    }


def attributes(resource: Resource, managed: Collection[str]) -> dict[str, object]:
    """The attributes that the files decide on, and those that say what it is.

    A kind's `Resource.document` has one attribute for each field, in their order.
    """
    return {
        attribute: held
        for name, (attribute, held) in zip(
            resource.__struct_fields__, resource.document().items(), strict=True
        )
        if name in managed or name in resource.KEY
    }
