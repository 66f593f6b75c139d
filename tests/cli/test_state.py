"""`state` and `force-unlock`: looking at the state, mending it, going back."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from ghstate import statefile
from ghstate.cli.exits import Exit
from ghstate.journal import Began, Doing, Ended, Writer
from ghstate.sandbox.running import Sandbox
from ghstate.store.disk import LocalDisk
from ghstate.store.file import FileStore
from tests.build import NOW
from tests.journey import Project, Ran
from tests.store.holding import holder

HOUR = '[state]\nmax_age = "1h"'
MAIL = "new.hire@acme.example"


def state_of(acme: Project) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(acme.state or b"{}")
    return document


def serials(acme: Project) -> tuple[int, int]:
    document = state_of(acme)
    return document["serial"], document["applied_serial"]


def files_of(acme: Project) -> dict[str, bytes]:
    """What is beside the state, but for the lock, which everybody touches."""
    return {
        path.name: path.read_bytes()
        for path in acme.state_file.parent.iterdir()
        if ".lock" not in path.name and path.is_file() and not path.is_symlink()
    }


def saved(acme: Project, name: str = "copy.json", content: bytes | None = None) -> str:
    path = acme.directory.parent / name
    path.write_bytes((acme.state or b"") if content is None else content)
    return str(path)


def begin_an_apply(acme: Project) -> Path:
    """Leave a journal behind, as an apply does that is killed."""
    writer = Writer()
    journal = FileStore(acme.state_file).journal
    began = Began(id="a1", at=NOW, who="ada@runner-7", digest="d", changes=3)
    journal.begin(writer.line(began))
    for record in (
        Doing(address="members.eve", reason="invite"),
        Ended(address="members.eve", end="done"),
        Doing(address="members.fay", reason="invite"),
    ):
        journal.append(writer.line(record))
    return acme.state_file.with_name("state.json.journal")


# To look ------------------------------------------------------------------------


def test_addresses_are_listed_and_some_of_them_picked(acme: Project) -> None:
    acme.refresh()

    everything = acme.run("state", "list").out.splitlines()
    below = acme.run("state", "list", "teams.ops", "members.BOB").out.splitlines()
    document = json.loads(acme.run("state", "list", "teams", "--json").out)

    assert everything == [
        "members.ada",
        "members.bob",
        "members.cyd",
        "teams.ops",
        "teams.ops.members.bob",
    ]
    assert below == ["members.bob", "teams.ops", "teams.ops.members.bob"]
    assert document["addresses"] == ["teams.ops", "teams.ops.members.bob"]
    assert acme.run("state", "list", "not an address").code == Exit.ERROR
    assert acme.run("state", "list", "--generations", "teams").code == Exit.ERROR


def test_generations_are_listed_with_the_damaged_ones(acme: Project) -> None:
    for _ in range(3):
        acme.refresh()
    acme.state_file.with_name("state.json.generation-00000001").write_bytes(b"")

    ran = acme.run("state", "list", "--generations")
    document = json.loads(acme.run("state", "list", "--generations", "--json").out)

    rows = [line.split() for line in ran.out.splitlines()[3:]]
    assert rows[0][:5] == ["+", "3", "0", "in", "force"]
    assert rows[1][0] == "2"
    assert rows[2][:2] == ["!", "?"]
    assert rows[3] == ["it", "is", "empty"]
    found = document["generations"]
    assert [each.get("serial") for each in found] == [3, 2, None]
    assert [each["in_force"] for each in found] == [True, False, False]
    assert found[2]["damage"] == "it is empty"


def test_generations_are_listed_where_the_state_itself_is_gone(acme: Project) -> None:
    acme.refresh()
    acme.refresh()
    acme.state_file.unlink()

    ran = acme.run("state", "list", "--generations")

    assert ran.code == Exit.DONE
    assert "1 generation\n" in ran.out
    assert ran.err == "none of them is in force: the state itself is gone\n"


def test_where_nothing_was_ever_kept_the_way_to_a_state_is_told(acme: Project) -> None:
    for command in (["list", "--generations"], ["show"], ["pull"]):
        ran = acme.run("state", *command)
        assert (ran.code, ran.out) == (Exit.ERROR, "")
        assert "there is no state here\n  run `ghstate refresh`\n" in ran.err


def test_the_state_itself_is_shown(acme: Project) -> None:
    acme.refresh()
    acme.apply()

    ran = acme.run("state", "show")
    document = json.loads(acme.run("state", "show", "--json").out)

    assert (ran.code, ran.err) == (Exit.DONE, "")
    assert ran.out.startswith("acme · serial 3 · ")
    assert "    organization  acme" in ran.out
    assert "nobody holds it\n" in ran.out
    assert (document["serial"], document["applied_serial"]) == serials(acme)
    assert document["lineage"] == state_of(acme)["lineage"]
    assert document["people"] == 3
    assert document["generations"] == 2
    assert document["managed"] == ["members", "teams.ops", "teams.ops.members"]


def test_who_holds_the_lock_and_what_was_begun_is_shown(acme: Project) -> None:
    acme.refresh()
    begin_an_apply(acme)

    with FileStore(acme.state_file).lock(holder()):
        held = acme.run("state", "show").out
        document = json.loads(acme.run("state", "show", "--json").out)
    free = acme.run("state", "show").out

    assert "Apply under way\n  … ada@runner-7" in held
    assert "1 change made of 3, at members.fay" in held
    assert "process 4711, lock b41c" in held
    assert document["lock"]["id"] == "b41c"
    assert document["under_way"]["done"] == ["members.eve"]
    assert "An apply that did not end\n  ! ada@runner-7" in free
    assert "nobody holds it" in free


def test_one_thing_is_shown_with_what_is_remembered_of_it(acme: Project) -> None:
    acme.members(f'ada = "admin"\nbob = "member"\ncyd = "member"\n"{MAIL}" = "member"')
    acme.apply()

    bob = acme.run("state", "show", "members.bob").out
    mail = acme.run("state", "show", f'members."{MAIL}"').out
    document = json.loads(acme.run("state", "show", "members.bob", "--json").out)

    assert 'username = "bob"' in bob
    assert bob.endswith("\n[remembered]\naccount = 1003\n")
    assert mail.startswith(f'address = "members.\\"{MAIL}\\""\n\n[remembered]\ninvited')
    assert document["remembered"] == {"account": 1003}
    assert document["values"]["role"] == "member"


# Pull and push ------------------------------------------------------------------


def test_what_is_pulled_is_the_state_byte_for_byte(acme: Project) -> None:
    acme.teams('[teams.ops]\ndescription = "Größe → 大"\nmembers = ["bob"]\n')
    acme.apply()

    ran = acme.run("state", "pull")
    piped = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "ghstate", "-C", str(acme.directory), "state", "pull"],
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert ran.out.encode() == acme.state
    assert piped.stdout == acme.state


def test_what_was_pulled_can_be_pushed_again(acme: Project) -> None:
    acme.refresh()
    copy = saved(acme)
    acme.refresh()

    older = acme.run("state", "push", copy)
    forced = acme.run("state", "push", copy, "--force")

    assert older.code == Exit.ERROR
    assert f"{copy} has the serial 1, and the state 2: it is older" in older.err
    assert "--force" in older.err
    assert forced.code == Exit.DONE
    assert "  + serial 1  " in forced.out
    assert "In force now, as serial 3\n" in forced.out
    assert serials(acme) == (3, 3)


def test_what_is_there_already_is_not_written_again(acme: Project) -> None:
    acme.refresh()
    copy = saved(acme)
    before = files_of(acme)

    ran = acme.run("state", "push", copy)

    assert ran == Ran(0, "", f"{copy} is the state in force; nothing to push\n")
    assert files_of(acme) == before


def test_a_state_comes_from_standard_input_too(acme: Project) -> None:
    acme.refresh()
    pulled = acme.state or b""
    acme.forget()

    with patch("sys.stdin", io.TextIOWrapper(io.BytesIO(pulled))):
        ran = acme.run("state", "push", "-")

    assert ran.code == Exit.DONE
    assert "standard input" in ran.out
    assert "there was no state" in ran.out
    assert serials(acme) == (2, 2)


def test_a_push_does_not_take_what_is_not_whole(acme: Project) -> None:
    acme.refresh()
    whole = acme.state or b""
    before = files_of(acme)

    for content in (b"", whole[:200], whole.replace(b'"serial": 1', b'"serial": 7')):
        ran = acme.run("state", "push", saved(acme, content=content), "--force")
        assert ran.code == Exit.ERROR
        assert "only a whole state is pushed" in ran.err
    newer = saved(acme, content=whole.replace(b'"version": 2', b'"version": 9'))
    assert "use that ghstate" in acme.run("state", "push", newer).err
    assert "no such file" in acme.run("state", "push", "nowhere.json").err
    assert acme.run("state", "push", str(acme.directory)).code == Exit.ERROR
    assert files_of(acme) == before


def test_another_lineage_is_pushed_only_by_force(acme: Project) -> None:
    acme.refresh()
    copy = saved(acme)
    lineage = state_of(acme)["lineage"]
    acme.forget()
    acme.refresh()

    refused = acme.run("state", "push", copy)
    forced = acme.run("state", "push", copy, "--force")

    assert f"of the lineage {lineage}, and the state of" in refused.err
    assert forced.code == Exit.DONE
    assert f"as serial 2 of the lineage {lineage}" in forced.out
    assert state_of(acme)["lineage"] == lineage


@pytest.mark.parametrize("known_by", ["its state", "the lock file", "the settings"])
def test_another_organizations_state_is_never_pushed(
    acme: Project, known_by: str
) -> None:
    acme.refresh()
    state = statefile.decode(acme.state or b"", place="")
    document = json.loads(statefile.encode(state))
    document["organization"] = {"login": "beta", "id": 78}
    del document["checksum"]
    document["checksum"] = statefile._checksum(document)
    copy = saved(acme, content=json.dumps(document).encode())
    if known_by == "the lock file":
        acme.run("lock")
    if known_by != "its state":
        acme.forget()

    ran = acme.run("state", "push", copy, "--force")

    assert ran.code == Exit.ERROR
    assert "of the organization beta" in ran.err
    assert "acme" in ran.err
    assert "never takes the place of another organization's" in ran.err


# Going back ---------------------------------------------------------------------


def test_a_generation_is_put_in_force_again(acme: Project, sandbox: Sandbox) -> None:
    acme.settings(HOUR)
    acme.refresh()
    sandbox.world.rename("bob", "robert")
    acme.refresh()
    asked = len(sandbox.history)

    ran = acme.run("state", "restore", "1")

    assert ran.code == Exit.DONE
    assert "  + serial 1  generation 00000001  3 people, 1 team, read" in ran.out
    assert "  - serial 2  was in force         3 people, 1 team, read" in ran.out
    assert ran.out.endswith(
        "In force now, as serial 3\n"
        "The next plan reads GitHub anew. Plans saved before are stale.\n"
    )
    assert serials(acme) == (3, 3)
    assert len(sandbox.history) == asked
    assert acme.plan().notes == {"renamed": "members.bob"}
    assert len(sandbox.history) > asked


def test_going_back_twice_is_where_it_was(acme: Project) -> None:
    acme.refresh()
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "member"')
    acme.apply()
    before = state_of(acme)["past"]

    acme.run("state", "restore", "1")
    between = state_of(acme)["past"]
    acme.run("state", "restore")

    assert before == {"eve": {"invited": [1006]}}
    assert between == {}
    assert state_of(acme)["past"] == before


def test_the_serial_in_force_needs_no_restoring(acme: Project) -> None:
    acme.refresh()
    acme.refresh()
    before = files_of(acme)

    ran = acme.run("state", "restore", "2")

    assert ran == Ran(0, "", "serial 2 is in force; nothing to restore\n")
    assert files_of(acme) == before


def test_without_any_generation_the_other_ways_out_are_told(acme: Project) -> None:
    acme.refresh()
    acme.state_file.write_bytes(b"")

    ran = acme.run("state", "restore")

    assert ran.code == Exit.ERROR
    assert "there is no whole generation to restore" in ran.err
    assert "`ghstate state push FILE`" in ran.err


def test_a_state_that_is_gone_is_restored(acme: Project) -> None:
    acme.refresh()
    acme.refresh()
    acme.state_file.unlink()

    ran = acme.run("state", "restore")

    assert ran.code == Exit.DONE
    assert "    nothing   there was no state" in ran.out
    assert serials(acme) == (2, 2)


def test_nothing_older_follows_a_newer_ghstates_state_by_accident(
    acme: Project,
) -> None:
    acme.refresh()
    acme.refresh()
    copy = saved(acme)
    newer = (acme.state or b"").replace(b'"version": 2', b'"version": 9')
    acme.state_file.write_bytes(newer)

    refused = [acme.run("state", "restore"), acme.run("state", "push", copy)]

    assert [ran.code for ran in refused] == [Exit.ERROR, Exit.ERROR]
    assert all("written by a newer ghstate" in ran.err for ran in refused)
    assert acme.state == newer
    assert "`ghstate state restore SERIAL` goes back all the same" in refused[0].err
    assert acme.run("state", "push", copy, "--force").code == Exit.DONE
    acme.state_file.write_bytes(newer)
    assert acme.run("state", "restore", "1").code == Exit.DONE


def test_a_state_of_the_first_format_is_read_and_pushed(acme: Project) -> None:
    acme.refresh()
    document = state_of(acme)
    for key in ("settled", "drift", "made", "checksum"):
        document.pop(key, None)
    document |= {"version": 1, "under_way": None}
    document["checksum"] = statefile._checksum(document)
    acme.forget()

    ran = acme.run("state", "push", saved(acme, content=json.dumps(document).encode()))

    assert ran.code == Exit.DONE
    assert state_of(acme)["version"] == statefile.VERSION


def test_in_the_place_of_a_damaged_state_a_push_is_held_against_the_one_before(
    acme: Project,
) -> None:
    acme.refresh()
    old = saved(acme, "old.json")
    acme.refresh()
    latest = saved(acme, "latest.json")
    acme.refresh()
    acme.state_file.write_bytes(b"")

    refused = acme.run("state", "push", old)
    pushed = acme.run("state", "push", latest)

    assert f"{old} has the serial 1, and the state 2: it is older" in refused.err
    assert pushed.code == Exit.DONE
    assert serials(acme) == (4, 4)


def test_a_lock_file_of_another_organization_is_told_before_anything_is_written(
    acme: Project,
) -> None:
    acme.refresh()
    acme.refresh()
    acme.write(
        "ghstate.lock.toml", 'organization = { login = "beta", id = 78 }\n[people]\n'
    )
    before = files_of(acme)

    ran = acme.run("state", "restore")

    assert ran.code == Exit.ERROR
    assert "ghstate.lock.toml is of the organization beta (78)" in ran.err
    assert files_of(acme) == before


# Forgetting and moving ------------------------------------------------------------


def test_where_the_state_has_nothing_that_is_told_and_no_error(acme: Project) -> None:
    acme.refresh()

    ran = acme.run("state", "list", "zed", "members.bob", "members.zed")

    assert ran == Ran(
        Exit.DONE, "members.bob\n", "nothing is at zed\nnothing is at members.zed\n"
    )


def test_an_account_is_forgotten_and_read_anew(acme: Project, sandbox: Sandbox) -> None:
    acme.settings(HOUR)
    acme.refresh()
    asked = len(sandbox.history)

    ran = acme.run("state", "rm", "members.bob")

    assert ran == Ran(
        0,
        "acme\n\nForgotten\n  - members.bob  account 1003\n\n"
        "Written as serial 2\n"
        "Nothing on GitHub changes; the next plan reads it anew. "
        "Plans saved before are stale.\n",
        "",
    )
    assert "bob" not in state_of(acme)["bindings"]
    assert serials(acme) == (2, 2)
    assert len(sandbox.history) == asked
    assert acme.plan().reasons == {}
    assert len(sandbox.history) > asked
    assert state_of(acme)["bindings"]["bob"] == 1003
    assert sandbox.history.writes() == []


def test_a_snapshot_that_never_grows_too_old_is_read_again_after_an_edit(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.settings('[state]\nmax_age = "999999d"')
    acme.refresh()
    read = state_of(acme)["refreshed_at"]
    acme.run("state", "rm", "members.bob")
    asked = len(sandbox.history)

    assert (state_of(acme)["stale"], state_of(acme)["refreshed_at"]) == (True, read)
    assert "; to be read anew\n" in acme.run("state", "show").out
    assert acme.plan().reasons == {}

    assert len(sandbox.history) > asked
    assert "stale" not in state_of(acme)


def test_a_login_that_is_somebody_elses_now_is_accepted_by_forgetting(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.refresh()
    sandbox.world.rename("bob", "robert")
    sandbox.world.rename("cyd", "bob")
    assert "identity-changed" in acme.plan().notes
    acme.members('ada = "admin"\nbob = "member"\nrobert = "member"')
    acme.teams('[teams.ops]\nmembers = ["robert"]\n')

    acme.run("state", "rm", "members.bob", "members.cyd")

    planned = acme.plan()
    assert (planned.reasons, planned.notes) == ({}, {})


def test_of_several_all_are_forgotten_or_none(acme: Project) -> None:
    acme.refresh()
    before = files_of(acme)

    unknown = acme.run("state", "rm", "members.bob", "members.nobody", "teams.x")
    shown = acme.run("state", "rm", "teams.ops.members.bob")
    nonsense = acme.run("state", "rm", "members.bob", "not an address")

    assert unknown.code == shown.code == nonsense.code == Exit.ERROR
    assert "the state knows nothing of members.nobody, teams.x" in unknown.err
    assert "nothing is remembered of teams.ops.members.bob but" in shown.err
    assert files_of(acme) == before


def test_a_wrong_account_behind_an_address_is_undone(acme: Project) -> None:
    acme.members(f'ada = "admin"\nbob = "member"\ncyd = "member"\n"{MAIL}" = "member"')
    acme.run("lock")
    lock_file = acme.directory / "ghstate.lock.toml"
    right = lock_file.read_text("utf-8")
    lock_file.write_text(f'{right}"New.Hire@acme.example" = 1004\n', "utf-8")
    acme.refresh()
    assert acme.plan().reasons == {}
    address = f'members."{MAIL}"'

    still_there = acme.run("state", "rm", address)
    came_back = acme.plan().reasons
    lock_file.write_text(right, "utf-8")
    gone = acme.run("state", "rm", address)

    assert f'  - members."{MAIL}"  account 1004\n' in still_there.out
    assert still_there.err == (
        "warning: ghstate.lock.toml still has New.Hire@acme.example\n"
        "  that would come back: take it out of the file, and commit that\n"
    )
    assert came_back == {}
    assert (gone.code, gone.err) == (Exit.DONE, "")
    assert acme.plan().reasons == {address: "invite"}


def test_a_login_that_moved_keeps_what_was_known_of_it(acme: Project) -> None:
    people = 'ada = "admin"\nbob = "member"\ncyd = "member"\n'
    acme.members(people + 'eve = "member"')
    acme.run("lock")
    acme.apply()

    ran = acme.run("state", "mv", "members.eve", "members.eva")

    assert ran.code == Exit.DONE
    assert "  ~ members.eve → members.eva  account 1000, invited once" in ran.out
    assert ran.err == (
        "warning: ghstate.lock.toml still has eve\n"
        "  once the files say members.eva, run `ghstate lock`, and commit it\n"
    )
    document = state_of(acme)
    assert document["bindings"]["eva"] == 1000
    assert "eve" not in document["bindings"]
    assert document["past"] == {"eva": {"invited": [1006]}}
    assert document["serial"] == document["applied_serial"]


def test_a_team_that_moved_keeps_its_id(acme: Project) -> None:
    acme.apply()

    ran = acme.run("state", "mv", "teams.ops", "teams.operations")

    assert ran.code == Exit.DONE
    assert "  ~ teams.ops → teams.operations " in ran.out
    assert "team 1005, managed\n" in ran.out
    document = state_of(acme)
    assert document["teams"] == {"operations": 1005}
    assert document["managed"] == [
        "members",
        "teams.operations",
        "teams.operations.members",
    ]


def test_nobody_moves_to_where_another_is(acme: Project) -> None:
    acme.refresh()
    before = files_of(acme)

    taken = acme.run("state", "mv", "members.bob", "members.cyd")
    mixed = acme.run("state", "mv", "members.bob", "teams.bob")

    assert "members.cyd is the account 1004, and members.bob is the account 1003" in (
        taken.err
    )
    assert "are not of one kind" in mixed.err
    assert taken.code == mixed.code == Exit.ERROR
    assert files_of(acme) == before


# All edits ------------------------------------------------------------------------


def _first_of(acme: Project) -> str:
    return saved(
        acme,
        content=acme.state_file.with_name(
            "state.json.generation-00000001"
        ).read_bytes(),
    )


EDITS: dict[str, Callable[[Project], list[str]]] = {
    "rm": lambda _: ["rm", "members.bob"],
    "mv": lambda _: ["mv", "members.bob", "members.robert"],
    "push": lambda acme: ["push", _first_of(acme), "--force"],
    "restore": lambda _: ["restore", "1"],
}


@pytest.fixture(params=EDITS)
def edit(request: pytest.FixtureRequest, acme: Project) -> list[str]:
    """An edit that works on a state of two generations."""
    acme.refresh()
    acme.refresh()
    return ["state", *EDITS[request.param](acme)]


def test_a_dry_run_writes_nothing_and_needs_no_lock(
    acme: Project, edit: list[str]
) -> None:
    before = files_of(acme)

    with FileStore(acme.state_file).lock(holder()):
        ran = acme.run(*edit, "--dry-run")

    assert ran.code == Exit.DONE
    assert "Nothing was written" in ran.out
    assert files_of(acme) == before


def test_an_edit_waits_for_the_lock_and_no_longer_than_it_may(
    acme: Project, edit: list[str]
) -> None:
    before = files_of(acme)

    with FileStore(acme.state_file).lock(holder()):
        at_once = acme.run(*edit)
        waited = acme.run(*edit, "--lock-timeout", "1s")

    assert at_once.code == waited.code == Exit.LOCKED
    assert "an apply of ada@runner-7" in at_once.err
    assert "waiting up to 1 second for the lock" in waited.err
    assert files_of(acme) == before


def test_an_edit_is_a_generation_of_its_own(acme: Project, edit: list[str]) -> None:
    before = acme.state

    ran = acme.run(*edit)

    assert ran.code == Exit.DONE
    assert serials(acme) == (3, 3)
    latest = acme.state_file.with_name("state.json.generation-00000002")
    assert latest.read_bytes() == before
    assert acme.plan("--detailed-exitcode").code == Exit.DONE


def test_an_edit_does_not_forget_an_apply_that_did_not_end(
    acme: Project, edit: list[str]
) -> None:
    journal = begin_an_apply(acme)
    noted = journal.read_bytes()

    ran = acme.run(*edit)

    assert ran.code == Exit.DONE
    assert "by ada@runner-7 did not end, while it was at members.fay" in ran.err
    assert ran.err.endswith("its journal stays until then, whatever was edited\n")
    assert journal.read_bytes() == noted
    assert "did not end" in acme.plan().err
    assert not journal.exists()


# The lock -------------------------------------------------------------------------


def test_a_lock_is_forced_open_by_its_id_and_whose_it_was_is_told(
    acme: Project,
) -> None:
    acme.refresh()

    with FileStore(acme.state_file).lock(holder()) as lock:
        wrong = acme.run("force-unlock", "b41d")
        still = lock.still_held()
        ran = acme.run("force-unlock", "b41c")
        gone = lock.still_held()
    nobody = acme.run("force-unlock", "b41c")

    assert (wrong.code, still) == (Exit.ERROR, True)
    assert "that is not the id of the lock" in wrong.err
    assert (ran.code, gone) == (Exit.DONE, False)
    assert ran.err.startswith("the lock is open now: apply by ada@runner-7, since")
    assert "warning: if that run is still alive" in ran.err
    assert nobody.code == Exit.ERROR
    assert "nobody holds the lock" in nobody.err


# Damage ---------------------------------------------------------------------------


def _flipped(content: bytes) -> bytes:
    at = content.index(b'"cyd"') + 1
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "0 bytes": lambda _: b"",
    "cut in half": lambda content: content[: len(content) // 2],
    "one bit flipped": _flipped,
    "zeros": lambda content: bytes(len(content)),
    "not UTF-8": lambda content: content.replace(b"acme", b"\xff\xfe\xfd\xfc"),
    "newer": lambda content: content.replace(b'"version": 2', b'"version": 9'),
}

COMMANDS = (
    "plan",
    "plan --no-refresh",
    "apply --auto-approve",
    "refresh",
    "show",
    "lock",
    "invites",
    "invites reset bob",
    "state list",
    "state show",
    "state show members.bob",
    "state pull",
    "state rm members.bob",
    "state mv members.bob members.robert",
)


@pytest.mark.parametrize("damage", DAMAGE)
def test_p2_no_command_takes_a_damaged_state_for_an_empty_one(
    acme: Project, sandbox: Sandbox, damage: str
) -> None:
    acme.refresh()
    acme.refresh()
    acme.state_file.write_bytes(DAMAGE[damage](acme.state or b""))
    before = files_of(acme)

    for command in COMMANDS:
        ran = acme.run(*command.split())

        assert (command, ran.code, ran.out) == (command, Exit.ERROR, "")
        first, hint, *rest = ran.err.removeprefix("reading acme\n").splitlines()
        assert first.startswith(f"error: {acme.state_file}: ")
        way_out = "use that ghstate" if damage == "newer" else "ghstate state restore"
        assert way_out in hint
        assert rest == []
        assert files_of(acme) == before
    assert sandbox.history.writes() == []


GO_BACK = "`ghstate state restore` puts the latest whole one in its place"
BEGIN_ANEW = (
    "move it away and run `ghstate refresh`; which account each login is must then be "
    "learned anew"
)
TO_A_SERIAL = "or go back with `ghstate state restore SERIAL`"


@pytest.mark.parametrize(
    ("damage", "generations", "hint"),
    [
        ("0 bytes", 0, f"no generation is beside it: {BEGIN_ANEW}"),
        ("cut in half", 1, f"1 generation is beside it: {GO_BACK}"),
        ("one bit flipped", 12, f"10 generations are beside it: {GO_BACK}"),
        ("newer", 0, "use that ghstate, or a later one"),
        ("newer", 1, f"use that ghstate or a later one, {TO_A_SERIAL}"),
    ],
)
def test_the_way_out_of_a_damaged_state_is_one_that_there_is(
    acme: Project, damage: str, generations: int, hint: str
) -> None:
    for _ in range(1 + generations):
        acme.refresh()
    acme.state_file.write_bytes(DAMAGE[damage](acme.state or b""))

    for command in ("plan", "state show", "state pull"):
        assert acme.run(*command.split()).err.endswith(f"\n  {hint}\n")


@pytest.mark.parametrize("damage", [each for each in DAMAGE if each != "newer"])
def test_p2_a_damaged_state_is_restored_and_nothing_is_lost(
    acme: Project, damage: str
) -> None:
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "member"')
    acme.apply()
    acme.refresh()
    acme.state_file.write_bytes(DAMAGE[damage](acme.state or b""))
    read = acme.run("state", "list", "--generations")

    ran = acme.run("state", "restore")

    assert "\n  ! ?" in read.out
    assert ran.code == Exit.DONE
    assert "  - what was there  damaged" in ran.out
    # What the apply had done is not taken for the work of others.
    assert "resource_drift" not in acme.plan().document
    assert acme.is_at_rest()
    assert state_of(acme)["past"] == {"eve": {"invited": [1006]}}


@contextmanager
def _a_directory(state: Path) -> Iterator[None]:
    state.unlink()
    state.mkdir()
    yield


@contextmanager
def _a_link(state: Path) -> Iterator[None]:
    state.rename(state.with_name("elsewhere.json"))
    state.symlink_to(state.with_name("elsewhere.json"))
    yield


@contextmanager
def _somebody_elses(state: Path) -> Iterator[None]:
    opened = LocalDisk.open

    def refuse(self: LocalDisk, path: Path, flags: int) -> int:
        if path == state:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return opened(self, path, flags)

    with patch.object(LocalDisk, "open", refuse):
        yield


@pytest.mark.parametrize("spoilt", [_a_directory, _a_link, _somebody_elses])
def test_what_is_no_file_to_read_is_left_to_somebody_to_move(
    acme: Project, spoilt: Callable[[Path], AbstractContextManager[None]]
) -> None:
    acme.refresh()
    acme.refresh()

    with spoilt(acme.state_file):
        before = files_of(acme)
        for command in [*COMMANDS, "state restore"]:
            ran = acme.run(*command.split())

            assert (command, ran.code, ran.out) == (command, Exit.ERROR, "")
            assert "the state cannot be read" in ran.err
            assert "move away what stands there" in ran.err
            assert files_of(acme) == before
        listed = acme.run("state", "list", "--generations")

    assert (listed.code, "\n  ! ?" in listed.out) == (Exit.DONE, True)


# A disk that refuses ------------------------------------------------------------


def test_p1_what_a_full_disk_refused_is_pushed_from_its_rescue(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.refresh()
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "member"')
    rename = LocalDisk.rename

    def refuse(self: LocalDisk, old: Path, new: Path) -> None:
        if new == acme.state_file and sandbox.history.writes():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(self, old, new)

    with patch.object(LocalDisk, "rename", refuse):
        applied = acme.apply()
    rescue = acme.state_file.with_name("state.json.rescue-1")
    pushed = acme.run("state", "push", str(rescue))

    assert applied.code == Exit.IN_PART
    assert str(rescue) in applied.out + applied.err
    assert pushed.code == Exit.DONE
    assert acme.plan("--detailed-exitcode").code == Exit.DONE
    assert state_of(acme)["past"] == {"eve": {"invited": [1006]}}
    assert len(sandbox.history.writes()) == 1
