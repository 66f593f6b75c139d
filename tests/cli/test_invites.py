"""`invites`: who waits, sending again, counting anew; seen from outside."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.policy import Policy, Profile
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.cli.conftest import ACME
from tests.cli.test_exits import Terminal, held
from tests.journey import Project, project, roles

NEW = "new.hire@acme.example"
MEMBERS = {"ada": "admin", "bob": "member", "cyd": "member"}
TEAMS = f'[teams.ops]\nmembers = ["bob", "eve", "{NEW}"]\n'


@pytest.fixture
def inviting(tmp_path: Path, sandbox: Sandbox) -> Project:
    """An organization that has just invited eve, fay, and somebody by e-mail."""
    here = project(
        tmp_path / "inviting",
        sandbox,
        members=MEMBERS | {"eve": "member", "fay": "admin", NEW: "member"},
        teams=TEAMS,
    )
    assert here.apply().code == Exit.DONE
    return here


def listed(here: Project, *flags: str) -> dict[str, Any]:
    ran = here.run("invites", "--json", *flags)
    assert ran.code == Exit.DONE
    document: dict[str, Any] = json.loads(ran.out)
    return document


def waiting(here: Project) -> dict[str, dict[str, Any]]:
    """Who waits, by login, address or mask."""
    return by_name(listed(here)["waiting"])


def by_name(entries: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        each.get("login") or each.get("email") or each["mask"]: each for each in entries
    }


# Who waits ---------------------------------------------------------------------------


def test_an_apply_says_who_was_invited_and_until_when(inviting: Project) -> None:
    everybody = MEMBERS | {"eve": "member", "fay": "admin", NEW: "member"}
    inviting.members(roles(everybody | {"x@acme.example": "member"}))

    applied = inviting.apply()

    assert "1 person invited; they have until " in applied.out
    assert "… x@acme.example  as member" in applied.out


def test_everybody_who_waits_is_listed(inviting: Project) -> None:
    ran = inviting.run("invites")

    assert ran.code == Exit.DONE
    assert ran.out.startswith("acme · 3 waiting · read just now\n")
    rows = [line.split()[:3] for line in ran.out.splitlines() if "…" in line]
    assert rows == [
        ["…", "eve", "member"],
        ["…", "fay", "admin"],
        ["…", NEW, "member"],
    ]


def test_programs_learn_when_to_remind_whom(inviting: Project) -> None:
    people = waiting(inviting)

    assert people["eve"].keys() == {
        "address",
        "login",
        "listed",
        "role",
        "invitation_id",
        "invited_at",
        "expires_at",
        "inviter",
        "times",
        "ended",
        "teams",
    }
    assert people["eve"]["inviter"] == "ada"
    assert people["eve"]["teams"] == people[NEW]["teams"] == ["ops"]
    assert people["fay"]["role"] == "admin"
    assert people[NEW]["address"] == f'members."{NEW}"'


def test_a_mail_to_somebody_of_no_file_shows_only_its_mask(
    inviting: Project, sandbox: Sandbox
) -> None:
    sandbox.world.invite("private.name@else.example")

    ran = inviting.run("invites")
    [stranger] = [each for each in waiting(inviting).values() if "mask" in each]

    assert "p…@else.example" in ran.out
    assert f"invitation {stranger['invitation_id']}, in no file" in ran.out
    assert "private.name" not in ran.out
    assert (stranger["address"], stranger["listed"]) == (None, False)


def test_whoever_declined_or_let_it_expire_is_told_with_what_follows(
    inviting: Project, sandbox: Sandbox
) -> None:
    inviting.refresh()
    sandbox.world.decline("eve")
    sandbox.world.advance(timedelta(days=8))

    ended = by_name(listed(inviting)["ended"])
    ran = inviting.run("invites")

    assert {name: each["next"] for name, each in ended.items()} == dict.fromkeys(
        ["eve", "fay", NEW], "reinvite"
    )
    assert "failed_reason" not in ended["eve"]
    assert ended["fay"]["failed_reason"].startswith("Invitation expired")
    assert "! eve" in ran.out
    assert "declined or cancelled" in ran.out
    assert "the next apply invites them again" in ran.out


def test_without_a_network_the_last_read_is_shown(inviting: Project) -> None:
    inviting.token = None
    inviting.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    assert len(listed(inviting, "--no-refresh")["waiting"]) == 3


def test_without_a_snapshot_the_way_to_one_is_told(acme: Project) -> None:
    ran = acme.run("invites", "--no-refresh")

    assert ran.code == Exit.ERROR
    assert "ghstate refresh" in ran.err


def test_where_there_are_no_invitations_people_are_members_at_once(
    tmp_path: Path,
) -> None:
    world = from_neutral(ACME)
    world.policy = Policy(profile=Profile.SERVER)
    with Sandbox(world) as sandbox:
        here = project(tmp_path, sandbox, members=MEMBERS | {"eve": "member"})
        planned = here.run("plan")
        applied = here.apply()
        shown = here.run("invites")
        refused = here.run("invites", "renew", "eve", "--auto-approve")

    assert "+ eve  add as member\n" in planned.out
    assert "Plan: 1 to add\n" in planned.out
    assert applied.code == Exit.DONE
    assert "invited; they have until" not in applied.out
    assert "There are no invitations here" in shown.out
    assert refused.code == Exit.ERROR


# Once more ---------------------------------------------------------------------------


def test_an_invitation_is_renewed_with_its_role_and_teams(
    inviting: Project, sandbox: Sandbox
) -> None:
    before = waiting(inviting)
    sent = len(sandbox.history.writes())

    ran = inviting.run("invites", "renew", "EVE", NEW, "fay", "--auto-approve")

    after = waiting(inviting)
    same = ("role", "teams", "address", "ended")
    assert ran.code == Exit.DONE
    assert "Plan: 3 to renew" in ran.out
    assert "3 people invited; they have until" in ran.out
    for who in ("eve", "fay", NEW):
        assert after[who]["invitation_id"] != before[who]["invitation_id"]
        assert {k: after[who][k] for k in same} == {k: before[who][k] for k in same}
        assert after[who]["times"] == 2
    calls = [call.partition(" ")[0] for call in sandbox.history.calls()[sent:]]
    assert calls == ["DELETE", "POST"] * 3
    assert inviting.is_at_rest()


def test_what_was_renewed_counts_for_nothing_with_a_lock_file_either(
    inviting: Project,
) -> None:
    inviting.run("lock")
    inviting.run("invites", "renew", "eve", NEW, "--auto-approve")

    again = waiting(inviting)
    inviting.run("lock")
    inviting.forget()
    anew = waiting(inviting)

    for people in (again, anew):
        assert [people[who]["ended"] for who in ("eve", NEW)] == [0, 0]


def test_somebody_known_by_both_is_renewed_by_the_address_too(
    inviting: Project, sandbox: Sandbox
) -> None:
    sandbox.world.decline("eve")
    sandbox.world.invite("eve@acme.example")
    inviting.members(
        'ada = "admin"\nbob = "member"\ncyd = "member"\nfay = "admin"\n'
        f'"{NEW}" = "member"\neve = {{ role = "member", email = "eve@acme.example" }}'
    )

    ran = inviting.run("invites", "renew", "eve@acme.example", "--auto-approve")

    assert ran.code == Exit.DONE
    assert "~ eve  renew invitation" in ran.out
    assert len(sandbox.world.invitations) == 3


def test_nothing_is_sent_if_one_of_them_may_not_be_sent(
    inviting: Project, sandbox: Sandbox
) -> None:
    sent = len(sandbox.history.writes())

    ran = inviting.run("invites", "renew", "eve", "bob", "cyd", "--auto-approve")

    assert ran.code == Exit.ERROR
    assert "bob is a member already" in ran.err
    assert "cyd is a member already" in ran.err
    assert ran.out == ""
    assert len(sandbox.history.writes()) == sent


def test_whoever_is_not_known_is_told_with_the_nearest_name(inviting: Project) -> None:
    ran = inviting.run("invites", "renew", "eev", "q@acme.example", "--auto-approve")

    assert ran.code == Exit.ERROR
    assert (
        'neither the files nor the organization have anybody called "eev"\n' in ran.err
    )
    assert 'did you mean "eve"?' in ran.err
    assert 'have the address "q@acme.example"\n' in ran.err


@pytest.mark.parametrize(
    ("answer", "code", "writes"), [("yes", Exit.DONE, 2), ("no", Exit.ERROR, 0)]
)
def test_on_a_terminal_only_yes_will_do(
    inviting: Project, answer: str, code: Exit, writes: int
) -> None:
    sent = len(inviting.sandbox.history.writes())

    with patch.object(sys, "stdin", Terminal(f"{answer}\n")):
        ran = inviting.run("invites", "renew", "eve")

    assert ran.code == code
    assert "Send 1 invitation again?" in ran.err
    assert len(inviting.sandbox.history.writes()) == sent + writes


def test_without_a_terminal_and_without_approval_nothing_is_sent(
    inviting: Project,
) -> None:
    with patch.object(sys, "stdin", StringIO("yes\n")):
        ran = inviting.run("invites", "renew", "eve")

    assert ran.code == Exit.ERROR
    assert ran.err == "error: there is no terminal to ask on; say --auto-approve\n"


def test_without_a_terminal_a_wrong_name_is_told_first(inviting: Project) -> None:
    with patch.object(sys, "stdin", StringIO("yes\n")):
        ran = inviting.run("invites", "renew", "eve", "eev")

    assert ran.code == Exit.ERROR
    assert 'anybody called "eev"\n  did you mean "eve"?\n' in ran.err
    assert "no terminal" not in ran.err


def test_whoever_waits_once_more_after_a_reset_is_not_said_to_be_invited(
    given_up: Project, sandbox: Sandbox
) -> None:
    sandbox.world.invite("eve")
    given_up.refresh()

    ran = given_up.run("invites", "reset", "eve")

    assert ran.err == "eve: 1 invitation counts no more\n"


def test_t12_a_renewal_above_the_cap_leaves_the_others_as_they_are(
    inviting: Project, sandbox: Sandbox
) -> None:
    sandbox.world.policy.invitation_cap = 4

    ran = inviting.run("invites", "renew", "eve", "fay", NEW, "--auto-approve")
    told = inviting.plan("--no-refresh")

    assert ran.code == Exit.LIMIT
    assert "1 person invited; they have until" in ran.out
    assert "2 changes are left" in ran.out
    assert [call.partition(" ")[0] for call in sandbox.history.calls()[3:]] == [
        *("DELETE", "POST"),  # fay, who is to be an owner
        *("DELETE", "POST"),  # eve, which GitHub refuses
    ]
    assert told.reasons["members.eve"] == "invite"
    assert told.waiting == ["members.fay", f'members."{NEW}"']


# Anew --------------------------------------------------------------------------------


@pytest.fixture
def given_up(inviting: Project, sandbox: Sandbox) -> Project:
    """The same, after eve has declined once, and with no patience for more."""
    inviting.settings("[invitations]\nmax_reinvites = 1")
    inviting.refresh()
    sandbox.world.decline("eve")
    assert inviting.plan().notes["invitation-given-up"] == "members.eve"
    return inviting


def test_after_a_reset_somebody_is_invited_again(given_up: Project) -> None:
    before = json.loads(given_up.state or b"")

    ran = given_up.run("invites", "reset", "eve")

    after = json.loads(given_up.state or b"")
    assert ran.code == Exit.DONE
    assert ran.err == (
        "eve: 1 invitation counts no more; the next apply invites them\n"
    )
    assert after["applied_serial"] == after["serial"] == before["serial"] + 1
    assert given_up.plan().reasons == {
        "members.eve": "invite",
        "teams.ops.members.eve": "with_invitation",
    }


def test_a_reset_needs_neither_token_nor_network(given_up: Project) -> None:
    given_up.token = None
    given_up.environ["GITHUB_API_URL"] = "http://127.0.0.1:9"

    assert given_up.run("invites", "reset", "eve").code == Exit.DONE


def test_where_nothing_counts_nothing_is_written(given_up: Project) -> None:
    before = given_up.state

    ran = given_up.run("invites", "reset", "bob", NEW)

    assert ran.code == Exit.DONE
    assert ran.err == (
        f"bob: there is nothing to reset\n{NEW}: there is nothing to reset\n"
    )
    assert given_up.state == before


def test_a_reset_of_nobody_names_the_nearest(given_up: Project) -> None:
    before = given_up.state

    ran = given_up.run("invites", "reset", "evee", "eve")

    assert ran.code == Exit.ERROR
    assert 'did you mean "eve"?' in ran.err
    assert given_up.state == before


def test_a_reset_before_the_first_read_has_nothing_to_forget(acme: Project) -> None:
    ran = acme.run("invites", "reset", "bob")

    assert ran.code == Exit.ERROR
    assert "run `ghstate refresh`" in ran.err


def test_a_reset_of_an_address_is_one_of_its_invitations(
    inviting: Project, sandbox: Sandbox
) -> None:
    inviting.settings("[invitations]\nmax_reinvites = 1")
    inviting.refresh()
    sandbox.world.decline(NEW)
    assert "invitation-given-up" in inviting.plan().notes

    ran = inviting.run("invites", "reset", NEW.upper())

    assert ran.err == (
        f"{NEW}: 1 invitation counts no more; the next apply invites them\n"
    )
    assert "invitation-given-up" not in inviting.plan().notes


def test_with_a_lock_file_a_reset_says_to_write_it_anew(given_up: Project) -> None:
    given_up.run("lock")

    ran = given_up.run("invites", "reset", "eve")

    assert ran.err.endswith("run `ghstate lock`, and commit it\n")
    assert "invitation-given-up" not in given_up.plan().notes
    given_up.run("lock")
    given_up.forget()
    assert "invitation-given-up" not in given_up.plan().notes


@pytest.mark.parametrize("what", [["renew", "--auto-approve"], ["reset"]])
def test_nothing_is_changed_while_somebody_else_holds_the_lock(
    given_up: Project, what: list[str]
) -> None:
    before, sent = given_up.state, len(given_up.sandbox.history.writes())

    with held(given_up):
        ran = given_up.run("invites", *what, "fay")

    assert ran.code == Exit.LOCKED
    assert "eve@elsewhere" in ran.err
    assert given_up.state == before
    assert len(given_up.sandbox.history.writes()) == sent


def test_a_lock_file_is_enough_to_reset_what_it_has(given_up: Project) -> None:
    given_up.run("lock")
    given_up.forget()

    ran = given_up.run("invites", "reset", "eve")

    assert ran.code == Exit.DONE
    assert "eve: 1 invitation counts no more\n" in ran.err
    assert "invitation-given-up" not in given_up.plan().notes


def test_who_left_is_invited_after_a_reset_or_with_a_flag(
    tmp_path: Path,
) -> None:
    world = from_neutral(ACME)
    world.policy.audit_log = True
    with Sandbox(world) as sandbox:
        here = project(tmp_path, sandbox, members=MEMBERS)
        here.apply()
        sandbox.world.leave("cyd")
        planned = here.plan()
        [gone] = listed(here)["ended"]
        asked = here.plan("--reinvite-left")
        reset = here.run("invites", "reset", "cyd")
        after = here.plan()
        applied = here.apply()

    assert planned.notes == {"left": "members.cyd"}
    assert (gone["login"], gone["left"], gone["next"]) == ("cyd", True, "left")
    assert asked.reasons == {"members.cyd": "invite"}
    assert reset.err == (
        "cyd: having left counts no more; the next apply invites them\n"
    )
    assert after.reasons == {"members.cyd": "invite"}
    assert applied.code == Exit.DONE


def test_apply_invites_who_left_only_when_asked(tmp_path: Path) -> None:
    world = from_neutral(ACME)
    world.policy.audit_log = True
    with Sandbox(world) as sandbox:
        here = project(tmp_path, sandbox, members=MEMBERS)
        here.apply()
        sandbox.world.leave("cyd")
        here.apply()
        before = sandbox.history.calls()
        here.apply("--reinvite-left")
        after = sandbox.history.calls()

    assert (before, after) == ([], ["POST /orgs/acme/invitations"])


def test_the_flags_of_the_list_are_not_taken_by_what_is_below_it(
    inviting: Project,
) -> None:
    ran = inviting.run("invites", "--json", "reset", "eve")

    assert ran.code == Exit.ERROR
    assert "for the list alone" in ran.err


def test_the_directory_may_stand_before_what_is_below_the_list(
    inviting: Project, tmp_path: Path
) -> None:
    elsewhere = Project(tmp_path, inviting.sandbox)

    ran = elsewhere.run("invites", "-C", str(inviting.directory), "reset", "eve")

    assert ran.code == Exit.DONE
