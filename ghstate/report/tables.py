"""What there is: a snapshot for people, for programs, and thing by thing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ghstate.model.address import Address
from ghstate.model.invitation import Invitation
from ghstate.model.member import Member, OrgRole
from ghstate.model.names import Login, Name, Slug
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Observed, Standing
from ghstate.model.team import Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole
from ghstate.report.change_lines import waiting_line
from ghstate.report.document import Document, Line, Section, Tone
from ghstate.report.plan_json import encoded, moment
from ghstate.report.safe import safe
from ghstate.report.wording import value
from ghstate.report.words import ago, first_sentence, listed, plural

FORMAT_VERSION = "1.0"
"""That of Terraform's state as JSON, whose layout `snapshot_json` has."""


def snapshot_document(snapshot: Snapshot, now: datetime) -> Document:
    """People with their roles, owners first; who is awaited; the teams as a tree."""
    people = sorted(snapshot.each(Member), key=_owners_first)
    here = [each for each in people if each.standing is Standing.ACTIVE]
    teams_of = _places(snapshot, lambda place: place.login)
    people_of = _places(snapshot, lambda place: place.team)
    sections = [
        _section("People", (_person(each, teams_of) for each in here)),
        _section("Teams", _teams(snapshot, people_of)),
        _section("Waiting for an answer", _awaited(snapshot, people, now)),
        _section("Invitations that came to nothing", _failed(people, now)),
        _section("Notes", _hidden(snapshot), remarks=True),
    ]
    owners = sum(each.resource.role is OrgRole.ADMIN for each in here)
    count = plural(len(here), *Member.NOUN)
    teams = plural(sum(1 for _ in snapshot.each(Team)), *Team.NOUN)
    owned = plural(owners, "owner", "owners")
    return Document(
        header=f"{snapshot.organization.login} · {count} ({owned}), {teams}"
        f" · read {ago(snapshot.taken_at, now)}",
        sections=tuple(section for section in sections if section.lines),
    )


def state_list(snapshot: Snapshot, below: Sequence[Address] = ()) -> Iterator[str]:
    """The address of each thing in the snapshot, in order; *below* picks some."""
    for address in sorted(snapshot.observed):
        if not below or any(address.within(each) for each in below):
            yield safe(str(address))


def addresses_json(addresses: Iterable[str]) -> bytes:
    """The addresses for programs, ending in a line break."""
    return encoded({"format_version": FORMAT_VERSION, "addresses": list(addresses)})


def state_show(
    observed: Observed[Any], remembered: Mapping[str, object] | None = None
) -> str:
    """Everything known about one thing, as ``key = value`` lines of TOML."""
    return entry_toml(_entry(observed), remembered)


def thing_json(
    address: Address,
    observed: Observed[Any] | None,
    remembered: Mapping[str, object] | None = None,
) -> bytes:
    """The same for programs, ending in a line break."""
    entry: dict[str, Any] = {"address": str(address)}
    if observed is not None:
        entry = _entry(observed)
    if remembered:
        entry["remembered"] = remembered
    return encoded({"format_version": FORMAT_VERSION, **entry})


def entry_toml(
    entry: Mapping[str, object], remembered: Mapping[str, object] | None = None
) -> str:
    """What GitHub showed, and below it what is *remembered* besides."""
    told = {**entry, "remembered": remembered} if remembered else entry
    tables = {key: held for key, held in told.items() if isinstance(held, Mapping)}
    lines = [f"{k} = {_toml(v)}" for k, v in told.items() if k not in tables]
    for key, table in tables.items():
        lines += ["", f"[{key}]"]
        lines += [f"{k} = {_toml(v)}" for k, v in table.items() if v is not None]
    return "\n".join(lines) + "\n"


def snapshot_json(snapshot: Snapshot) -> bytes:
    """The snapshot in the layout of Terraform's state, ending in a line break."""
    organization = snapshot.organization
    return encoded(
        {
            "format_version": FORMAT_VERSION,
            "organization": {"login": organization.login, "id": organization.id},
            "taken_at": moment(snapshot.taken_at),
            "complete": snapshot.complete,
            "values": {
                "root_module": {
                    "resources": [
                        _entry(snapshot.observed[address])
                        for address in sorted(snapshot.observed)
                    ]
                }
            },
            "other_invitations": [invitation_entry(each) for each in snapshot.others],
            "hidden": {
                str(collection): count
                for collection, count in sorted(snapshot.hidden.items())
            },
        }
    )


# For people -------------------------------------------------------------------


def _section(title: str, lines: Iterable[Line], *, remarks: bool = False) -> Section:
    return Section(title=title, lines=tuple(lines), remarks=remarks)


def _owners_first(observed: Observed[Member]) -> tuple[bool, Login]:
    return observed.resource.role is not OrgRole.ADMIN, observed.resource.login


def _places(
    snapshot: Snapshot, key: Callable[[TeamMember], Name]
) -> Mapping[Name, list[Observed[TeamMember]]]:
    """The team memberships of each person, or of each team, in order."""
    places: dict[Name, list[Observed[TeamMember]]] = defaultdict(list)
    for each in sorted(snapshot.each(TeamMember), key=lambda e: e.resource.address):
        places[key(each.resource)].append(each)
    return places


def _person(
    observed: Observed[Member], places: Mapping[Name, list[Observed[TeamMember]]]
) -> Line:
    person = observed.resource
    role = "owner" if person.role is OrgRole.ADMIN else value(person.role)
    mine = places.get(person.login, ())
    about = [listed([each.resource.team.spelled for each in mine])] if mine else []
    if observed.kept_by is not None:
        about.append(f"managed by {observed.kept_by}")
    return Line(Tone.PLAIN, person.login.spelled, role, "; ".join(about))


def _teams(
    snapshot: Snapshot, places: Mapping[Name, list[Observed[TeamMember]]]
) -> Iterator[Line]:
    below: dict[Slug | None, list[Observed[Team]]] = defaultdict(list)
    slugs = {each.resource.slug for each in snapshot.each(Team)}
    for each in sorted(snapshot.each(Team), key=lambda e: e.resource.slug):
        parent = each.resource.parent
        below[parent if parent in slugs else None].append(each)

    def tree(parent: Slug | None) -> Iterator[Line]:
        for each in below[parent]:
            line = _team(each, places)
            below_it = tuple(tree(each.resource.slug))
            yield Line(line.tone, line.name, line.what, line.about, below_it)

    return tree(None)


def _team(
    observed: Observed[Team], places: Mapping[Name, list[Observed[TeamMember]]]
) -> Line:
    team = observed.resource
    everybody = places.get(team.slug, ())
    here = [each for each in everybody if each.standing is Standing.ACTIVE]
    maintainers = [
        each.resource.login.spelled
        for each in here
        if each.resource.role is TeamRole.MAINTAINER
    ]
    about = []
    if maintainers:
        about.append(f"maintained by {listed(maintainers)}")
    if waiting := len(everybody) - len(here):
        about.append(f"{waiting:,} waiting")
    if team.privacy is Privacy.SECRET:
        about.append(value(team.privacy))
    if observed.kept_by is not None:
        about.append(f"managed by {observed.kept_by}")
    count = plural(len(here), *Member.NOUN)
    return Line(Tone.PLAIN, team.slug.spelled, count, "; ".join(about))


def _awaited(
    snapshot: Snapshot, people: Iterable[Observed[Member]], now: datetime
) -> Iterator[Line]:
    teams: dict[Login, list[str]] = defaultdict(list)
    for each in snapshot.each(TeamMember):
        if each.standing is Standing.INVITED:
            teams[each.resource.login].append(each.resource.team.spelled)
    for person in people:
        if person.standing is Standing.INVITED:
            yield waiting_line(person, now, teams[person.resource.login])
    for invitation in snapshot.others:
        sent = invitation.invited_at
        role = invitation.role.value.replace("_", " ").removeprefix("direct ")
        when = "" if sent is None else ago(sent, now)
        yield Line(Tone.WAIT, _somebody(invitation), f"invited as {role}", when)


def _somebody(invitation: Invitation) -> str:
    """Whom an invitation went to, as far as may be shown."""
    if invitation.invitee is not None:
        return invitation.invitee.spelled
    return "somebody" if invitation.mailbox is None else invitation.mailbox.mask


def _failed(people: Iterable[Observed[Member]], now: datetime) -> Iterator[Line]:
    for each in people:
        if each.standing is not Standing.FAILED:
            continue
        invitation = each.invitation
        about = []
        if invitation and invitation.failed_at:
            about.append(ago(invitation.failed_at, now))
        if invitation and invitation.failed_reason:
            about.append(first_sentence(invitation.failed_reason))
        what = f"invited as {value(each.resource.role)}"
        name = each.resource.login.spelled
        yield Line(Tone.WARNING, name, what, ": ".join(about))


def _hidden(snapshot: Snapshot) -> Iterator[Line]:
    for collection, count in sorted(snapshot.hidden.items()):
        summary = f"GitHub counts {count:,} more here than it shows"
        yield Line(Tone.WARNING, str(collection), summary)


# For programs -----------------------------------------------------------------


def _entry(observed: Observed[Any]) -> dict[str, Any]:
    address: Address = observed.resource.address
    entry: dict[str, Any] = {
        "address": str(address),
        "mode": "managed",
        "type": observed.resource.TYPE,
        "name": address[-1],
        "values": dict(observed.resource.document()),
        "standing": observed.standing.value,
    }
    if observed.id is not None:
        entry["id"] = observed.id
    if observed.kept_by is not None:
        entry["kept_by"] = observed.kept_by.value
    if observed.invitation is not None:
        entry["invitation"] = invitation_entry(observed.invitation)
    return entry


def invitation_entry(invitation: Invitation) -> dict[str, Any]:
    """What is known of an invitation, in JSON's types."""
    fields: dict[str, Any] = {
        "id": invitation.id,
        "role": invitation.role.value,
        "source": invitation.source.value,
        "invited_at": _moment(invitation.invited_at),
        "expires_at": _moment(invitation.expires_at),
        "inviter": None if invitation.inviter is None else invitation.inviter.spelled,
        "login": None if invitation.invitee is None else invitation.invitee.spelled,
        "mask": None if invitation.mailbox is None else invitation.mailbox.mask,
        "failed_at": _moment(invitation.failed_at),
        "failed_reason": invitation.failed_reason,
    }
    return {key: held for key, held in fields.items() if held is not None}


def _moment(time: datetime | None) -> str | None:
    return None if time is None else moment(time)


def _toml(held: object) -> str:
    """A string, number or boolean as TOML; JSON spells these alike."""
    return safe(json.dumps(held, ensure_ascii=False))
