"""An apply: what goes on, what stops, and what is told and remembered of it."""

from __future__ import annotations

import asyncio

import pytest

from ghstate.errors import (
    AddressRefused,
    GitHubError,
    IncompleteRead,
    Limit,
    LimitReached,
    OutcomeUnknown,
    SignInFailed,
    StateConflict,
    StateUnwritable,
    Unreachable,
    WriteFailed,
)
from ghstate.model.address import Address
from ghstate.model.organization import Snapshot
from ghstate.model.policy import Policy, RemovalLimit
from ghstate.plan.change import Create
from ghstate.plan.order import Phase, Task
from ghstate.ports import Holder, Outcome
from ghstate.store.memory import MemoryStore
from tests import build
from tests.engine.organization import FullDisk, Organization, Run, ends, words

NO = WriteFailed("GitHub answered 422: No", status=422, hint="ask them")
SEATS = LimitReached("the organization has no seat left", grants_only=True)
HOUR = LimitReached("GitHub's rate limit is reached")
UNKNOWN = OutcomeUnknown("the answer broke off")
POLICY = Policy(max_removals=RemovalLimit(count=100))


def run(*, have: dict[str, str], want: dict[str, str], policy: Policy = POLICY) -> Run:
    """An apply about people alone; ada owns acme, and it is her token."""
    return Run(
        github=Organization(build.snapshot(members={"ada": "admin"} | have)),
        desired=build.desired(members={"ada": "admin"} | want),
        policy=policy,
    )


def invitations(*logins: str) -> dict[str, str]:
    return dict.fromkeys(logins, "member")


# Failures


def test_t70_one_failure_never_stops_the_others() -> None:
    this = run(have=invitations("bob", "carol"), want=invitations("xenia", "yuri"))
    this.github.instead = {"members.xenia": NO, "members.bob": UNKNOWN}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.xenia": "failed",
        "members.yuri": "done",
        "members.bob": "failed",
        "members.carol": "done",
    }
    assert words(applied, "members.xenia") == "GitHub answered 422: No"
    assert [each.hint for each in applied.results if each.words == NO.message] == [
        "ask them"
    ]
    assert not applied.succeeded
    assert (applied.stopped, applied.limit, applied.remaining) == (None, None, ())
    assert this.under_way is None


def test_everything_done_is_a_success_and_tells_each_step() -> None:
    this = run(have=invitations("bob"), want=invitations("xenia"))

    applied = asyncio.run(this.apply())

    assert applied.succeeded
    assert this.heard.told == [
        "reading",
        "started members.xenia",
        "ended members.xenia: Outcome",
        "started members.bob",
        "ended members.bob: Outcome",
        "reading",
    ]
    assert this.github.asked == ["read", "members.xenia", "members.bob", "read"]


def test_what_was_so_already_is_told_as_such() -> None:
    this = run(have={}, want=invitations("xenia"))
    already = Outcome("xenia is invited already", already=True)
    this.github.instead = {"members.xenia": already}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {"members.xenia": "already"}
    assert words(applied, "members.xenia") == "xenia is invited already"
    assert applied.succeeded


def test_t70_what_needs_a_failed_change_is_skipped_and_says_why() -> None:
    this = Run(
        github=Organization(build.snapshot(members={"ada": "admin", "bob": "member"})),
        desired=build.desired(teams={"ops": ["bob"], "web": ["bob"]}),
        policy=POLICY,
    )
    this.github.instead = {"teams.ops": NO}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "teams.ops": "failed",
        "teams.web": "done",
        "teams.ops.members.bob": "skipped",
        "teams.web.members.bob": "done",
    }
    assert words(applied, "teams.ops.members.bob") == (
        "it needs teams.ops, which was not done"
    )


def test_the_places_that_an_invitation_carries_end_as_it_does() -> None:
    this = Run(
        github=Organization(
            build.snapshot(members={"ada": "admin"}, teams={"ops": [], "web": []})
        ),
        desired=build.desired(
            members={"ada": "admin"} | invitations("xenia", "yuri"),
            teams={"ops": ["xenia"], "web": ["yuri"]},
        ),
        policy=POLICY,
    )
    this.github.instead = {"members.yuri": NO}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.xenia": "done",
        "members.yuri": "failed",
        "teams.ops.members.xenia": "done",
        "teams.web.members.yuri": "failed",
    }
    assert this.github.asked == ["read", "members.xenia", "members.yuri", "read"]


def test_nothing_to_do_is_one_read_and_one_writing() -> None:
    this = run(have=invitations("bob"), want=invitations("bob"))

    applied = asyncio.run(this.apply())

    assert applied.succeeded
    assert this.github.asked == ["read"]
    assert this.kept.applied_serial == this.kept.serial == 2


# Limits


def test_a_limit_of_invitations_stops_invitations_alone() -> None:
    this = run(
        have=invitations("bob", "carol"),
        want={"bob": "admin"} | invitations("xenia", "yuri", "zoe"),
    )
    this.github.instead = {"members.yuri": SEATS}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.xenia": "done",
        "members.yuri": "left",
        "members.zoe": "left",
        "members.bob": "done",
        "members.carol": "done",
    }
    assert "members.zoe" not in this.github.asked
    assert (applied.limit, applied.stopped) == (SEATS, None)
    assert this.under_way is None


def test_what_needs_something_left_is_left_and_has_not_failed() -> None:
    this = Run(
        github=Organization(
            build.snapshot(members={"ada": "admin", "bob": "member", "carol": "member"})
        ),
        desired=build.desired(
            members={"ada": "admin", "bob": "member"}, teams={"ops": ["bob"]}
        ),
        policy=POLICY,
    )
    this.github.instead = {"teams.ops": SEATS}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "teams.ops": "left",
        "teams.ops.members.bob": "left",
        "members.carol": "done",
    }


@pytest.mark.parametrize(
    "error", [HOUR, SignInFailed("Bad credentials"), Unreachable("no route")]
)
def test_t68_when_nothing_can_be_sent_nothing_more_is_begun(error: GitHubError) -> None:
    this = run(have=invitations("bob"), want=invitations("xenia", "yuri"))
    this.github.instead = {"members.yuri": error}

    applied = asyncio.run(this.apply())

    failed = "left" if error is HOUR else "failed"
    assert ends(applied) == {
        "members.xenia": "done",
        "members.yuri": failed,
        "members.bob": "left",
    }
    assert applied.stopped is error
    assert (applied.limit is error) == (error is HOUR)
    assert this.github.asked == ["read", "members.xenia", "members.yuri"]


def test_what_was_not_read_again_is_still_under_way() -> None:
    """Or the next plan would take the old snapshot for fresh."""
    this = run(have=invitations("bob"), want=invitations("xenia", "yuri"))
    this.github.instead = {"members.yuri": HOUR}

    asyncio.run(this.apply())

    assert this.under_way is not None
    assert this.under_way.done == (Address("members", "xenia"),)


def test_a_limit_before_the_first_change_leaves_nothing_under_way() -> None:
    this = run(have={}, want=invitations("xenia"))
    this.github.instead = {"members.xenia": HOUR}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {"members.xenia": "left"}
    assert this.under_way is None


@pytest.mark.parametrize(("most", "done"), [(0, 0), (1, 1), (2, 2), (3, 3), (9, 3)])
def test_no_more_are_invited_than_was_said(most: int, done: int) -> None:
    this = run(have=invitations("bob"), want=invitations("xenia", "yuri", "zoe"))
    this.max_invites = most

    applied = asyncio.run(this.apply())

    how = list(ends(applied).values())
    assert how == ["done"] * done + ["left"] * (3 - done) + ["done"]
    if done < 3:
        assert applied.limit is not None
        assert applied.limit.message == f"--max-invites {most} is reached"
    else:
        assert applied.limit is None


def test_an_interruption_is_not_told_as_a_limit_of_invitations() -> None:
    this = run(have={}, want=invitations("xenia", "yuri"))
    this.max_invites = 2
    this.interrupted = lambda: "members.xenia" in this.github.asked

    applied = asyncio.run(this.apply())

    assert ends(applied) == {"members.xenia": "done", "members.yuri": "left"}
    assert (applied.limit, applied.interrupted) == (None, True)


# Owners


OWNERS = {"bob": "admin", "carol": "admin", "dave": "member"}


def test_owners_go_only_while_enough_are_left() -> None:
    """A promotion has failed, with which there would have been enough."""
    this = run(
        have=OWNERS,
        want={"dave": "admin"} | invitations("bob", "carol"),
        policy=Policy(min_admins=2, max_removals=RemovalLimit(count=100)),
    )
    this.github.instead = {"members.dave": NO}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.dave": "failed",
        "members.bob": "done",
        "members.carol": "skipped",
    }
    assert words(applied, "members.carol") == (
        "fewer than 2 active admins would be left, because an earlier change failed"
    )


@pytest.mark.parametrize("want", [invitations("bob", "carol"), {}])
def test_an_owner_who_may_be_gone_does_not_count_any_more(want: dict[str, str]) -> None:
    this = run(
        have={"bob": "admin", "carol": "admin", "dave": "member"},
        want={"dave": "admin"} | want,
        policy=Policy(min_admins=2, max_removals=RemovalLimit(count=100)),
    )
    this.github.instead = {"members.dave": NO, "members.bob": UNKNOWN}

    applied = asyncio.run(this.apply())

    assert ends(applied)["members.carol"] == "skipped"
    assert "members.carol" not in this.github.asked


def test_an_owner_whose_demotion_was_refused_counts_on() -> None:
    this = run(
        have=OWNERS,
        want={"dave": "member"} | invitations("bob", "carol"),
        policy=Policy(min_admins=1, max_removals=RemovalLimit(count=100)),
    )
    this.github.instead = {"members.bob": NO}

    applied = asyncio.run(this.apply())

    assert ends(applied) == {"members.bob": "failed", "members.carol": "done"}


# Interruptions


def test_nothing_is_begun_after_an_interruption() -> None:
    this = run(have=invitations("bob"), want=invitations("xenia", "yuri"))
    this.interrupted = lambda: "members.xenia" in this.github.asked

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.xenia": "done",
        "members.yuri": "left",
        "members.bob": "left",
    }
    assert this.github.asked == ["read", "members.xenia"]
    assert applied.interrupted
    assert not applied.succeeded
    assert this.under_way is not None


def test_an_interruption_is_not_forgotten_when_it_is_over() -> None:
    this = run(have={}, want=invitations("xenia", "yuri", "zoe"))
    signals = iter([True, False, False])
    this.interrupted = lambda: next(signals)

    applied = asyncio.run(this.apply())

    assert set(ends(applied).values()) == {"left"}
    assert this.github.asked == ["read"]


# The state


def test_each_task_is_recorded_before_and_after_it() -> None:
    this = run(have={}, want=invitations("xenia", "yuri"))
    seen: list[tuple[str, list[str], str]] = []

    def look(task: Task) -> None:
        under_way = this.under_way
        assert under_way is not None
        seen.append(
            (
                str(task.address),
                [str(each) for each in under_way.done],
                str(under_way.doing),
            )
        )

    this.github.before = look
    asyncio.run(this.apply())

    assert seen == [
        ("members.xenia", [], "members.xenia"),
        ("members.yuri", ["members.xenia"], "members.yuri"),
    ]
    assert this.under_way is None


def test_a_failed_task_is_not_recorded_as_done() -> None:
    this = run(have={}, want=invitations("xenia", "yuri"))
    this.github.instead = {"members.xenia": NO}
    this.interrupted = lambda: "members.yuri" in this.github.asked

    asyncio.run(this.apply())

    under_way = this.under_way
    assert under_way is None or under_way.done == (Address("members", "yuri"),)


@pytest.mark.parametrize("room", [3, 4, 5])
def test_a_state_that_cannot_be_written_stops_the_apply_and_is_rescued(
    room: int,
) -> None:
    """Room for the read and the beginning; then for the first task; and its end."""
    this = run(have={}, want=invitations("xenia", "yuri", "zoe"))
    disk = FullDisk(room)
    this.store = disk

    applied = asyncio.run(this.apply())

    sent = ["members.xenia", "members.yuri"][: (room - 1) // 2]
    assert this.github.asked == ["read", *sent, *(["read"] if sent else [])]
    assert [how for how in ends(applied).values() if how == "done"] == ["done"] * len(
        sent
    )
    assert isinstance(applied.unwritten, StateUnwritable)
    assert applied.stopped is applied.unwritten
    assert applied.rescued == "elsewhere.json"
    assert disk.rescued is not None
    assert not applied.succeeded


def test_without_room_for_the_beginning_nothing_is_begun() -> None:
    this = run(have={}, want=invitations("xenia"))
    this.store = FullDisk(1)

    applied = asyncio.run(this.apply())

    assert this.github.asked == ["read"]
    assert ends(applied) == {"members.xenia": "left"}
    assert isinstance(applied.unwritten, StateUnwritable)


def test_without_room_for_what_was_read_there_is_no_apply() -> None:
    this = run(have={}, want=invitations("xenia"))
    this.store = FullDisk(0)

    with pytest.raises(StateUnwritable):
        asyncio.run(this.apply())

    assert this.github.asked == ["read"]


def test_t74_once_the_lock_was_taken_away_nothing_more_is_written() -> None:
    this = run(have={}, want=invitations("xenia", "yuri"))
    store = MemoryStore()
    this.store = store
    holder = Holder(id="7", operation="apply", who="ada@here", pid=1, since=build.NOW)
    kept: list[bytes] = []

    def take_away(task: Task) -> None:
        store.break_lock("7")
        stored = store.read()
        assert stored is not None
        kept.append(stored.content)

    this.github.before = take_away
    with store.lock(holder) as lock:
        this.lock = lock
        applied = asyncio.run(this.apply())

    stored = store.read()
    assert stored is not None
    assert [stored.content] == kept
    assert this.github.asked == ["read", "members.xenia", "read"]
    assert ends(applied) == {"members.xenia": "done", "members.yuri": "left"}
    assert isinstance(applied.unwritten, StateConflict)
    assert "the lock was taken away" in applied.unwritten.message


# Where it ended


def test_what_was_done_and_does_not_show_is_told() -> None:
    this = run(have=invitations("bob"), want={})
    before = this.github.now
    applied = asyncio.run(_forgetful(this).apply())

    assert ends(applied) == {"members.bob": "done"}
    assert [str(each.address) for each in applied.remaining] == ["members.bob"]
    assert this.github.asked == ["read", "members.bob", "read", "read"]
    assert not applied.succeeded
    assert this.kept.snapshot == before


def _forgetful(this: Run) -> Run:
    """GitHub agrees to everything, and does nothing."""
    before = this.github.now

    class Forgetful(Organization):
        def _make_so(self, task: Task) -> None:
            self.now = before

    this.github = Forgetful(before, asked=this.github.asked)
    return this


def test_what_was_so_already_and_does_not_show_is_told_as_well() -> None:
    this = _forgetful(run(have=invitations("bob"), want={}))
    this.github.instead = {"members.bob": Outcome("was gone already")}

    applied = asyncio.run(this.apply())

    assert [str(each.address) for each in applied.remaining] == ["members.bob"]


def test_a_second_look_is_enough_where_github_is_a_little_late() -> None:
    this = run(have=invitations("bob"), want={})
    late = this.github.now

    class Late(Organization):
        async def read(self) -> Snapshot:
            found = await super().read()
            return late if self.asked.count("read") == 2 else found

    this.github = Late(late)
    applied = asyncio.run(this.apply())

    assert applied.remaining == ()
    assert applied.succeeded
    assert this.github.asked == ["read", "members.bob", "read", "read"]


def test_an_end_that_cannot_be_read_is_told_and_stays_under_way() -> None:
    error = IncompleteRead("GitHub counts 5, and 4 arrived")
    this = run(have=invitations("bob"), want={})
    this.github.reads = [None, error]

    applied = asyncio.run(this.apply())

    assert ends(applied) == {"members.bob": "done"}
    assert applied.unread is error
    assert not applied.succeeded
    assert this.under_way is not None
    assert this.under_way.done == (Address("members", "bob"),)


def test_another_organization_at_the_end_is_not_written_down() -> None:
    this = run(have=invitations("bob"), want={})

    def another(task: Task) -> None:
        now = this.github.now
        this.github.now = build.snapshot(members={"ada": "admin"})
        other = type(now.organization)("acme", now.organization.id + 1)
        this.github.now = type(now)(
            organization=other, viewer=now.viewer, taken_at=now.taken_at
        )

    this.github.before = another
    applied = asyncio.run(this.apply())

    assert applied.unread is not None
    assert "acme is another organization now" in applied.unread.message
    assert this.kept.organization == build.ACME


def test_t11_a_seat_that_a_removal_frees_is_taken_in_the_same_apply() -> None:
    this = run(have={"zoe": "member"}, want=invitations("xenia", "yves"))
    seats = 0

    def no_seat(task: Task) -> None:
        nonlocal seats
        if task.phase is Phase.REMOVE:
            seats += 1
        elif isinstance(task.change, Create):
            if not seats:
                raise LimitReached("no seat", grants_only=True, kind=Limit.SEATS)
            seats -= 1

    this.github.before = no_seat

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        "members.xenia": "done",
        "members.yves": "left",
        "members.zoe": "done",
    }
    assert applied.limit is not None
    assert applied.limit.kind is Limit.SEATS


@pytest.mark.parametrize("is_members", [True, False])
def test_nobody_is_removed_who_may_be_an_address_that_github_refuses(
    is_members: bool,  # noqa: FBT001 - a case, not a switch
) -> None:
    """The address may be that of a member whom the files name by nothing else."""
    this = run(have={"zoe": "member"}, want={"zoe": "member"})
    asyncio.run(this.apply())
    this.desired = build.desired(members={"ada": "admin", "zoe@acme.example": "member"})
    this.github.instead = {
        'members."zoe@acme.example"': AddressRefused("no", is_members=is_members)
    }

    applied = asyncio.run(this.apply())

    assert ends(applied) == {
        'members."zoe@acme.example"': "failed",
        "members.zoe": "skipped",
    }
    assert words(applied, "members.zoe") == (
        "they may be z…@acme.example, whom GitHub does not invite: perhaps the address "
        "is a member's already"
    )
    assert [past.taken for past in this.kept.past.values()] == [True] * is_members
