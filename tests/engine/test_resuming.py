"""A saved plan whose apply was killed: what is gone on with, and what is not."""

import pytest

from ghstate.engine.resuming import check_taken_back, resumes
from ghstate.errors import PlanChanged
from ghstate.journal import Began, UnderWay
from ghstate.model.address import Address
from ghstate.plan.change import Create, Reason
from ghstate.plan.plan import Plan
from tests import build

ALICE = Address("members", "alice")
BEGAN = Began(
    id="a1", at=build.NOW, who="ci@runner", digest="77", changes=2, reviewed="3f9c"
)


def test_its_own_apply_is_gone_on_with() -> None:
    assert resumes(UnderWay(id="a1", began=BEGAN, done=(ALICE,)), "3f9c")


def test_where_nothing_is_under_way_there_is_nothing_to_go_on_with() -> None:
    assert not resumes(None, "3f9c")


def test_another_apply_that_has_changed_nothing_is_no_matter() -> None:
    assert not resumes(UnderWay(id="a1", began=BEGAN), "another")


@pytest.mark.parametrize(
    "begun",
    [
        UnderWay(id="a1", began=BEGAN, done=(ALICE,)),
        UnderWay(id="lost-1", damaged=True),
    ],
    ids=["known", "damaged"],
)
def test_another_apply_makes_a_plan_stale(begun: UnderWay) -> None:
    with pytest.raises(PlanChanged, match="an apply of something else has begun"):
        resumes(begun, "another")


def made(*logins: str) -> Plan:
    snapshot = build.snapshot()
    return Plan(
        organization=snapshot.organization,
        snapshot_at=snapshot.taken_at,
        changes=tuple(Create(build.member(login), Reason.INVITE) for login in logins),
    )


def test_what_was_done_and_taken_back_is_not_done_again_unreviewed() -> None:
    begun = UnderWay(id="a1", began=BEGAN, done=(ALICE,))
    with pytest.raises(PlanChanged, match=r"members\.alice was done by the apply"):
        check_taken_back(made("alice", "bob"), begun)


def test_an_address_is_known_by_its_mask() -> None:
    masked = Address("members", "n…@acme.example")
    begun = UnderWay(id="a1", began=BEGAN, done=(masked,))
    with pytest.raises(PlanChanged):
        check_taken_back(made("new.hire@acme.example"), begun)


def test_the_rest_is_done() -> None:
    check_taken_back(made("bob"), UnderWay(id="a1", began=BEGAN, done=(ALICE,)))
    check_taken_back(made("bob"), None)
