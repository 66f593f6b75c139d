"""A saved plan in a few words, as `ghstate plan --out` would have written it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from ghstate.plan.comparison import Extent
from ghstate.plan.document import digest
from ghstate.plan.folding import count_removals
from ghstate.plan.plan import Plan
from ghstate.plan.saved import FORMAT, Binding, Moment, SavedPlan, StateThen
from ghstate.report.describe import describe
from ghstate.report.page import as_data
from ghstate.report.place import nowhere
from ghstate.report.plan_json import plan_document
from tests.build import ACME, NOW
from tests.report import stories

LINEAGE = "5e0a1f0e-8f0c-4a51-9a53-0d5a4f1f7c11"
BINDING = Binding(
    format=FORMAT,
    made_at=NOW,
    expires_at=NOW + timedelta(days=7),
    organization=ACME,
    files={"ghstate.toml": "0a", "members.toml": "1b", "teams.toml": "2c"},
    state=StateThen(LINEAGE, 12, 9),
    allow_removals=None,
    reinvite_left=False,
    targets=(),
    removals={},
    along={},
    ids={},
)


def saved(
    plan: Plan | None = None,
    *,
    version: str = "0.1.0",
    at: Moment = NOW,
    **binding: Any,
) -> SavedPlan:
    """*plan*, or the small one of the stories; *binding* is what is otherwise."""
    plan = stories.small() if plan is None else plan
    extent = Extent.of(with_removals(plan))
    binding = {
        "removals": extent.removals,
        "along": extent.along,
        "ids": extent.ids,
        **binding,
    }
    return SavedPlan(
        version=version,
        digest=digest(plan),
        entries=extent.entries,
        binding=replace(BINDING, **binding),
        document=plan_document(
            plan,
            version=version,
            timestamp=at,
            state=(LINEAGE, 12),
            place_of=nowhere,
        ),
        page=as_data(describe(plan, now=at, place_of=nowhere, digest=digest(plan))),
    )


def with_removals(plan: Plan) -> Plan:
    """*plan* as the planner gives it, with what goes counted."""
    return replace(plan, removals=count_removals(plan.changes, plan.implied))
