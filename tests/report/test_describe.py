"""How a plan reads: exact text, story by story."""

from collections.abc import Mapping
from datetime import timedelta
from io import StringIO
from typing import ClassVar

import pytest
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.model.address import Address
from ghstate.model.names import Slug
from ghstate.model.note import Severity
from ghstate.model.resource import Observed, Resource, Standing
from ghstate.model.team import Privacy
from ghstate.plan.change import Create, Delete, Reason, Update
from ghstate.plan.plan import Plan, Waiting
from ghstate.report.console import Color, console, show
from ghstate.report.describe import describe
from ghstate.report.place import nowhere
from ghstate.report.terminal import to_text
from ghstate.report.wording import WORDS, value
from tests.build import (
    NOW,
    by_mail,
    failed,
    found,
    invitation,
    invited,
    member,
    team,
)
from tests.build import team_member as place
from tests.report import stories

DIGEST = "3f9c2e71"  # short, so that the lines below are


def read(plan: Plan) -> str:
    """The plan as it is printed where there is no terminal."""
    stream = StringIO()
    document = describe(plan, now=NOW, place_of=stories.spot_of, digest=DIGEST)
    show(to_text(document), console(Color.AUTO, stream, {}))
    return stream.getvalue()


def test_a_small_plan_is_read_in_ten_seconds() -> None:
    assert read(stories.small()) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  + Bob       invite as member   with platform, sre (maintainer)
  ~ carol     member → admin     becomes an organization owner
  - dave      remove             leaves 4 teams
  - erin      cancel invitation  sent 2 days ago, as member

Teams
  + payments  create             closed, under engineering
  ~ platform  description        "Old words" → "New words"
      + gil   add as maintainer
      + Bob   (comes with the invitation)
      - dave  (leaves with the organization)
    docs
      - hedy  remove             was a maintainer
      - dave  (leaves with the organization)

Waiting for an answer
  … frank     invited as member  3 days ago, 4 days left

Notes
  ! members.toml:14:1  gil is called gil-new on GitHub now
                       write gil-new instead of gil

Plan: 1 to invite, 1 to add, 2 to change, 1 to create, 3 to remove · 1 waiting
apply exactly this with: ghstate apply --expect 3f9c2e71
""")


def test_what_is_said_of_applying_it_has_the_flags_that_shaped_the_plan() -> None:
    flags = ("--target", 'members."a@b.example"', "--allow-removals", "5")

    document = describe(
        stories.small(), now=NOW, place_of=nowhere, digest=DIGEST, flags=flags
    )

    assert document.footer == (
        "apply exactly this with: ghstate apply --expect 3f9c2e71 "
        """--target 'members."a@b.example"' --allow-removals 5"""
    )


def test_invitations_sent_again_replaced_and_a_team_renamed() -> None:
    assert read(stories.again()) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  + kim                invite again as admin      becomes an organization owner; the one sent 9 days ago ended: Invitation expired
  + lou                invite again as member     GitHub cancels the invitation that old-boss sent
  ~ max                invitation admin → member  replaces the one sent 1 day ago

Teams
  ~ docs               3 settings
        notifications  on → off
        parent         web → none
        privacy        closed → secret
  ~ platform           rename                     platform-eng → platform
        name           "Platform Eng" → "Platform"
  - legacy             delete                     with its 2 team memberships and 1 child team (legacy-web)

Plan: 2 to invite, 3 to change, 1 to remove
apply exactly this with: ghstate apply --expect 3f9c2e71
""")  # noqa: E501 - a row is as long as what it has to say


def test_a_refusal_stands_last_and_says_what_to_write() -> None:
    assert read(stories.refused()) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  - person-00  remove
  - person-01  remove
  - person-02  remove
  - person-03  remove
  - person-04  remove
  - person-05  remove
  - person-06  remove
  - person-07  remove
  - person-08  remove
  - person-09  remove
  - person-10  remove
  - person-11  remove

Entries that cannot be carried out
  ✗ members.toml:31:1  GitHub has no user grcae
                       did you mean "grace"?

Refused: nothing of this plan will be done
  ✗ 12 people would be removed; the limit is 10 of 214
    if that is meant, run it with --allow-removals=12
  ✗ members.person-03  person-03 is protected and would be removed
                       take person-03 out of [safety] protected

Plan: 12 to remove · 1 entry in error · refused
""")


def test_a_refused_plan_does_not_say_how_to_apply_it() -> None:
    assert "--expect" not in read(stories.refused())


def test_a_long_section_says_what_it_holds() -> None:
    lines = read(stories.big(200)).splitlines()
    assert [line for line in lines if line.startswith(("People", "Teams"))] == exactly(
        ["People  50 to invite, 50 to change, 50 to remove", "Teams  50 to add"]
    )
    assert lines[-2:] == exactly(
        [
            "Plan: 50 to invite, 50 to add, 50 to change, 50 to remove",
            "apply exactly this with: ghstate apply --expect 3f9c2e71",
        ]
    )


def test_without_changes_there_is_nothing_to_apply() -> None:
    assert read(stories.plan()) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

No changes. The organization matches the files.
""")


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_snapshot_of_this_moment_has_just_been_taken(seconds: int) -> None:
    plan = replace(stories.plan(), snapshot_at=NOW - timedelta(seconds=seconds))
    assert read(plan).splitlines()[0].endswith(" · snapshot just taken")


def test_an_empty_project_says_that_it_asks_for_nothing() -> None:
    assert read(stories.plan(empty_files=True)) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

No changes. The files ask for nothing: no members, no teams.
""")


def test_people_who_are_awaited_are_told_once_with_their_teams() -> None:
    plan = stories.plan(
        waiting=[
            Waiting(invited(member("Frank")), (Slug("Web"),)),
            invited(member("gus", "admin"), days_ago=8),
            invited(place("sre", "hal", "maintainer"), days_ago=0.5),
        ]
    )
    assert read(plan) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Waiting for an answer
  … Frank  invited as member             3 days ago, 4 days left; with Web
  … gus    invited as admin              8 days ago, expires any time now
  … hal    invited as maintainer of sre  12 hours ago, 7 days left

No changes. The organization matches the files. · 3 waiting
""")


def test_more_waiting_people_than_a_screen_takes_are_counted() -> None:
    plan = stories.plan(
        waiting=[
            *(invited(member(f"p{n}"), days_ago=n / 5) for n in range(20)),
            invited(place("sre", "p1"), days_ago=0.2),
        ]
    )
    assert read(plan) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Waiting for an answer
  … 20 people wait, the next until 24 November; `ghstate invites` shows them

No changes. The organization matches the files. · 21 waiting
""")


def test_where_nobody_knows_since_when_they_wait_no_day_is_told() -> None:
    someday = [invited(member(f"p{n}"), invited_at=None) for n in range(1200)]
    told = "\n  … 1,200 people wait; `ghstate invites` shows them\n"
    assert told in read(stories.plan(waiting=someday))


@pytest.mark.parametrize(
    ("code", "once", "twice"),
    [
        ("invitation-given-up", "1 given up", "2 given up"),
        ("left", "1 left on their own", "2 left on their own"),
        ("invited-as-manager", "1 invited as a manager", "2 invited as managers"),
        ("invitation-role", "1 invited in another role", "2 invited in another role"),
        ("email-unclear", "1 address unclear", "2 addresses unclear"),
        ("account-gone", "1 account gone", "2 accounts gone"),
    ],
)
def test_files_that_are_not_met_are_never_said_to_match(
    code: str, once: str, twice: str
) -> None:
    note = stories.note(Severity.WARNING, code, "so it is")
    waits = [invited(member("frank"))]
    one = stories.plan(notes=[note])
    two = stories.plan(notes=[note, note], waiting=waits)
    assert read(one).splitlines()[-1] == f"No changes. · {once}"
    assert read(two).splitlines()[-1] == f"No changes. · 1 waiting · {twice}"


def test_notes_about_what_is_as_it_should_be_leave_the_match_as_it_is() -> None:
    note = stories.note(Severity.INFO, "unlisted-email", "1 person of no file")
    last = read(stories.plan(notes=[note])).splitlines()[-1]
    assert last == "No changes. The organization matches the files."


def test_an_invitation_of_unknown_age_is_awaited_all_the_same() -> None:
    someday = invited(member("frank"), invited_at=None)
    assert "… frank  invited as member\n" in read(stories.plan(waiting=[someday]))


def test_many_remarks_alike_are_counted_but_warnings_are_all_told() -> None:
    held = [
        stories.note(
            Severity.INFO, "held-back", f"p{n} is not invited", at=f"members.p{n}"
        )
        for n in range(20)
    ]
    ended = [
        stories.note(Severity.WARNING, "invitation-expired", f"q{n} did not answer")
        for n in range(12)
    ]
    assert read(stories.plan(held_back=20, notes=[*held, *ended])) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Notes
  ! q0 did not answer
  ! q1 did not answer
  ! q2 did not answer
  ! q3 did not answer
  ! q4 did not answer
  ! q5 did not answer
  ! q6 did not answer
  ! q7 did not answer
  ! q8 did not answer
  ! q9 did not answer
  ! q10 did not answer
  ! q11 did not answer
  · members.p0  p0 is not invited
  · members.p1  p1 is not invited
  · members.p2  p2 is not invited
  · members.p3  p3 is not invited
  · members.p4  p4 is not invited
  · members.p5  p5 is not invited
  · members.p6  p6 is not invited
  · members.p7  p7 is not invited
  · and 12 more like these (held-back)

No changes. · 20 held back
""")


def test_t37_a_removal_names_few_teams_and_counts_many() -> None:
    ada, bob = stories.removes("ada", "admin"), stories.removes("bob")
    plan = stories.plan(
        ada,
        bob,
        implied={
            ada.address: tuple(found(place(t, "ada")) for t in ("ops", "web")),
            bob.address: tuple(found(place(f"t{n}", "bob")) for n in range(9)),
        },
    )
    assert people_of(plan) == exactly("""\
People
  - ada  remove  an organization owner; leaves ops, web
  - bob  remove  leaves 9 teams
""")


def test_a_team_shows_in_short_what_the_people_above_have_told() -> None:
    changes = [
        stories.adds("ops", "zoe"),
        *(stories.invites(f"new-{n}") for n in range(5)),
        *(stories.brings("ops", f"new-{n}") for n in range(5)),
    ]
    assert read(stories.plan(*changes)).partition("Teams\n")[2] == exactly("""\
    ops
      + zoe       add as member
      + 5 people  (come with the invitation)

Plan: 5 to invite, 1 to add
apply exactly this with: ghstate apply --expect 3f9c2e71
""")


def test_a_team_that_only_gets_invited_people_is_told_with_them() -> None:
    plan = stories.plan(stories.invites("bob"), stories.brings("ops", "bob"))
    assert read(plan) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  + bob  invite as member  with ops

Plan: 1 to invite
apply exactly this with: ghstate apply --expect 3f9c2e71
""")


def test_a_deleted_team_says_what_goes_with_it() -> None:
    gone = Delete(found(team("old")), Reason.DELETE)
    plan = stories.plan(
        gone,
        implied={
            gone.address: (
                *(found(place("old", f"p{n}")) for n in range(1200)),
                *(found(team(f"old-{n}", parent="old")) for n in range(5)),
            )
        },
    )
    assert "with its 1,200 team memberships and 5 child teams (old-0, old-1 and 3" in (
        read(plan)
    )


def test_a_new_team_says_how_it_differs_from_others() -> None:
    new = team(
        "sec",
        "Security!",
        description='a "quiet" one',
        privacy="secret",
        notifications=False,
    )
    assert r"""
  + sec  create  secret; notifications off; named "Security!"; "a \"quiet\" one"
""" in read(stories.plan(Create(new, Reason.CREATE)))


def test_an_invitation_as_owner_says_what_that_means() -> None:
    assert people_of(stories.plan(stories.invites("ada", "admin"))) == exactly("""\
People
  + ada  invite as admin  becomes an organization owner
""")


def test_a_demotion_says_what_that_means() -> None:
    update = Update(
        found(member("ada", "admin")),
        member("ada"),
        frozenset({"role"}),
        Reason.CHANGE_ROLE,
    )
    assert people_of(stories.plan(update)) == exactly("""\
People
  ~ ada  admin → member  is no longer an organization owner
""")


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (
            failed(member("kim"), reason="No seats."),
            "the one sent 9 days ago ended: No",
        ),
        (failed(member("kim"), reason=""), "the one sent 9 days ago ended\n"),
        (
            failed(member("kim"), reason="Expired. They did not answer for 7 days."),
            "ended: Expired\n",
        ),
        (None, "the earlier one was declined or cancelled\n"),
    ],
)
def test_an_invitation_sent_again_says_why_the_earlier_one_ended(
    before: Observed[Resource] | None, words: str
) -> None:
    change = Create(member("kim"), Reason.REINVITE, before=before)
    assert words in read(stories.plan(change))


def test_a_long_name_pushes_only_its_own_line_aside() -> None:
    long = stories.invites("a-login-of-the-greatest-length-possible")
    assert people_of(stories.plan(long, stories.promotes("bob"))) == exactly("""\
People
  + a-login-of-the-greatest-length-possible  invite as member
  ~ bob                               member → admin  becomes an organization owner
""")


def test_a_place_of_nothing_is_its_address() -> None:
    note = stories.note(Severity.INFO, "x", "something", at='members."a b"')
    plan = stories.plan(notes=[note])
    document = describe(plan, now=NOW, place_of=nowhere, digest=DIGEST)
    assert '  · members."a b"  something\n' in to_text(document).plain


def test_every_reason_has_its_words() -> None:
    assert set(WORDS) == set(Reason)


class Label(Resource, frozen=True, kw_only=True):
    """A kind that no module of reports has heard of."""

    TYPE: ClassVar = "github_repository_label"
    TITLE: ClassVar = "Labels"
    NOUN: ClassVar = ("label", "labels")
    KEY: ClassVar = ("repository", "text")

    repository: str
    text: str
    color: str = "red"
    archived: bool = False

    @property
    def address(self) -> Address:
        return Address("repositories", self.repository, "labels", self.text)

    def document(self) -> Mapping[str, object]:
        return {
            "repository": self.repository,
            "name": self.text,
            "color": self.color,
            "is_archived": self.archived,
        }


def test_what_goes_with_a_person_or_a_thing_of_a_new_kind_is_counted() -> None:
    dave = stories.removes("dave")
    bug = Label(repository="api", text="bug")
    label = Delete(found(bug, number=1), Reason.DELETE)
    labels = [found(Label(repository="web", text=f"l{n}"), number=n) for n in range(2)]
    plan = stories.plan(
        dave,
        label,
        implied={
            dave.address: (found(place("ops", "dave")), labels[0]),
            label.address: tuple(labels),
        },
    )
    text = read(plan)
    assert "- dave     remove        leaves ops; loses 1 label\n" in text
    assert "delete label  color red; is archived off; with its 2 labels\n" in text


def test_somebody_who_is_awaited_comes_to_a_team_once_they_accept() -> None:
    plan = stories.plan(
        stories.adds("ops", "frank"), waiting=[invited(member("frank"))]
    )
    assert "add as member      once they have accepted their inv" in read(plan)


@pytest.mark.parametrize(
    ("held", "shown"),
    [(None, "none"), (7, "7"), (True, "on"), ("", '""'), (Privacy.SECRET, "secret")],
)
def test_a_value_reads_as_the_files_would_say_it(held: object, shown: str) -> None:
    assert value(held) == shown


def test_a_kind_that_is_new_here_reads_well_all_the_same() -> None:
    fields = frozenset({"color", "archived"})
    old, new = Label(repository="api", text="bug"), Label(repository="api", text="idea")
    plan = stories.plan(
        Create(new, Reason.CREATE),
        Update(
            found(old, number=1),
            Label(repository="api", text="bug", color="blue"),
            fields,
            Reason.UPDATE,
        ),
        Update(
            found(Label(repository="web", text="bug"), number=1),
            Label(repository="web", text="bug", color="blue", archived=True),
            fields,
            Reason.UPDATE,
        ),
        Delete(found(Label(repository="web", text="wish"), number=2), Reason.REMOVE),
    )
    assert read(plan) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

Labels
    api
      + idea          create label  color red; is archived off
      ~ bug           label color   "red" → "blue"
    web
      ~ bug           label 2 settings
            archived  off → on
            color     "red" → "blue"
      - wish          remove label  color red; is archived off

Plan: 2 to change, 1 to create, 1 to remove
apply exactly this with: ghstate apply --expect 3f9c2e71
""")


def test_an_invitation_that_is_cancelled_says_when_it_was_sent() -> None:
    sent = invited(member("erin", "admin"), days_ago=2)
    unknown = Observed(
        member("finn"), sent.standing, invitation=invitation(invited_at=None)
    )
    plan = stories.plan(
        Delete(sent, Reason.CANCEL_INVITATION),
        Delete(unknown, Reason.CANCEL_INVITATION),
    )
    assert people_of(plan) == exactly("""\
People
  - erin  cancel invitation  sent 2 days ago, as admin
  - finn  cancel invitation  as member
""")


def test_a_mail_that_is_cancelled_shows_the_mask_of_its_address() -> None:
    mail = by_mail("new.hire@acme.example", teams=["ops", "web"], days_ago=2)
    unlisted = Observed(member("invitation 4711"), Standing.INVITED, invitation=mail)
    dana = Observed(member("dana"), Standing.INVITED, invitation=mail)
    gone = Delete(dana, Reason.CANCEL_INVITATION)
    plan = stories.plan(
        Delete(unlisted, Reason.CANCEL_INVITATION),
        gone,
        implied={gone.address: (invited(place("ops", "dana")),)},
    )
    assert people_of(plan) == exactly("""\
People
  - dana             cancel invitation  to n…@acme.example, sent 2 days ago, as member; with ops
  - invitation 4711  cancel invitation  to n…@acme.example, sent 2 days ago, as member; with ops, web
""")  # noqa: E501 - a row is as long as what it has to say


def test_a_mail_that_is_replaced_for_its_teams_keeps_its_role() -> None:
    mail = by_mail("new.hire@acme.example", teams=["ops", "web"], days_ago=2)
    person = member("new.hire@acme.example")
    plan = stories.plan(
        Update(
            Observed(person, Standing.INVITED, invitation=mail),
            person,
            frozenset({"role"}),
            Reason.REPLACE_INVITATION,
        ),
        stories.brings("ops", "new.hire@acme.example"),
    )
    assert people_of(plan) == exactly("""\
People
  ~ new.hire@acme.example  invitation as member  replaces the one sent 2 days ago; with ops
""")  # noqa: E501 - the same


def test_an_invitation_that_is_renewed_says_what_it_has_left() -> None:
    waits = invited(member("erin"), days_ago=6.5)
    someday = Observed(
        member("finn", "admin"),
        Standing.INVITED,
        invitation=invitation(invited_at=None),
    )
    again = [
        Update(each, each.resource, frozenset(), Reason.RENEW)
        for each in (waits, someday)
    ]
    plan = stories.plan(
        *again, implied={again[0].address: (invited(place("ops", "erin")),)}
    )
    assert read(plan) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  ~ erin  renew invitation  as member; sent 6 days ago, 12 hours left; with ops
  ~ finn  renew invitation  as admin

Plan: 2 to renew
apply exactly this with: ghstate apply --expect 3f9c2e71
""")


def test_where_there_are_no_invitations_people_are_added() -> None:
    plan = stories.plan(
        stories.invites("bob"),
        Create(member("kim", "admin"), Reason.REINVITE),
        stories.adds("ops", "gil"),
        *(stories.brings("ops", login) for login in ("bob", "kim")),
    )
    assert read(replace(plan, at_once=True)) == exactly("""\
acme · 214 people, 38 teams · snapshot 3 minutes old

People
  + bob      add as member  with ops
  + kim      add as admin   becomes an organization owner; with ops; the earlier one was declined or cancelled

Teams
    ops
      + gil  add as member
      + bob  (comes with the membership)
      + kim  (comes with the membership)

Plan: 3 to add
apply exactly this with: ghstate apply --expect 3f9c2e71
""")  # noqa: E501 - the same


def people_of(plan: Plan) -> str:
    """The lines about people."""
    return read(plan).split("\n\n")[1] + "\n"
