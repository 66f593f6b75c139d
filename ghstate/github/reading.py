"""Reading a whole organization, or nothing at all.

Every connection is held against the number of things GitHub says it has; errors and
missing rights end the read. What is returned is complete, or says what it hides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ghstate.errors import IncompleteRead, WriteFailed
from ghstate.github import member, shapes, team, team_member
from ghstate.github.asking import Asker, unknown
from ghstate.github.external import external_teams
from ghstate.github.invitation import Invitations, invitations, teams_by_mailbox
from ghstate.github.lanes import Progress
from ghstate.github.queries import LANES, overflow_query, snapshot_query
from ghstate.github.rights import are_there_invitations
from ghstate.github.session import Session
from ghstate.github.shapes import shaped
from ghstate.model.address import Address
from ghstate.model.member import MEMBERS
from ghstate.model.names import Login, Slug
from ghstate.model.organization import Organization, Snapshot, Viewer
from ghstate.model.resource import Observed, Resource
from ghstate.model.team import TEAMS
from ghstate.model.team_member import TeamMember

OVERFLOWS_AT_ONCE = 50
"""Continued lists to a request: one point for a hundred, well below the number of
aliases at which GitHub was seen to answer RESOURCE_LIMITS_EXCEEDED (76)."""


@dataclass(slots=True)
class _Inner:
    """A list inside a team, and how far it has been read."""

    team: Slug
    node_id: str
    what: str
    """``members`` or ``invitations``."""

    items: list[Mapping[str, Any] | None] = field(default_factory=list)
    total: int = 0
    position: str | None = None
    """Where to go on; None when all has arrived."""

    def take(self, found: object) -> None:
        page: shapes.PlacesPage | shapes.InvitationsPage
        if self.what == "members":
            page = shaped(found, shapes.PlacesPage, f"GitHub's list of {self.name}")
            self.items += page.edges or ()
        elif found is None:
            # Not shown to this token, which concludes nothing from it.
            return
        else:
            page = shaped(
                found, shapes.InvitationsPage, f"GitHub's list of {self.name}"
            )
            self.items += page.nodes or ()
        self.total = page.total_count
        info = page.page_info
        if info.has_next_page and info.end_cursor == self.position:
            raise IncompleteRead(f"GitHub's list of {self.name} stands still")
        self.position = info.end_cursor if info.has_next_page else None

    @property
    def name(self) -> str:
        return f"the {self.what} of the team {self.team}"

    def check(self) -> None:
        """As many different people as GitHub counts, or it is not the whole list."""
        arrived = len(self.items)
        if self.what == "members":
            people = [place.resource.login for place in self.places()]
            arrived -= len(people) - len(set(people))
        if arrived != self.total:
            raise IncompleteRead(
                f"GitHub counts {self.total} {self.what} of the team {self.team}, "
                f"and {arrived} arrived",
                hint="try again when nobody is changing the organization",
            )

    @property
    def shown(self) -> list[Mapping[str, Any]]:
        return [x for x in self.items if x and x.get("node", x) is not None]

    @property
    def hidden(self) -> int:
        """How many things in the list GitHub counted without showing them."""
        return len(self.items) - len(self.shown)

    def places(self) -> Iterator[Observed[TeamMember]]:
        if self.what == "members":
            return team_member.places(self.team, self.shown)
        return team_member.invited(self.team, self.shown)


class Reader:
    """Reads one organization, once."""

    def __init__(self, session: Session, asker: Asker) -> None:
        self._session = session
        self._asker = asker
        self._head: Mapping[str, Any] = {}
        self._viewer = ""

    async def read(self, now: datetime) -> Snapshot:
        """The organization as it is, or an error; never a part of it."""
        try:
            async with asyncio.TaskGroup() as group:
                lanes = group.create_task(self._read_lanes())
                waiting = group.create_task(self._collect("invitations"))
                failed = group.create_task(self._collect("failed_invitations"))
                external = group.create_task(external_teams(self._session))
        except BaseExceptionGroup as several:
            raise first_of(several) from None
        people, teams = lanes.result()
        shown, listed = waiting.result(), failed.result()
        invites = await are_there_invitations(
            self._session,
            viewer=self._viewer,
            owner=self._head["viewerCanAdminister"],
            lists=(shown, listed),
        )
        inner = await self._read_inner(teams)
        brought = _Brought(
            head=self._head,
            viewer=self._viewer,
            people=people,
            teams=teams,
            inner=inner,
            waiting=() if isinstance(shown, WriteFailed) else shown,
            failed=() if isinstance(listed, WriteFailed) else listed,
            invites=invites,
            external=external.result(),
        )
        return brought.snapshot(now)

    # The lanes ----------------------------------------------------------------

    async def _read_lanes(self) -> list[Progress]:
        query = snapshot_query()
        progress = [Progress(lane) for lane in LANES]
        while not all(each.done for each in progress):
            data = await self._asker.ask(
                query,
                lambda: {
                    "organization": self._session.organization,
                    "placesPage": self._asker.pages.size,
                    **dict(
                        pair
                        for each in progress
                        for pair in each.variables(self._asker.pages.size)
                    ),
                },
            )
            self._check_head(data)
            for each in progress:
                each.take(data["organization"])
        return progress

    def _check_head(self, data: Mapping[str, Any]) -> None:
        found = shaped(data, shapes.Head, "GitHub's organization")
        head = found["organization"]
        if head is None:
            raise unknown(self._session.organization)
        if self._head and head["databaseId"] != self._head["databaseId"]:
            raise IncompleteRead("the organization changed its identity while read")
        self._head = head
        self._viewer = found["viewer"]["login"]

    # Lists inside teams -------------------------------------------------------

    async def _read_inner(self, teams: Progress) -> list[_Inner]:
        lists: list[_Inner] = []
        for edge in teams.shown:
            node = edge["node"]
            for what in ("members", "invitations"):
                inner = _Inner(Slug(node["slug"]), node["id"], what)
                inner.take(node[what])
                lists.append(inner)
        while unfinished := [each for each in lists if each.position is not None]:
            await self._continue(unfinished[:OVERFLOWS_AT_ONCE])
        for each in lists:
            each.check()
        return lists

    async def _continue(self, lists: Sequence[_Inner]) -> None:
        query = overflow_query([each.what for each in lists])
        places: dict[str, object] = {}
        for n, each in enumerate(lists):
            places |= {f"id{n}": each.node_id, f"from{n}": each.position}
        data = await self._asker.ask(
            query, lambda: {"placesPage": self._asker.pages.size, **places}
        )
        for n, each in enumerate(lists):
            node = data.get(f"t{n}")
            if not node:
                raise IncompleteRead(f"the team {each.team} went while it was read")
            each.take(shaped(node, dict[str, Any], "GitHub's team").get(each.what))

    # REST ---------------------------------------------------------------------

    async def _collect(self, which: str) -> tuple[shapes.Invitation, ...] | WriteFailed:
        """The rows of a list of invitations, or GitHub's refusal to show it."""
        found: list[shapes.Invitation] = []
        try:
            async for row in invitations(self._session, which):
                found.append(row)  # noqa: PERF401 - an `async for` that may raise
        except WriteFailed as refusal:
            if refusal.status in {403, 404}:
                return refusal
            raise
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Brought:
    """Everything a read brought, before it is put together."""

    head: Mapping[str, Any]
    viewer: str
    people: Progress
    teams: Progress
    inner: Sequence[_Inner]
    waiting: Sequence[shapes.Invitation]
    failed: Sequence[shapes.Invitation]
    invites: bool
    external: frozenset[int]
    """The ids of teams whose people the identity provider decides about."""

    def snapshot(self, now: datetime) -> Snapshot:
        organization = Organization(self.head["login"], self.head["databaseId"])
        by_mail = [
            (each.team, address)
            for each in self._inner("invitations")
            for address in team_member.invited_addresses(each.shown)
        ]
        listed = Invitations(
            organization=organization.id,
            waiting=self.waiting,
            failed=self.failed,
            teams=teams_by_mailbox(by_mail, organization.id),
        )
        observed: dict[Address, Observed[Resource]] = {
            found.resource.address: found for found in member.members(self.people.shown)
        }
        ids = {
            place.resource.login: place.id
            for each in self._inner("invitations")
            for place in each.places()
        }
        for invited in listed.people(ids).values():
            observed.setdefault(invited.resource.address, invited)
        for edge in self.teams.shown:
            found_team = team.team(edge["node"], self.external)
            observed[found_team.resource.address] = found_team
        for each in self.inner:
            for place in each.places():
                observed.setdefault(place.resource.address, place)
        return Snapshot(
            organization=organization,
            viewer=Viewer(Login(self.viewer), self.viewer.endswith("[bot]")),
            taken_at=now,
            observed=dict(sorted(observed.items())),
            others=listed.others(),
            ended=listed.ended(),
            hidden=self._hidden(),
            invites=self.invites,
        )

    def _inner(self, what: str) -> Iterator[_Inner]:
        return (each for each in self.inner if each.what == what)

    def _hidden(self) -> dict[Address, int]:
        counts = {MEMBERS: self.people.hidden, TEAMS: self.teams.hidden}
        for each in self._inner("members"):
            counts[TeamMember.all_of(each.team)] = each.hidden
        return {collection: n for collection, n in counts.items() if n}


def first_of(several: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error of several that came at once; the CLI never meets a group."""
    first = several.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first
