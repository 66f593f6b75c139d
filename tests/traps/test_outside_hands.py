"""Others who decide, too: the enterprise, the identity provider, GitHub's billing."""

from ghstate.cli.exits import Exit
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.records import (
    InvitationRole,
    InvitationSource,
    Membership,
    OrgRole,
    TeamType,
)
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import (
    BOT,
    Begin,
    calls,
    invited,
    join,
    people_of,
    roles_in,
)


def test_t34_a_removal_that_the_enterprise_undoes_is_not_claimed_as_done(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    erin = world.add_member("erin")
    world.members[erin.id] = Membership(
        role=OrgRole.MEMBER, enterprise_teams=("everybody",)
    )
    project = acme(members=BOT)

    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "erin" in applied.out
    assert "was done, and GitHub does not show it" in applied.out
    assert calls(sandbox) == ["DELETE memberships/erin"]
    assert "erin" in roles_in(world)


def test_t35_an_owner_who_joined_from_outside_is_shown_and_goes_only_if_approved(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("erin", OrgRole.ADMIN)
    project = acme(members=BOT)

    planned = project.plan("--detailed-exitcode")

    assert planned.code == Exit.CHANGES
    assert planned.reasons == {"members.erin": "remove"}
    assert planned.change("members.erin")["before"]["role"] == "admin"
    assert project.run("apply").code == Exit.ERROR
    assert roles_in(world) == {"bot": "admin", "erin": "admin"}

    expected = project.apply("--expect", planned.digest)
    assert expected.code == Exit.DONE
    assert calls(sandbox) == ["DELETE memberships/erin"]


def test_t36_billing_managers_are_none_of_the_files_business(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.invite("fin", InvitationRole.BILLING_MANAGER)
    world.invite("alice", InvitationRole.BILLING_MANAGER)
    world.invite("recruiter", InvitationRole.HIRING_MANAGER)
    project = acme(members=BOT | {"alice": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.waiting == []
    assert project.is_at_rest()
    assert set(invited(world).values()) == {"billing_manager", "hiring_manager"}


def test_t37_a_removal_shows_what_goes_with_it_and_is_one_call(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("dave", OrgRole.ADMIN)
    join(world, "erin")
    for slug in ("ops", "sre", "web"):
        world.add_team(slug, "dave", "erin")
    for login in ("xenia", "yuri"):
        world.invite(login, by="dave")
    project = acme(
        members=BOT | {"erin": "member", "xenia": "member"},
        teams="".join(f'[teams.{t}]\nmembers = ["erin"]\n' for t in ("ops", "sre")),
    )

    planned = project.plan()
    shown = project.run("plan").out

    # yuri's invitation goes because no file names it, xenia's is sent again.
    assert planned.reasons == {
        "members.dave": "remove",
        "members.xenia": "reinvite",
        "members.yuri": "cancel_invitation",
    }
    assert planned.all_notes >= {("inviter-leaves", "members.xenia")}
    [line] = [line for line in shown.splitlines() if line.startswith("  - dave")]
    assert "leaves ops, sre, web" in line

    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == [
        "DELETE invitations/" + calls(sandbox)[0].rpartition("/")[2],
        "DELETE memberships/dave",
        "POST invitations",
    ]
    assert invited(world) == {"xenia": "direct_member"}
    assert [people_of(world, slug) for slug in ("ops", "sre", "web")] == [
        {"erin": "member"}
    ] * 3
    assert project.is_at_rest()


def test_t38_a_member_without_a_second_factor_is_a_member_as_any_other(
    world: World, acme: Begin
) -> None:
    world.add_member("alice").two_factor = False
    project = acme(members=BOT | {"alice": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert project.is_at_rest()


def test_t38_who_has_no_second_factor_is_not_written_down(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.add_member("alice").two_factor = False
    project = acme(members=BOT | {"alice": "member"})

    project.plan()

    assert project.state is not None
    asked = " ".join(str(each.body) for each in sandbox.history)
    for text in (project.state.decode(), asked):
        assert "factor" not in text.lower()


def test_t39_what_the_identity_provider_sent_satisfies_and_is_never_touched(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    world.invite("alice", source=InvitationSource.SCIM)
    world.invite("stranger", source=InvitationSource.SCIM)
    project = acme(members=BOT | {"alice": "member"})

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.waiting == ["members.alice"]
    assert planned.all_notes == {("unmanaged-invitation", "members.stranger")}
    assert project.is_at_rest()
    assert invited(world).keys() == {"alice", "stranger"}


def test_t39_memberships_can_be_left_to_the_identity_provider_and_teams_managed(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "bob")
    world.invite("zoe", source=InvitationSource.SCIM)
    world.add_team("sre", "alice")
    project = acme(teams='[teams.sre]\nmembers = ["bob"]')

    assert project.plan().reasons == {
        "teams.sre.members.alice": "remove",
        "teams.sre.members.bob": "add",
    }
    assert project.apply().code == Exit.DONE
    assert people_of(world, "sre") == {"bob": "member"}
    assert roles_in(world).keys() == {"bot", "alice", "bob"}
    assert project.is_at_rest()


def test_t49_a_team_whose_people_the_identity_provider_names_is_an_error_by_itself(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "bob")
    world.add_team("idp", "alice", "bob").external_group = "the identity provider"
    world.add_team("sre")
    project = acme(
        teams='[teams.idp]\nmembers = ["alice"]\n[teams.sre]\nmembers = ["bob"]'
    )

    planned = project.plan()
    applied = project.apply()

    assert planned.code == Exit.ERROR
    assert planned.reasons == {"teams.sre.members.bob": "add"}
    assert planned.all_notes == {("externally-managed", "teams.idp")}
    assert applied.code == Exit.IN_PART
    assert calls(sandbox) == ["PUT teams/sre/memberships/bob"]
    assert people_of(world, "idp").keys() == {"alice", "bob"}


def test_t49_a_group_that_appears_between_plan_and_apply_fails_by_itself(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice", "bob")
    idp = world.add_team("idp", "alice")
    project = acme(teams='[teams.idp]\nmembers = ["alice", "bob"]')

    def followed(world: World) -> None:
        idp.external_group = "the identity provider"

    path = "/orgs/acme/teams/idp/memberships"
    sandbox.conditions.script(Fault(Meanwhile(followed), method="PUT", path=path))
    applied = project.apply()

    assert applied.code == Exit.IN_PART
    assert "external group backed team" in applied.out
    assert "take members and maintainers out of the files" in " ".join(
        applied.out.split()
    )


def test_t49_such_a_team_is_left_alone_without_its_people_too(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("idp", "alice").external_group = "the identity provider"
    project = acme(teams='[teams.idp]\nparent = ""')

    assert project.apply().code == Exit.DONE
    assert calls(sandbox) == []
    assert project.is_at_rest()

    project.teams('[teams.idp]\ndescription = "From the directory"')
    assert project.apply().code == Exit.IN_PART
    assert calls(sandbox) == []


def test_t50_a_team_of_the_enterprise_is_never_deleted(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("ent:sec", "alice", slug="ent:sec").type = TeamType.ENTERPRISE
    world.add_team("ops")
    project = acme(teams="[teams.ops]", settings='[manage]\nteams = "all"')

    planned = project.plan("--detailed-exitcode")

    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert planned.all_notes == {("externally-managed", 'teams."ent:sec"')}
    assert project.is_at_rest()
    assert people_of(world, "ent:sec") == {"alice": "member"}


def test_t50_the_files_cannot_name_a_team_of_the_enterprise(
    sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(teams='[teams."ent:sec"]\nmembers = []')

    ran = project.run("validate")

    assert ran.code == Exit.ERROR
    assert 'teams.toml:1:8: "ent:sec" is a team of the enterprise' in ran.err
    assert len(sandbox.history) == 0


def test_t50_the_people_of_such_a_team_stay_when_it_shares_the_organization(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    join(world, "alice")
    world.add_team("ent:sec", "alice", slug="ent:sec").type = TeamType.ENTERPRISE
    project = acme(members=BOT | {"alice": "member"})

    assert project.plan("--detailed-exitcode").code == Exit.DONE
    assert project.is_at_rest()
