import pytest

from ghstate.sandbox import teams
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.records import (
    AccountKind,
    Actor,
    InvitationRole,
    OrgRole,
    Privacy,
    Team,
    TeamRole,
    TeamType,
    Why,
)
from ghstate.sandbox.refusals import Forbidden, Invalid, NotFound
from ghstate.sandbox.teams import Standing, TeamFields
from ghstate.sandbox.world import World


def slug(world: World, wanted: str) -> Team:
    team = world.team(wanted)
    assert team is not None
    return team


def create(world: World, **said: object) -> Team:
    return teams.create(world, world.actor("ada"), TeamFields(**said))  # type: ignore[arg-type]  # a table of fields, checked as it is built


def edit(world: World, which: str, wanted: TeamFields) -> bool:
    return teams.edit(world, world.actor("ada"), slug(world, which), wanted)


def put(
    world: World, which: str, login: str, role: TeamRole = TeamRole.MEMBER
) -> tuple[Standing, TeamRole]:
    team = slug(world, which)
    return teams.put_member(world, world.actor("ada"), team, login, role)


def app(world: World) -> Actor:
    return Actor(world.add_account("robot[bot]", kind=AccountKind.BOT).id, app=True)


def test_t43_a_team_is_secret_unless_said_otherwise(world: World) -> None:
    assert create(world, name="Ops").privacy is Privacy.SECRET


def test_t43_a_child_team_is_closed_unless_said_otherwise(world: World) -> None:
    parent = slug(world, "engineering").id

    assert create(world, name="Ops", parent=parent).privacy is Privacy.CLOSED


def test_t51_whoever_creates_a_team_is_its_maintainer(world: World) -> None:
    team = create(world, name="Ops")

    assert team.members == {world.known("ada").id: TeamRole.MAINTAINER}


def test_t51_an_app_creates_an_empty_team(world: World) -> None:
    team = teams.create(world, app(world), TeamFields(name="Ops"))

    assert team.members == {}


def test_t48_a_child_an_app_creates_may_lose_its_parent(world: World) -> None:
    world.policy.app_children_keep_parent = False
    parent = slug(world, "engineering").id

    team = teams.create(world, app(world), TeamFields(name="Ops", parent=parent))

    assert team.parent is None
    assert team.privacy is Privacy.CLOSED


def test_a_team_may_be_created_with_maintainers(world: World) -> None:
    team = teams.create(world, app(world), TeamFields(name="Ops"), ["bob"])

    assert team.members == {world.known("bob").id: TeamRole.MAINTAINER}


@pytest.mark.parametrize("name", ["Platform", "PLATFORM", "platform!"])
def test_t45_a_name_or_slug_is_taken_once(world: World, name: str) -> None:
    with pytest.raises(Invalid) as caught:
        create(world, name=name)

    assert caught.value.errors[0] == {
        "resource": "Team",
        "code": "already_exists",
        "field": "name",
        "message": "Name must be unique for this org",
    }


@pytest.mark.parametrize("name", ["", "  ", "!!!"])
def test_a_team_needs_a_name(world: World, name: str) -> None:
    with pytest.raises(Invalid):
        create(world, name=name)


def test_t43_secret_teams_do_not_nest(world: World) -> None:
    parent = slug(world, "engineering").id
    vault = create(world, name="Vault")

    with pytest.raises(Invalid):
        create(world, name="Ops", parent=parent, privacy=Privacy.SECRET)
    with pytest.raises(Invalid):
        create(world, name="Ops", parent=vault.id)
    with pytest.raises(Invalid):
        edit(world, "platform", TeamFields(privacy=Privacy.SECRET))
    with pytest.raises(Invalid):
        edit(world, "engineering", TeamFields(privacy=Privacy.SECRET))


def test_t43_a_team_may_leave_its_parent_and_hide_in_one_call(world: World) -> None:
    wanted = TeamFields(parent=None, privacy=Privacy.SECRET)

    assert edit(world, "platform", wanted)

    assert slug(world, "platform").privacy is Privacy.SECRET


def test_t44_a_new_name_gives_a_new_slug_and_nothing_else(world: World) -> None:
    before = slug(world, "platform")

    assert edit(world, "platform", TeamFields(name="Platform Eng"))

    after = slug(world, "platform-eng")
    assert (after.id, after.members) == (before.id, before.members)
    assert world.team("platform") is None


def test_a_slug_stays_while_the_name_does(world: World) -> None:
    world.add_team("k8s.io admins", slug="an-older-slug")

    edit(world, "an-older-slug", TeamFields(name="k8s.io admins", description="x"))

    assert slug(world, "an-older-slug").description == "x"


def test_an_edit_tells_whether_anything_was_different(world: World) -> None:
    wanted = TeamFields(description="Keeps the lights on", notifications=False)

    assert edit(world, "platform", wanted)
    assert not edit(world, "platform", wanted)


def test_t47_a_team_cannot_be_below_itself(world: World) -> None:
    platform = slug(world, "platform").id

    with pytest.raises(Invalid):
        edit(world, "engineering", TeamFields(parent=platform))
    with pytest.raises(Invalid):
        edit(world, "platform", TeamFields(parent=platform))


def test_a_refused_edit_changes_nothing(world: World) -> None:
    with pytest.raises(Invalid):
        edit(world, "platform", TeamFields(name="Engineering", description="x"))

    assert slug(world, "platform").description is None


def test_t47_deleting_a_parent_deletes_everything_below(world: World) -> None:
    parent = slug(world, "platform").id
    create(world, name="Deep", parent=parent)

    teams.delete(world, world.actor("ada"), slug(world, "engineering"))

    assert not world.teams


def test_an_invitation_forgets_a_team_that_is_gone(world: World) -> None:
    invitation = world.invite("zoe", teams=("platform",))

    teams.delete(world, world.actor("ada"), slug(world, "platform"))
    world.accept("zoe")

    assert invitation.teams == {}


def test_a_member_is_put_into_a_team_and_written_to_once(world: World) -> None:
    assert put(world, "platform", "bob") == (Standing.ACTIVE, TeamRole.MEMBER)
    put(world, "platform", "bob")

    assert world.mails_to("bob") == [Why.ADDED_TO_TEAM]


def test_a_put_overwrites_the_role(world: World) -> None:
    put(world, "platform", "bob", TeamRole.MAINTAINER)

    put(world, "platform", "bob")

    assert world.teams_of("bob")["platform"] is TeamRole.MEMBER


def test_t33_an_owner_in_a_team_is_its_maintainer(world: World) -> None:
    assert put(world, "platform", "grace") == (Standing.ACTIVE, TeamRole.MAINTAINER)


def test_t15_a_team_invites_who_is_no_member(world: World) -> None:
    standing = put(world, "platform", "zoe", TeamRole.MAINTAINER)

    assert standing == (Standing.PENDING, TeamRole.MAINTAINER)
    [invitation] = world.invitations.values()
    assert invitation.role is InvitationRole.DIRECT_MEMBER
    world.accept("zoe")
    assert world.teams_of("zoe") == {"platform": TeamRole.MAINTAINER}


def test_t16_a_team_joins_the_invitation_that_waits(world: World) -> None:
    before = world.invite("zoe", InvitationRole.ADMIN)

    put(world, "platform", "zoe")

    assert [*world.invitations] == [before.id]
    assert before.role is InvitationRole.ADMIN
    assert before.teams == {slug(world, "platform").id: TeamRole.MEMBER}
    assert world.mails_to("zoe") == [Why.INVITED]


def test_t16_an_invitation_may_know_members_only(world: World) -> None:
    world.policy.pending_team_role = False

    standing = put(world, "platform", "zoe", TeamRole.MAINTAINER)

    assert standing == (Standing.PENDING, TeamRole.MEMBER)


def test_a_maintainer_cannot_invite(world: World) -> None:
    put(world, "platform", "carol", TeamRole.MAINTAINER)
    carol = world.actor("carol")
    platform = slug(world, "platform")

    teams.put_member(world, carol, platform, "bob", TeamRole.MEMBER)
    with pytest.raises(Forbidden):
        teams.put_member(world, carol, platform, "zoe", TeamRole.MEMBER)


def test_a_plain_member_changes_no_team(world: World) -> None:
    bob, platform = world.actor("bob"), slug(world, "platform")

    with pytest.raises(Forbidden) as caught:
        teams.put_member(world, bob, platform, "bob", TeamRole.MEMBER)

    assert caught.value.message == (
        "You must be an organization owner or team maintainer to add a team membership."
    )


def test_t18_somebody_who_blocks_the_organization_is_refused(world: World) -> None:
    world.known("zoe").invitable = False

    with pytest.raises(Invalid) as caught:
        put(world, "platform", "zoe")

    assert caught.value.message == "Validation Failed"


def test_t49_a_team_of_the_identity_provider_keeps_its_people(world: World) -> None:
    team = slug(world, "platform")
    team.external_group = "Azure Active Directory"

    with pytest.raises(Forbidden) as caught:
        put(world, "platform", "bob")
    with pytest.raises(Forbidden):
        teams.remove_member(world, world.actor("ada"), team, "carol")

    assert caught.value.message == (
        "You cannot create or update members for an external group backed team"
        " since they are managed by Azure Active Directory"
    )
    assert edit(world, "platform", TeamFields(description="may still change"))


def test_t50_an_enterprise_team_cannot_be_changed_here(world: World) -> None:
    team = world.add_team("ent:security", slug="ent:security")
    team.type = TeamType.ENTERPRISE

    for refused in (
        lambda: put(world, "ent:security", "bob"),
        lambda: edit(world, "ent:security", TeamFields(description="x")),
        lambda: teams.delete(world, world.actor("ada"), team),
        lambda: create(world, name="Below", parent=team.id),
    ):
        with pytest.raises(Invalid):
            refused()


def test_somebody_outside_creates_no_team(world: World) -> None:
    with pytest.raises(Forbidden):
        teams.create(world, world.actor("zoe"), TeamFields(name="Ops"))


def test_a_team_cannot_lose_its_name(world: World) -> None:
    with pytest.raises(Invalid):
        edit(world, "platform", TeamFields(name=" "))


def test_a_team_takes_people_only(world: World) -> None:
    world.add_account("umbrella", kind=AccountKind.ORGANIZATION)

    with pytest.raises(Invalid):
        put(world, "platform", "umbrella")
    with pytest.raises(NotFound):
        put(world, "platform", "nobody")
    team = slug(world, "platform")
    with pytest.raises(NotFound):
        teams.remove_member(world, world.actor("ada"), team, "nobody")


def test_who_is_taken_out_of_a_team_is_out(world: World) -> None:
    teams.remove_member(world, world.actor("ada"), slug(world, "platform"), "carol")

    assert world.teams_of("carol") == {}


def test_who_waits_loses_the_team_and_not_the_invitation(world: World) -> None:
    invitation = world.invite("zoe", teams=("platform",))

    teams.remove_member(world, world.actor("ada"), slug(world, "platform"), "zoe")

    assert invitation.teams == {}
    assert world.invitations


def test_t54_who_is_not_in_a_team_is_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        teams.remove_member(world, world.actor("ada"), slug(world, "platform"), "bob")


def test_a_member_of_a_child_team_stands_in_its_parent(world: World) -> None:
    standing = teams.standing(world, slug(world, "engineering"), world.known("carol"))

    assert standing == (Standing.ACTIVE, TeamRole.MEMBER)


@pytest.mark.parametrize("profile", [Profile.SERVER, Profile.MANAGED_USERS])
def test_where_nobody_is_invited_a_team_takes_people_at_once(
    world: World, profile: Profile
) -> None:
    world.policy.profile = profile

    assert put(world, "platform", "zoe") == (Standing.ACTIVE, TeamRole.MEMBER)

    assert world.role_of("zoe") is OrgRole.MEMBER
