"""Random organizations, and files that ask for something else than what is there."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, TypeAlias

from hypothesis import strategies as st

from ghstate.config.desired import read_desired
from ghstate.config.table import Findings
from ghstate.model.names import Login
from ghstate.model.organization import Desired
from ghstate.model.policy import Policy, RemovalLimit, WrongRole
from ghstate.sandbox.policy import Profile, PutOnPending
from ghstate.sandbox.records import (
    InvitationRole,
    InvitationSource,
    OrgRole,
    Privacy,
    TeamRole,
)
from ghstate.sandbox.world import World
from tests.build import NOW

Files: TypeAlias = dict[str, Any]
"""What all TOML files of a project come to together."""

OWNER = "alice"
"""Stays an owner in all files: the token is hers, or an App's."""

JOINING = frozenset(
    {InvitationRole.ADMIN, InvitationRole.DIRECT_MEMBER, InvitationRole.REINSTATE}
)
WEEK = 7
HOST = "mail.example"
SENDERS = 3
"""So few owners send invitations, so that one of them often leaves."""

NO_LIMIT = RemovalLimit(count=1_000, percent=100)


def address(login: str) -> str:
    """The address of *login*'s mailbox; all are alike."""
    return f"{login}@{HOST}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A team as it is in the organization to begin with."""

    slug: str
    parent: str | None = None
    secret: bool = False
    people: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """An invitation as it is to begin with; after a week it has failed."""

    login: str
    role: InvitationRole
    source: InvitationSource
    by: str
    days_ago: int
    teams: tuple[str, ...]
    by_mail: bool

    @property
    def called(self) -> str:
        """What files call them that are written from what GitHub shows."""
        return address(self.login) if self.by_mail else self.login

    @property
    def waits(self) -> bool:
        return self.days_ago < WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """An organization, and what the files and the settings want of it."""

    people: Mapping[str, str]
    groups: tuple[Group, ...]
    invited: tuple[Invited, ...]
    strangers: tuple[str, ...]
    put_on_pending: PutOnPending
    failed_invitation_blocks: bool
    pending_team_role: bool
    profile: Profile
    free_seats: int | None
    """None: so many seats that nobody counts them."""

    shown: frozenset[str]
    """Members whose addresses GitHub shows to owners, for their verified domain."""

    token: str
    files: Files
    teams_all: bool
    policy: Policy

    def world(self) -> World:
        """The organization by itself, new each time and the same each time."""
        world = World("acme", start=NOW)
        world.policy.put_on_pending = self.put_on_pending
        world.policy.failed_invitation_blocks = self.failed_invitation_blocks
        world.policy.pending_team_role = self.pending_team_role
        world.policy.profile = self.profile
        for login, role in self.people.items():
            account = world.add_member(login, OrgRole(role))
            if login in self.shown:
                account.verified_emails.add(address(login))
        for login in self.strangers:
            world.add_account(login, email=address(login))
        for group in self.groups:
            team = world.add_team(
                group.slug,
                parent=group.parent,
                privacy=Privacy.SECRET if group.secret else Privacy.CLOSED,
            )
            for login, held in group.people.items():
                world.place(team, world.known(login).id, TeamRole(held))
        for each in self.invited:
            account = world.add_account(each.login, email=address(each.login))
            world.invite(
                address(each.login) if each.by_mail else account.login,
                each.role,
                teams=each.teams,
                by=each.by,
                source=each.source,
                at=NOW - timedelta(days=each.days_ago),
            )
        world.settle()
        world.mails.clear()
        if self.free_seats is not None:
            world.policy.seats = world.seats_taken() + self.free_seats
        return world

    @property
    def desired(self) -> Desired:
        return _read(self.files, teams_all=self.teams_all)[0]


def _read(files: Files, *, teams_all: bool) -> tuple[Desired, bool]:
    """What *files* ask for, and whether they may."""
    findings = Findings()
    reading = read_desired(files, teams_all=teams_all, findings=findings)
    return reading.desired, not findings.found


# The organization ---------------------------------------------------------------


def _logins(word: str, most: int) -> st.SearchStrategy[list[str]]:
    return st.integers(0, most).map(lambda n: [f"{word}{i:02}" for i in range(n)])


_ROLES = st.sampled_from(["member", "member", "member", "admin"])
_HELD = st.sampled_from(["member", "member", "maintainer"])


@st.composite
def _groups(draw: st.DrawFn, people: list[str]) -> tuple[Group, ...]:
    """Teams, each perhaps under one before it; owners among their people."""
    groups: list[Group] = []
    closed: list[str] = []
    for slug in draw(_logins("team", 12)):
        secret = draw(st.sampled_from([False, False, False, True]))
        parent = None if secret else draw(st.none() | st.sampled_from([None, *closed]))
        if not secret:
            closed.append(slug)
        held = draw(st.dictionaries(st.sampled_from(people), _HELD, max_size=5))
        groups.append(Group(slug=slug, parent=parent, secret=secret, people=held))
    return tuple(groups)


@st.composite
def _invited(
    draw: st.DrawFn, owners: list[str], groups: tuple[Group, ...]
) -> tuple[Invited, ...]:
    some_teams: st.SearchStrategy[list[str]] = st.just([])
    if groups:
        slugs = [group.slug for group in groups]
        some_teams = st.lists(st.sampled_from(slugs), unique=True, max_size=2)
    likely = [InvitationRole.DIRECT_MEMBER, InvitationRole.ADMIN]
    return tuple(
        Invited(
            login=login,
            role=draw(st.sampled_from([*likely, *likely, *InvitationRole])),
            source=draw(st.sampled_from([*InvitationSource, InvitationSource.MEMBER])),
            by=draw(st.sampled_from(owners[:SENDERS])),
            days_ago=draw(st.integers(0, WEEK + 3)),
            teams=tuple(draw(some_teams)),
            by_mail=draw(st.sampled_from([False, False, False, True])),
        )
        for login in draw(_logins("guest", 6))
    )


# The files ----------------------------------------------------------------------


def _as_it_is(
    people: Mapping[str, str], groups: tuple[Group, ...], invited: tuple[Invited, ...]
) -> Files:
    """The files that `import` would write."""
    waiting = [each for each in invited if each.waits and each.role in JOINING]
    members = dict(people) | {
        each.called: "admin" if each.role is InvitationRole.ADMIN else "member"
        for each in waiting
    }
    teams: Files = {}
    for group in groups:
        teams[group.slug] = {
            "privacy": "secret" if group.secret else "closed",
            "maintainers": [
                who
                for who, held in group.people.items()
                if held == "maintainer" or people[who] == "admin"
            ],
            "members": [
                who
                for who, held in group.people.items()
                if held == "member" and people[who] == "member"
            ]
            + [each.called for each in waiting if group.slug in each.teams],
        }
        if group.parent:
            teams[group.slug]["parent"] = group.parent
    return {"members": members, "teams": teams}


@dataclass(frozen=True, slots=True)
class Pick:
    """A mutation's choices: numbers, so that any of them fits any organization."""

    a: int
    b: int
    c: int

    def of(self, some: list[str], n: int) -> str:
        if not some:
            raise LookupError
        return some[n % len(some)]


def _person(files: Files, pick: Pick) -> str:
    return pick.of([who for who in files["members"] if who != OWNER], pick.a)


def _team(files: Files, n: int) -> str:
    there: list[str] = [
        slug for slug, team in files["teams"].items() if "absent" not in team
    ]
    if not there:
        raise LookupError
    return there[n % len(there)]


def _lists(team: Files) -> list[list[str]]:
    return [team[key] for key in ("members", "maintainers") if key in team]


def _drop_person(files: Files, pick: Pick, outside: list[str]) -> None:
    who = _person(files, pick)
    del files["members"][who]
    for team in files["teams"].values():
        for people in _lists(team):
            if who in people:
                people.remove(who)


def _owner(files: Files, pick: Pick) -> str:
    """One of the owners who may have sent invitations."""
    owners = [w for w, role in files["members"].items() if role == "admin"]
    return pick.of([who for who in owners[:SENDERS] if who != OWNER], pick.a)


def _drop_owner(files: Files, pick: Pick, outside: list[str]) -> None:
    owner = _owner(files, pick)
    others = [who for who in files["members"] if who != OWNER]
    _drop_person(files, Pick(others.index(owner), 0, 0), outside)


def _hand_over(files: Files, pick: Pick, outside: list[str]) -> None:
    """Somebody becomes an owner in another one's place."""
    owner = _owner(files, pick)
    plain = [who for who, role in files["members"].items() if role == "member"]
    files["members"][pick.of(plain, pick.b)] = "admin"
    files["members"][owner] = "member"


def _change_role(files: Files, pick: Pick, outside: list[str]) -> None:
    files["members"][_person(files, pick)] = pick.of(["admin", "member"], pick.b)


def _add_person(files: Files, pick: Pick, outside: list[str]) -> None:
    who = pick.of([o for o in outside if o not in files["members"]], pick.a)
    files["members"][who] = pick.of(["member", "member", "admin"], pick.b)


def _write_address(files: Files, pick: Pick, outside: list[str]) -> None:
    """Somebody known by login is known by their address, too."""
    who = _person(files, pick)
    if "@" not in who and isinstance(files["members"][who], str):
        files["members"][who] = {"role": files["members"][who], "email": address(who)}


def _leave_members_alone(files: Files, pick: Pick, outside: list[str]) -> None:
    if pick.a % 4 == 0:
        files.pop("members")


def _add_to_team(files: Files, pick: Pick, outside: list[str]) -> None:
    who = pick.of([*files["members"]], pick.a)
    team = files["teams"][_team(files, pick.b)]
    for people in _lists(team):
        if who in people:
            people.remove(who)
    key = pick.of(["members", "members", "maintainers"], pick.c)
    team.setdefault(key, []).append(who if pick.c % 5 else who.upper())


def _drop_from_team(files: Files, pick: Pick, outside: list[str]) -> None:
    team = files["teams"][_team(files, pick.a)]
    everybody = [who for people in _lists(team) for who in people]
    who = pick.of(everybody, pick.b)
    for people in _lists(team):
        if who in people:
            people.remove(who)


def _leave_people_alone(files: Files, pick: Pick, outside: list[str]) -> None:
    team = files["teams"][_team(files, pick.a)]
    team.pop("members", None)
    team.pop("maintainers", None)


def _new_team(files: Files, pick: Pick, outside: list[str]) -> None:
    slug = f"new{pick.a % 10}"
    team: Files = {"description": "New", "members": [pick.of([OWNER], 0)]}
    if pick.b % 2:
        team["parent"] = _team(files, pick.b)
    if pick.c % 3 == 0:
        team["privacy"] = "secret"
    files["teams"].setdefault(slug, team)


def _no_team(files: Files, pick: Pick, outside: list[str]) -> None:
    files["teams"][_team(files, pick.a)] = {"absent": True}


def _say_nothing_of_team(files: Files, pick: Pick, outside: list[str]) -> None:
    del files["teams"][_team(files, pick.a)]


def _rename_team(files: Files, pick: Pick, outside: list[str]) -> None:
    old = _team(files, pick.a)
    if old.startswith(("new", "name")):
        return
    new = f"name{pick.b % 10}"
    if new in files["teams"]:
        return
    files["teams"][new] = files["teams"].pop(old) | {"previously": [old], "name": new}
    for team in files["teams"].values():
        if team.get("parent") == old:
            team["parent"] = new


def _move_team(files: Files, pick: Pick, outside: list[str]) -> None:
    files["teams"][_team(files, pick.a)]["parent"] = pick.of(
        ["", *files["teams"]], pick.b
    )


def _describe_team(files: Files, pick: Pick, outside: list[str]) -> None:
    team = files["teams"][_team(files, pick.a)]
    match pick.b % 4:
        case 0:
            team["description"] = pick.of(["", "Other words"], pick.c)
        case 1:
            team["notifications"] = bool(pick.c % 2)
        case 2:
            team["privacy"] = pick.of(["closed", "secret"], pick.c)
        case _:
            team.pop("privacy", None)


Mutation: TypeAlias = Callable[[Files, Pick, list[str]], None]
MUTATIONS: tuple[Mutation, ...] = (
    _drop_person,
    _drop_owner,
    _hand_over,
    _hand_over,
    _change_role,
    _add_person,
    _write_address,
    _leave_members_alone,
    _add_to_team,
    _drop_from_team,
    _leave_people_alone,
    _new_team,
    _no_team,
    _say_nothing_of_team,
    _rename_team,
    _move_team,
    _describe_team,
)
NONE: st.SearchStrategy[frozenset[str]] = st.just(frozenset())
_NUMBERS = st.integers(0, 59)
_STEPS = st.tuples(st.sampled_from(MUTATIONS), st.builds(Pick, *[_NUMBERS] * 3))


def _changed(
    files: Files,
    steps: list[tuple[Mutation, Pick]],
    outside: list[str],
    *,
    teams_all: bool,
) -> Files:
    """*files* after every step that leaves files which may be."""
    for mutate, pick in steps:
        attempt = copy.deepcopy(files)
        try:
            mutate(attempt, pick, outside)
        except (LookupError, KeyError):
            continue
        if attempt.get("members") != {} and _read(attempt, teams_all=teams_all)[1]:
            files = attempt
    return files


def _policies(owners: int) -> st.SearchStrategy[Policy]:
    """Settings; sometimes there are just as many owners as have to be."""
    nobody: frozenset[Login] = frozenset()
    return st.builds(
        Policy,
        invite=st.sampled_from([True, True, True, False]),
        remove=st.sampled_from([True, True, True, False]),
        ignore=st.sampled_from([(), (), ("p01",), ("GUEST0?", "p1*")]),
        wrong_role=st.sampled_from(WrongRole),
        cancel_unlisted=st.booleans(),
        max_reinvites=st.sampled_from([1, 2, 3]),
        max_removals=st.just(NO_LIMIT),
        min_admins=st.sampled_from([1, 2, owners, owners]),
        protected=st.sampled_from([nobody, nobody, frozenset({Login("P02")})]),
    )


def _known_by_address(files: Files, people: frozenset[str]) -> Files:
    """*files* in which *people* stand by their addresses, wherever they stand."""

    def name(who: str) -> str:
        return address(who) if who in people else who

    members = {name(who): role for who, role in files["members"].items()}
    teams: Files = {}
    for slug, team in files["teams"].items():
        teams[slug] = team | {
            key: [name(who) for who in team[key]]
            for key in ("members", "maintainers")
            if key in team
        }
    return {"members": members, "teams": teams}


@st.composite
def scenes(draw: st.DrawFn, *, steps: int = 12) -> Scene:
    """An organization of at most 40 people and 12 teams, and files that differ."""
    people = {OWNER: "admin"}
    people |= {who: draw(_ROLES) for who in draw(_logins("p", 39))}
    groups = draw(_groups([*people]))
    owners = [who for who, role in people.items() if role == "admin"]
    profile = draw(st.sampled_from([*[Profile.CLOUD] * 6, *Profile]))
    cloud = profile is Profile.CLOUD
    invited = draw(_invited(owners, groups)) if cloud else ()
    strangers = draw(_logins("new", 6))
    new = [
        who if n % 2 or not cloud else address(who) for n, who in enumerate(strangers)
    ]
    others = [who for who in people if who != OWNER]
    shown = draw(st.frozensets(st.sampled_from(others), max_size=3) if others else NONE)
    teams_all = draw(st.sampled_from([False, False, True]))
    files = _changed(
        _known_by_address(_as_it_is(people, groups, invited), shown),
        draw(st.lists(_STEPS, max_size=steps)),
        [*new, *(each.called for each in invited)],
        teams_all=teams_all,
    )
    return Scene(
        people=MappingProxyType(people),
        groups=groups,
        invited=invited,
        strangers=tuple(strangers),
        put_on_pending=draw(st.sampled_from(PutOnPending)),
        failed_invitation_blocks=draw(st.booleans()),
        pending_team_role=draw(st.booleans()),
        profile=profile,
        free_seats=draw(st.sampled_from([None, None, None, 0, 1])) if cloud else None,
        shown=shown,
        token=draw(st.sampled_from(["sandbox-owner", "sandbox-owner", "sandbox-app"])),
        files=files,
        teams_all=teams_all,
        policy=draw(_policies(len(owners))),
    )
