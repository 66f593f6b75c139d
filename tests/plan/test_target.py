"""A plan that is restricted to targets: what is in it, and what is brought along."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ghstate.errors import UsageError
from ghstate.model.address import Address
from ghstate.model.names import Login
from ghstate.model.note import Severity
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.policy import Policy
from ghstate.plan.change import Change, Create
from ghstate.plan.identity import Known
from ghstate.plan.make import make_plan
from ghstate.plan.order import tasks
from ghstate.plan.plan import Plan
from ghstate.plan.target import check_targets
from tests.build import (
    by_mail,
    declared,
    desired,
    found,
    invited,
    member,
    snapshot,
    team,
    team_member,
)

ADA = {"ada": "admin"}
POLICY = Policy()
NO_FEATURES = Policy(invite=False, remove=False)


def planned(
    want: Desired,
    have: Snapshot,
    *targets: str,
    known: Known | None = None,
    policy: Policy = POLICY,
) -> Plan:
    policy = replace(policy, targets=tuple(map(Address.parse, targets)))
    return make_plan(want, have, policy, known=known)


def told(made: Plan) -> dict[str, str]:
    return {str(each.address): each.reason.value for each in made.changes}


def said(made: Plan) -> list[tuple[str, str, str]]:
    return [
        (each.code, str(each.address or ""), each.summary)
        for each in made.notes
        if each.code not in {"not-managed", "unresolved-login"}
    ]


def targeted(made: Plan) -> str:
    [whole] = [n.summary for n in made.notes if n.code == "targeted" and not n.address]
    return whole


# What is in it


def test_a_target_takes_itself_and_all_below_it_and_counts_the_rest() -> None:
    have = snapshot(
        members={**ADA, "bob": "member", "cyd": "member"},
        teams={"ops": ["bob"], "sre": ["cyd"]},
    )
    want = desired(
        declared(team("ops", description="Operations")),
        members={**ADA, "bob": "admin", "cyd": "member", "eve": "member"},
        teams={"ops": ["cyd"], "sre": []},
    )

    made = planned(want, have, "teams.ops")

    assert told(made) == {
        "teams.ops": "update",
        "teams.ops.members.bob": "remove",
        "teams.ops.members.cyd": "add",
    }
    assert made.targets == (Address("teams", "ops"),)
    assert made.removals == {"github_team_membership": 1}
    assert said(made) == [
        ("targeted", "", "only teams.ops: 3 other changes are left out")
    ]


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (["members.bob"], "only members.bob: 2 other changes are left out"),
        (
            ["members.bob", "members.cyd"],
            "only members.bob, members.cyd: 1 other change is left out",
        ),
        (["members"], "only members: nothing is left out"),
        (
            [f"members.{name}" for name in ("bob", "cyd", "dan", "ada", "eve", "fay")],
            (
                "only members.bob, members.cyd, members.dan, members.ada, members.eve "
                "and 1 more: nothing is left out"
            ),
        ),
    ],
)
def test_what_is_left_out_is_counted(targets: list[str], words: str) -> None:
    have = snapshot(members={**ADA, "eve": "member", "fay": "member"})
    want = desired(
        members={**dict.fromkeys(["bob", "cyd", "dan", "eve", "fay"], "member"), **ADA}
    )

    assert targeted(planned(want, have, *targets)) == words


def test_without_targets_nothing_is_said_of_them() -> None:
    have = snapshot(members=ADA)
    made = planned(desired(members=["ada", "bob"]), have)

    assert made.targets == ()
    assert said(made) == []


def test_somebody_else_with_a_longer_name_is_not_below_it() -> None:
    have = snapshot(members=ADA)
    want = desired(members={**ADA, "bo": "member", "bob": "member"})

    assert told(planned(want, have, "members.bo")) == {"members.bo": "invite"}


def test_waiting_people_and_what_is_held_back_are_those_of_the_targets() -> None:
    have = snapshot(
        members={**ADA, "dan": "member", "fay": "member"},
        invited=["ivy", "jon"],
    )
    want = desired(members={**ADA, "ivy": "member", "jon": "member", "kay": "member"})

    whole = planned(want, have, policy=NO_FEATURES)
    made = planned(want, have, "members.ivy", "members.dan", policy=NO_FEATURES)

    assert (whole.held_back, made.held_back) == (3, 1)
    assert [str(each.address) for each in made.held_changes] == ["members.dan"]
    assert [str(each.address) for each in made.waiting] == ["members.ivy"]
    assert [each[:2] for each in said(made)] == [
        ("targeted", ""),
        ("held-back", "members.dan"),
    ]


def test_what_goes_along_with_a_removal_goes_along_with_a_targeted_one() -> None:
    have = snapshot(
        members={**ADA, "dan": "member"}, teams={"ops": ["dan"], "sre": ["dan"]}
    )
    want = desired(members=ADA, teams={"ops": []})

    made = planned(want, have, "members.dan")

    assert told(made) == {"members.dan": "remove"}
    assert [
        str(each.resource.address) for each in made.implied[Address("members", "dan")]
    ] == [
        "teams.ops.members.dan",
        "teams.sre.members.dan",
    ]
    assert targeted(made) == "only members.dan: nothing is left out"


def test_somebody_leaves_the_team_that_is_asked_for_before_the_organization() -> None:
    """In the whole plan their place goes along with the removal."""
    have = snapshot(
        members={**ADA, "dan": "member"}, teams={"ops": ["dan"], "sre": ["dan"]}
    )
    want = desired(members=ADA, teams={"ops": [], "sre": []})

    made = planned(want, have, "teams.ops")

    assert told(planned(want, have)) == {"members.dan": "remove"}
    assert told(made) == {"teams.ops.members.dan": "remove"}
    assert made.removals == {"github_team_membership": 1}
    assert targeted(made) == "only teams.ops: 1 other change is left out"


# What is brought along


def test_a_place_brings_the_invitation_and_the_team_that_it_needs() -> None:
    have = snapshot(members=ADA, teams={"eng": []})
    want = desired(
        declared(team("ops", parent="eng"), "parent"),
        declared(team("sre", parent="ops"), "parent"),
        members={**ADA, "eve": "member", "fay": "member"},
        teams={"ops": ["eve"], "sre": ["eve", "fay"], "web": ["eve"]},
    )

    made = planned(want, have, "teams.sre.members.eve")

    assert told(made) == {
        "members.eve": "invite",
        "teams.ops": "create",
        "teams.sre": "create",
        "teams.sre.members.eve": "with_invitation",
    }
    assert {str(task.address): task.places for task in tasks(made)}["members.eve"] == (
        team_member("sre", "eve"),
    )
    assert targeted(made) == (
        "only teams.sre.members.eve: 2 other changes are left out"
    )


def test_an_invitation_that_is_asked_for_brings_no_team() -> None:
    have = snapshot(members=ADA, teams={"ops": []})
    want = desired(members={**ADA, "eve": "member"}, teams={"ops": ["eve"]})

    made = planned(want, have, "members.eve")

    assert told(made) == {"members.eve": "invite"}
    assert targeted(made) == "only members.eve: nothing is left out"


def test_children_that_stay_are_moved_before_their_parent_goes() -> None:
    have = snapshot(
        found(team("old")),
        found(team("web", parent="old")),
        found(team("gone", parent="old")),
        found(team("deep", parent="gone")),
        found(team("else")),
        members=ADA,
    )
    want = desired(
        declared(team("web", parent="new"), "parent"),
        declared(team("deep"), "parent"),
        declared(team("new")),
        absent=["old", "gone", "else"],
    )

    assert told(planned(want, have, "teams.old")) == {
        "teams.deep": "update",
        "teams.gone": "delete",
        "teams.new": "create",
        "teams.old": "delete",
        "teams.web": "update",
    }
    assert told(planned(want, have, "teams.gone")) == {
        "teams.deep": "update",
        "teams.gone": "delete",
    }


def test_a_parent_is_opened_and_moved_out_of_the_way_first() -> None:
    have = snapshot(
        found(team("box", privacy="secret")),
        found(team("top")),
        found(team("mid", parent="top")),
        found(team("low", parent="mid")),
        found(team("kid", description="old")),
        members=ADA,
    )
    want = desired(
        declared(team("box", privacy="closed"), "privacy"),
        declared(team("mid"), "parent"),
        declared(team("top", parent="low"), "parent"),
        declared(team("kid", parent="box", description="new"), "parent"),
    )

    assert told(planned(want, have, "teams.kid")) == {
        "teams.box": "update",
        "teams.kid": "update",
    }
    assert told(planned(want, have, "teams.top")) == {
        "teams.mid": "update",
        "teams.top": "update",
    }


def test_a_circle_that_comes_of_two_targets_brings_the_move_that_opens_it() -> None:
    have = snapshot(
        found(team("r")),
        found(team("q", parent="r")),
        found(team("p", parent="q")),
        found(team("t")),
        members=ADA,
    )
    want = desired(
        declared(team("q"), "parent"),
        declared(team("r", parent="t"), "parent"),
        declared(team("t", parent="p"), "parent"),
    )

    assert told(planned(want, have, "teams.t")) == {"teams.t": "update"}
    assert set(told(planned(want, have, "teams.t", "teams.r"))) == {
        "teams.q",
        "teams.r",
        "teams.t",
    }


def test_a_slug_is_set_free_before_another_team_gets_it() -> None:
    have = snapshot(found(team("a")), found(team("b")), members=ADA)
    want = desired(
        declared(team("b"), formerly=["a"]),
        declared(team("c"), formerly=["b"]),
        declared(team("a")),
    )

    assert told(planned(want, have, "teams.c")) == {"teams.c": "rename"}
    assert told(planned(want, have, "teams.b")) == {
        "teams.b": "rename",
        "teams.c": "rename",
    }
    assert set(told(planned(want, have, "teams.a"))) == {
        "teams.a",
        "teams.b",
        "teams.c",
    }


@pytest.mark.parametrize("people", [["eve"], []], ids=["added", "removed"])
def test_a_place_in_a_team_that_is_renamed_brings_the_rename(
    people: list[str],
) -> None:
    before = [] if people else ["eve"]
    have = snapshot(members={**ADA, "eve": "member"}, teams={"old": before})
    want = desired(
        declared(team("new"), formerly=["old"]),
        members={**ADA, "eve": "member"},
        teams={"new": people},
    )

    assert told(planned(want, have, "teams.new.members.eve")) == {
        "teams.new": "rename",
        "teams.new.members.eve": "add" if people else "remove",
    }


# Invitations and their senders

CYDS = invited(member("ivy"), by="cyd", days_ago=2)
TWO = {"ada": "admin", "cyd": "admin"}


def test_whoever_was_invited_by_somebody_who_goes_is_invited_again() -> None:
    """GitHub cancels the invitation, whether anybody asked for that or not."""
    have = snapshot(
        CYDS,
        invited(team_member("ops", "ivy"), by="cyd"),
        members=TWO,
        teams={"ops": []},
    )
    want = desired(
        members={**ADA, "ivy": "member", "jon": "member"},
        teams={"ops": ["ivy"], "sre": ["ivy"]},
    )

    made = planned(want, have, "members.cyd")

    assert told(made) == {
        "members.cyd": "remove",
        "members.ivy": "reinvite",
        "teams.ops.members.ivy": "with_invitation",
    }
    assert [each[:2] for each in said(made)] == [
        ("inviter-leaves", "members.ivy"),
        ("targeted", ""),
    ]
    assert made.waiting == ()


@pytest.mark.parametrize("cyd", [{"cyd": "member"}, {}], ids=["demoted", "removed"])
def test_an_invitation_waits_on_while_its_senders_going_is_left_out(
    cyd: dict[str, str],
) -> None:
    have = snapshot(CYDS, members=TWO)
    want = desired(members={**ADA, **cyd, "ivy": "member"})

    made = planned(want, have, "members.ivy")

    assert told(made) == {}
    assert [str(each.address) for each in made.waiting] == ["members.ivy"]
    assert said(made) == [
        ("targeted", "", "only members.ivy: 2 other changes are left out"),
        (
            "targeted",
            "members.ivy",
            (
                "ivy is not invited again: the invitation goes on waiting as long as "
                "members.cyd, who sent it, is left out"
            ),
        ),
    ]
    assert {n.hint for n in made.notes if n.address} == {
        "say --target members.cyd, too"
    }


def test_a_place_that_needs_such_an_invitation_waits_with_it() -> None:
    have = snapshot(CYDS, members=TWO, teams={"ops": []})
    want = desired(members={**ADA, "ivy": "member"}, teams={"ops": ["ivy"]})

    made = planned(want, have, "teams.ops")

    assert told(made) == {}
    assert (
        "targeted",
        "teams.ops.members.ivy",
        "teams.ops.members.ivy has to wait for members.cyd, which is left out",
    ) in said(made)


def test_an_invitation_by_mail_that_is_replaced_brings_the_places_it_had() -> None:
    have = snapshot(
        members=ADA,
        teams={"ops": [], "sre": []},
        waiting=[by_mail("new@acme.example", "admin", teams=["ops"])],
    )
    want = desired(
        members={**ADA, "new@acme.example": "member"},
        teams={"ops": ["new@acme.example"], "sre": ["new@acme.example"]},
    )

    made = planned(want, have, 'members."new@acme.example"')

    assert told(made) == {
        'members."new@acme.example"': "replace_invitation",
        'teams.ops.members."new@acme.example"': "with_invitation",
    }


def test_t33_a_role_in_a_team_waits_for_the_role_in_the_organization() -> None:
    have = snapshot(
        members={**TWO, "bob": "member"},
        teams={"ops": {"cyd": "maintainer"}, "sre": []},
    )
    want = desired(
        members={**ADA, "cyd": "member", "bob": "admin"},
        teams={
            "ops": ["cyd", "bob"],
            "sre": {"cyd": "maintainer", "bob": "maintainer"},
        },
    )

    ops = planned(want, have, "teams.ops")

    assert told(ops) == {}
    assert [each for each in said(ops) if each[1]] == [
        (
            "targeted",
            "teams.ops.members.bob",
            "teams.ops.members.bob has to wait for members.bob, which is left out",
        ),
        (
            "targeted",
            "teams.ops.members.cyd",
            "teams.ops.members.cyd has to wait for members.cyd, which is left out",
        ),
    ]
    assert told(planned(want, have, "teams.sre")) == {
        "teams.sre.members.bob": "add",
        "teams.sre.members.cyd": "add",
    }
    assert told(planned(want, have, "teams.ops", "members.cyd")) == {
        "members.cyd": "change_role",
        "teams.ops.members.cyd": "change_role",
    }


# Notes


def test_an_error_elsewhere_is_no_error_of_the_targeted_plan() -> None:
    have = snapshot(members=ADA, teams={"ops": []})
    want = desired(
        members={**ADA, "nobody": "member", "eve": "member"},
        teams={"ops": ["nobody"]},
    )
    known = Known(accounts={Login("nobody"): None})

    elsewhere = planned(want, have, "members.eve", known=known)
    concerned = planned(want, have, "teams.ops", known=known)

    assert [note.code for note in planned(want, have, known=known).errors] == [
        "unknown-login"
    ]
    assert elsewhere.errors == ()
    assert [str(note.address) for note in concerned.errors] == ["members.nobody"]


def test_what_is_said_of_a_team_is_said_to_whoever_asks_for_a_place_in_it() -> None:
    have = snapshot(found(team("ops"), number=2), members={**ADA, "bob": "member"})
    want = desired(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]})
    known = Known(teams={team("ops").slug: 1})

    made = planned(want, have, "teams.ops.members.bob", known=known)

    assert [note.code for note in made.errors] == ["team-changed"]


# Names


@pytest.mark.parametrize("target", ["members.bob", "members.robert"])
def test_t22_somebody_who_was_renamed_is_meant_by_both_names(target: str) -> None:
    have = snapshot(found(member("robert"), number=5), members=ADA)
    want = desired(members={**ADA, "bob": "admin", "eve": "member"})
    known = Known(bindings={Login("bob"): 5})

    made = planned(want, have, target, known=known)

    assert told(made) == {"members.robert": "change_role"}
    assert {note.code for note in made.of_severity(Severity.WARNING)} == {"renamed"}
    check_targets(made, want, have, known)


@pytest.mark.parametrize("target", ["bob", "robert"])
def test_t22_and_so_are_their_places(target: str) -> None:
    have = snapshot(found(member("robert"), number=5), members=ADA, teams={"ops": []})
    want = desired(members={**ADA, "bob": "member"}, teams={"ops": ["bob"]})
    known = Known(bindings={Login("bob"): 5})

    made = planned(want, have, f"teams.ops.members.{target}", known=known)

    assert told(made) == {"teams.ops.members.robert": "add"}


def test_whoever_accepted_an_invitation_by_mail_is_meant_by_the_address() -> None:
    new = member("new@acme.example")
    have = snapshot(found(member("nora"), number=5), members=ADA)
    want = desired(declared(member("new@acme.example", "admin")), members=ADA)
    mailbox = by_mail("new@acme.example").mailbox
    assert mailbox is not None
    known = Known(bindings={mailbox.key: 5})

    for target in (str(new.address), "members.nora"):
        made = planned(want, have, target, known=known)

        assert told(made) == {"members.nora": "change_role"}
        check_targets(made, want, have, known)


def test_a_place_that_the_files_give_to_an_address_is_something_by_the_login() -> None:
    new = member("new@acme.example")
    have = snapshot(found(member("nora"), number=5), members=ADA)
    want = desired(
        declared(new), members=ADA, teams={"ops": ["new@acme.example"], "sre": []}
    )
    mailbox = by_mail("new@acme.example").mailbox
    assert mailbox is not None
    known = Known(bindings={mailbox.key: 5})

    made = planned(want, have, "teams.ops.members.nora", known=known)
    check_targets(made, want, have, known)

    assert told(made) == {"teams.ops": "create", "teams.ops.members.nora": "add"}


@pytest.mark.parametrize("target", ["teams.old", "teams.new"])
@pytest.mark.parametrize("done", [False, True], ids=["before", "afterwards"])
def test_a_team_that_is_renamed_is_meant_by_both_slugs(
    target: str,
    done: bool,  # noqa: FBT001 - one of the two cases
) -> None:
    have = snapshot(
        members={**ADA, "bob": "member"}, teams={"new" if done else "old": []}
    )
    want = desired(
        declared(team("new"), formerly=["old"]),
        members={**ADA, "bob": "admin"},
        teams={"new": ["ada"]},
    )

    made = planned(want, have, target)

    assert told(made) == {
        **({} if done else {"teams.new": "rename"}),
        "teams.new.members.ada": "add",
    }
    check_targets(made, want, have)


# Nothing


HAVE = snapshot(members={**ADA, "bob": "member"}, teams={"platform": ["bob"]})
WANT = desired(members={**ADA, "new@acme.example": "member"}, teams={"sre": ["ada"]})


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("members.bbo", "did you mean members.bob?"),
        (
            'members."nwe@acme.example"',
            'did you mean members."new@acme.example"?',
        ),
        ("teams.platfrom", "did you mean teams.platform?"),
        ("team.platform", "did you mean teams.platform?"),
        ("teams.platfrom.member.bob", "did you mean teams.platform.members.bob?"),
        ("teams.sre.members.bob", ""),
        ("members.somebody-else", ""),
        ("members.bob.role", ""),
        ("repositories", ""),
    ],
)
def test_a_target_that_is_nothing_is_an_error_with_the_nearest_that_is(
    target: str, hint: str
) -> None:
    with pytest.raises(UsageError) as error:
        check_targets(planned(WANT, HAVE, target), WANT, HAVE)

    assert error.value.message == (
        f"--target {target}: there is no such thing in the files or on GitHub"
    )
    assert error.value.hint == hint


@pytest.mark.parametrize(
    "target",
    [
        "members",
        "teams",
        "members.bob",
        'members."new@acme.example"',
        "teams.platform.members.bob",
        "teams.sre.members",
        "teams.sre.members.ada",
    ],
)
def test_what_is_in_the_files_or_on_github_is_something(target: str) -> None:
    check_targets(planned(WANT, HAVE, target), WANT, HAVE)


def test_an_invitation_that_only_the_plan_names_is_something() -> None:
    have = snapshot(members=ADA, waiting=[by_mail("x@acme.example")])
    want = desired(members=ADA)
    [address] = told(planned(want, have, policy=Policy(cancel_unlisted=True)))

    made = planned(want, have, address, policy=Policy(cancel_unlisted=True))
    check_targets(made, want, have)

    assert told(made) == {address: "cancel_invitation"}


def test_a_place_is_something_under_the_new_slug_and_by_the_address() -> None:
    """The whole plan tells of both: what goes with a team, and what is renamed."""
    have = snapshot(
        members={**ADA, "bob": "member"},
        teams={"old": ["bob"], "gone": []},
        waiting=[by_mail("new@acme.example", teams=["gone"])],
    )
    want = desired(
        declared(team("new"), formerly=["old"]),
        members={**ADA, "new@acme.example": "member"},
        absent=["gone"],
    )

    for target in ("teams.new.members.bob", 'teams.gone.members."new@acme.example"'):
        check_targets(planned(want, have, target), want, have)


def test_all_targets_have_to_be_something() -> None:
    with pytest.raises(UsageError, match=r"members\.bbo"):
        check_targets(planned(WANT, HAVE, "members.bob", "members.bbo"), WANT, HAVE)


# The order that an apply needs


def test_what_a_call_needs_is_in_the_plan_or_not_in_the_whole_one() -> None:
    have = snapshot(
        CYDS,
        found(team("web", parent="eng")),
        members={**TWO, "dan": "member"},
        teams={"eng": ["dan"], "old": ["dan"]},
    )
    want = desired(
        declared(team("web", parent="platform"), "parent"),
        members={**ADA, "ivy": "member", "eve": "member"},
        teams={"eng": ["eve"], "platform": ["ivy"]},
        absent=["old"],
    )
    whole: dict[Address, Change] = {c.address: c for c in planned(want, have).changes}
    for target in whole:
        made = planned(want, have, str(target))
        kept = {change.address for change in made.changes}
        for task in tasks(made):
            assert task.after <= kept
        for change in made.changes:
            gone = change.needs_gone if isinstance(change, Create) else None
            assert gone is None or gone in kept
