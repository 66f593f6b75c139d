"""Saved plans: what was reviewed is the most that is done."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from ghstate import planfile
from ghstate.cli import applying, saving
from ghstate.cli.exits import Exit
from ghstate.cli.workspace import Workspace, utc_now
from ghstate.plan.entries import digest_of
from ghstate.sandbox.organization import Organization
from ghstate.sandbox.records import OrgRole, Team, TeamRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from ghstate.store import disk
from ghstate.store.disk import Disk
from tests.cli.conftest import ACME
from tests.journey import Project, Ran, project
from tests.journeys.test_offline import ONLINE, run_in_child
from tests.statefile.test_planfile import SCHEMA

EVERYBODY = 'ada = "admin"\nbob = "member"\ncyd = "member"\n'


@pytest.fixture
def plan(acme: Project, tmp_path: Path) -> Path:
    """Saved: alice is invited, with her team, and bob is removed."""
    acme.members('ada = "admin"\ncyd = "member"\nalice = "member"')
    acme.teams('[teams.ops]\nmembers = ["alice"]\n')
    path = tmp_path / "acme.plan"
    assert save(acme, path).code == Exit.DONE
    acme.sandbox.history.clear()
    return path


@pytest.fixture
def sandbox() -> Any:
    with Sandbox(from_neutral({**ACME, "accounts": ["eve", "alice"]})) as running:
        yield running


def save(acme: Project, path: Path, *flags: str) -> Ran:
    return acme.run("plan", "--out", str(path), *flags)


def run_saved(acme: Project, path: Path, *flags: str) -> Ran:
    return acme.run("apply", str(path), *flags)


def refused(acme: Project, path: Path, *flags: str) -> str:
    """Why the plan is not applied; nothing has been sent for it."""
    before = acme.sandbox.history.calls()
    ran = run_saved(acme, path, *flags)
    assert ran.code == Exit.STALE
    assert acme.sandbox.history.calls() == before
    assert "nothing was changed" in ran.err
    [line] = [each for each in ran.err.splitlines() if each.startswith("error: ")]
    return line.removeprefix(f"error: {path} may not be applied: ").removesuffix(
        "; nothing was changed"
    )


def forge(path: Path, **changes: Any) -> None:
    """Change the plan, and make its digest and seal fit, as only an attacker does."""
    document = json.loads(path.read_bytes()) | changes
    digest = digest_of(document["organization"]["id"], document["resource_changes"])
    document["digest"] = f"sha256:{digest}"
    del document["seal"]
    path.write_bytes(planfile._sealed(document))


def entries(path: Path) -> dict[str, Any]:
    document = json.loads(path.read_bytes())
    return {each["address"]: each for each in document["resource_changes"]}


def binding(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes())["saved"])


# Saving -------------------------------------------------------------------------


def test_a_plan_is_shown_as_ever_and_saved_for_its_owner_only(
    acme: Project, tmp_path: Path
) -> None:
    acme.members(EVERYBODY + 'eve = "member"')
    path = tmp_path / "acme.plan"
    acme.refresh()
    os.umask(os.umask(0))

    ran = save(acme, path, "--no-refresh")

    assert ran.code == Exit.DONE
    *without, footer = acme.run("plan", "--no-refresh").out.splitlines(keepends=True)
    assert footer.startswith("apply exactly this with: ")
    assert ran.out == "".join(without)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    document = json.loads(path.read_bytes())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    until = f"{document['saved']['expires_at'][:16].replace('T', ' ')} UTC"
    assert ran.err == (
        f"saved in {path}, digest {document['digest'].removeprefix('sha256:')}\n"
        f"until {until}: ghstate apply {path}\n"
    )
    assert [each.name for each in tmp_path.iterdir()] == [
        "acme",
        "acme.plan",
    ] or sorted(each.name for each in tmp_path.iterdir()) == ["acme", "acme.plan"]


def test_what_a_plan_is_bound_to_stands_in_it(acme: Project, plan: Path) -> None:
    saved = binding(plan)

    state = json.loads(acme.state or b"")
    assert saved["organization"] == {"login": "acme", "id": 9000}
    assert [*saved["files"]] == ["ghstate.toml", "members.toml", "teams.toml"]
    assert saved["state"] == {
        key: state[key] for key in ("lineage", "serial", "applied_serial")
    }
    assert saved["removals"] == {"github_membership": 1}
    acme.run("lock")
    save(acme, plan)
    assert "ghstate.lock.toml" in binding(plan)["files"]


def test_how_long_a_plan_may_be_applied_is_a_setting(
    acme: Project, tmp_path: Path
) -> None:
    acme.settings('[safety]\nplan_expiry = "36h"')
    save(acme, tmp_path / "acme.plan")

    saved = planfile.decode((tmp_path / "acme.plan").read_bytes(), place="").binding

    assert saved.expires_at - saved.made_at == timedelta(hours=36)


def test_a_plan_is_printed_for_programs_and_saved_at_once(
    acme: Project, plan: Path
) -> None:
    printed = save(acme, plan, "--json").out

    assert json.loads(printed)["resource_changes"] == [*entries(plan).values()]
    assert acme.run("show", str(plan), "--json").out == printed


def test_a_plan_takes_the_place_of_an_earlier_one_and_of_an_empty_file(
    acme: Project, plan: Path, tmp_path: Path
) -> None:
    before = plan.read_bytes()
    acme.members('ada = "admin"\nalice = "member"')
    empty = tmp_path / "made-by-mktemp"
    empty.touch(mode=0o644)

    for path in (plan, empty):
        assert save(acme, path).code == Exit.DONE
        assert path.read_bytes() != before
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_damaged_plan_is_replaced(acme: Project, plan: Path) -> None:
    whole = plan.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b"alice", b"mallory")):
        plan.write_bytes(damaged)
        assert run_saved(acme, plan).code == Exit.STALE

        assert save(acme, plan).code == Exit.DONE

        assert acme.run("show", str(plan)).code == Exit.DONE


def _foreign(path: Path) -> None:
    path.write_text("my notes\n", "utf-8")


def _linked(path: Path) -> None:
    (path.parent / "other.plan").touch()
    path.symlink_to(path.parent / "other.plan")


THERE = {
    "somebody's notes": (_foreign, "is there already, and is no saved plan"),
    "a directory": (Path.mkdir, "it is not a plain file"),
    "a pipe": (os.mkfifo, "it is not a plain file"),
    "a symbolic link": (_linked, "it is a symbolic link, and none is followed here"),
}


@pytest.mark.parametrize(("make", "words"), THERE.values(), ids=THERE)
def test_what_is_no_saved_plan_is_not_written_over(
    acme: Project, tmp_path: Path, make: Any, words: str
) -> None:
    path = tmp_path / "there"
    make(path)
    before = path.lstat()

    ran = save(acme, path)

    assert ran.code == Exit.ERROR
    assert words in ran.err
    assert len(acme.sandbox.history) == 0
    after = path.lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("-", "a saved plan goes into a file"),
        ("plans/acme.plan", "there is no directory"),
        ("acme/plan.toml", "a plan is not saved in a .toml file"),
        ("acme/.ghstate/state.json", "is where the state is kept"),
        ("acme/.ghstate/state.json.lock", "are the state's own there"),
        ("acme/.ghstate/state.json.lock.info", "are the state's own there"),
        ("acme/.ghstate/state.json.journal", "are the state's own there"),
        ("acme/.ghstate/State.json.generation-00000099", "are the state's own there"),
        ("acme/.ghstate/.state.json.0a.tmp", "are the state's own there"),
    ],
)
def test_there_are_places_where_no_plan_is_saved(
    acme: Project, tmp_path: Path, name: str, words: str
) -> None:
    acme.refresh()
    acme.sandbox.history.clear()

    ran = save(acme, Path(name) if name == "-" else tmp_path / name)

    assert ran.code == Exit.ERROR
    assert words in ran.err
    assert len(acme.sandbox.history) == 0


def test_a_plan_that_is_refused_is_not_saved_nor_an_earlier_one_left(
    acme: Project, plan: Path
) -> None:
    acme.members('alice = "admin"')

    ran = save(acme, plan)
    again = save(acme, plan)

    assert (ran.code, again.code) == (Exit.REFUSED, Exit.REFUSED)
    assert ran.err.endswith(
        "the plan is refused, so it is not saved, and the one saved there before is "
        "removed\n"
    )
    assert again.err.endswith("the plan is refused, so it is not saved\n")
    assert not plan.exists()


def test_a_plan_with_an_entry_in_error_is_saved_and_the_rest_applied(
    acme: Project, plan: Path
) -> None:
    acme.members(EVERYBODY + 'eve = "member"\nnobody = "member"')
    acme.teams("")

    saved = save(acme, plan)
    applied = run_saved(acme, plan)

    assert (saved.code, applied.code) == (Exit.ERROR, Exit.IN_PART)
    assert acme.sandbox.history.calls() == ["POST /orgs/acme/invitations"]


# Showing ------------------------------------------------------------------------


def test_a_saved_plan_is_shown_without_project_token_and_network(
    acme: Project, plan: Path, tmp_path: Path
) -> None:
    was = save(acme, plan).out
    nowhere = tmp_path / "nowhere"
    nowhere.mkdir()

    code, modules, out = run_in_child(nowhere, "show", str(plan))

    made = binding(plan)
    at, until = (
        f"{made[key][:16].replace('T', ' ')} UTC" for key in ("made_at", "expires_at")
    )
    head, digest, *page_lines, footer = out.splitlines()
    assert code == Exit.DONE
    assert head == f"planned {at}, may be applied until {until}"
    assert (
        f"sha256:{digest.removeprefix('digest ')}"
        == json.loads(plan.read_bytes())["digest"]
    )
    assert page_lines == was.splitlines()
    assert footer == f"apply it with: ghstate apply {plan}"
    assert modules.isdisjoint(ONLINE)


def test_a_plan_is_saved_without_loading_what_talks_to_github(
    acme: Project, tmp_path: Path
) -> None:
    acme.refresh()
    path = tmp_path / "acme.plan"

    code, modules, _ = run_in_child(
        acme.directory, "plan", "--no-refresh", "--out", str(path)
    )

    assert (code, path.exists()) == (Exit.DONE, True)
    assert modules.isdisjoint(ONLINE)


def test_whoever_looks_at_it_decides_about_colours(acme: Project, plan: Path) -> None:
    plain = acme.run("show", str(plan)).out
    coloured = acme.run("show", str(plan), "--color", "always").out

    assert "\x1b[" not in plain
    assert "\x1b[31m-" in coloured


def test_a_plan_that_has_expired_can_still_be_looked_at(
    acme: Project, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge(plan, saved=binding(plan) | {"expires_at": "2020-01-01T00:00:00Z"})

    ran = acme.run("show", str(plan))

    assert ran.code == Exit.DONE
    assert "could be applied until 2020-01-01 00:00 UTC" in ran.out


def test_a_page_that_was_forged_is_not_shown(acme: Project, plan: Path) -> None:
    forge(plan, page={"sections": 3})

    ran = acme.run("show", str(plan))

    assert ran.code == Exit.STALE
    assert ran.err.startswith(f"error: {plan} cannot be shown: its page was altered\n")


def test_a_damaged_plan_that_cannot_be_shown_is_not_told_as_one_that_was_applied(
    acme: Project, plan: Path
) -> None:
    plan.write_bytes(plan.read_bytes()[:-1])

    ran = acme.run("show", str(plan))

    assert ran.code == Exit.STALE
    assert ran.err == (
        f"error: {plan} cannot be shown: it was altered or cut off after ghstate wrote "
        f"it\n  plan again: ghstate plan --out {plan}\n"
    )


def test_a_page_that_hides_a_removal_is_not_shown(acme: Project, plan: Path) -> None:
    page = json.loads(plan.read_bytes())["page"]
    people = next(each for each in page["sections"] if each["title"] == "People")
    people["lines"] = [each for each in people["lines"] if each["name"] != "bob"]
    forge(plan, page=page)

    ran = acme.run("show", str(plan))

    assert (ran.code, ran.out) == (Exit.STALE, "")
    assert ran.err == (
        f"error: {plan} cannot be shown: its page is not of the changes in it\n"
        f"  plan again: ghstate plan --out {plan}\n"
    )
    shown = json.loads(acme.run("show", str(plan), "--json").out)
    assert "members.bob" in {each["address"] for each in shown["resource_changes"]}


def test_a_page_without_end_is_not_shown(acme: Project, plan: Path) -> None:
    for depth in (9, 100, 300, 400):
        line: dict[str, Any] = {"name": "bob"}
        for _ in range(depth):
            line = {"name": "bob", "details": [line]}
        forge(plan, page={"sections": [{"lines": [line]}]})

        assert acme.run("show", str(plan)).code == Exit.STALE


def test_r14_a_page_gives_the_runner_no_orders(acme: Project, plan: Path) -> None:
    page = json.loads(plan.read_bytes())["page"]
    pieces = [{"text": each} for each in (":", ":error::no", "##", "[error]no")]
    forge(plan, page=page | {"summary": pieces, "footer": "##[error]no"})

    for flags in ([], ["--json"]):
        out = acme.run("show", str(plan), *flags).out
        assert "##[" not in out
        assert not any(each.lstrip().startswith("::") for each in out.splitlines())


# Applying -----------------------------------------------------------------------

ALL_OF_IT = [
    "POST /orgs/acme/invitations",
    "DELETE /orgs/acme/memberships/bob",
]


def test_a_saved_plan_is_applied_unasked(acme: Project, plan: Path) -> None:
    ran = run_saved(acme, plan)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ALL_OF_IT
    assert acme.is_at_rest()


def test_a_read_in_between_makes_no_plan_stale(acme: Project, plan: Path) -> None:
    acme.refresh()
    acme.plan("--refresh")

    assert run_saved(acme, plan).code == Exit.DONE


def test_without_a_stored_state_a_plan_is_applied_all_the_same(
    acme: Project, plan: Path
) -> None:
    """As on a runner that starts empty, whose plan comes from another one."""
    acme.forget()

    assert run_saved(acme, plan).code == Exit.DONE
    assert acme.sandbox.history.calls() == ALL_OF_IT


def test_t73_what_others_have_done_meanwhile_drops_out(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.world.leave("bob")

    ran = run_saved(acme, plan)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ["POST /orgs/acme/invitations"]
    head, _, rest = ran.out.partition("\n\n")
    assert head.startswith("acme · 2 people, 1 team · snapshot")
    assert rest.startswith(
        "No longer needed: done already\n"
        "  - bob    remove\n"
        "\n"
        "People\n"
        "  + alice  invite as member  with ops\n"
    )


def test_t73_what_nobody_has_reviewed_stops_all_of_it_and_is_shown(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.world.leave("bob")
    acme.sandbox.world.add_member("mallory", OrgRole.ADMIN)

    ran = run_saved(acme, plan)

    assert ran.code == Exit.STALE
    assert acme.sandbox.history.calls() == []
    assert ran.out == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "Not in the saved plan\n"
        "  - mallory  remove  an organization owner\n"
        "\n"
        "No longer needed: done already\n"
        "  - bob      remove\n"
        "\n"
        "1 change that nobody has reviewed\n"
    )
    assert ran.err.endswith(
        f"error: {plan} may not be applied: the organization has changed since it was "
        "made; nothing was changed\n"
        f"  review what is shown, and plan again: ghstate plan --out {plan}\n"
    )


def test_t73_what_would_be_done_otherwise_stops_all_of_it_and_is_shown(
    acme: Project, plan: Path
) -> None:
    world = acme.sandbox.world
    bob = world.known("bob")
    world.members[bob.id].role = OrgRole.ADMIN
    world.invite("alice")
    world.fail("alice", "Invitation expired.")

    ran = run_saved(acme, plan)

    assert ran.code == Exit.STALE
    assert acme.sandbox.history.calls() == []
    assert ran.out == (
        "acme · not as it was when the plan was saved\n"
        "\n"
        "Otherwise than in the saved plan\n"
        "  + alice\n"
        "        was planned   invite as member\n"
        "        would be now  invite again as member\n"
        "  - bob\n"
        "        was planned   remove\n"
        "        would be now  remove  has role admin, not member\n"
        "\n"
        "2 changes that nobody has reviewed\n"
    )


def test_t73_an_invitation_that_somebody_else_sent_is_not_sent_again(
    acme: Project, plan: Path
) -> None:
    """Her team, which was to come with the invitation, is given to her by itself."""
    acme.sandbox.world.invite("alice")

    ran = run_saved(acme, plan)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == [
        "PUT /orgs/acme/teams/ops/memberships/alice",
        "DELETE /orgs/acme/memberships/bob",
    ]
    assert acme.is_at_rest()


def test_a_safety_rule_that_holds_by_now_refuses_the_rest(
    acme: Project, tmp_path: Path
) -> None:
    world = acme.sandbox.world
    for login in ("yan", "zoe"):
        world.add_member(login, OrgRole.ADMIN)
    acme.settings('[safety]\nmin_admins = 2\n[manage]\nignore = ["zoe"]')
    acme.members(EVERYBODY + 'yan = "member"')
    path = tmp_path / "acme.plan"
    assert save(acme, path).code == Exit.DONE
    world.leave("zoe")

    ran = run_saved(acme, path)

    assert ran.code == Exit.REFUSED
    assert "1 active admin would be left, and min_admins is 2" in ran.out
    assert acme.sandbox.history.calls() == []


def test_t73_what_is_not_done_for_an_error_is_not_told_as_done(
    acme: Project, plan: Path
) -> None:
    """Alice is deleted on GitHub, and nobody has invited her."""
    world = acme.sandbox.world
    world.rename("alice", "alicia")

    ran = run_saved(acme, plan)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ["DELETE /orgs/acme/memberships/bob"]
    assert "done already" not in ran.out
    assert (
        "Cannot be carried out any more\n"
        "  + alice      invite as member  GitHub has no account alice any more"
    ) in ran.out


def _old(crowd: Project) -> Team:
    team = crowd.sandbox.world.team("old")
    assert team is not None
    return team


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Project]:
    """Forty people, five of them in the team ``old``, which is to go."""
    people = [f"p{number:02}" for number in range(40)]
    teams = [{"slug": "old", "members": people[:5]}]
    document = {"org": "acme", "admins": ["ada"], "members": people, "teams": teams}
    with Sandbox(from_neutral(document)) as sandbox:
        yield project(tmp_path / "acme", sandbox, teams="[teams.old]\nabsent = true\n")


@pytest.mark.parametrize(
    ("before", "allowed"), [(5, "6"), (1, "1"), (1, "100")], ids=str
)
def test_removals_that_were_allowed_are_those_and_not_others(
    crowd: Project, tmp_path: Path, before: int, allowed: str
) -> None:
    """A number that was allowed, or was not needed, is no leave for any number."""
    world = crowd.sandbox.world
    people = [f"p{number:02}" for number in range(40)]
    for login in people[before:5]:
        del _old(crowd).members[world.known(login).id]
    path = tmp_path / "acme.plan"
    assert save(crowd, path, "--allow-removals", allowed).code == Exit.DONE
    for login in people[before:]:
        _old(crowd).members[world.known(login).id] = TeamRole.MEMBER

    ran = run_saved(crowd, path)

    assert ran.code == Exit.STALE
    assert crowd.sandbox.history.calls() == []
    assert (
        "Otherwise than in the saved plan\n"
        "  - old\n"
        "        was planned   delete\n"
        f"        would be now  delete  would now take {40 - before} more team "
        f"memberships with it: {people[before]}, {people[before + 1]} and "
        f"{40 - before - 2} more\n"
    ) in ran.out
    assert "1 change that nobody has reviewed\n" in ran.out


def test_a_team_that_somebody_has_left_since_is_deleted_all_the_same(
    crowd: Project, tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    assert save(crowd, path, "--allow-removals", "6").code == Exit.DONE
    crowd.sandbox.world.leave("p00")

    assert run_saved(crowd, path).code == Exit.DONE
    assert crowd.sandbox.history.calls() == ["DELETE /orgs/acme/teams/old"]


def test_a_number_that_was_not_needed_is_not_missed(
    crowd: Project, tmp_path: Path
) -> None:
    for login in ("p01", "p02", "p03", "p04"):
        del _old(crowd).members[crowd.sandbox.world.known(login).id]
    path = tmp_path / "acme.plan"
    assert save(crowd, path, "--allow-removals", "1").code == Exit.DONE

    assert run_saved(crowd, path).code == Exit.DONE
    assert crowd.sandbox.history.calls() == ["DELETE /orgs/acme/teams/old"]


def test_who_writes_more_removals_into_a_plan_gains_none(
    crowd: Project, tmp_path: Path
) -> None:
    """The number and what goes along: a person more is still not in the plan."""
    path = tmp_path / "acme.plan"
    save(crowd, path, "--allow-removals", "6")
    removals = {"github_team": 1, "github_team_membership": 40}
    forge(path, saved=binding(path) | {"allow_removals": 41, "removals": removals})
    _old(crowd).members[crowd.sandbox.world.known("p05").id] = TeamRole.MEMBER

    ran = run_saved(crowd, path)

    assert ran.code == Exit.STALE
    assert "would now take 1 more team membership with it: p05\n" in ran.out
    assert crowd.sandbox.history.calls() == []


def test_t73_another_account_that_has_the_login_by_now_is_not_removed(
    acme: Project, plan: Path
) -> None:
    world = acme.sandbox.world
    world.rename("bob", "bobby")
    world.leave("bobby")
    world.add_member("bob")
    acme.forget()

    ran = run_saved(acme, plan)

    assert ran.code == Exit.STALE
    assert acme.sandbox.history.calls() == []
    assert (
        "Otherwise than in the saved plan\n"
        "  - bob\n"
        "        was planned   remove\n"
        "        would be now  remove  bob is another account now\n"
    ) in ran.out


def test_t73_another_team_that_has_the_slug_by_now_is_not_deleted(
    crowd: Project, tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    save(crowd, path, "--allow-removals", "6")
    world = crowd.sandbox.world
    del world.teams[_old(crowd).id]
    world.add_team("old", "p00")
    crowd.forget()

    ran = run_saved(crowd, path)

    assert ran.code == Exit.STALE
    assert crowd.sandbox.history.calls() == []
    assert "would be now  delete  old is another team now\n" in ran.out


# The flags of a saved plan ------------------------------------------------------


@pytest.mark.parametrize(
    "flags",
    [
        ["--target", "members.alice"],
        ["--allow-removals", "1"],
        ["--reinvite-left"],
    ],
    ids=lambda flags: flags[0],
)
def test_a_saved_plan_carries_its_own_flags(
    acme: Project, plan: Path, flags: list[str]
) -> None:
    ran = run_saved(acme, plan, *flags)

    assert ran.code == Exit.ERROR
    assert f"a saved plan carries its own {flags[0]}\n" in ran.err
    assert len(acme.sandbox.history) == 0


def test_removals_that_were_allowed_are_allowed_as_far_as_they_are_left(
    tmp_path: Path,
) -> None:
    people = [f"person-{number}" for number in range(6)]
    document = {"org": "acme", "admins": ["ada"], "members": people, "teams": []}
    with Sandbox(from_neutral(document)) as sandbox:
        acme = project(tmp_path / "acme", sandbox, members={"ada": "admin"})
        path = tmp_path / "acme.plan"
        assert save(acme, path).code == Exit.REFUSED
        assert save(acme, path, "--allow-removals", "6").code == Exit.DONE
        sandbox.world.leave("person-3")

        ran = run_saved(acme, path)

        assert ran.code == Exit.DONE
        assert len(sandbox.history.calls()) == 5


def test_people_who_left_are_invited_again_where_the_plan_was_made_so(
    acme: Project, tmp_path: Path
) -> None:
    path = tmp_path / "acme.plan"
    acme.sandbox.world.policy.audit_log = True
    acme.apply()
    acme.sandbox.world.leave("cyd")
    assert acme.plan().reasons == {}
    assert save(acme, path, "--reinvite-left").code == Exit.DONE

    ran = run_saved(acme, path)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ["POST /orgs/acme/invitations"]


def test_a_plan_for_one_address_is_applied_to_that_one(
    acme: Project, tmp_path: Path
) -> None:
    acme.members('ada = "admin"\ncyd = "member"\nalice = "member"')
    acme.teams("")
    path = tmp_path / "acme.plan"
    assert save(acme, path, "--target", "members.alice").code == Exit.DONE
    assert [*entries(path)] == ["members.alice"]
    assert json.loads(path.read_bytes())["targets"] == ["members.alice"]

    ran = run_saved(acme, path)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ["POST /orgs/acme/invitations"]


def test_a_target_that_is_gone_by_now_leaves_nothing_to_do(
    acme: Project, plan: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bob.plan"
    assert save(acme, path, "--target", "members.bob").code == Exit.DONE
    acme.sandbox.world.leave("bob")

    ran = run_saved(acme, path)

    assert ran.code == Exit.DONE
    assert "nothing is left to do" in ran.err
    assert acme.sandbox.history.calls() == []


def test_a_removal_that_was_a_target_is_not_missed_afterwards(
    acme: Project, plan: Path
) -> None:
    ran = acme.apply("--target", "members.bob")

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ["DELETE /orgs/acme/memberships/bob"]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_target_that_is_no_address_is_an_error(acme: Project, command: str) -> None:
    ran = acme.run(command, "--target", "members..bob")

    assert ran.code == Exit.ERROR
    assert len(acme.sandbox.history) == 0


def test_the_digest_of_a_saved_plan_may_be_expected(acme: Project, plan: Path) -> None:
    digest = json.loads(plan.read_bytes())["digest"]

    assert refused(acme, plan, "--expect", "0" * 64) == (
        f"error: {plan} is not the plan that was expected, its digest is "
        f"{digest.removeprefix('sha256:')}"
    )
    assert run_saved(acme, plan, "--expect", digest).code == Exit.DONE


def test_to_approve_what_is_approved_already_does_no_harm(
    acme: Project, plan: Path
) -> None:
    assert run_saved(acme, plan, "--auto-approve").code == Exit.DONE


# What keeps a plan from being applied -------------------------------------------


def test_r12_a_plan_that_was_altered_sends_nothing(acme: Project, plan: Path) -> None:
    content = plan.read_bytes()
    chance = Random(12)  # noqa: S311 - damage need not be secret
    for _ in range(40):
        at = chance.randrange(len(content))
        other = (content[at] + chance.randrange(1, 256)) % 256
        plan.write_bytes(content[:at] + bytes([other]) + content[at + 1 :])

        assert run_saved(acme, plan).code in {Exit.STALE, Exit.ERROR}, at

    assert len(acme.sandbox.history) == 0


def test_r12_a_plan_of_another_organization_is_refused(
    acme: Project, plan: Path, tmp_path: Path
) -> None:
    with Sandbox(from_neutral({**ACME, "org": "umbrella"})) as sandbox:
        umbrella = project(
            tmp_path / "umbrella", sandbox, members={"ada": "admin", "bob": "member"}
        )
        theirs = tmp_path / "umbrella.plan"
        save(umbrella, theirs)
        sandbox.history.clear()

        assert refused(acme, theirs) == (
            "it is for umbrella, and the settings name acme"
        )
        assert refused(umbrella, plan) == (
            "it is for acme, and the settings name umbrella"
        )
        assert len(sandbox.history) == 0
    assert len(acme.sandbox.history) == 0


def test_r12_a_plan_of_an_organization_that_had_this_name_is_refused(
    acme: Project, plan: Path
) -> None:
    world: Organization = acme.sandbox.world
    world.org_id = 9001
    acme.forget()

    assert refused(acme, plan) == ("it is for the organization 9000, and acme is 9001")


def test_r12_a_plan_that_another_ghstate_made_is_refused(
    acme: Project, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_by = json.loads(plan.read_bytes())["ghstate_version"]
    for version in ("0.0.9", "9.9.9"):
        monkeypatch.setattr(applying, "__version__", version)

        assert refused(acme, plan) == (
            f"ghstate {made_by} made it, and this is {version}"
        )
    assert len(acme.sandbox.history) == 0


def test_r12_a_plan_that_has_expired_is_refused_unread(
    acme: Project, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = utc_now() + timedelta(days=7, minutes=1)
    monkeypatch.setattr(Workspace, "now", property(lambda _: later))

    assert refused(acme, plan).startswith("it could be applied until ")
    assert len(acme.sandbox.history) == 0


def test_r12_a_plan_that_has_expired_by_githubs_clock_is_refused(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.world.advance(timedelta(days=7, minutes=1))

    assert refused(acme, plan).startswith("it could be applied until ")


def test_r12_a_plan_from_the_future_is_refused(acme: Project, plan: Path) -> None:
    """The clock that it was made by was wrong, and so is the time that it expires."""
    later = "2099-01-01T00:00:00Z"
    forge(plan, saved=binding(plan) | {"made_at": later, "expires_at": later})

    assert refused(acme, plan) == "it was made in the future, on 2099-01-01 00:00 UTC"


def test_a_sandbox_whose_clock_is_ahead_has_plans_as_any(
    acme: Project, plan: Path
) -> None:
    acme.sandbox.world.advance(timedelta(days=30))
    save(acme, plan)

    assert run_saved(acme, plan).code == Exit.DONE


def test_r12_a_plan_is_refused_after_another_apply(acme: Project, plan: Path) -> None:
    assert acme.apply("--target", "members.alice").code == Exit.DONE

    assert refused(acme, plan) == (
        "there was an apply or an edit of the state since it was made"
    )


def test_r12_nobody_but_the_settings_says_how_long_a_plan_lasts(
    acme: Project, plan: Path
) -> None:
    made = datetime.fromisoformat(binding(plan)["made_at"])
    forge(plan, saved=binding(plan) | {"expires_at": "2099-01-01T00:00:00Z"})

    assert refused(acme, plan) == (
        "it says that it may be applied until 2099-01-01 00:00 UTC, and by the "
        f"settings it may be until {made + timedelta(days=7):%Y-%m-%d %H:%M} UTC"
    )
    assert len(acme.sandbox.history) == 0


EDITS: dict[str, tuple[str, str | None, str]] = {
    "an edit": ("members.toml", "[members]\n", "members.toml was changed"),
    "a comment": ("teams.toml", "# new\n", "teams.toml was changed"),
    "a new file": ("more.toml", "", "more.toml was added"),
    "a file that is gone": ("teams.toml", None, "teams.toml was removed"),
    "the settings": ("ghstate.toml", "# new\n", "ghstate.toml was changed"),
    "the lock file": (
        "ghstate.lock.toml",
        'organization = { login = "acme", id = 9000 }\n',
        "ghstate.lock.toml was added",
    ),
}


@pytest.mark.parametrize(("name", "more", "words"), EDITS.values(), ids=EDITS)
def test_r12_a_plan_is_refused_after_an_edit_of_the_files(
    acme: Project, plan: Path, name: str, more: str | None, words: str
) -> None:
    path = acme.directory / name
    if more is None:
        path.unlink()
    else:
        before = path.read_text("utf-8") if path.exists() else ""
        path.write_text(f"{before}\n# {name}\n" if before else more, "utf-8")

    assert refused(acme, plan) == f"since it was made, {words}"
    assert len(acme.sandbox.history) == 0


def test_r12_a_plan_replayed_is_refused(acme: Project, plan: Path) -> None:
    assert run_saved(acme, plan).code == Exit.DONE

    for _ in range(2):
        assert refused(acme, plan) == (
            "there was an apply or an edit of the state since it was made"
        )
    assert acme.sandbox.history.calls() == ALL_OF_IT


def test_r12_a_plan_replayed_without_its_state_sends_nothing(
    acme: Project, plan: Path
) -> None:
    run_saved(acme, plan)
    for _ in range(2):
        acme.forget()

        ran = run_saved(acme, plan)

        assert ran.code == Exit.DONE
        assert ran.err.endswith(f"nothing is left to do of {plan}\n")
        assert "No longer needed: done already\n" in ran.out
    assert acme.sandbox.history.calls() == ALL_OF_IT


def test_r12_a_plan_for_another_state_is_refused(acme: Project, plan: Path) -> None:
    acme.forget()
    acme.refresh()

    assert refused(acme, plan).startswith("it was made from the state ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        (b"", "is empty, and no saved plan"),
        (b"my notes\n", "is no saved plan"),
    ],
    ids=["missing", "empty", "notes"],
)
@pytest.mark.parametrize("command", ["apply", "show"])
def test_what_is_no_plan_is_an_error(
    acme: Project, tmp_path: Path, command: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / "no.plan"
    if content is not None:
        path.write_bytes(content)

    ran = acme.run(command, str(path))

    assert ran.code == Exit.ERROR
    assert words in ran.err
    assert len(acme.sandbox.history) == 0


def test_a_plan_as_it_is_printed_is_not_one_that_can_be_applied(
    acme: Project, tmp_path: Path
) -> None:
    path = tmp_path / "printed.json"
    path.write_text(acme.run("plan", "--json").out, "utf-8")

    ran = run_saved(acme, path)

    assert ran.code == Exit.ERROR
    assert "is a plan as --json prints it, and no saved one" in ran.err


def test_a_plan_is_read_through_a_link(acme: Project, plan: Path) -> None:
    link = plan.with_name("latest.plan")
    link.symlink_to(plan)

    assert run_saved(acme, link).code == Exit.DONE


# Forged -------------------------------------------------------------------------


def test_who_forges_a_plan_makes_nobody_an_admin(acme: Project, plan: Path) -> None:
    """The entries, the digest and the seal all say so: it is not in the files."""
    alice = entries(plan)["members.alice"]
    mallory = json.loads(json.dumps(alice).replace("alice", "mallory"))
    mallory["change"]["after"]["role"] = "admin"
    forge(plan, resource_changes=[*entries(plan).values(), mallory])

    ran = run_saved(acme, plan)

    assert ran.code == Exit.DONE
    assert acme.sandbox.history.calls() == ALL_OF_IT
    invitation, _ = acme.sandbox.history.writes()
    assert invitation.body["role"] == "direct_member"


def test_who_forges_a_plan_gives_nobody_another_role(acme: Project, plan: Path) -> None:
    found = entries(plan)
    found["members.alice"]["change"]["after"]["role"] = "admin"
    forge(plan, resource_changes=[*found.values()])

    ran = run_saved(acme, plan)

    assert ran.code == Exit.STALE
    assert "would be now  invite as member  gets role member, not admin" in ran.out
    assert acme.sandbox.history.calls() == []


def test_who_drops_a_removal_from_a_plan_stops_all_of_it(
    acme: Project, plan: Path
) -> None:
    found = entries(plan)
    del found["members.bob"]
    forge(plan, resource_changes=[*found.values()])

    ran = run_saved(acme, plan)

    assert ran.code == Exit.STALE
    assert "Not in the saved plan\n  - bob  remove" in ran.out
    assert acme.sandbox.history.calls() == []


# The disk -----------------------------------------------------------------------


@pytest.mark.parametrize("call", ["write_new", "sync_directory"])
def test_a_plan_that_cannot_be_written_is_an_error_and_leaves_nothing_behind(
    acme: Project, plan: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    works = getattr(disk, call)

    def full(on: Disk, at: Path | int, *rest: bytes) -> None:
        if isinstance(at, int) or at.name.startswith(f".{plan.name}."):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        works(on, at, *rest)

    before = sorted(each.name for each in plan.parent.iterdir())
    monkeypatch.setattr(disk, call, full)

    ran = save(acme, plan, "--no-refresh")

    assert ran.code == Exit.ERROR
    assert f"{plan}: the plan cannot be saved: no space left on device\n" in ran.err
    assert sorted(each.name for each in plan.parent.iterdir()) == before
    assert planfile.decode(plan.read_bytes(), place="").digest


def test_a_plan_that_cannot_be_removed_is_an_error(
    acme: Project, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(*_: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    acme.members('alice = "admin"')
    monkeypatch.setattr(saving, "sync_names", kept)

    ran = save(acme, plan)

    assert ran.code == Exit.ERROR
    assert "the plan cannot be saved: permission denied" in ran.err


def test_a_link_that_leads_in_circles_is_an_error(
    acme: Project, tmp_path: Path
) -> None:
    path = tmp_path / "circle.plan"
    path.symlink_to(path)

    assert run_saved(acme, path).code == Exit.ERROR
