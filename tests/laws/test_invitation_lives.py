"""Every situation of one person, every wish, every way on: a model check.

Each cell is applied until it is at rest; then time passes in every way it can, and it
is applied to again. It ends as wished, or what is said is why not, and true.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from msgspec.structs import fields

from ghstate import statefile
from ghstate.engine.applied import Applied
from ghstate.plan.plan import Plan
from ghstate.sandbox.policy import PutOnPending
from ghstate.sandbox.running import Sandbox
from tests.laws.company import BOB, DAY, OWNER, Company, Situation, company
from tests.laws.endings import MAX_REINVITES, check_end
from tests.laws.lives import INVITING, Life
from tests.laws.running import Engine
from tests.laws.sequels import Sequel, go_on, sequels
from tests.laws.situations import SITUATIONS
from tests.laws.wishes import USUAL, WISHES, Settings, Wish, settings_that_matter


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    # In worlds this small, looking up what a state is made of is most of writing it.
    monkeypatch.setattr(statefile, "fields", cache(fields))


@pytest.mark.parametrize("wish", WISHES, ids=str)
@pytest.mark.parametrize("situation", SITUATIONS, ids=str)
def test_a_life_ends_as_wished_or_it_is_said_why_not(
    situation: Situation, wish: Wish
) -> None:
    usual = live(situation, wish, USUAL)
    for settings in settings_that_matter(usual.reasons, usual.codes):
        live(situation, wish, settings)


def live(situation: Situation, wish: Wish, settings: Settings) -> Life:
    """Live one cell to its ends; the life up to where its ways part."""
    life = Life.begin(situation, wish, settings)
    check_end(life, life.settle())
    for sequel in sequels(life):
        if settings == USUAL or sequel is Sequel.ACCEPTED:
            other = life.twin()
            go_on(other, sequel)
            end = other.settle()
            check_end(other, end)
            if "email-unclear" in codes_of(end):
                other.write_who_it_is()
                end = other.settle()
                check_end(other, end)
                other.check("email-unclear" not in codes_of(end), "asks once more")
    if settings == USUAL:
        keep_silent(life.twin())
    if settings.put_on_pending is PutOnPending.EDIT and life.was_changed_by_put:
        for way in (PutOnPending.RESEND, PutOnPending.IGNORE):
            live(situation, wish, replace(settings, put_on_pending=way))
    return life


def codes_of(applied: Applied) -> set[str]:
    return {note.code for note in applied.plan.notes}


def keep_silent(life: Life) -> None:
    """Nobody ever answers: there is an end to the mails."""
    most = MAX_REINVITES - any(map(life.is_known, life.waiting))
    for _ in range(MAX_REINVITES + 1):
        if life.waiting:
            go_on(life, Sequel.UNANSWERED)
            life.apply()
    check_end(life, life.settle())
    sent = [m for m in life.world.mails if m.why in INVITING and m.to in life.names]
    life.check(len(sent) <= most, f"{len(sent)} mails")


# A second chapter: whoever came goes again -----------------------------------------

WISHED = [wish for wish in WISHES if wish.role is not None]
KNOWN = {Sequel.ACCEPTED_IN_SIGHT, Sequel.ACCEPTED}


def member_of(wish: Wish, *, logged: bool) -> Life:
    """Somebody who was a stranger, was invited, and has come."""
    stranger = SITUATIONS[0]
    assert stranger.name == "never known"
    life = Life.begin(stranger, wish, USUAL)
    life.world.policy.audit_log = logged
    life.settle()
    [sequel, *_] = sorted(KNOWN & {*sequels(life)}, key=lambda one: -one.value)
    go_on(life, sequel)
    check_end(life, life.settle())
    assert life.person in life.world.members
    return life


@pytest.mark.parametrize("wish", WISHED, ids=str)
def test_whoever_left_on_their_own_is_not_mailed_again(wish: Wish) -> None:
    life = member_of(wish, logged=True)
    life.world.advance(DAY)
    life.tell("leaves:")
    life.world.leave(BOB)
    mails = len(life.world.mails)
    end = life.settle()
    check_end(life, end)
    life.check("left" in codes_of(end), "nothing says that they left")
    life.check(len(life.world.mails) == mails, "was mailed")


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "left"])
@pytest.mark.parametrize("wish", WISHED, ids=str)
def test_whoever_goes_is_invited_so_often_and_no_more(
    wish: Wish,
    removed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    life = member_of(wish, logged=False)
    life.world.advance(DAY)
    life.tell("goes:")
    if removed:
        life.world.part(life.world.known(BOB), by=life.world.known(OWNER).id)
    else:
        life.world.leave(BOB)
    mails = len(life.world.mails)
    applied = life.apply()
    life.check("was-member" in codes_of(applied), "nothing says that they were in")
    for _ in range(MAX_REINVITES + 1):
        if life.waiting:
            go_on(life, Sequel.DECLINED)
            life.apply()
    end = life.settle()
    check_end(life, end)
    sent = [m for m in life.world.mails[mails:] if m.why in INVITING]
    life.check(len(sent) == MAX_REINVITES, f"{len(sent)} mails")


# The short way to the sandbox is the long one, without sockets ---------------------

SAMPLE = [
    (situation, wish)
    for n, situation in enumerate(SITUATIONS)
    for m, wish in enumerate(WISHES)
    if (n + 3 * m) % 40 == 0
]


@pytest.mark.parametrize(("situation", "wish"), SAMPLE, ids=str)
def test_a_network_between_changes_nothing(situation: Situation, wish: Wish) -> None:
    world = company(situation.login)
    bob = world.known(situation.login)
    with Sandbox(world) as sandbox:
        engine = Engine(sandbox, wish.desired(situation), USUAL.policy)
        situation.happen(Company(world, sandbox.conditions, bob, engine.refresh))
        world.mails.clear()
        plans: list[Plan] = []
        engine.apply(plans)
        engine.apply(plans)
    life = Life.begin(situation, wish, USUAL)
    assert plans == [life.apply().plan, life.apply().plan]
    assert sandbox.history.calls() == life.sandbox.history.calls()
    assert world.mails == life.world.mails
