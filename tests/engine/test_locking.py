"""What the lock file should say of whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghstate.engine.locking import Difference, lockable
from ghstate.engine.recollection import with_lock
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.member import Member
from ghstate.model.names import EmailAddress, Login
from ghstate.model.organization import Desired
from ghstate.model.past import Past
from ghstate.model.team import Team
from ghstate.model.team_member import TeamMember
from ghstate.statefile import State
from tests.build import ACME, NOW, desired, found, id_of, member, snapshot

NEW, CAME = "new.hire@acme.example", "came@acme.example"
KEY, CAME_KEY = (Mailbox.of(each, ACME.id).key for each in (NEW, CAME))


def test_everybody_of_the_files_is_in_it_and_nobody_else() -> None:
    want = desired(
        members={"Ada": "admin", "bob": "member", NEW: "member", CAME: "member"},
        teams={"ops": ["ada", "zoe"]},
    )
    state = State(
        lineage="l",
        organization=ACME,
        bindings={
            Login("ada"): 1,
            Login("bob"): 2,
            Login("elsewhere"): 3,
            CAME_KEY: 4,
        },
        past={
            Login("bob"): Past(
                invited=(7, 8), forgiven=(7,), left=True, member_until=NOW, joined=(9,)
            ),
            Login("elsewhere"): Past(invited=(5,)),
            KEY: Past(invited=(6,)),
        },
    )

    made = lockable(want, state, ACME)

    assert made.locked == Locked(
        organization=ACME,
        ids={Login("Ada"): 1, Login("bob"): 2, EmailAddress(CAME): 4},
        past={
            Login("bob"): Past(invited=(7, 8), forgiven=(7,)),
            EmailAddress(NEW): Past(invited=(6,)),
        },
        managed=frozenset({Member.TYPE, TeamMember.TYPE}),
    )
    assert [each.spelled for each in made.locked.ids] == ["Ada", "bob", CAME]
    assert made.unknown == (Login("zoe"),)


def test_t22_somebody_who_was_renamed_is_locked_under_the_name_in_the_files() -> None:
    want = desired(members={"bob": "member"})
    state = State(
        lineage="l",
        organization=ACME,
        snapshot=snapshot(found(member("robert"), number=2)),
        bindings={Login("bob"): 2},
        past={Login("robert"): Past(invited=(7,))},
    )
    assert lockable(want, state, ACME).locked == Locked(
        organization=ACME,
        ids={Login("bob"): 2},
        past={Login("bob"): Past(invited=(7,))},
        managed=frozenset({Member.TYPE}),
    )


numbers = st.lists(st.integers(1, 99), unique=True).map(lambda ids: tuple(sorted(ids)))
people = st.sampled_from(["ada", "bob", NEW]).map(
    lambda text: EmailAddress(text) if "@" in text else Login(text)
)


@given(
    st.sets(people).map(lambda some: {who: id_of(who) for who in some}),
    st.dictionaries(people, numbers),
    numbers,
)
def test_what_was_locked_is_known_where_no_state_survives(
    ids: dict[Login, int], invited: dict[Login, tuple[int, ...]], more: tuple[int, ...]
) -> None:
    past = {who: Past(invited=those) for who, those in invited.items() if those}
    managed = frozenset({Member.TYPE})
    locked = Locked(organization=ACME, ids=ids, past=past, managed=managed)
    want = desired(members=[*map(str, {*ids, *past})])
    fresh = with_lock(State(lineage="new"), locked)
    assert lockable(want, fresh, ACME).locked == locked


@pytest.mark.parametrize(
    ("want", "managed"),
    [
        (desired(), set()),
        (desired(teams={"ops": None}, absent=["old"]), set()),
        (desired(members=["ada"]), {Member.TYPE}),
        (desired(teams={"ops": []}), {TeamMember.TYPE}),
        (desired(teams={"ops": None}, all_teams=True), {Team.TYPE}),
    ],
)
def test_t76_the_kinds_that_the_files_manage_are_in_it(
    want: Desired, managed: set[str]
) -> None:
    """Of a kind is managed what would go for not being written."""
    made = lockable(want, State(lineage="l", organization=ACME), ACME)

    assert made.locked.managed == frozenset(managed)


@pytest.mark.parametrize(
    ("before", "after", "added", "removed"),
    [
        (None, {"a"}, {"a"}, set()),
        ({"a"}, {"a", "b"}, {"b"}, set()),
        ({"a"}, {"b"}, {"b"}, {"a"}),
        ({"a"}, {"a"}, set(), set()),
        (None, set(), set(), set()),
    ],
)
def test_kinds_differ_like_people(
    before: set[str] | None, after: set[str], added: set[str], removed: set[str]
) -> None:
    was = None if before is None else frozenset(before)
    found = Difference.between(
        Locked(organization=ACME, managed=was),
        Locked(organization=ACME, managed=frozenset(after)),
    )
    assert found.kinds_added == frozenset(added)
    assert found.kinds_removed == frozenset(removed)
    assert bool(found) is bool(added | removed)


def test_what_differs_is_added_changed_or_removed() -> None:
    a, b, c, d = (Login(each) for each in "abcd")
    before = Locked(
        organization=ACME, ids={a: 1, b: 2, c: 3}, past={c: Past(invited=(1,))}
    )
    after = Locked(
        organization=ACME, ids={b: 2, c: 3, d: id_of("d")}, past={c: Past(invited=(2,))}
    )
    assert Difference.between(before, after) == Difference((d,), (c,), (a,))
    assert Difference.between(None, after) == Difference((b, c, d), (), ())
    assert Difference.between(after, after) == Difference((), (), ())
