"""Files for people: for an organization as it is, and for a new project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from ghstate.config.discover import NEVER
from ghstate.config.limits import MAX_FILE, MAX_NAME, MAX_TEXT
from ghstate.config.spelling import (
    SLUG,
    UNSEEN,
    quoted,
    toml_key,
    toml_string,
    wrong_address,
)
from ghstate.model.invitation import Invitation, InvitationRole
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Keeper, Observed, Standing
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember, TeamRole

_ONE_FILE = 50
"""So many teams still stand in one file."""

_MOST_FILES = 500
_ROOM = MAX_FILE * 9 // 10
_WIDTH = 88
_ROLES = {
    InvitationRole.ADMIN: OrgRole.ADMIN,
    InvitationRole.MEMBER: OrgRole.MEMBER,
}


def to_toml(snapshot: Snapshot, organization: str) -> Mapping[str, str]:
    """The files that describe *snapshot*, by name: nothing is left to plan with them.

    What the files cannot say, or must not, is left out, and a comment says so.
    """
    found = _Found.of(snapshot)
    head = f"# The organization {organization}, as ghstate import found it.\n"
    table = "[members]\n" if found.people or found.addresses else ""
    files = dict(_volumes("members", head, _members(found), table))
    kept = [team for team in found.teams.values() if _nameable(team)]
    blocks = {str(t.resource.slug): _team(t, found) for t in kept}
    if lost := [team for team in found.teams.values() if not _nameable(team)]:
        blocks[""] = _left_out(lost)
    for name, slugs in _shelves(kept, blocks):
        texts = [blocks[slug] for slug in slugs]
        files.update(_volumes(name, head, texts, "", between="\n"))
    return files


class _Found(msgspec.Struct, frozen=True):
    """What there is in a snapshot, in the order of the files."""

    people: Mapping[Login, Observed[Member]]
    teams: Mapping[str, Observed[Team]]
    groups: Mapping[str, Sequence[Observed[TeamMember]]] = msgspec.field(
        default_factory=dict
    )
    addresses: Mapping[EmailAddress, OrgRole] = msgspec.field(default_factory=dict)
    """People of whom only the address is known, and what they are invited as."""

    guests: Mapping[str, Sequence[EmailAddress]] = msgspec.field(default_factory=dict)
    """Those among them whose invitation comes with a team, by team."""

    others: int = 0
    """Waiting invitations that the files cannot name."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> _Found:
        groups: defaultdict[str, list[Observed[TeamMember]]] = defaultdict(list)
        for person in snapshot.each(TeamMember):
            if person.standing is not Standing.FAILED:
                groups[person.resource.team].append(person)
        addresses: dict[EmailAddress, OrgRole] = {}
        guests: defaultdict[str, list[EmailAddress]] = defaultdict(list)
        others = 0
        for invitation in snapshot.others:
            address = _address(invitation)
            if address is None:
                others += 1
            elif address not in addresses:
                addresses[address] = _ROLES[invitation.role]
                for slug in invitation.teams:
                    guests[slug].append(address)
        return cls(
            {
                person.resource.login: person
                for person in sorted(snapshot.each(Member), key=_login)
                if person.standing is not Standing.FAILED
            },
            {
                team.resource.slug: team
                for team in sorted(snapshot.each(Team), key=lambda t: t.resource.slug)
            },
            {team: sorted(people, key=_login) for team, people in groups.items()},
            dict(sorted(addresses.items())),
            {team: sorted(people) for team, people in guests.items()},
            others,
        )


def _address(invitation: Invitation) -> EmailAddress | None:
    """Where it went, if the files can ask for what it gives."""
    address = invitation.mailbox.address if invitation.mailbox else None
    if address is None or wrong_address(address) or invitation.role not in _ROLES:
        return None
    return EmailAddress(address)


def _login(found: Observed[Member] | Observed[TeamMember]) -> str:
    return found.resource.login


def _members(found: _Found) -> Iterator[str]:
    for person in found.people.values():
        key, role = toml_key(person.resource.login.spelled), person.resource.role
        waiting = "  # invited" if person.standing is Standing.INVITED else ""
        yield f'{key} = "{role}"{waiting}\n'
    for address, role in found.addresses.items():
        yield f'{toml_key(address.spelled)} = "{role}"  # invited\n'
    if found.others:
        yield (
            f"# Waiting besides: {found.others}, for a role that ghstate does not"
            " manage, or at an address\n# that the files cannot name.\n"
        )


def _nameable(team: Observed[Team]) -> bool:
    ours = team.kept_by is not Keeper.ENTERPRISE
    return ours and SLUG.fullmatch(team.resource.slug) is not None


def _left_out(teams: Iterable[Observed[Team]]) -> str:
    lines = []
    for team in teams:
        why = (
            f"managed by {team.kept_by}"
            if team.kept_by
            else "its slug has an unusual form"
        )
        lines.append(f"# Left out: {quoted(team.resource.slug)}, {why}.\n")
    return "".join(lines)


def _team(observed: Observed[Team], found: _Found) -> str:
    team = observed.resource
    lines = [f"[teams.{toml_key(team.slug)}]"]
    if team.name != team.slug:
        lines.append(_text("name", team.name, MAX_NAME))
    if team.description:
        lines.append(_text("description", team.description, MAX_TEXT))
    lines.append(f'privacy = "{team.privacy}"')
    if not team.notifications:
        lines.append("notifications = false")
    if team.parent is not None:
        above = found.teams.get(team.parent)
        nameable = above is None or _nameable(above)
        lines.append(
            f'parent = "{team.parent}"'
            if nameable and SLUG.fullmatch(team.parent)
            else f"# parent: {quoted(team.parent)}, which is left out"
        )
    return "\n".join([*lines, *_people(observed, found)]) + "\n"


def _people(team: Observed[Team], found: _Found) -> Iterator[str]:
    people = found.groups.get(team.resource.slug, ())
    keepers = {o.kept_by for o in (team, *people) if o.kept_by}
    if keepers:
        yield f"# Its people are managed by {' and '.join(sorted(keepers))}."
        return
    lists: dict[TeamRole, list[Login]] = {TeamRole.MAINTAINER: [], TeamRole.MEMBER: []}
    for person in people:
        login = person.resource.login
        in_organization = found.people.get(login)
        if in_organization is None:
            yield f"# {quoted(login.spelled)} is here, but not in the organization."
            continue
        # GitHub knows an owner in a team as its maintainer only.
        owner = in_organization.resource.role is OrgRole.ADMIN
        lists[TeamRole.MAINTAINER if owner else person.resource.role].append(login)
    for address in found.guests.get(team.resource.slug, ()):
        owner = found.addresses[address] is OrgRole.ADMIN
        lists[TeamRole.MAINTAINER if owner else TeamRole.MEMBER].append(address)
    if lists[TeamRole.MAINTAINER]:
        yield _logins("maintainers", lists[TeamRole.MAINTAINER])
    yield _logins("members", lists[TeamRole.MEMBER])


def _logins(key: str, logins: Sequence[Login]) -> str:
    items = [toml_string(login.spelled) for login in logins]
    line = f"{key} = [{', '.join(items)}]"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"{key} = [", *(f"  {item}," for item in items), "]"])


def _text(key: str, text: str, most: int) -> str:
    if UNSEEN.search(text):
        return f"# {key}: left alone, because it has characters that cannot be seen"
    if len(text) > most or not text.strip():
        return f"# {key}: left alone, because the files cannot say it"
    return f"{key} = {toml_string(text)}"


def _shelves(
    teams: Sequence[Observed[Team]], blocks: Mapping[str, str]
) -> Iterator[tuple[str, list[str]]]:
    """Which teams go into which file: all, each tree by itself, or by first letter."""
    if len(teams) <= _ONE_FILE:
        if blocks:
            yield "teams", sorted(blocks)
        return
    parents = {team.resource.slug: team.resource.parent for team in teams}
    trees: defaultdict[str, list[str]] = defaultdict(list)
    for team in teams:
        trees[_root(team.resource.slug, parents)].append(team.resource.slug)
    shelves = trees
    if len(trees) > _MOST_FILES:
        shelves = defaultdict(list)
        for root, slugs in trees.items():
            shelves[root[0]] += slugs
    for name, slugs in sorted(shelves.items()):
        # A teams/ghstate.toml would make teams/ a project of its own.
        taken = f"{name}.toml" in NEVER
        yield f"teams{'-' if taken else '/'}{name}", slugs
    if "" in blocks:
        yield "teams", [""]


def _root(slug: Slug, parents: Mapping[Slug, Slug | None]) -> Slug:
    way = [slug]
    while True:
        above = parents[way[-1]]
        if above is None or above not in parents or above in way:
            return way[-1]
        way.append(above)


def _volumes(
    name: str, head: str, texts: Iterable[str], table: str, between: str = ""
) -> Iterator[tuple[str, str]]:
    """The file *name*, or as many as *texts* fill: files are limited in size."""
    volume, room = 1, 0
    parts: list[str] = []
    for text in texts:
        size = len((between + text).encode())
        if parts and size > room:
            yield _volume(name, volume), "".join(parts)
            volume, parts = volume + 1, []
        if not parts:
            parts = [head, "\n", table]
            parts += [text]
            room = _ROOM - size
        else:
            parts += [between, text]
            room -= size
    if parts:
        yield _volume(name, volume), "".join(parts)


def _volume(name: str, number: int) -> str:
    # With a dot, because no slug has one.
    return f"{name}.toml" if number == 1 else f"{name}.{number}.toml"


_SETTINGS = """\
# What ghstate manages, and how. All the other *.toml files here and below say
# who should have access.

[github]
organization = "{organization}"
# api_url = "https://api.github.com"  # GHES: https://HOST/api/v3
# write_pause = "1s"                  # how long to wait between two changes

# [project]
# files = ["**/*.toml"]               # which files describe the organization

# [state]
# path = ".ghstate/state.json"        # where ghstate keeps what it knows
# url = "s3://acme-ghstate/acme.json" # instead, where several machines share it
# max_age = "10m"                     # a plan reads anew what is older than this

# [manage]
# features = ["invite", "remove"]     # what may be done about membership
# ignore = ["acme-bot", "svc-*"]      # logins that are never touched
# never = ["mallory"]                 # get nothing, whatever the files say
# warn_before = "14d"                 # so long before a plan tells what ends
# teams = "declared"                  # "all": teams that no file names are deleted

# [invitations]
# wrong_role = "reduce"               # one that gives more than asked is replaced
# unlisted_emails = "report"          # "cancel": one that no file names is cancelled
# max_reinvites = 3                   # so many in vain, and nobody is invited again

# [safety]
# plan_expiry = "7d"                  # how long a saved plan may be applied
# max_removals = {{ count = 3, percent = 5 }}  # more at once needs --allow-removals
# min_admins = 1                      # owners that must remain at every step
# protected = ["alice"]               # never removed, never demoted
"""

_FIRST_FILE = """\
# Who should have access to {organization}. Nothing is managed while everything here is
# a comment; ghstate import writes down what there is now.

# [members]
# alice = "admin"                     # an owner
# bob = "member"
# carol = {{ role = "member", note = "contractor" }}
# "new.hire@acme.example" = "member"  # invited by e-mail

# [teams.platform]
# description = "Keeps the lights on"
# maintainers = ["alice"]
# members = ["bob", "carol"]
"""


def init_files(organization: str) -> Mapping[str, str]:
    """A new project for *organization*, which manages nothing yet."""
    return {
        "ghstate.toml": _SETTINGS.format(organization=organization),
        "organization.toml": _FIRST_FILE.format(organization=organization),
        ".gitignore": ".ghstate/\n",
    }
