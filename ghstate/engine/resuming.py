"""Going on with a saved plan whose apply did not come to its end."""

from __future__ import annotations

from ghstate.engine.records import recorded
from ghstate.errors import PlanChanged
from ghstate.journal import UnderWay
from ghstate.plan.plan import Plan


def resumes(begun: UnderWay | None, digest: str) -> bool:
    """Is the apply that has *begun* one of the saved plan with this *digest*?

    `PlanChanged` if it is of another plan, and has changed something.
    """
    if begun is None:
        return False
    if begun.began is not None and begun.began.reviewed == digest:
        return True
    if begun.done or begun.damaged:
        raise PlanChanged(
            "an apply of something else has begun since the plan was made, and did not "
            "end; nothing was changed",
            hint="plan again",
        )
    return False


def check_taken_back(made: Plan, begun: UnderWay | None) -> None:
    """`PlanChanged` where somebody has undone what the apply had done before it died.

    Whoever reviewed the plan had not seen that.
    """
    if begun is None:
        return
    done = frozenset(begun.done)
    again = [c.address for c in made.changes if recorded(c.address) in done]
    if again:
        more = f" and {len(again) - 1} more" if len(again) > 1 else ""
        raise PlanChanged(
            f"{again[0]}{more} was done by the apply that did not end, and somebody "
            "took it back; nothing was changed",
            hint="review that, and plan again",
        )
