"""Who waits: the tables for people, and the JSON for reminders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import StringIO
from typing import Any

from hypothesis import given
from inline_snapshot import snapshot as exactly
from msgspec.structs import replace

from ghstate.engine.refresh import plan
from ghstate.model.invitation import InvitationRole
from ghstate.model.mailbox import Mailbox
from ghstate.model.names import Login
from ghstate.model.organization import Desired, Snapshot
from ghstate.model.past import Past
from ghstate.model.policy import Policy
from ghstate.model.resource import Observed
from ghstate.plan.identity import Account
from ghstate.report.console import Color, console, show
from ghstate.report.invites import Invites, invites
from ghstate.report.invites_shown import invites_document, invites_json
from ghstate.report.terminal import to_text
from ghstate.statefile import State
from tests.build import (
    ACME,
    NOW,
    ago,
    by_mail,
    declared,
    desired,
    failed,
    id_of,
    invitation,
    invited,
    member,
    snapshot,
    team_member,
)
from tests.report.nasty import nasty

NEW, OLD, STRANGER = "new.hire@acme.example", "old@acme.example", "x@else.example"


def key(address: str) -> Login:
    return Mailbox.of(address, ACME.id).key


def found(
    want: Desired,
    have: Snapshot,
    past: Mapping[Login, Past] | None = None,
    policy: Policy | None = None,
) -> Invites:
    state = State(
        lineage="l",
        applied_serial=1,
        organization=ACME,
        snapshot=have,
        past=past or {},
    )
    people = (declared.resource.person for declared in want.declared.values())
    accounts = {login: Account(id_of(login), login) for login in people if login}
    made = plan(want, state, policy or Policy(), accounts)
    return invites(want, have, state.bindings, state.past, made)


def shown(invites: Invites, have: Snapshot) -> str:
    stream = StringIO()
    document = invites_document(invites, have, max_reinvites=3, now=NOW)
    show(to_text(document), console(Color.AUTO, stream, {}))
    return stream.getvalue()


def written(invites: Invites, have: Snapshot) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(invites_json(invites, have, max_reinvites=3))
    return document


def acme() -> tuple[Desired, Snapshot, dict[Login, Past]]:
    """Somebody in every situation there is."""
    people = [
        "Frank",
        "gus",
        "kim",
        "lou",
        "max",
        "nia",
        "dana",
        "svc-bot",
        NEW,
        OLD,
    ]
    want = desired(
        declared(member("dana"), email="dana@acme.example"),
        members={"ada": "admin"} | dict.fromkeys(people, "member"),
    )
    have = snapshot(
        invited(member("Frank")),
        invited(team_member("ops", "Frank")),
        invited(team_member("web", "Frank")),
        invited(member("gus", "admin"), days_ago=6.8, id=21, by="bea"),
        invited(member("zoe"), days_ago=7.5, by=None),
        failed(
            member("kim"),
            reason="Invitation expired. User did not accept.",
            id=31,
        ),
        failed(member("max"), reason="", failed_at=None, id=33),
        failed(member("yan")),
        members={"ada": "admin"},
        teams={"ops": [], "web": []},
        waiting=[
            by_mail(NEW, days_ago=1, teams=["ops"]),
            by_mail("dana@acme.example", "admin", days_ago=2),
            by_mail(STRANGER, days_ago=3, id=4711),
            invitation(
                role=InvitationRole.BILLING_MANAGER,
                invited_at=None,
                by=None,
                invitee=Login("pat"),
            ),
        ],
        ended=[by_mail("y@else.example", failed_at=ago(days=1))],
    )
    past = {
        Login("gus"): Past(invited=(19, 20, 21), forgiven=(19,)),
        Login("kim"): Past(invited=(31,)),
        Login("lou"): Past(invited=(7, 8, 9)),
        Login("max"): Past(invited=(33,)),
        Login("nia"): Past(left=True, member_until=ago(days=20)),
        Login("svc-bot"): Past(invited=(70,)),
        key(OLD): Past(invited=(40, 41), forgiven=(40,)),
    }
    return want, have, past


def test_everybody_waits_in_the_order_of_deadlines_and_the_rest_is_over() -> None:
    want, have, past = acme()
    policy = Policy(ignore=("svc-*",))
    assert shown(found(want, have, past, policy), have) == exactly("""\
acme · 7 waiting, 6 came to nothing · read just now

Waiting for an answer      role             sent        until                      times  by   teams
  ! zoe                    member           7 days ago  expires any time now       1           in no file
  ! gus                    admin            6 days ago  21 November, 5 hours left  3      bea
  … Frank                  member           3 days ago  25 November, 4 days left   1      ada  ops, web
  … x…@else.example        member           3 days ago  25 November, 4 days left   1      ada  invitation 4711, in no file
  … dana                   admin            2 days ago  26 November, 5 days left   1      ada
  … new.hire@acme.example  member           1 day ago   27 November, 6 days left   1      ada  ops
  … pat                    billing manager  unknown     unknown                    1           in no file

Came to nothing       role    times   ended                            next
  ! kim               member  1 of 3  2026-11-19: Invitation expired   the next apply invites them again
  ! lou               member  3 of 3  declined or cancelled
                      talk to them; then `ghstate invites reset lou`, or delete lou
  ! max               member  1 of 3  no reason given                  the next apply invites them again
  ! nia               member          left on their own on 2026-11-01
                      delete nia; or say --reinvite-left to invite them all the same
  ! old@acme.example  member  1 of 3  declined or cancelled            the next apply invites them again
  ! svc-bot           member  1 of 3  declined or cancelled            svc-bot is ignored by the settings, and so left alone

Notes
  · invitations of 2 people in no file came to nothing, too
    `ghstate invites --json` has them

7 waiting · 2 expire within a day · 6 came to nothing
""")  # noqa: E501 - a row is as long as what it has to say


def test_the_same_for_programs() -> None:
    want, have, past = acme()
    document = written(found(want, have, past), have)
    assert [each.get("login") for each in document["waiting"]] == exactly(
        ["zoe", "gus", "Frank", None, "dana", None, "pat"]
    )
    by_name = {
        each.get("login") or each.get("email") or each["mask"]: each
        for each in (*document["waiting"], *document["ended"])
    }
    assert by_name["gus"] == exactly(
        {
            "address": "members.gus",
            "login": "gus",
            "listed": True,
            "role": "admin",
            "invitation_id": 21,
            "invited_at": "2026-11-14T14:00:00Z",
            "expires_at": "2026-11-21T14:00:00Z",
            "inviter": "bea",
            "times": 3,
            "ended": 1,
            "teams": [],
        }
    )
    assert by_name[NEW] == exactly(
        {
            "address": 'members."new.hire@acme.example"',
            "email": "new.hire@acme.example",
            "listed": True,
            "role": "member",
            "invitation_id": 942719,
            "invited_at": "2026-11-20T09:12:00Z",
            "expires_at": "2026-11-27T09:12:00Z",
            "inviter": "ada",
            "times": 1,
            "ended": 0,
            "teams": ["ops"],
        }
    )
    assert by_name["x…@else.example"] == exactly(
        {
            "address": None,
            "mask": "x…@else.example",
            "listed": False,
            "role": "member",
            "invitation_id": 4711,
            "invited_at": "2026-11-18T09:12:00Z",
            "expires_at": "2026-11-25T09:12:00Z",
            "inviter": "ada",
            "times": 1,
            "ended": 0,
            "teams": [],
        }
    )
    assert by_name["pat"] == exactly(
        {
            "address": "members.pat",
            "login": "pat",
            "listed": False,
            "role": "billing_manager",
            "times": 1,
            "ended": 0,
            "teams": [],
        }
    )
    assert by_name["kim"] == exactly(
        {
            "address": "members.kim",
            "login": "kim",
            "listed": True,
            "role": "member",
            "invitation_id": 31,
            "invited_at": "2026-11-12T09:12:00Z",
            "inviter": "ada",
            "times": 1,
            "ended": 1,
            "teams": [],
            "failed_at": "2026-11-19T09:12:00Z",
            "failed_reason": "Invitation expired. User did not accept.",
            "left": False,
            "next": "reinvite",
            "summary": "the next apply invites them again",
        }
    )
    assert by_name["nia"] == exactly(
        {
            "address": "members.nia",
            "login": "nia",
            "listed": True,
            "role": "member",
            "times": 0,
            "ended": 0,
            "teams": [],
            "left": True,
            "member_until": "2026-11-01T09:12:00Z",
            "next": "left",
            "summary": "delete nia; or say --reinvite-left to invite them all the same",
        }
    )
    assert by_name["yan"]["next"] is None
    assert {name: each["next"] for name, each in by_name.items() if "next" in each} == (
        exactly(
            {
                "kim": "reinvite",
                "lou": "invitation-given-up",
                "max": "reinvite",
                "nia": "left",
                "old@acme.example": "reinvite",
                "svc-bot": "reinvite",
                "yan": None,
                "y…@else.example": None,
            }
        )
    )


def test_nobody_is_waiting() -> None:
    have = snapshot(members={"ada": "admin"})
    want = desired(members={"ada": "admin"})
    assert shown(found(want, have), have) == exactly("""\
acme · 0 waiting · read just now

Nobody is waiting.
""")


def test_whose_address_it_is_is_asked_and_no_invitation_counted() -> None:
    have = snapshot(members={"ada": "admin", "joe": "member"})
    want = desired(members=dict.fromkeys(["ada", NEW, OLD, "lou"], "member"))
    past = {
        key(NEW): Past(invited=(9,), joined=(id_of("joe"),)),
        key(OLD): Past(taken=True),
        Login("lou"): Past(invited=(7, 8, 9)),
    }
    each = found(want, have, past)
    assert shown(each, have) == exactly("""\
acme · 0 waiting, 1 came to nothing, 2 addresses unclear · read just now

Came to nothing  role    times   ended
  ! lou          member  3 of 3  declined or cancelled
                 talk to them; then `ghstate invites reset lou`, or delete lou

Accepted, but by whom?
  ! the invitation of new.hire@acme.example waits no more, and GitHub does not say who accepted it; perhaps it is joe
    write joe = { role = "member", email = "new.hire@acme.example" } in its place
    or, if it is none of them, `ghstate invites reset new.hire@acme.example` has them invited again
  ! GitHub says that old@acme.example is a member's address already, and not whose; perhaps it is joe
    write joe = { role = "member", email = "old@acme.example" } in its place
    or, if it is none of them, `ghstate invites reset old@acme.example` has them invited again

Nobody is waiting · 1 came to nothing · 2 addresses unclear
""")  # noqa: E501 - a row is as long as what it has to say
    assert {entry["next"] for entry in written(each, have)["ended"]} == {
        "email-unclear",
        "invitation-given-up",
    }


def test_where_there_are_no_invitations_that_is_what_is_said() -> None:
    have = replace(snapshot(members={"ada": "admin"}), invites=False)
    want = desired(members={"ada": "admin"})
    assert shown(found(want, have), have) == exactly("""\
acme · 0 waiting · read just now

There are no invitations here: people are members at once.
""")


def test_t78_no_address_is_shown_that_no_file_names() -> None:
    want, have, past = acme()
    each = found(want, have, past)
    assert STRANGER not in shown(each, have)
    assert STRANGER not in invites_json(each, have, max_reinvites=3).decode()


def test_an_invitation_known_by_its_effect_waits_since_nobody_knows_when() -> None:
    waits = invited(member("hal"), id=None, invited_at=None, by=None)
    have = snapshot(waits, members={"ada": "admin"})
    want = desired(members={"ada": "admin", "hal": "member"})
    each = found(want, have)
    assert "… hal                member  unknown  unknown  1\n" in shown(each, have)
    assert "invited_at" not in written(each, have)["waiting"][0]


def test_whose_wait_is_over_is_told_only_of_the_files_and_counted_of_others() -> None:
    have = snapshot(
        failed(member("yan")), failed(member("yve")), members={"ada": "admin"}
    )
    want = desired(members={"ada": "admin"})
    assert shown(found(want, have), have) == exactly("""\
acme · 0 waiting · read just now

Notes
  · invitations of 2 people in no file came to nothing, too
    `ghstate invites --json` has them

Nobody is waiting.
""")


def test_somebody_whose_name_changed_is_waited_for_by_the_files_all_the_same() -> None:
    moved: Observed[Any] = invited(member("robert"), id=5)
    have = snapshot(replace(moved, id=id_of("bob")), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "bob": "member"})
    state = State(
        lineage="l",
        organization=ACME,
        snapshot=have,
        bindings={Login("bob"): id_of("bob")},
    )
    made = plan(want, state, Policy())
    [who] = invites(want, have, state.bindings, {}, made).waiting
    assert (who.person, who.listed) == ("robert", True)


@given(nasty)
def test_r14_hostile_reasons_are_harmless(text: str) -> None:
    have = snapshot(failed(member("kim"), reason=text), members={"ada": "admin"})
    want = desired(members={"ada": "admin", "kim": "member"})
    each = found(want, have)
    assert shown(each, have).replace("\n", "").isprintable()
    assert written(each, have)["ended"][0]["failed_reason"] == text
