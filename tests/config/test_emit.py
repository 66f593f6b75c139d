"""What is written for an organization says just what the organization is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.config.emit import init_files, to_toml
from ghstate.config.limits import MAX_FILE
from ghstate.config.project import Project, load
from ghstate.config.settings import Settings
from ghstate.model.address import Address
from ghstate.model.invitation import Invitation, InvitationRole, InvitationSource
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import MEMBERS, Member, OrgRole
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Desired, Organization, Snapshot, Viewer
from ghstate.model.policy import Policy
from ghstate.model.resource import Keeper, Observed, Resource, Standing
from ghstate.model.team import Privacy, Team
from ghstate.model.team_member import TeamMember, TeamRole
from tests.config.writing import SETTINGS, write

NOW = datetime(2026, 11, 21, 9, 12, tzinfo=UTC)


def snapshot(*found: Observed[Any], others: Iterable[Invitation] = ()) -> Snapshot:
    return Snapshot(
        Organization("acme", 77),
        Viewer(Login("ada")),
        NOW,
        {o.resource.address: o for o in found},
        others=tuple(others),
    )


def person(login: str, role: OrgRole = OrgRole.MEMBER, **more: Any) -> Observed[Member]:
    return Observed(Member(login=Login(login), role=role), **more)


def owner(login: str) -> Observed[Member]:
    return person(login, OrgRole.ADMIN)


def by_mail(
    address: str, role: InvitationRole = InvitationRole.MEMBER, **more: Any
) -> Invitation:
    return Invitation(mailbox=Mailbox.of(address, 77), role=role, **more)


def team(slug: str, **fields: Any) -> Observed[Team]:
    return Observed(Team(slug=Slug(slug), **{"name": slug, **fields}))


def in_team(slug: str, login: str, **fields: Any) -> Observed[TeamMember]:
    return Observed(TeamMember(team=Slug(slug), login=Login(login), **fields))


def reread(files: Any) -> Project:
    with TemporaryDirectory() as root:
        return load(write(Path(root), files))


def test_an_organization_as_people_would_write_it() -> None:
    files = to_toml(
        snapshot(
            owner("ada"),
            person("Bob"),
            person("cyd", standing=Standing.INVITED),
            person("gone", standing=Standing.FAILED),
            team(
                "platform",
                name="Platform",
                description='Keeps the "lights" on \\ off',
                notifications=False,
                parent=Slug("engineering"),
            ),
            team("engineering"),
            team("vault", privacy=Privacy.SECRET),
            in_team("platform", "ada"),
            in_team("platform", "Bob", role=TeamRole.MAINTAINER),
            replace(in_team("platform", "cyd"), standing=Standing.INVITED),
            replace(in_team("platform", "gone"), standing=Standing.FAILED),
            others=[
                by_mail("zoe@acme.example", teams=(Slug("platform"), Slug("vault"))),
                by_mail(
                    "Boss@acme.example", InvitationRole.ADMIN, teams=(Slug("vault"),)
                ),
                by_mail("bills@acme.example", InvitationRole.BILLING_MANAGER),
                Invitation(id=1),
            ],
        ),
        "acme",
    )
    assert files == {
        "members.toml": """\
# The organization acme, as ghstate import found it.

[members]
ada = "admin"
Bob = "member"
cyd = "member"  # invited
"boss@acme.example" = "admin"  # invited
"zoe@acme.example" = "member"  # invited
# Waiting besides: 2, for a role that ghstate does not manage, or at an address
# that the files cannot name.
""",
        "teams.toml": """\
# The organization acme, as ghstate import found it.

[teams.engineering]
privacy = "closed"
members = []

[teams.platform]
name = "Platform"
description = "Keeps the \\"lights\\" on \\\\ off"
privacy = "closed"
notifications = false
parent = "engineering"
maintainers = ["ada", "Bob"]
members = ["cyd", "zoe@acme.example"]

[teams.vault]
privacy = "secret"
maintainers = ["boss@acme.example"]
members = ["zoe@acme.example"]
""",
    }


@pytest.mark.parametrize(
    "invitation",
    [
        Invitation(source=InvitationSource.SCIM),
        Invitation(role=InvitationRole.REINSTATE),
    ],
)
def test_people_whose_invitation_is_not_ours_are_written_too(
    invitation: Invitation,
) -> None:
    waiting = person("bob", standing=Standing.INVITED, invitation=invitation)
    files = to_toml(snapshot(owner("ada"), waiting), "acme")
    assert 'bob = "member"  # invited\n' in files["members.toml"]


ODD = [
    by_mail("jürgen@acme.example"),
    by_mail("root@localhost"),
    by_mail('"a b"@acme.example'),
    by_mail('x@y.example"\n[teams.a]'),
    by_mail("later@acme.example", InvitationRole.REINSTATE),
    by_mail("hire@acme.example", InvitationRole.HIRING_MANAGER),
    Invitation(mailbox=Mailbox("0123", "n…@acme.example")),
    Invitation(),
]


@pytest.mark.parametrize("invitation", ODD, ids=range(len(ODD)))
def test_an_invitation_that_the_files_cannot_name_is_counted(
    invitation: Invitation,
) -> None:
    files = to_toml(snapshot(owner("ada"), others=[invitation]), "acme")
    assert files["members.toml"].endswith(
        'ada = "admin"\n'
        "# Waiting besides: 1, for a role that ghstate does not manage,"
        " or at an address\n# that the files cannot name.\n"
    )
    assert reread(files).desired.declared.keys() == {Member.at("ada")}


def test_t08_an_address_that_was_invited_twice_is_written_once() -> None:
    waiting = [
        by_mail("new@acme.example", teams=(Slug("a"),)),
        by_mail("NEW@acme.example", InvitationRole.ADMIN, teams=(Slug("a"),)),
    ]
    files = to_toml(snapshot(owner("ada"), team("a"), others=waiting), "acme")
    assert files["members.toml"].endswith(
        'ada = "admin"\n"new@acme.example" = "member"  # invited\n'
    )
    assert files["teams.toml"].endswith('members = ["new@acme.example"]\n')


def test_people_who_wait_by_e_mail_are_asked_for_as_they_were_invited() -> None:
    waiting = [
        by_mail(f"new-{role}@acme.example", role, teams=(Slug("a"),), source=source)
        for role in (InvitationRole.ADMIN, InvitationRole.MEMBER)
        for source in (InvitationSource.MEMBER,)
    ]
    everything = snapshot(owner("ada"), team("a"), others=waiting)
    declared = reread(to_toml(everything, "acme")).desired.declared
    asked = {
        each.resource.person: each.resource.role
        for each in declared.values()
        if isinstance(each.resource, Member)
    }
    assert asked == {
        EmailAddress("new-admin@acme.example"): OrgRole.ADMIN,
        EmailAddress("new-direct_member@acme.example"): OrgRole.MEMBER,
        Login("ada"): OrgRole.ADMIN,
    }
    in_a = {each for each in declared if each.is_in(TeamMember.all_of("a"))}
    assert in_a == {
        TeamMember.at("a", "new-admin@acme.example"),
        TeamMember.at("a", "new-direct_member@acme.example"),
    }


def test_a_team_whose_people_others_manage_names_no_address() -> None:
    synced = replace(team("a"), kept_by=Keeper.IDENTITY_PROVIDER)
    waiting = [by_mail("new@acme.example", teams=(Slug("a"), Slug("gone")))]
    files = to_toml(snapshot(owner("ada"), synced, others=waiting), "acme")
    assert "@" not in files["teams.toml"]


def test_a_long_list_has_a_line_for_each() -> None:
    people = [f"somebody-with-a-name-{n}" for n in range(5)]
    found = [person(login) for login in people] + [in_team("a", p) for p in people]
    text = to_toml(snapshot(team("a"), *found), "acme")["teams.toml"]
    assert text.endswith(
        "members = [\n" + "".join(f'  "{login}",\n' for login in people) + "]\n"
    )


def test_what_others_decide_about_is_left_out_with_a_word() -> None:
    files = to_toml(
        snapshot(
            owner("ada"),
            replace(team("ent:all"), kept_by=Keeper.ENTERPRISE),
            replace(team("synced"), kept_by=Keeper.IDENTITY_PROVIDER),
            team("odd slug"),
            team("below", parent=Slug("ent:all")),
            in_team("synced", "ada"),
            in_team("below", "stranger"),
        ),
        "acme",
    )
    assert files["teams.toml"] == (
        """\
# The organization acme, as ghstate import found it.

# Left out: "ent:all", managed by the enterprise.
# Left out: "odd slug", its slug has an unusual form.

[teams.below]
privacy = "closed"
# parent: "ent:all", which is left out
# "stranger" is here, but not in the organization.
members = []

[teams.synced]
privacy = "closed"
# Its people are managed by the identity provider.
"""
    )
    assert reread(files).desired.managed == {MEMBERS, TeamMember.all_of("below")}


def test_what_the_files_cannot_say_is_left_alone() -> None:
    files = to_toml(
        snapshot(
            owner("ada"),
            team("a", name="A\u202e", description="line\nbreak"),
            team("b", description="x" * 10_241),
        ),
        "acme",
    )
    assert files["teams.toml"].count("# name: left alone") == 1
    assert files["teams.toml"].count("# description: left alone") == 2
    declared = reread(files).desired.declared
    assert declared[Team.at("a")].fields == {"privacy"}


def test_an_organization_without_anybody_has_no_files() -> None:
    assert to_toml(snapshot(), "acme") == {}
    unnamed = to_toml(snapshot(others=[Invitation()]), "acme")
    assert "[members]" not in unnamed["members.toml"]
    named = to_toml(snapshot(others=[by_mail("new@acme.example")]), "acme")
    assert named["members.toml"].endswith(
        '[members]\n"new@acme.example" = "member"  # invited\n'
    )


def test_many_teams_have_a_file_for_each_tree() -> None:
    trees = [team(f"t{n:02}") for n in range(49)]
    files = to_toml(snapshot(*trees, team("top"), team("a", parent=Slug("top"))), "x")
    assert len(files) == 50
    assert "[teams.a]" in files["teams/top.toml"]
    assert "[teams.t07]" in files["teams/t07.toml"]


def test_teams_that_are_above_each_other_are_written_all_the_same() -> None:
    circle = [team("a", parent=Slug("b")), team("b", parent=Slug("a"))]
    files = to_toml(snapshot(*(team(f"t{n}") for n in range(50)), *circle), "x")
    text = "".join(files.values())
    assert text.count("[teams.a]") == text.count("[teams.b]") == 1


def test_what_is_left_out_of_many_teams_is_told_in_a_file_of_its_own() -> None:
    files = to_toml(snapshot(*(team(f"t{n}") for n in range(51)), team("a b")), "x")
    assert files["teams.toml"].endswith(
        '\n# Left out: "a b", its slug has an unusual form.\n'
    )
    assert len(reread(files).desired.declared) == 51


def test_fifty_teams_stand_in_one_file() -> None:
    assert set(to_toml(snapshot(*(team(f"t{n}") for n in range(50))), "x")) == {
        "teams.toml"
    }


def test_no_team_makes_a_file_that_means_something_else() -> None:
    teams = [team(f"t{n}") for n in range(50)]
    files = to_toml(snapshot(*teams, team("ghstate"), team("pyproject")), "x")
    assert "teams/ghstate.toml" not in files
    assert len(reread(files).desired.declared) == 52


def test_very_many_trees_share_files() -> None:
    teams = [team(f"{letter}{n}") for letter in "abc" for n in range(200)]
    files = to_toml(snapshot(*teams), "x")
    assert set(files) == {"teams/a.toml", "teams/b.toml", "teams/c.toml"}
    assert len(reread(files).desired.declared) == 600


def test_more_people_than_a_file_can_hold_have_several() -> None:
    people = [person(f"somebody-with-a-long-name-{n:06}") for n in range(30_000)]
    files = to_toml(snapshot(*people), "acme")
    assert set(files) == {"members.toml", "members.2.toml"}
    assert all(len(text.encode()) < MAX_FILE for text in files.values())
    assert len(reread(files).desired.declared) == 30_000


# Any organization.

logins = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True).map(Login)
slugs = st.one_of(
    st.from_regex(r"[a-z0-9_-]{1,6}", fullmatch=True),
    st.sampled_from(["ent:all", "ghstate", "a b", "ü"]),
).map(Slug)
texts = st.one_of(st.text(max_size=12), st.text("\"\\'#[]\n\t =", max_size=6))


@st.composite
def organizations(draw: st.DrawFn) -> Snapshot:
    people = draw(st.lists(logins, min_size=1, max_size=5, unique=True))
    slugs_here = draw(st.lists(slugs, max_size=5, unique=True))
    found: list[Observed[Any]] = []
    for login in people:
        standing = draw(st.sampled_from([Standing.ACTIVE, Standing.INVITED]))
        role = draw(st.sampled_from(OrgRole))
        found.append(Observed(Member(login=login, role=role), standing))
    for number, slug in enumerate(slugs_here):
        nested = draw(st.booleans()) and number > 0
        parent = slugs_here[number - 1] if nested else None
        closed = nested or any(True for _ in slugs_here[number + 1 :])
        found.append(
            Observed(
                Team(
                    slug=slug,
                    name=draw(texts.filter(str.strip)),
                    description=draw(texts),
                    privacy=Privacy.CLOSED if closed else Privacy.SECRET,
                    notifications=draw(st.booleans()),
                    parent=parent,
                ),
                kept_by=Keeper.ENTERPRISE if slug.startswith("ent:") else None,
            )
        )
        for login in draw(st.lists(st.sampled_from(people), unique=True)):
            role = draw(st.sampled_from(TeamRole))
            member = TeamMember(team=slug, login=login, role=role)
            found.append(Observed(member, draw(st.sampled_from(list(Standing)[:2]))))
    return snapshot(*found, others=draw(st.lists(waiting(slugs_here), max_size=3)))


def waiting(slugs_here: list[Slug]) -> st.SearchStrategy[Invitation]:
    teams = st.sampled_from([*slugs_here, Slug("gone")])
    return st.builds(
        by_mail,
        st.one_of(st.sampled_from(["a@acme.example", "b@acme.example", "a@b"]), texts),
        st.sampled_from(InvitationRole),
        teams=st.lists(teams, max_size=2, unique=True).map(tuple),
    )


def nameable(snapshot: Snapshot) -> dict[Login, Invitation]:
    """The first invitation to each address that the files can name."""
    found: dict[Login, Invitation] = {}
    for invitation in snapshot.others:
        address = invitation.mailbox.address if invitation.mailbox else None
        plain = address in ("a@acme.example", "b@acme.example")
        if address and plain and invitation.role.of_a_member:
            found.setdefault(EmailAddress(address), invitation)
    return found


_INVITED_AS = {
    InvitationRole.ADMIN: OrgRole.ADMIN,
    InvitationRole.MEMBER: OrgRole.MEMBER,
}


def kept_as_it_is(desired: Desired, snapshot: Snapshot) -> None:
    """What the files ask for is there, and nothing they manage is there besides."""
    owners = {
        o.resource.login
        for o in snapshot.each(Member)
        if o.resource.role is OrgRole.ADMIN
    }
    invited = nameable(snapshot)
    for address, declared in desired.declared.items():
        person = declared.resource.person
        if isinstance(person, EmailAddress):
            match declared.resource:
                case Member(role=role):
                    assert _INVITED_AS[invited[person].role] is role
                case TeamMember(team=slug):
                    assert slug in invited[person].teams
                case other:
                    pytest.fail(f"{other} is nobody's")
            continue
        there: Resource = snapshot.observed[address].resource
        if isinstance(there, TeamMember) and there.login in owners:
            there = replace(there, role=TeamRole.MAINTAINER)
        assert declared.onto(there) == there
    for address in snapshot.observed:
        assert address in desired.declared or not desired.manages(address)


@given(organizations())
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_files_describe_the_organization_they_were_made_from(
    snapshot: Snapshot,
) -> None:
    desired = reread(to_toml(snapshot, "acme")).desired
    kept_as_it_is(desired, snapshot)
    people = {o.resource.address for o in snapshot.each(Member)}
    assert people <= desired.declared.keys()
    unsaid = {
        o.resource.slug
        for o in snapshot.each(Team)
        if o.resource.address not in desired.declared
    }
    assert unsaid <= {"ent:all", "a b", "ü"}
    slugs_said = {o.resource.slug for o in snapshot.each(Team)} - unsaid
    for who, invitation in nameable(snapshot).items():
        assert Member.at(who) in desired.declared
        for slug in invitation.teams:
            there = slug in slugs_said
            assert (TeamMember.at(slug, who) in desired.declared) is there
    for address in snapshot.observed:
        told_of = len(address) < 3 or address[1] in unsaid
        assert told_of or address in desired.declared


def real(name: str) -> Snapshot:
    place = Path(__file__).parents[2] / ".." / "shared" / "orgs" / f"{name}.json"
    if not place.exists():
        pytest.skip("the organizations of the study are not beside this checkout")
    document = json.loads(place.read_text())
    found: list[Observed[Any]] = [
        *map(owner, document["admins"]),
        *map(person, document["members"]),
    ]
    for entry in document["teams"]:
        slug = entry["slug"]
        found.append(
            team(
                slug,
                name=entry["name"],
                description=entry.get("description") or "",
                privacy=Privacy(entry.get("privacy") or "closed"),
                parent=Slug(entry["parent"]) if entry.get("parent") else None,
            )
        )
        found += [
            in_team(slug, login, role=TeamRole.MAINTAINER)
            for login in entry["maintainers"]
        ]
        found += [in_team(slug, login) for login in entry["members"]]
    return snapshot(*found)


@pytest.mark.parametrize("name", ["kubernetes", "kubernetes-sigs", "cloudfoundry"])
def test_a_real_organization_goes_into_files_and_back(name: str) -> None:
    snapshot = real(name)
    began = perf_counter()
    files = to_toml(snapshot, name)
    desired = reread(files).desired
    assert perf_counter() - began < 20
    kept_as_it_is(desired, snapshot)
    kinds = {
        kind: {a for a, o in snapshot.observed.items() if type(o.resource) is kind}
        for kind in (Member, Team, TeamMember)
    }
    for addresses in kinds.values():
        assert addresses <= desired.declared.keys()


# A new project.


def test_a_new_project_manages_nothing_yet() -> None:
    files = init_files("acme")
    assert set(files) == {"ghstate.toml", "organization.toml", ".gitignore"}
    assert files[".gitignore"] == ".ghstate/\n"
    project = reread(files)
    assert project.settings == Settings(organization="acme")
    assert project.desired == Desired({}, frozenset(), {})


@pytest.mark.parametrize("instead", ["path", "url"])
def test_a_new_project_shows_what_may_be_written(instead: str) -> None:
    """The state is in a file or elsewhere: one of the two lines is left out."""
    files = {
        name: "".join(
            line.removeprefix("# ") if "=" in line or line.startswith("# [") else ""
            for line in text.splitlines(keepends=True)
        )
        for name, text in init_files("acme").items()
    }
    files["ghstate.toml"] = SETTINGS + "".join(
        line
        for line in files["ghstate.toml"].splitlines(keepends=True)
        if not line.startswith(("[github]", "organization", instead))
    )
    project = reread(
        {name: files[name] for name in ("ghstate.toml", "organization.toml")}
    )
    shared = "s3://acme-ghstate/acme.json"
    assert project.settings.state_url == (shared if instead == "path" else None)
    assert project.settings.policy.protected == {"alice"}
    assert Address("teams", "platform", "members", "carol") in project.desired.declared
    assert Member.at("new.hire@acme.example") in project.desired.declared
    assert project.settings.policy == Policy(
        ignore=("acme-bot", "svc-*"), protected=frozenset({Login("alice")})
    )
