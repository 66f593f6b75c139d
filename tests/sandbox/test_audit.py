import re
from datetime import timedelta

import pytest

from ghstate.sandbox import invitations, memberships, teams
from ghstate.sandbox.audit import search
from ghstate.sandbox.policy import Profile, PutOnPending
from ghstate.sandbox.records import (
    InvitationRole,
    InvitationSource,
    OrgRole,
    Privacy,
    TeamRole,
)
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.teams import TeamFields
from ghstate.sandbox.viewers import token_of
from ghstate.sandbox.world import World
from tests.sandbox.talk import APP, MEMBER, Answer, call, get

PATH = "/orgs/acme/audit-log"


def told(world: World, phrase: str = "") -> list[tuple[str, str, str | None]]:
    """Who did what to whom, oldest first."""
    found = search(world.events, phrase, world.now)
    return [(each.actor, each.action.value, each.user) for each in found]


@pytest.fixture
def log(sandbox: Sandbox, world: World) -> Sandbox:
    """An organization on Enterprise Cloud."""
    world.policy.audit_log = True
    return sandbox


# What is recorded


def test_t18_who_left_is_told_from_who_was_removed(world: World) -> None:
    world.leave("bob")
    memberships.remove_membership(world, world.actor("ada"), "carol")

    assert told(world, "action:org.remove_member") == [
        ("bob", "org.remove_member", "bob"),
        ("ada", "org.remove_member", "carol"),
    ]


def test_an_invitation_is_recorded_when_sent_and_when_accepted(world: World) -> None:
    memberships.set_membership(world, world.actor("grace"), "zoe", OrgRole.MEMBER)
    world.accept("zoe")

    assert told(world) == [
        ("grace", "org.invite_member", "zoe"),
        ("zoe", "org.add_member", "zoe"),
    ]


def test_t17_what_a_removed_inviter_sent_is_recorded_as_cancelled(
    world: World,
) -> None:
    world.invite("zoe", by="grace")

    memberships.remove_membership(world, world.actor("ada"), "grace")

    assert told(world) == [
        ("grace", "org.invite_member", "zoe"),
        ("ada", "org.remove_member", "grace"),
        ("ada", "org.cancel_invitation", "zoe"),
    ]


def test_t13_a_cancellation_is_recorded_once(world: World) -> None:
    invitation = world.invite("zoe")
    for _ in range(2):
        invitations.cancel(world, world.actor("grace"), invitation.id)

    assert told(world, "action:org.cancel_invitation") == [
        ("grace", "org.cancel_invitation", "zoe")
    ]


def test_a_failed_invitation_that_is_cleared_is_no_cancellation(world: World) -> None:
    invitation = world.invite("zoe")
    world.advance(timedelta(days=8))

    invitations.cancel(world, world.actor("ada"), invitation.id)

    assert told(world) == [("ada", "org.invite_member", "zoe")]


def test_t07_what_happens_to_an_address_names_nobody(world: World) -> None:
    world.invite("new@acme.example")
    world.cancel("new@acme.example", by="grace")

    assert told(world) == [
        ("ada", "org.invite_member", None),
        ("grace", "org.cancel_invitation", None),
    ]


def test_a_role_is_recorded_when_it_changes(world: World) -> None:
    for role in (OrgRole.ADMIN, OrgRole.ADMIN, OrgRole.MEMBER):
        memberships.set_membership(world, world.actor("ada"), "bob", role)

    assert told(world) == [("ada", "org.update_member", "bob")] * 2


def test_t02_an_invitation_that_is_sent_again_is_recorded_again(world: World) -> None:
    world.policy.put_on_pending = PutOnPending.RESEND
    world.invite("zoe", InvitationRole.ADMIN)

    memberships.set_membership(world, world.actor("grace"), "zoe", OrgRole.MEMBER)

    assert told(world) == [
        ("ada", "org.invite_member", "zoe"),
        ("grace", "org.cancel_invitation", "zoe"),
        ("grace", "org.invite_member", "zoe"),
    ]


def test_t10_who_is_added_at_once_is_added_by_the_owner(world: World) -> None:
    world.policy.profile = Profile.MANAGED_USERS

    memberships.set_membership(world, world.actor("ada"), "zoe", OrgRole.MEMBER)

    assert told(world) == [("ada", "org.add_member", "zoe")]


def test_t12_what_scim_sends_is_recorded_and_under_no_cap(world: World) -> None:
    world.policy.invitation_cap = 1
    world.invite("zoe", source=InvitationSource.SCIM)

    memberships.set_membership(world, world.actor("ada"), "yan", OrgRole.MEMBER)

    assert [user for _, _, user in told(world)] == ["zoe", "yan"]


def test_t22_an_event_keeps_the_login_of_its_day_and_the_id(world: World) -> None:
    bob = world.known("bob").id
    world.leave("bob")
    world.rename("bob", "robert")

    [event] = world.events

    assert (event.user, event.user_id) == ("bob", bob)


def teams_told(world: World) -> list[tuple[str, str | None, str | None]]:
    """What was done, to which team and with whom, oldest first."""
    found = search(world.events, "action:team", world.now)
    return [(each.action.value, each.team, each.user) for each in found]


def test_the_life_of_a_team_is_recorded(world: World) -> None:
    ada = world.actor("ada")
    above = teams.create(world, ada, TeamFields(name="Above", privacy=Privacy.CLOSED))
    team = teams.create(world, ada, TeamFields(name="New", privacy=Privacy.CLOSED))
    for wanted in (
        TeamFields(name="Newer"),
        TeamFields(parent=above.id),
        TeamFields(parent=None),
        TeamFields(privacy=Privacy.SECRET, description="words", notifications=False),
        TeamFields(description="more words"),
    ):
        teams.edit(world, ada, team, wanted)
    teams.delete(world, ada, team)

    assert teams_told(world) == [
        ("team.create", "above", None),
        ("team.add_member", "above", "ada"),
        ("team.create", "new", None),
        ("team.add_member", "new", "ada"),
        ("team.rename", "newer", None),
        ("team.change_parent_team", "newer", None),
        ("team.change_parent_team", "newer", None),
        ("team.change_privacy", "newer", None),
        ("team.destroy", "newer", None),
    ]


def test_a_team_that_begins_below_another_is_recorded_with_its_parent(
    world: World,
) -> None:
    above = world.add_team("above")
    teams.create(world, world.actor("ada"), TeamFields(name="new", parent=above.id))

    assert [action for action, _, _ in teams_told(world)] == [
        "team.create",
        "team.change_parent_team",
        "team.add_member",
    ]


def test_a_team_that_goes_with_its_parent_is_recorded_too(world: World) -> None:
    above = world.add_team("above")
    world.add_team("below", parent="above")

    teams.delete(world, world.actor("ada"), above)

    assert teams_told(world) == [
        ("team.destroy", "below", None),
        ("team.destroy", "above", None),
    ]


def test_who_comes_into_a_team_changes_there_and_goes_is_recorded(
    world: World,
) -> None:
    team, ada = world.add_team("crew"), world.actor("ada")
    for role in (TeamRole.MEMBER, TeamRole.MAINTAINER, TeamRole.MAINTAINER):
        teams.put_member(world, ada, team, "bob", role)
    teams.put_member(world, ada, team, "bob", TeamRole.MEMBER)
    teams.remove_member(world, ada, team, "bob")

    assert teams_told(world) == [
        ("team.add_member", "crew", "bob"),
        ("team.promote_maintainer", "crew", "bob"),
        ("team.demote_maintainer", "crew", "bob"),
        ("team.remove_member", "crew", "bob"),
    ]


def test_a_place_that_nobody_has_taken_yet_is_not_recorded(world: World) -> None:
    team, ada = world.add_team("crew"), world.actor("ada")
    world.account_or_new("zoe")
    teams.put_member(world, ada, team, "zoe", TeamRole.MEMBER)
    teams.remove_member(world, ada, team, "zoe")

    assert teams_told(world) == []


def test_an_event_about_a_team_names_it_with_the_organization(log: Sandbox) -> None:
    world = log.world
    teams.delete(world, world.actor("ada"), world.add_team("crew"))

    [event] = get(log, PATH).body

    assert event["team"] == "acme/crew"
    assert "user" not in event


def test_an_organization_that_was_just_built_has_no_history(world: World) -> None:
    assert world.events == []


# What is found


@pytest.fixture
def past(world: World) -> World:
    """`bob` left on March 1st, `ada` removed `carol` on the 11th at noon."""
    world.leave("bob")
    world.advance(timedelta(days=10))
    memberships.remove_membership(world, world.actor("ada"), "carol")
    return world


@pytest.mark.parametrize(
    ("phrase", "users"),
    [
        ("", ["bob", "carol"]),
        ("action:org.remove_member", ["bob", "carol"]),
        ("action:org", ["bob", "carol"]),
        ("action:team", []),
        ("action:org.add_member", []),
        ("user:carol", ["carol"]),
        ("user:CAROL", ["carol"]),
        ("user:bob user:carol", ["bob", "carol"]),
        ("actor:bob", ["bob"]),
        ("-actor:bob", ["carol"]),
        ("actor:ada user:bob", []),
        ("user:nobody", []),
        ("created:>=2026-03-11", ["carol"]),
        ("created:>=2026-03-11T12:00:00Z", ["carol"]),
        ("created:>2026-03-11T12:00:00Z", []),
        ("created:>2026-03-11", []),
        ("created:>2026-03-10", ["carol"]),
        ("created:<2026-03-01", []),
        ("created:<=2026-03-01", ["bob"]),
        ("created:2026-03-01", ["bob"]),
        ("created:>=2026-03-02 created:<2026-03-11", []),
        ("action:org.remove_member created:>=2026-02-01 user:bob", ["bob"]),
        ("carol", []),
        ("user:", []),
        ("user:carol please", []),
        ("country:CH user:carol", []),
        ("created:yesterday", []),
        ("created:>=2026-13-01", []),
        ("-created:2026-03-01", []),
    ],
)
def test_a_phrase_finds_what_its_qualifiers_say_and_else_nothing(
    past: World, phrase: str, users: list[str]
) -> None:
    assert [user for _, _, user in told(past, phrase)] == users


def test_three_months_are_found_and_older_events_only_by_their_date(
    world: World,
) -> None:
    world.leave("bob")
    world.advance(timedelta(days=91))

    assert told(world) == []
    assert told(world, "user:bob") == []
    assert len(told(world, "user:bob created:>=2026-02-01")) == 1

    world.advance(timedelta(days=90))
    assert told(world, "user:bob created:>=2026-02-01") == []


# Over HTTP


def links(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers.get("link", ""))
    return {name: url for url, name in found}


def users(answer: Answer) -> list[str]:
    assert answer.status == 200
    return [each["user"] for each in answer.body]


def below(log: Sandbox, url: str) -> str:
    return url.removeprefix(log.url)


def test_an_event_has_githubs_fields(log: Sandbox, world: World) -> None:
    call(log, "DELETE", "/orgs/acme/memberships/bob")
    ada, bob = world.known("ada").id, world.known("bob").id

    [event] = get(log, f"{PATH}?phrase=action:org.remove_member").body

    assert re.fullmatch(r"[\w-]{22}", event.pop("_document_id"))
    assert event == {
        "@timestamp": 1_772_366_400_000,
        "action": "org.remove_member",
        "actor": "ada",
        "actor_id": ada,
        "created_at": 1_772_366_400_000,
        "org": "acme",
        "org_id": 9_000,
        "user": "bob",
        "user_id": bob,
    }


def test_an_app_acts_under_its_own_name(log: Sandbox, world: World) -> None:
    call(log, "PUT", "/orgs/acme/memberships/zoe", token=APP)

    assert told(world) == [("sandbox-app[bot]", "org.invite_member", "zoe")]


def test_the_newest_event_comes_first_unless_asked_otherwise(
    log: Sandbox, world: World
) -> None:
    for login in ("zoe", "yan"):
        world.invite(login)
        world.advance(timedelta(seconds=1))

    assert users(get(log, PATH)) == ["yan", "zoe"]
    assert users(get(log, f"{PATH}?order=asc")) == ["zoe", "yan"]
    assert users(get(log, f"{PATH}?include=git")) == []


def test_an_older_invitation_stands_where_its_date_puts_it(
    log: Sandbox, world: World
) -> None:
    world.invite("zoe")
    world.invite("yan", at=world.now - timedelta(days=1))

    assert users(get(log, PATH)) == ["zoe", "yan"]


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_links_lead_through_the_log_and_back(
    log: Sandbox, world: World, order: str
) -> None:
    """All in one second: cursors tell events apart that times do not."""
    people = [f"person-{number}" for number in range(7)]
    for login in people:
        world.invite(login)
    page = f"{PATH}?phrase=action:org.invite_member+actor:ada&per_page=3&order={order}"

    answer = get(log, page)
    assert links(answer).keys() == {"next"}
    seen = [users(answer)]
    while "next" in links(answer):
        answer = get(log, below(log, links(answer)["next"]))
        seen.append(users(answer))

    assert [len(each) for each in seen] == [3, 3, 1]
    expected = people if order == "asc" else people[::-1]
    assert [login for each in seen for login in each] == expected
    assert links(answer).keys() == {"first", "prev"}
    assert users(get(log, below(log, links(answer)["prev"]))) == seen[1]
    assert users(get(log, below(log, links(answer)["first"]))) == seen[0]


def test_a_cursor_stays_good_when_more_happens(log: Sandbox, world: World) -> None:
    for login in ("zoe", "yan"):
        world.invite(login)
    following = below(log, links(get(log, f"{PATH}?per_page=1"))["next"])

    world.invite("later")

    assert users(get(log, following)) == ["zoe"]


def test_a_page_has_thirty_and_a_hundred_at_most(log: Sandbox, world: World) -> None:
    for number in range(120):
        world.invite(f"person-{number}")

    assert len(get(log, PATH).body) == 30
    assert len(get(log, f"{PATH}?per_page=500").body) == 100


@pytest.mark.parametrize("cursor", ["nonsense", "bm8gY3Vyc29y"])
def test_a_cursor_nobody_gave_out_is_refused(log: Sandbox, cursor: str) -> None:
    assert get(log, f"{PATH}?after={cursor}").status == 422


def test_without_enterprise_cloud_there_is_no_log(sandbox: Sandbox) -> None:
    assert get(sandbox, PATH).status == 404


@pytest.mark.parametrize("token", [MEMBER, APP, "sandbox-owner-no-audit"])
def test_the_log_is_for_owners_whose_token_may_read_it(
    log: Sandbox, token: str
) -> None:
    answer = get(log, PATH, token)

    assert answer.status == 403
    assert get(log, "/orgs/acme", token).status == 200


def test_an_app_is_told_the_permission_it_lacks(log: Sandbox) -> None:
    needed = get(log, PATH, APP).headers["x-accepted-github-permissions"]

    assert needed == "organization_administration=read"


def test_another_owner_sees_the_log_too(log: Sandbox) -> None:
    log.tokens["graces"] = token_of("grace")

    assert get(log, PATH, "graces").status == 200


def test_the_log_has_a_budget_of_its_own(log: Sandbox) -> None:
    headers = get(log, PATH).headers

    assert headers["x-ratelimit-resource"] == "audit_log"
    assert headers["x-ratelimit-limit"] == "1750"
    assert headers["x-ratelimit-used"] == "1"
    resources = get(log, "/rate_limit").body["resources"]
    assert resources["audit_log"]["used"] == 1
    assert resources["core"]["used"] == 0
