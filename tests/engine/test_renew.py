"""Sending an invitation once more: whose it may be, and whose it may not."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from ghstate.engine.apply import Apply
from ghstate.engine.memory import Memory
from ghstate.engine.refresh import plan
from ghstate.engine.renew import Renewal, renew
from ghstate.errors import Limit, LimitReached
from ghstate.model.invitation import InvitationRole, InvitationSource
from ghstate.model.member import MEMBERS, Member
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.model.resource import Standing
from ghstate.model.team import Team
from ghstate.plan.change import Reason, Update
from ghstate.plan.identity import Account
from ghstate.plan.order import Phase, tasks
from ghstate.statefile import State
from ghstate.store.memory import MemoryStore
from tests.build import (
    ACME,
    NOW,
    by_mail,
    declared,
    desired,
    failed,
    id_of,
    invitation,
    invited,
    member,
    person,
    snapshot,
    team_member,
)
from tests.engine.organization import LINEAGE, Heard, Organization, ends

NEW = "new.hire@acme.example"
EVERYBODY = ["bob", "erin", "finn", "gus", "hal", "ida", "jo", "kim", "moe", NEW]
WANT = desired(
    declared(member("dana"), email="dana@acme.example"),
    members={"ada": "admin"} | dict.fromkeys(EVERYBODY, "member"),
    teams={"ops": ["erin"]},
)
HAVE = snapshot(
    invited(member("erin")),
    invited(team_member("ops", "erin")),
    invited(member("finn", "admin")),
    invited(member("gus"), source=InvitationSource.SCIM),
    invited(member("hal"), id=None),
    failed(member("ida")),
    invited(member("moe"), by="leo"),
    invited(member("nobodys")),
    members={"ada": "admin", "bob": "member", "leo": "admin"},
    teams={"ops": []},
    waiting=[
        by_mail(NEW, teams=["web"]),
        by_mail("dana@acme.example"),
        invitation(role=InvitationRole.BILLING_MANAGER, invitee=Login("jo")),
    ],
)


def asked(
    *who: str,
    want: Desired = WANT,
    have: Snapshot = HAVE,
    policy: Policy | None = None,
) -> Renewal:
    policy = policy or Policy()
    state = State(lineage="l", organization=ACME, snapshot=have)
    people = [each.resource.person for each in want.declared.values()]
    accounts = {each: Account(id_of(each), each) for each in people if each}
    made = plan(want, state, policy, accounts)
    return renew([person(each) for each in who], made, want, state, policy)


def refusal(
    who: str,
    *,
    want: Desired = WANT,
    have: Snapshot = HAVE,
    policy: Policy | None = None,
) -> tuple[str, str]:
    renewal = asked(who, want=want, have=have, policy=policy)
    assert renewal.plan.changes == ()
    [refused] = renewal.refused.values()
    return refused.why, refused.hint


def test_an_invitation_is_sent_again_as_it_is() -> None:
    renewal = asked("erin", "dana", NEW, "erin")
    have = {str(each.address): each for each in renewal.plan.changes}
    assert renewal.refused == {}
    assert have.keys() == {"members.dana", "members.erin", f'members."{NEW}"'}
    for change in renewal.plan.changes:
        assert isinstance(change, Update)
        assert change.reason is Reason.RENEW
        assert change.after == change.before.resource
        assert change.before.standing is Standing.INVITED
        assert list(change.fields()) == []


def test_the_teams_that_come_with_it_are_told() -> None:
    implied = asked("erin", NEW).plan.implied
    assert {
        str(address): [str(each.resource.address) for each in places]
        for address, places in implied.items()
    } == {
        "members.erin": ["teams.ops.members.erin"],
        f'members."{NEW}"': [f'teams.web.members."{NEW}"'],
    }


def test_t12_a_renewal_is_an_invitation_so_that_a_limit_holds_it_back() -> None:
    [task] = tasks(asked("erin").plan)
    assert task.phase is Phase.INVITE
    assert task.places == ()


@pytest.mark.parametrize(
    ("who", "why", "hint"),
    [
        ("bob", "bob is a member already", ""),
        ("leo", "leo is a member already", ""),
        (
            "finn",
            "the invitation of finn gives something else than the files ask for",
            "the next apply replaces it",
        ),
        (
            "gus",
            (
                "the identity provider, or a reinstatement, invited gus; "
                "that invitation is not ghstate's to touch"
            ),
            "",
        ),
        (
            "hal",
            "hal was invited by e-mail, and GitHub does not say to which address",
            "write email = ADDRESS beside their login, so that it is recognised",
        ),
        (
            "ida",
            "the invitation of ida has to be sent again as it is",
            "the next apply does that",
        ),
        (
            "jo",
            (
                "jo is invited as billing manager; "
                "that invitation is not ghstate's to touch"
            ),
            "",
        ),
        ("kim", "kim is not invited yet", "the next apply invites them"),
        (
            "nobodys",
            "no file names nobodys, and the next apply cancels their invitation",
            "write them into [members]",
        ),
        ("zoe", "zoe is not invited", "see `ghstate invites`"),
    ],
)
def test_who_does_not_wait_by_the_files_is_told_why(
    who: str, why: str, hint: str
) -> None:
    assert refusal(who) == (why, hint)


def test_what_the_next_apply_sends_again_by_itself_is_left_to_it() -> None:
    """Its sender is to go, and GitHub cancels it then."""
    assert refusal("moe")[1] == "the next apply does that"


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        (Policy(ignore=("er*",)), "erin is ignored by the settings"),
        (
            Policy(invite=False),
            (
                'erin is not invited again: "invite" is not among the features '
                "of the settings"
            ),
        ),
    ],
)
def test_the_settings_are_asked_first(policy: Policy, why: str) -> None:
    assert refusal("erin", policy=policy) == (why, "")


def test_where_memberships_are_not_managed_no_file_names_anybody() -> None:
    want = desired(teams={"ops": ["erin"]})
    assert refusal("erin", want=want) == (
        "no file names erin",
        "write them into [members]",
    )


def test_whom_the_plan_cannot_identify_is_not_mailed() -> None:
    other = replace(invited(member("erin")), id=99)
    have = replace(HAVE, observed={**HAVE.observed, Member.at("erin"): other})
    want = desired(
        declared(member("erin"), pinned=42),
        members={"ada": "admin"},
    )
    assert refusal("erin", want=want, have=have) == (
        "the plan does not wait for erin",
        "see `ghstate plan`",
    )


def test_where_there_are_no_invitations_none_is_sent_again() -> None:
    why, _ = refusal("erin", have=replace(HAVE, invites=False))
    assert why == "there are no invitations here: people are members at once"


# Carried out ------------------------------------------------------------------------


def engine(github: Organization, want: Desired, memory: Memory) -> Apply:
    return Apply(
        github=github,
        memory=memory,
        desired=want,
        policy=Policy(),
        listener=Heard(),
        now=lambda: NOW,
        by_hand=True,
    )


def test_what_was_managed_stays_as_the_last_apply_left_it() -> None:
    """Or `no-longer-managed` would be said to nobody."""
    want = desired(members={"ada": "admin", "erin": "member"}, teams={"ops": []})
    have = snapshot(
        invited(member("erin")), members={"ada": "admin"}, teams={"ops": []}
    )
    memory = Memory(MemoryStore(), new_id=lambda: LINEAGE)
    managed = frozenset({MEMBERS, Team.at("web")})
    memory.write(replace(memory.state, managed=managed, teams={}))
    apply = engine(Organization(have), want, memory)

    async def run() -> dict[str, str]:
        made = await apply.prepare()
        again = renew([Login("erin")], made, want, memory.state, Policy())
        return ends(await apply.carry_out(again.plan))

    assert asyncio.run(run()) == {"members.erin": "done"}
    assert memory.state.managed == managed
    assert memory.state.teams == {}
    assert memory.state.applied_serial == memory.state.serial


def test_t12_after_a_limit_no_other_invitation_is_cancelled_for_a_new_one() -> None:
    logins = ["erin", "finn", "gus"]
    want = desired(members={"ada": "admin"} | dict.fromkeys(logins, "member"))
    have = snapshot(
        *(invited(member(login)) for login in logins), members={"ada": "admin"}
    )
    cap = LimitReached("enough for today", grants_only=True, kind=Limit.INVITATIONS)
    github = Organization(have, instead={"members.erin": cap})
    memory = Memory(MemoryStore(), new_id=lambda: LINEAGE)
    apply = engine(github, want, memory)

    async def run() -> dict[str, str]:
        made = await apply.prepare()
        again = renew(map(Login, logins), made, want, memory.state, Policy())
        return ends(await apply.carry_out(again.plan))

    assert asyncio.run(run()) == {
        "members.erin": "left",
        "members.finn": "left",
        "members.gus": "left",
    }
    # The first may be cancelled by now, so it is read where this ended.
    assert github.asked == ["read", "members.erin", "read"]
