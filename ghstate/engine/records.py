"""What the journal of an apply says of one change."""

from __future__ import annotations

from datetime import datetime

from ghstate.journal import Ended
from ghstate.model.address import Address
from ghstate.model.mailbox import Mailbox, kept_at, masked
from ghstate.model.names import EmailAddress, Login
from ghstate.plan.flapping import noted
from ghstate.plan.order import Task
from ghstate.ports import Outcome


def recorded(address: Address) -> Address:
    """*address* for the record: who was invited by e-mail is not told by it."""
    return Address(*(masked(part) if "@" in part else part for part in address))


def success(task: Task, outcome: Outcome, organization: int, at: datetime) -> Ended:
    """What has to be known of *task* although the apply may die in the next moment."""
    address = str(recorded(task.address))
    if not task.last or outcome.already:
        return Ended(address=address, end="already" if task.last else "in part")
    person = task.change.resource.person
    kept_as = kept_at(task.address, organization)
    invited = outcome.id is not None and person is not None
    return Ended(
        address=address,
        end="done",
        id=outcome.id,
        key=_known_as(person, organization) if invited and person else "",
        made=noted(task.change, at),
        kept_as=str(kept_as) if kept_as != task.address else "",
    )


def _known_as(person: Login, organization: int) -> str:
    """The key under which a past has *person*."""
    if isinstance(person, EmailAddress):
        return Mailbox.of(person, organization).key.spelled
    return person.spelled
