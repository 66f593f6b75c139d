"""Places in teams, on GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ghstate.errors import WriteFailed
from ghstate.github import shapes
from ghstate.github.adapter import Context
from ghstate.github.membership import (
    PLAN_AGAIN,
    Membership,
    check_not_invited,
    membership,
)
from ghstate.github.sending import waiting_for
from ghstate.github.session import refused, segment
from ghstate.model.member import OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.resource import Observed, Standing
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.plan.change import Delete
from ghstate.plan.order import Task
from ghstate.ports import Outcome

ROLES = {"MAINTAINER": TeamRole.MAINTAINER, "MEMBER": TeamRole.MEMBER}


def places(
    team: Slug, edges: Iterable[Mapping[str, Any]]
) -> Iterator[Observed[TeamMember]]:
    """The people of *team* itself, without those of the teams below."""
    for edge in edges:
        node = edge["node"]
        yield Observed(
            TeamMember(team=team, login=Login(node["login"]), role=ROLES[edge["role"]]),
            id=node["databaseId"],
        )


def invited(
    team: Slug, nodes: Iterable[Mapping[str, Any]]
) -> Iterator[Observed[TeamMember]]:
    """Who gets a place in *team* on accepting an invitation to the organization.

    An invitation says which role in the organization, not which in the team.
    """
    for node in nodes:
        if invitee := node.get("invitee"):
            yield Observed(
                TeamMember(team=team, login=Login(invitee["login"])),
                Standing.INVITED,
                id=invitee["databaseId"],
            )


def invited_addresses(nodes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Where invitations to a team went by e-mail; whose they are is not known."""
    return (address for node in nodes if (address := node.get("email")))


class TeamMembers:
    """Puts people into teams, changes their role there, takes them out."""

    kind = TeamMember

    async def make(self, context: Context, task: Task) -> Outcome:
        wanted = task.change.resource
        assert isinstance(wanted, TeamMember)  # noqa: S101 - of this kind
        if not isinstance(task.change, Delete):
            return await place(context, wanted)
        try:
            await context.session.write("DELETE", _path(context, wanted))
        except WriteFailed as refusal:
            if refusal.status != 404:
                raise _explained(refusal) from None
            return Outcome("was gone already", already=True)
        return Outcome()

    async def holds(self, context: Context, task: Task) -> bool:
        wanted = task.change.resource
        assert isinstance(wanted, TeamMember)  # noqa: S101 - of this kind
        reply = await context.session.get(_path(context, wanted))
        if reply.status == 404:
            return isinstance(task.change, Delete)
        if reply.status != 200:
            raise refused(reply)
        if isinstance(task.change, Delete):
            return False
        person = await membership(context, wanted.login)
        return person is not None and _fits(
            reply.read(shapes.Membership), wanted, person
        )


async def place(context: Context, wanted: TeamMember) -> Outcome:
    """Give somebody a place in a team, but never by it one in the organization.

    GitHub would invite whoever is not there (traps T15), so that is looked at first.
    """
    if isinstance(wanted.login, EmailAddress):
        raise WriteFailed(
            f"{wanted.team} cannot be given to an address that has been invited",
            hint="it is given once the invitation is accepted",
        )
    person = await membership(context, wanted.login)
    if person is None:
        raise WriteFailed(
            f"{wanted.login.spelled} is not in the organization, "
            "and a team must not invite anybody",
            hint=PLAN_AGAIN,
        )
    if person.pending and not await waiting_for(context, wanted.login):
        # Invited by e-mail: GitHub would send a second one by login (traps T08).
        return Outcome(f"{wanted.login.spelled} comes into it after the answer")
    try:
        reply = await context.session.write(
            "PUT", _path(context, wanted), {"role": wanted.role.value}
        )
    except WriteFailed as refusal:
        raise _explained(refusal) from None
    made = reply.read(shapes.Membership)
    if not person.pending:
        await check_not_invited(context, wanted.login, made)
    if not _fits(made, wanted, person):
        raise WriteFailed(
            f"asked for {wanted.role}, but GitHub made {wanted.login.spelled} "
            f"{made.role} of {wanted.team}",
            hint="run apply again",
        )
    return Outcome()


def _path(context: Context, wanted: TeamMember) -> str:
    team, login = segment(wanted.team), segment(wanted.login)
    return f"{context.path}/teams/{team}/memberships/{login}"


def _fits(found: shapes.Membership, wanted: TeamMember, person: Membership) -> bool:
    """Is it what was asked for, as far as GitHub can tell already?

    Somebody who has not accepted yet has no role in the team until then, and an
    owner of the organization is its maintainer whatever was asked.
    """
    if found.pending or found.role == wanted.role:
        return True
    return person.role is OrgRole.ADMIN and found.role == TeamRole.MAINTAINER


def _explained(refusal: WriteFailed) -> WriteFailed:
    if refusal.status == 403 and "external group" in str(refusal).lower():
        return WriteFailed(
            str(refusal),
            status=refusal.status,
            codes=refusal.codes,
            hint="its people come from the identity provider: "
            "take members and maintainers out of the files for this team",
        )
    return refusal
