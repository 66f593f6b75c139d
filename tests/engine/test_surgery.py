"""Edits of a state: what is forgotten, what moves, and what is left as it was."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ghstate.engine.generations import (
    Generation,
    check_push,
    chosen,
    in_force,
    kept,
    put,
    successor,
)
from ghstate.engine.remembered import Remembered, kept_as, remembered
from ghstate.engine.surgery import Unknown, brought_back, forget, move
from ghstate.errors import StateConflict, StateError, StateUnreadable, UsageError
from ghstate.journal import Began, Writer
from ghstate.model.address import Address
from ghstate.model.drift import Drift, Made
from ghstate.model.locked import Locked
from ghstate.model.mailbox import Mailbox
from ghstate.model.names import EmailAddress, Login, Slug
from ghstate.model.organization import Organization
from ghstate.model.past import Past
from ghstate.statefile import VERSION, State, decode, encode
from ghstate.store.memory import MemoryStore
from tests.build import ACME, NOW, ago, id_of, snapshot
from tests.store.holding import holder
from tests.strategies import states

MAIL = "new.hire@acme.example"
KEY = Mailbox.of(MAIL, ACME.id).key
MADE = (Made("invite", ago(days=2)),)


def at(text: str) -> Address:
    return Address.parse(text)


DRIFT = Drift(
    type="github_team_membership",
    was=None,
    after=ago(days=1),
    before=NOW,
    needed=(at("members.bob"),),
)
BY_MAIL = at(f'members."{MAIL}"')

STATE = State(
    lineage="7d3c0c3e",
    serial=12,
    applied_serial=9,
    organization=ACME,
    snapshot=snapshot(
        members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"], "sre": []}
    ),
    bindings={
        Login("ada"): id_of("ada"),
        Login("bob"): id_of("bob"),
        Login("gil"): 77,
        KEY: 42,
    },
    past={
        Login("gil"): Past(invited=(5, 6)),
        KEY: Past(invited=(7,), taken=True, joined=(42,)),
        Login("nothing"): Past(),
    },
    managed=frozenset({at("members"), at("teams.ops"), at("teams.ops.members")}),
    teams={Slug("ops"): id_of("ops"), Slug("sre"): id_of("sre")},
    drift={at("teams.ops.members.bob"): DRIFT},
    made={at("members.bob"): MADE, at("teams.ops.members.bob"): MADE},
)


def addresses(state: State) -> list[str]:
    return [str(each) for each in remembered(state)]


# Forgetting -------------------------------------------------------------------


def test_what_is_remembered_stands_at_its_address() -> None:
    known = remembered(STATE)

    assert known[at("members.bob")] == Remembered(account=id_of("bob"), made=MADE)
    assert known[at("teams.ops")] == Remembered(managed=True, team=id_of("ops"))
    assert known[at("teams.ops.members.bob")] == Remembered(drift=DRIFT, made=MADE)
    assert at("members.nothing") not in known
    assert list(known) == sorted(known)


@pytest.mark.parametrize(
    ("address", "gone"),
    [
        ("members.bob", ["members.bob"]),
        ("members.BOB", ["members.bob"]),
        ("members.gil", ["members.gil"]),
        (
            "teams.ops",
            ["teams.ops", "teams.ops.members", "teams.ops.members.bob"],
        ),
        ("teams.ops.members.bob", ["teams.ops.members.bob"]),
        ("teams.sre", ["teams.sre"]),
        (f'members."{MAIL}"', [f'members."{MAIL}"']),
        ('members."New.Hire@acme.example"', [f'members."{MAIL}"']),
        (f'members."{KEY}"', [f'members."{KEY}"']),
    ],
)
def test_an_address_is_forgotten_with_all_below_it(
    address: str, gone: list[str]
) -> None:
    forgotten = forget(STATE, [at(address)])

    assert [str(each) for each, _ in forgotten.what] == gone
    left = set(addresses(STATE)) - set(addresses(forgotten.state))
    assert left == {str(kept_as(STATE, at(each))) for each in gone}


def test_forgetting_leaves_alone_what_github_shows() -> None:
    after = forget(STATE, [at("members"), at("teams")]).state

    assert remembered(after) == {}
    assert after.snapshot is STATE.snapshot
    assert after.organization == STATE.organization
    assert (after.lineage, after.serial) == (STATE.lineage, STATE.serial)


def test_of_several_addresses_all_are_forgotten_or_none() -> None:
    wanted = [at("members.bob"), at("members.nobody"), at("teams.ada")]

    with pytest.raises(
        Unknown, match=r"the state knows nothing of members\.nobody, teams\.ada"
    ):
        forget(STATE, wanted)


def test_what_only_github_has_is_not_forgotten() -> None:
    with pytest.raises(Unknown, match="but what GitHub shows"):
        forget(replace(STATE, bindings={}, made={}), [at("members.ada")])


def test_the_same_address_twice_is_forgotten_once() -> None:
    twice = forget(STATE, [at("members.bob"), at("members.bob"), at("members")])

    assert [each for each, _ in twice.what].count(at("members.bob")) == 1


def test_without_an_organization_an_address_is_only_itself() -> None:
    empty = State(lineage="l", bindings={Login("bob"): 1})

    assert kept_as(empty, BY_MAIL) == BY_MAIL
    assert remembered(forget(empty, [at("members.bob")]).state) == {}


@given(st.sets(st.sampled_from(list(remembered(STATE))), min_size=1))
def test_forgetting_takes_what_was_named_and_nothing_else(some: set[Address]) -> None:
    after = remembered(forget(STATE, sorted(some)).state)

    before = remembered(STATE)
    assert after == {
        each: held
        for each, held in before.items()
        if not any(each.within(one) for one in some)
    }


@given(states())
def test_whatever_is_remembered_can_be_forgotten(state: State) -> None:
    known = list(remembered(state))
    assume(known)

    after = forget(state, known).state

    assert remembered(after) == {}
    assert decode(encode(after), place="") == after


# The lock file ------------------------------------------------------------------


def test_the_lock_file_that_still_has_somebody_is_known() -> None:
    locked = Locked(
        organization=ACME,
        ids={EmailAddress("New.Hire@acme.example"): 42, Login("Bob"): 1},
        past={Login("gil"): Past(invited=(5,))},
    )

    assert list(brought_back(locked, ACME.id, [BY_MAIL, at("members.gil")])) == [
        "gil",
        MAIL,
    ]
    assert list(brought_back(locked, ACME.id, [at("teams.bob")])) == []
    assert list(brought_back(None, ACME.id, [at("members.bob")])) == []


# Moving -----------------------------------------------------------------------


def test_a_person_moves_with_their_places_in_teams() -> None:
    moved = move(STATE, at("members.bob"), at("members.robert"))

    assert [(str(old), str(new)) for old, new, _ in moved.what] == [
        ("members.bob", "members.robert"),
        ("teams.ops.members.bob", "teams.ops.members.robert"),
    ]
    after = moved.state
    assert after.bindings[Login("robert")] == id_of("bob")
    assert Login("bob") not in after.bindings
    assert after.made.keys() == {at("members.robert"), at("teams.ops.members.robert")}
    assert after.drift == {
        at("teams.ops.members.robert"): replace(DRIFT, needed=(at("members.robert"),))
    }
    assert after.snapshot is STATE.snapshot


def test_a_team_moves_with_all_that_is_below_it() -> None:
    after = move(STATE, at("teams.ops"), at("teams.operations")).state

    assert after.teams == {Slug("operations"): id_of("ops"), Slug("sre"): id_of("sre")}
    assert after.managed == {
        at("members"),
        at("teams.operations"),
        at("teams.operations.members"),
    }
    assert after.drift.keys() == {at("teams.operations.members.bob")}
    assert after.bindings == STATE.bindings


def test_a_past_moves_and_joins_the_one_that_is_there() -> None:
    there = replace(STATE, past={**STATE.past, Login("gilbert"): Past(invited=(9,))})

    after = move(there, at("members.gil"), at("members.gilbert")).state

    assert after.past[Login("gilbert")] == Past(invited=(5, 6, 9))
    assert Login("gil") not in after.past
    assert after.bindings[Login("gilbert")] == 77


def test_what_has_no_id_moves_as_well() -> None:
    state = replace(STATE, bindings={}, teams={})

    person = move(state, at("members.gil"), at("members.gilbert")).state
    team = move(state, at("teams.ops"), at("teams.operations")).state

    assert person.past[Login("gilbert")] == Past(invited=(5, 6))
    assert person.bindings == {}
    assert at("teams.operations") in team.managed
    assert team.teams == {}
    account = replace(STATE, past={}, bindings={Login("gil"): 77})
    moved = move(account, at("members.gil"), at("members.gilbert")).state
    assert (moved.bindings, moved.past) == ({Login("gilbert"): 77}, {})


def test_an_address_that_became_an_account_takes_no_doubts_along() -> None:
    after = move(STATE, BY_MAIL, at("members.newhire")).state

    assert after.bindings[Login("newhire")] == 42
    assert after.past[Login("newhire")] == Past(invited=(7,))
    assert KEY not in after.past


def test_an_address_moves_to_another_address_under_its_key() -> None:
    moved = move(STATE, BY_MAIL, at('members."n@acme.example"'))

    key = Mailbox.of("n@acme.example", ACME.id).key
    assert moved.state.bindings[key] == 42
    assert moved.state.past[key].taken
    assert str(moved.what[0][1]) == 'members."n@acme.example"'


def test_what_both_names_had_lately_is_told_in_order() -> None:
    later = (Made("remove", NOW),)
    state = replace(
        STATE,
        made={at("members.gil"): later, at("members.gilbert"): MADE},
        drift={at("members.gil"): DRIFT, at("members.gilbert"): replace(DRIFT, was={})},
    )

    after = move(state, at("members.gil"), at("members.gilbert")).state

    assert after.made == {at("members.gilbert"): (*MADE, *later)}
    assert after.drift == {at("members.gilbert"): replace(DRIFT, was={})}


def test_a_name_that_is_the_same_account_already_is_free() -> None:
    both = replace(STATE, bindings={**STATE.bindings, Login("robert"): id_of("bob")})

    after = move(both, at("members.bob"), at("members.robert")).state

    assert after.bindings.keys() == {"ada", "gil", KEY, "robert"}
    assert after.bindings[Login("robert")] == id_of("bob")


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        ("members.nobody", "members.x", "the state knows nothing of members.nobody"),
        ("members.bob", "teams.bob", "are not of one kind"),
        ("members.bob", "members.bob", "is already there"),
        ("members.bob", "members.gil", "members.gil is the account 77"),
        ("members.gil", "members.ada", "members.ada is the account"),
        ("teams.ops", "teams.sre", "teams.sre is the team"),
        ("members", "members.x", "neither a person nor a team"),
        ("members.bob", "members", "neither a person nor a team"),
        ("teams.ops.members.bob", "teams.ops.members.x", "neither a person nor a team"),
    ],
)
def test_a_move_that_makes_no_sense_is_refused(
    source: str, target: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words):
        move(STATE, at(source), at(target))


def test_a_name_that_only_github_shows_as_somebody_elses_is_taken() -> None:
    state = replace(STATE, bindings={Login("gil"): 77}, teams={Slug("old"): 3})

    with pytest.raises(UsageError, match=r"members\.bob is the account"):
        move(state, at("members.gil"), at("members.bob"))
    with pytest.raises(UsageError, match=r"teams\.ops is the team"):
        move(state, at("teams.old"), at("teams.ops"))


@given(
    st.sampled_from(["members.bob", "members.gil", "teams.ops", f'members."{MAIL}"'])
)
def test_moving_there_and_back_changes_nothing_but_doubts(source: str) -> None:
    old = at(source)
    new = Address(old[0], "a-new-name")
    there = move(STATE, old, new).state
    back = move(there, new, old).state

    doubts = replace(STATE.past[KEY], taken=False, joined=())
    plain = {**STATE.past, KEY: doubts} if "@" in source else STATE.past
    assert back == replace(STATE, past=plain)


# Generations --------------------------------------------------------------------


def generation(serial: int, name: str = "", lineage: str = "7d3c0c3e") -> Generation:
    state = replace(STATE, serial=serial, applied_serial=serial, lineage=lineage)
    return Generation(
        name=name, written=NOW, state=state, digest=f"{lineage}/{serial}", size=10
    )


BROKEN = Generation(name="0004", damage="it is empty", digest="broken")


def test_without_a_serial_the_latest_whole_one_is_meant() -> None:
    whole = generation(3, "0003")

    assert chosen(None, [BROKEN, whole, generation(2, "0002")], None) is whole


def test_a_copy_of_the_present_one_is_none_to_go_back_to() -> None:
    copy, before = generation(4, "0004"), generation(3, "0003")

    assert chosen(None, [copy, before], generation(4)) is before


def test_a_generation_is_chosen_by_serial_or_by_name() -> None:
    three, two = generation(3, "0003"), generation(2, "0002")

    assert chosen("2", [three, two], None) is two
    assert chosen("0003", [three, two], None) is three
    assert chosen("5", [three, two], generation(5)).in_force


def test_two_generations_with_one_serial_are_told_apart_by_name() -> None:
    found = [generation(3, "0007", "other"), generation(3, "0003")]

    with pytest.raises(StateError) as error:
        chosen("3", found, None)

    assert error.value.message == (
        "2 generations have the serial 3: 0007 of the lineage other, "
        "0003 of the lineage 7d3c0c3e"
    )
    assert "`ghstate state restore 0003`" in error.value.hint
    assert chosen("0003", found, None) is found[1]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (None, "there is no whole generation to restore"),
        ("9", "there is no generation '9'"),
        ("0004", "the generation 0004: it is empty"),
    ],
)
def test_what_cannot_be_restored_is_told(wanted: str | None, words: str) -> None:
    with pytest.raises(StateError, match=words):
        chosen(wanted, [BROKEN], None)


OTHER = replace(STATE, organization=Organization("beta", 78), snapshot=None)


@pytest.mark.parametrize(
    ("pushed", "words"),
    [
        (
            OTHER,
            r"x.json is of the organization beta \(78\), and the state of acme \(77\)",
        ),
        (
            replace(STATE, lineage="else"),
            "x.json is of the lineage else, and the state of 7d3c0c3e",
        ),
        (
            replace(STATE, serial=11),
            "x.json has the serial 11, and the state 12: it is older",
        ),
    ],
)
def test_what_did_not_grow_out_of_the_state_is_not_pushed(
    pushed: State, words: str
) -> None:
    def check(*, force: bool) -> None:
        check_push(
            pushed, called="x.json", present=STATE, organization=ACME, force=force
        )

    with pytest.raises(StateError, match=words):
        check(force=False)
    if pushed is OTHER:
        with pytest.raises(StateError):
            check(force=True)
    else:
        check(force=True)


def test_the_same_serial_and_a_later_one_may_be_pushed() -> None:
    for serial in (12, 13):
        pushed = replace(STATE, serial=serial)
        check_push(pushed, called="x", present=STATE, organization=ACME, force=False)
    check_push(OTHER, called="x", present=None, organization=None, force=False)


@pytest.mark.parametrize(
    ("present", "others", "serial"),
    [
        (generation(20), [], 21),
        (generation(5), [generation(30, "a")], 31),
        (None, [], 13),
        (None, [BROKEN, generation(40, "a")], 41),
        # Nobody knows what the damaged one's was: one more than the one before it.
        (Generation(damage="it is empty"), [generation(20, "a")], 22),
    ],
)
def test_what_follows_has_a_serial_that_none_had(
    present: Generation | None, others: list[Generation], serial: int
) -> None:
    following = successor(STATE, present, others, noted=None)

    assert (following.serial, following.applied_serial) == (serial, serial)
    assert following.lineage == STATE.lineage


@pytest.mark.parametrize(
    ("present", "kept_too"),
    [
        (Generation(state=replace(STATE, serial=20)), True),
        (Generation(state=replace(STATE, serial=8, applied_serial=7)), True),
        (Generation(state=replace(STATE, serial=20, applied_serial=19)), False),
        (Generation(state=replace(STATE, lineage="else")), False),
        (Generation(damage="it is empty"), False),
        (None, False),
    ],
)
def test_what_was_read_before_an_apply_never_makes_its_work_look_like_drift(
    present: Generation | None, *, kept_too: bool
) -> None:
    following = successor(STATE, present, [], noted=None)

    assert following.snapshot == (STATE.snapshot if kept_too else None)
    assert following.organization == ACME


def test_an_apply_that_is_over_does_not_begin_again_with_an_older_state() -> None:
    began = Began(id="a1", at=NOW, who="ada", digest="", changes=1)
    noted = Writer().line(began)
    knows = Generation(state=replace(STATE, settled="a1"))
    knows_another = Generation(state=replace(STATE, settled="a0"))
    old = replace(STATE, settled="a00")

    assert successor(old, knows, [], noted=noted).settled == "a1"
    assert successor(old, knows_another, [], noted=noted).settled == "a00"
    assert successor(old, knows, [], noted=None).settled == "a00"


def test_generations_are_read_as_far_as_they_can_be() -> None:
    store = MemoryStore()
    first = store.write(encode(STATE), replacing=None)
    second = store.write(b"", replacing=first)
    store.write(encode(replace(STATE, serial=13)), replacing=second)

    present, revision = in_force(store)
    before = kept(store)

    assert present is not None
    assert present.in_force
    assert present.state is not None
    assert revision is not None
    assert [each.damage for each in before] == ["it is empty", ""]
    assert before[1].state == STATE
    assert before[1].size == len(encode(STATE))


class _Losing(MemoryStore):
    """Has lost the latest of its generations, and cannot read the one before."""

    def generation(self, name: str) -> bytes:
        latest, unreadable, *_ = [each.name for each in self.generations()]
        if name == latest:
            raise StateError("it is gone")
        if name == unreadable:
            raise StateUnreadable("this generation cannot be read: denied")
        return super().generation(name)


def test_a_generation_that_cannot_be_read_does_not_hide_the_others() -> None:
    store, revision = _Losing(), None
    for serial in range(1, 5):
        content = encode(replace(STATE, serial=serial))
        revision = store.write(content, replacing=revision)

    unreadable, whole = kept(store)

    assert unreadable.damage == "this generation cannot be read: denied"
    assert whole.state is not None
    assert whole.state.serial == 1


def test_what_a_newer_ghstate_wrote_is_known_as_such() -> None:
    store = MemoryStore()
    store.write(
        encode(STATE).replace(b'"version": %d' % VERSION, b'"version": 9'),
        replacing=None,
    )

    present, _ = in_force(store)

    assert present is not None
    assert present.newer
    assert present.damage.startswith("it was written by a newer ghstate (format 9;")


def test_nothing_is_put_where_the_lock_was_taken_away() -> None:
    store = MemoryStore()

    with store.lock(holder("b41c")) as lock:
        store.break_lock("b41c")
        with pytest.raises(StateConflict, match="the lock was taken away"):
            put(store, lock, STATE, replacing=None)

    assert store.read() is None
