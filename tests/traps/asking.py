"""What a test wants to know of invitations, and how time is made to pass over them."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ghstate.sandbox.records import Invitation, Why
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Planned, Project
from tests.traps.scene import calls

EIGHT_DAYS = timedelta(days=8)
"""After that, nobody can accept what was sent before."""

INVITING = frozenset({"invite", "reinvite", "replace_invitation"})
"""The reasons of a plan for which somebody gets a mail that invites them."""


def waiting(world: World) -> list[tuple[str, str]]:
    """Every unanswered invitation, sorted: the login or address, and the role.

    Whoever has two of them is in it twice.
    """
    return sorted(
        (_invitee(world, each), each.role.value) for each in world.invitations.values()
    )


def _invitee(world: World, invitation: Invitation) -> str:
    if invitation.account is not None:
        return world.accounts[invitation.account].login
    assert invitation.email is not None
    return invitation.email


def teams_waiting(world: World, who: str) -> list[str]:
    """The teams that come with the one invitation that *who* has not answered."""
    [theirs] = [
        each for each in world.invitations.values() if _invitee(world, each) == who
    ]
    return sorted(world.teams[team].slug for team in theirs.teams)


def asked(world: World, who: str) -> int:
    """How many mails asked *who*, a login or an address, to come."""
    return sum(why in {Why.INVITED, Why.INVITED_AGAIN} for why in world.mails_to(who))


def ago(world: World, **span: float) -> datetime:
    return world.now - timedelta(**span)


def lapse(world: World, times: int = 1) -> None:
    """Let whoever waits not answer until it is too late, *times* over."""
    world.advance(times * EIGHT_DAYS)


def numberless(sandbox: Sandbox) -> list[str]:
    """Every write in short, with ``N`` for the ids of invitations."""
    return [
        "DELETE invitations/N" if call.startswith("DELETE invitations/") else call
        for call in calls(sandbox)
    ]


def at_rest(project: Project) -> bool:
    """Is there nothing to do, and does an apply send nothing?

    Unlike `Project.is_at_rest` it costs two commands, and reads the plan of one.
    """
    before = len(project.sandbox.history.writes())
    applied = project.apply()
    sent = len(project.sandbox.history.writes()) - before
    return (applied.code, sent) == (0, 0) and "No changes." in applied.out


@dataclass(slots=True)
class Announced:
    """The invitations that plans have shown before an apply sent them."""

    plans: list[Planned] = field(default_factory=list)

    def apply(self, project: Project, *flags: str) -> int:
        """Plan, take note, and apply; the exit code of the apply."""
        self.plans.append(project.plan())
        return project.apply(*flags).code

    def of(self, address: str) -> int:
        """How often *address* was to be asked."""
        return sum(plan.reasons.get(address) in INVITING for plan in self.plans)


_PROMISE = re.compile(r"^ {2}[+~] (\S+) +(?:invite|invitation|add) ", re.MULTILINE)
"""A person's line in the plan that `apply` shows before it begins."""


@dataclass(slots=True)
class Promises:
    """As `Announced`, of the plans that each apply shows itself: half the commands."""

    names: Counter[str] = field(default_factory=Counter)

    def apply(self, project: Project, *flags: str) -> int:
        applied = project.apply(*flags)
        shown = applied.out.partition("\nPlan: ")[0]
        self.names.update(_PROMISE.findall(shown))
        return applied.code


def lines(text: str) -> list[str]:
    """What a command printed, with single spaces, line by line."""
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


def section(text: str, title: str) -> str:
    """What stands below *title*, up to the next empty line, with single spaces."""
    return words(text.partition(f"\n{title}\n")[2].partition("\n\n")[0])


def words(text: str) -> str:
    """What a command printed, as one line with single spaces."""
    return " ".join(text.split())


def table(rows: Iterable[tuple[str, str]]) -> str:
    """The lines of ``[members]`` for logins and addresses alike."""
    return "\n".join(f'"{who}" = "{role}"' for who, role in rows)
