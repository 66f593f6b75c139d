"""What a read tells of invitations: whose they are, which failed, whether any exist."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest

from ghstate.errors import SignInFailed, WriteFailed
from ghstate.github import shapes
from ghstate.github.rights import are_there_invitations
from ghstate.model.invitation import InvitationRole
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.organization import Snapshot
from ghstate.model.resource import Standing
from ghstate.sandbox import records
from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.policy import Profile
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.viewers import TOKENS, Viewer
from ghstate.sandbox.world import World
from tests.github.changes import Scene
from tests.github.invitations import ADDRESS, MASK, by_mail
from tests.github.wire import Says, Wire
from tests.journey import OWNER
from tests.traps.conversation import conversation

LISTS = ("/orgs/acme/invitations", "/orgs/acme/failed_invitations")


def read(scene: Scene) -> Snapshot:
    async def work() -> Snapshot:
        async with conversation(scene.sandbox) as talk:
            return await talk.github.read()

    return asyncio.run(work())


def expire(world: World, who: str, times: int = 1) -> list[int]:
    """Let *who* leave so many invitations unanswered; their numbers."""
    numbers = []
    for _ in range(times):
        numbers.append(world.invite(who, by="ada").id)
        world.advance(timedelta(days=8))
    return numbers


# Whose they are


def test_t07_an_invitation_by_mail_is_recognised_by_its_address(scene: Scene) -> None:
    scene.world.invite(ADDRESS.title(), by="ada")

    snapshot = read(scene)

    [found] = snapshot.others
    assert found.mailbox == Mailbox.of(ADDRESS, snapshot.organization.id)
    assert found.mailbox is not None
    assert (found.mailbox.address, found.mailbox.mask) == (ADDRESS, MASK)
    assert snapshot.ended == ()
    assert found.invitee is None


def test_its_teams_are_those_that_graphql_lists_it_under(scene: Scene) -> None:
    scene.world.invite(ADDRESS, teams=("ops", "dev"), by="ada")
    scene.world.invite("other@acme.example", teams=("dev",), by="ada")

    snapshot = read(scene)

    assert sorted(by_mail(snapshot).teams) == ["dev", "ops"]
    assert by_mail(snapshot, "other@acme.example").teams == ("dev",)


def test_an_invitation_to_a_login_has_its_teams_as_places(scene: Scene) -> None:
    scene.world.invite("zoe", teams=("ops",), by="ada")

    snapshot = read(scene)

    found = snapshot.observed[Member.at("zoe")]
    assert found.invitation is not None
    assert (found.invitation.teams, found.invitation.mailbox) == ((), None)
    assert found.id == scene.world.known("zoe").id


@pytest.mark.parametrize("role", ["billing_manager", "hiring_manager"])
def test_t14_who_is_asked_to_be_a_manager_is_named_and_no_member(
    scene: Scene, role: str
) -> None:
    scene.world.invite("zoe", records.InvitationRole(role), by="ada")

    snapshot = read(scene)

    [found] = snapshot.others
    assert (found.invitee, found.role) == ("zoe", InvitationRole(role))
    assert Member.at("zoe") not in snapshot.observed


def test_t78_a_row_does_not_show_the_address_that_is_in_it() -> None:
    row = msgspec.convert({"id": 7, "email": ADDRESS}, shapes.Invitation)

    assert row.email == ADDRESS
    assert repr(row) == "Invitation(7)"


def test_t78_a_strange_row_is_told_of_without_the_address() -> None:
    rows = [{"id": "x", "email": ADDRESS}]

    with pytest.raises(Exception, match="not as GitHub documents it") as caught:
        shapes.shaped(rows, list[shapes.Invitation], "the list")

    assert ADDRESS not in str(caught.value)


# Which failed


@pytest.mark.parametrize("who", ["zoe", ADDRESS])
def test_t03_only_the_latest_failure_counts_and_it_names_the_others(
    scene: Scene, who: str
) -> None:
    first, second, last = expire(scene.world, who, times=3)

    snapshot = read(scene)

    if who == ADDRESS:
        [found] = snapshot.ended
        assert Member.at(ADDRESS) not in snapshot.observed
    else:
        observed = snapshot.observed[Member.at(who)]
        assert observed.standing is Standing.FAILED
        assert observed.invitation is not None
        found = observed.invitation
        assert snapshot.ended == ()
    assert (found.id, found.earlier) == (last, (first, second))
    assert found.failed_reason == records.Reason.EXPIRED
    assert snapshot.others == ()


@pytest.mark.parametrize("who", ["zoe", ADDRESS])
def test_t04_one_that_waits_comes_before_those_that_failed(
    scene: Scene, who: str
) -> None:
    earlier = expire(scene.world, who, times=2)
    number = scene.world.invite(who, by="ada").id

    snapshot = read(scene)

    if who == ADDRESS:
        [found] = snapshot.others
    else:
        observed = snapshot.observed[Member.at(who)]
        assert observed.standing is Standing.INVITED
        assert observed.invitation is not None
        found = observed.invitation
    assert (found.id, found.earlier) == (number, tuple(earlier))
    assert snapshot.ended == ()


def test_the_failures_of_a_login_and_of_an_address_are_not_mixed(scene: Scene) -> None:
    scene.world.known("zoe").emails.add(ADDRESS)
    [by_login] = expire(scene.world, "zoe")
    [by_address] = expire(scene.world, ADDRESS)

    snapshot = read(scene)

    [ended] = snapshot.ended
    zoe = snapshot.observed[Member.at("zoe")].invitation
    assert zoe is not None
    assert (zoe.id, zoe.earlier) == (by_login, ())
    assert (ended.id, ended.earlier) == (by_address, ())


def test_a_failed_invitation_to_be_a_manager_is_nobody_s(scene: Scene) -> None:
    for who in ("zoe", ADDRESS):
        scene.world.invite(who, records.InvitationRole.BILLING_MANAGER, by="ada")
    scene.world.advance(timedelta(days=8))

    snapshot = read(scene)

    assert (snapshot.others, snapshot.ended) == ((), ())
    assert Member.at("zoe") not in snapshot.observed


# Whether any exist


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("token", [OWNER, "sandbox-app"])
def test_t10_t71_where_the_list_is_not_there_nobody_is_invited(
    scene: Scene, profile: Profile, token: str
) -> None:
    scene.world.policy.profile = profile
    scene.sandbox.tokens[OWNER] = TOKENS[token]

    assert read(scene).invites is (profile is Profile.CLOUD)


@pytest.mark.parametrize("status", [403, 404])
def test_t31_an_app_that_may_not_see_it_does_not_take_that_for_absence(
    wire: Wire, status: int
) -> None:
    """What its permission would show is not shown to it, either."""
    wire.says(Says(403, {"message": "Resource not accessible by integration"}))

    with pytest.raises(SignInFailed, match="lacks the organization permission"):
        wire.converse(
            lambda session: are_there_invitations(
                session,
                viewer="ghstate[bot]",
                owner=False,
                lists=[WriteFailed("No.", status=status)] * 2,
            )
        )


def refused(scene: Scene, status: int, scopes: str | None) -> None:
    """The list of invitations is refused to an owner whose token has *scopes*."""
    scene.sandbox.tokens[OWNER] = lambda world: Viewer(
        account=world.token_owner(), scopes=scopes
    )
    for path in LISTS:
        scene.script(Fault(complaint(status, "No."), path=path, times=None))


@pytest.mark.parametrize("scopes", ["admin:org, repo", None])
def test_t31_an_owner_who_may_see_it_takes_that_for_absence(
    scene: Scene, scopes: str | None
) -> None:
    """A token without scopes is no classic one: GitHub would say 403 to it."""
    refused(scene, 404, scopes)

    assert read(scene).invites is False


@pytest.mark.parametrize(
    ("status", "scopes"),
    [(404, "read:org, repo"), (404, ""), (403, "admin:org, repo"), (403, None)],
)
def test_t31_an_owner_whose_token_may_not_see_it_does_not_take_that_for_absence(
    scene: Scene, status: int, scopes: str | None
) -> None:
    refused(scene, status, scopes)

    with pytest.raises(SignInFailed, match="may not see its invitations") as caught:
        read(scene)

    assert "admin:org" in caught.value.hint


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("status", [403, 404])
def test_t31_one_list_alone_is_not_the_whole_of_it(
    scene: Scene, path: str, status: int
) -> None:
    """Without the failed ones, nobody would have been invited too often."""
    scene.script(Fault(complaint(status, "No."), path=path, times=None))

    with pytest.raises(SignInFailed, match="may not see its invitations"):
        read(scene)


def test_t31_whoever_owns_nothing_reads_nothing(scene: Scene) -> None:
    scene.sandbox.tokens[OWNER] = TOKENS["sandbox-member"]

    with pytest.raises(SignInFailed, match="only owners see every member"):
        read(scene)


def test_all_of_it_takes_no_more_requests_than_before(scene: Scene) -> None:
    scene.world.invite(ADDRESS, teams=("ops", "dev"), by="ada")
    expire(scene.world, ADDRESS, times=2)
    scene.world.invite("zoe", by="ada")

    read(scene)

    assert sorted(each.path for each in scene.sandbox.history) == [
        "/graphql",
        "/orgs/acme/external-groups",
        "/orgs/acme/failed_invitations",
        "/orgs/acme/invitations",
    ]
