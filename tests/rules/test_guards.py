"""What no plan may do unasked, and what to write if it is meant."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.locked import Locked
from ghstate.model.member import MEMBERS
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot, Viewer
from ghstate.model.policy import Policy, RemovalLimit, WrongRole
from ghstate.plan.identity import Known
from ghstate.plan.make import make_plan
from ghstate.plan.plan import Plan
from ghstate.rules.guards import guard
from tests.build import (
    ACME,
    by_mail,
    declared,
    desired,
    found,
    invited,
    member,
    snapshot,
    team,
)

TWO = {"ada": "admin", "bob": "admin"}
APP = Viewer(Login("acme-bot[bot]"), is_app=True)


def judged(
    want: Desired,
    have: Snapshot,
    policy: Policy | None = None,
    *,
    known: Known | None = None,
    before: frozenset[Address] = frozenset(),
) -> Plan:
    policy, known = policy or Policy(), known or Known()
    made = make_plan(want, have, policy, known=known, managed_before=before)
    return guard(made, have, policy)


def refusals(
    want: Desired,
    have: Snapshot,
    policy: Policy | None = None,
    *,
    known: Known | None = None,
    before: frozenset[Address] = frozenset(),
) -> list[tuple[str, str]]:
    """The code of each refusal, and what to write if it is meant."""
    made = judged(want, have, policy, known=known, before=before)
    return [(note.code, note.hint) for note in made.refusals]


def codes(want: Desired, have: Snapshot, policy: Policy | None = None) -> list[str]:
    return [code for code, _ in refusals(want, have, policy)]


def protecting(*logins: str) -> Policy:
    return Policy(protected=frozenset(map(Login, logins)))


# The text


def test_everything_that_is_refused_is_told_at_once_with_what_to_write() -> None:
    teams = {f"team-{n}": [f"user-{n}"] for n in range(4)}
    people = {f"user-{n}": "member" for n in range(6)}
    have = snapshot(members={**TWO, "cyd": "member", **people}, teams=teams)
    want = desired(members={"ada": "member", **people}, teams=dict.fromkeys(teams, ()))
    policy = replace(protecting("Cyd"), allow_removals=3)

    made = judged(want, have, policy, before=frozenset({MEMBERS}))

    assert [
        (str(note.address or ""), note.summary, note.hint) for note in made.refusals
    ] == [
        (
            "members.cyd",
            "cyd is protected, and would be removed",
            "if that is meant: take Cyd out of protected in ghstate.toml",
        ),
        (
            "members.ada",
            "ada is the account behind the token, and would be demoted",
            "if that is meant: sign in as another owner, or as a GitHub App",
        ),
        (
            "",
            (
                "no active admins would be left, and min_admins is 1; "
                "people who are only invited do not count"
            ),
            "make somebody an admin first, and let them accept",
        ),
        (
            "",
            (
                "newly managed: 4 team memberships would be removed, and no apply has "
                "managed team memberships before, not 3 as was allowed"
            ),
            (
                "if that is meant: --allow-removals 6, or `ghstate lock`, commit it, "
                "and plan again"
            ),
        ),
        (
            "",
            (
                "the plan removes 4 team memberships (the limit is 3), "
                "not 3 as was allowed"
            ),
            "if that is meant: --allow-removals 6",
        ),
    ]


# Protected


@pytest.mark.parametrize("role", ["member", None], ids=["demoted", "removed"])
def test_a_protected_person_stays_what_they_are(role: str | None) -> None:
    want = desired(members={"ada": "admin", **({"bob": role} if role else {})})

    assert refusals(want, snapshot(members=TWO), protecting("Bob")) == [
        (
            "protected",
            "if that is meant: take Bob out of protected in ghstate.toml",
        )
    ]


def test_somebody_protected_stays_protected_under_a_new_login() -> None:
    have = snapshot(found(member("robert"), number=5), members={"ada": "admin"})
    known = Known(bindings={Login("bob"): 5})

    made = judged(
        desired(members={"ada": "admin"}), have, protecting("bob"), known=known
    )

    assert [(str(n.address), n.summary, n.hint) for n in made.refusals] == [
        (
            "members.robert",
            "robert is protected, and would be removed",
            "if that is meant: take bob out of protected in ghstate.toml",
        )
    ]


@pytest.mark.parametrize("bob", [{}, {"bob": "member"}], ids=["cancel", "reduce"])
def test_somebody_protected_who_is_only_invited_has_nothing_to_lose(
    bob: dict[str, str],
) -> None:
    have = snapshot(members={"ada": "admin"}, invited={"bob": "admin"})

    made = judged(desired(members={"ada": "admin", **bob}), have, protecting("bob"))

    assert len(made.changes) == 1
    assert made.refusals == ()


def test_somebody_protected_may_be_promoted_and_invited_for_more() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"}, invited=["cyd"])
    want = desired(members={"ada": "admin", "bob": "admin", "cyd": "admin"})
    policy = replace(protecting("bob", "cyd"), wrong_role=WrongRole.CORRECT)

    assert refusals(want, have, policy) == []


@pytest.mark.parametrize("feature", ["invite", "remove"])
def test_what_the_features_hold_back_is_refused_all_the_same(feature: str) -> None:
    have = snapshot(members={**TWO, "cyd": "member"})
    want = desired(members={"ada": "member"})
    policy = replace(protecting("cyd"), remove=feature == "remove")

    assert codes(want, have, policy) == ["protected", "own-account", "too-few-admins"]


# The account behind the token


@pytest.mark.parametrize("role", ["member", None], ids=["demoted", "removed"])
def test_t32_the_account_behind_the_token_stays(role: str | None) -> None:
    want = desired(members={"bob": "admin", **({"ada": role} if role else {})})

    assert refusals(want, snapshot(members=TWO)) == [
        (
            "own-account",
            "if that is meant: sign in as another owner, or as a GitHub App",
        )
    ]


def test_t32_an_app_is_nobodys_account_and_leaves_an_owner_all_the_same() -> None:
    have = replace(snapshot(members=TWO), viewer=APP)

    assert refusals(desired(members={"ada": "admin"}), have) == []
    assert codes(desired(members={"ada": "member"}), have) == ["too-few-admins"]


# Owners


def test_t31_the_last_admin_stays() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"}, viewer="bot[bot]")
    want = desired(members={"ada": "member", "bob": "member"})

    assert refusals(want, have) == [
        ("too-few-admins", "make somebody an admin first, and let them accept")
    ]


def test_t31_fewer_admins_than_the_settings_want_can_be_had_by_the_settings() -> None:
    have = snapshot(members={**TWO, "cyd": "admin"})
    want = desired(members=TWO)

    made = judged(want, have, Policy(min_admins=3))

    assert [(note.summary, note.hint) for note in made.refusals] == [
        (
            (
                "2 active admins would be left, and min_admins is 3; "
                "people who are only invited do not count"
            ),
            (
                "make somebody an admin first, and let them accept; "
                "or, if that is meant: min_admins = 2 in ghstate.toml"
            ),
        )
    ]


def test_t31_somebody_who_is_only_invited_is_no_admin_yet() -> None:
    have = snapshot(members=TWO, invited={"eve": "admin"})
    want = desired(members={"ada": "admin", "eve": "admin"})

    assert codes(want, have, Policy(min_admins=2)) == ["too-few-admins"]


def test_t31_the_last_owner_who_was_renamed_is_no_owner_who_goes() -> None:
    have = snapshot(found(member("robert", "admin"), number=5), viewer="robert")
    known = Known(bindings={Login("bob"): 5})

    assert refusals(desired(members={"bob": "admin"}), have, known=known) == []
    assert [
        code
        for code, _ in refusals(desired(members={"bob": "member"}), have, known=known)
    ] == ["own-account", "too-few-admins"]


def test_t31_the_last_owner_whose_new_name_nobody_knows_stays() -> None:
    """Without a state or a lock file, bob is a stranger and robert in no file."""
    have = replace(
        snapshot(found(member("robert", "admin"), number=5), viewer="robert"),
        viewer=APP,
    )

    assert codes(desired(members={"bob": "admin"}), have) == ["too-few-admins"]


@pytest.mark.parametrize("wrong_role", WrongRole)
def test_t31_an_invitation_as_an_owner_that_is_reduced_takes_no_owner_away(
    wrong_role: WrongRole,
) -> None:
    have = snapshot(members={"ada": "admin"}, invited={"eve": "admin"})
    want = desired(members={"ada": "admin", "eve": "member"})

    assert refusals(want, have, Policy(wrong_role=wrong_role)) == []


def test_t31_an_owner_whose_other_invitation_is_cancelled_stays_an_owner() -> None:
    have = snapshot(members=TWO, waiting=[by_mail("bob@acme.example", "admin")])
    want = desired(
        declared(member("bob", "admin"), email="bob@acme.example"), members=TWO
    )
    policy = replace(protecting("bob"), min_admins=2)

    made = judged(want, have, policy)

    assert [change.reason.value for change in made.changes] == ["cancel_invitation"]
    assert made.refusals == ()


def test_an_admin_may_go_when_another_member_becomes_one() -> None:
    have = snapshot(members={**TWO, "cyd": "member"})
    want = desired(members={"ada": "admin", "cyd": "admin"})

    assert refusals(want, have, Policy(min_admins=2)) == []


def test_too_few_admins_to_begin_with_is_no_reason_to_refuse() -> None:
    have = snapshot(members={"ada": "admin", "bob": "member"})

    assert refusals(desired(members={"ada": "admin"}), have, Policy(min_admins=5)) == []


# How many


def crowd(count: int) -> dict[str, str]:
    return {"ada": "admin", **{f"user-{n}": "member" for n in range(count)}}


@pytest.mark.parametrize(
    ("people", "removed", "allowed", "refused"),
    [
        (4, 3, None, False),
        (10, 4, None, True),
        (99, 5, None, False),
        (99, 6, None, True),
        (99, 40, 40, False),
        (99, 40, 39, True),
        (99, 40, 41, True),
        (99, 2, 40, False),
    ],
)
def test_t75_t77_more_than_the_limit_needs_its_number_named(
    people: int, removed: int, allowed: int | None, *, refused: bool
) -> None:
    have = snapshot(members=crowd(people))
    want = desired(members=crowd(people - removed))

    made = refusals(want, have, Policy(allow_removals=allowed))

    assert bool(made) is refused
    if refused:
        assert made == [
            ("too-many-removals", f"if that is meant: --allow-removals {removed}")
        ]


def test_t75_forty_of_two_hundred_are_refused_with_the_figures() -> None:
    have, want = snapshot(members=crowd(199)), desired(members=crowd(159))

    assert [note.summary for note in judged(want, have).refusals] == [
        "the plan removes 40 people (the limit is 10)"
    ]
    assert refusals(want, have, Policy(allow_removals=40)) == []
    assert [
        note.summary for note in judged(want, have, Policy(allow_removals=39)).refusals
    ] == ["the plan removes 40 people (the limit is 10), not 39 as was allowed"]


def test_t77_one_of_three_people_may_go() -> None:
    have = snapshot(members=crowd(2))

    assert refusals(desired(members=crowd(1)), have) == []


def test_t77_a_clean_up_of_28_of_29_teams_needs_one_number_and_no_batches() -> None:
    slugs = [f"team-{n}" for n in range(29)]
    have = snapshot(members=crowd(0), teams=dict.fromkeys(slugs, ()))
    want = desired(absent=slugs[1:])

    assert refusals(want, have) == [
        ("too-many-removals", "if that is meant: --allow-removals 28")
    ]
    assert refusals(want, have, Policy(allow_removals=28)) == []
    assert codes(want, have, Policy(allow_removals=27)) == ["too-many-removals"]


def test_t75_cancelled_invitations_count_as_removals() -> None:
    waiting = [by_mail(f"x{n}@acme.example") for n in range(2)]
    have = snapshot(members=crowd(1), invited=["ivy"], waiting=waiting)
    want = desired(members=crowd(0))

    made = judged(want, have, Policy(cancel_unlisted=True))

    assert made.removals == {"github_membership": 4}
    assert [note.summary for note in made.refusals] == [
        "the plan removes 4 people (the limit is 3)"
    ]


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        (RemovalLimit(count=0, percent=100), True),
        (RemovalLimit(count=1, percent=0), False),
        (RemovalLimit(count=0, percent=0), True),
    ],
)
def test_a_share_of_nothing_is_nothing(limit: RemovalLimit, *, refused: bool) -> None:
    """An invitation by e-mail is in no list of which a share could be taken."""
    have = snapshot(waiting=[by_mail("x@acme.example")], viewer="bot")
    want = desired(members={"zoe": "admin"})
    policy = Policy(cancel_unlisted=True, max_removals=limit)

    assert (
        refusals(want, have, policy)
        == [("too-many-removals", "if that is meant: --allow-removals 1")] * refused
    )


def test_a_team_that_is_deleted_counts_one_and_its_people_as_memberships() -> None:
    have = snapshot(
        found(team("kid", parent="old")),
        members=crowd(6),
        teams={"old": ["user-0", "user-1"], "kid": ["user-2", "user-5"]},
    )
    have = replace(
        have,
        observed={
            **have.observed,
            Address("teams", "kid"): found(team("kid", parent="old")),
        },
    )
    want = desired(members=crowd(5), absent=["old", "kid"])

    assert judged(want, have).removals == {
        "github_membership": 1,
        "github_team": 2,
        "github_team_membership": 3,
    }


def test_each_kind_has_a_limit_of_its_own_and_the_number_is_their_sum() -> None:
    teams = {f"team-{n}": ["user-0"] for n in range(5)}
    have = snapshot(members=crowd(4), teams=teams)
    want = desired(absent=list(teams))
    strict = Policy(max_removals=RemovalLimit(count=0, percent=0))

    assert [note.summary for note in judged(want, have, strict).refusals] == [
        (
            "the plan removes 5 teams (the limit is 0) and "
            "5 team memberships (the limit is 0)"
        )
    ]
    assert refusals(want, have, strict) == [
        ("too-many-removals", "if that is meant: --allow-removals 10")
    ]
    assert refusals(want, have, Policy(allow_removals=10)) == []


# Targets


def test_only_what_the_targets_take_is_judged() -> None:
    have = snapshot(members={**crowd(9), "bob": "admin"}, viewer="bob")
    want = desired(members={"ada": "admin", "bob": "admin"})
    less = desired(members={"user-0": "member", "bob": "admin"})

    whole = judged(want, have)
    one = judged(want, have, Policy(targets=(Address("members", "user-1"),)))
    few = Policy(
        targets=(MEMBERS / "ada",), min_admins=2, protected=frozenset({Login("ada")})
    )

    assert [note.code for note in whole.refusals] == ["too-many-removals"]
    assert (one.removals, one.refusals) == ({"github_membership": 1}, ())
    assert codes(less, have, few) == ["protected", "too-few-admins"]


def test_an_owner_may_not_go_when_the_one_who_follows_is_left_out() -> None:
    have = snapshot(members={**TWO, "cyd": "member"})
    want = desired(members={"ada": "admin", "cyd": "admin"})
    policy = Policy(min_admins=2, targets=(MEMBERS / "bob",))

    assert codes(want, have, policy) == ["too-few-admins"]


# Newly managed

OPS = Address("teams", "ops", "members")
IN_TEAM = snapshot(
    members=crowd(3), teams={"ops": ["user-0", "user-1"], "sre": ["user-0"]}
)


def locked(*kinds: str) -> Known:
    return Known(
        memory=False, locked=Locked(organization=ACME, managed=frozenset(kinds))
    )


PEOPLE, TEAMS, PLACES = "github_membership", "github_team", "github_team_membership"
MEMORY, NO_MEMORY = Known(), Known(memory=False)
WITH_LOCK = Known(locked=locked(PLACES).locked)


@pytest.mark.parametrize(
    ("known", "before", "refused"),
    [
        (MEMORY, {MEMBERS}, True),
        (MEMORY, {MEMBERS, OPS}, False),
        (MEMORY, {Address("teams", "sre", "members")}, False),
        (MEMORY, {Address("teams", "ops")}, True),
        (MEMORY, set[Address](), False),
        (NO_MEMORY, {MEMBERS}, False),
        (WITH_LOCK, {MEMBERS}, False),
        (locked(PEOPLE), set[Address](), True),
        (locked(), set[Address](), True),
        (locked(PLACES), set[Address](), False),
        (Known(memory=False, locked=Locked(organization=ACME)), {MEMBERS}, False),
    ],
)
def test_t76_a_kind_is_known_from_an_apply_or_from_the_lock_file(
    known: Known, before: set[Address], *, refused: bool
) -> None:
    want = desired(teams={"ops": ["user-0"]})

    made = refusals(want, IN_TEAM, known=known, before=frozenset(before))

    assert made == refused * [
        (
            "newly-managed",
            (
                "if that is meant: --allow-removals 1, or `ghstate lock`, commit it, "
                "and plan again"
            ),
        )
    ]


NEW: Mapping[str, tuple[Desired, str]] = {
    "people": (
        desired(members=crowd(2)),
        (
            "newly managed: 1 person would be removed, "
            "and no apply has managed people before"
        ),
    ),
    "teams": (
        desired(teams={"ops": None}, all_teams=True),
        "newly managed: 1 team would be removed, and no apply has managed teams before",
    ),
    "several": (
        desired(members=crowd(2), teams={"ops": ()}, all_teams=True),
        (
            "newly managed: 1 person, 1 team and 2 team memberships would be removed, "
            "and no apply has managed people, teams or team memberships before"
        ),
    ),
}


@pytest.mark.parametrize(("want", "words"), NEW.values(), ids=NEW.keys())
def test_t76_every_kind_is_counted_by_itself(want: Desired, words: str) -> None:
    made = judged(want, IN_TEAM, known=locked())

    assert [note.summary for note in made.refusals] == [words]


def test_t76_a_team_that_is_written_to_be_absent_is_named_and_not_new() -> None:
    assert refusals(desired(absent=["ops"]), IN_TEAM, known=locked()) == []


@pytest.mark.parametrize(("allowed", "passes"), [(3, True), (2, False), (4, False)])
def test_t76_the_exact_number_of_the_plan_passes_it(
    allowed: int, *, passes: bool
) -> None:
    want = desired(members=crowd(2), teams={"ops": []})

    made = refusals(want, IN_TEAM, Policy(allow_removals=allowed), known=locked(PEOPLE))

    assert (made == []) is passes


def test_t76_where_nothing_goes_a_new_kind_is_no_matter() -> None:
    want = desired(teams={"ops": ["user-0", "user-1", "user-2"]})

    assert refusals(want, IN_TEAM, known=locked()) == []


def test_t76_where_nothing_is_known_only_the_limit_holds() -> None:
    have = snapshot(members=crowd(9))

    assert [
        code for code, _ in refusals(desired(members=crowd(4)), have, known=NO_MEMORY)
    ] == ["too-many-removals"]


def test_t76_a_cancelled_invitation_is_a_removal_of_its_kind() -> None:
    have = snapshot(invited(member("ivy")), members=crowd(0))

    made = judged(desired(members=crowd(0)), have, known=locked(PLACES, TEAMS))

    assert made.newly_managed == {PEOPLE: 1}
