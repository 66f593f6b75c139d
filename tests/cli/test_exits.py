"""Exit codes: the contract's table, seen from outside."""

from __future__ import annotations

import itertools
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import pytest

from ghstate.cli import applying
from ghstate.cli.app import run
from ghstate.cli.exits import PRECEDENCE, Exit, first_of
from ghstate.ports import Holder
from ghstate.sandbox.running import Sandbox
from ghstate.store.file import FileStore
from tests.journey import Project


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(PRECEDENCE, 2)))
def test_where_two_codes_hold_the_contracts_order_decides(
    one: Exit, other: Exit
) -> None:
    assert first_of(other, one) is one


def test_a_plan_without_changes_is_done(acme: Project) -> None:
    assert acme.plan("--detailed-exitcode").code == Exit.DONE


def test_a_plan_with_changes_says_so_only_when_asked(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    assert acme.plan().code == Exit.DONE
    assert acme.plan("--detailed-exitcode").code == Exit.CHANGES


def test_a_refused_plan_is_printed_in_full_and_changes_nothing(acme: Project) -> None:
    acme.settings('[safety]\nprotected = ["cyd"]')
    acme.members('ada = "admin"\nbob = "member"')

    planned = acme.plan("--detailed-exitcode")
    applied = acme.apply()

    assert planned.code == Exit.REFUSED
    assert planned.refused
    assert planned.reasons == {"members.cyd": "remove"}
    assert applied.code == Exit.REFUSED
    assert "cyd is protected" in applied.out
    assert acme.sandbox.history.writes() == []


def test_an_entry_in_error_fails_the_plan_and_leaves_the_apply_in_part(
    acme: Project, sandbox: Sandbox
) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"\nnobody-here = "member"')

    assert acme.plan().code == Exit.ERROR
    assert acme.apply().code == Exit.IN_PART
    assert sandbox.history.calls() == ["PUT /orgs/acme/memberships/bob"]


def test_an_apply_of_another_plan_than_expected_is_stale(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')
    digest = acme.plan().digest
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "admin"')

    stale = acme.run("apply", "--expect", digest)

    assert stale.code == Exit.STALE
    assert "not the one that was expected" in stale.err
    assert acme.sandbox.history.writes() == []


@pytest.mark.parametrize("prefix", ["", "sha256:"])
def test_an_apply_of_the_expected_plan_needs_no_other_approval(
    acme: Project, prefix: str
) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')
    digest = acme.plan().digest.removeprefix("sha256:")

    assert acme.run("apply", "--expect", prefix + digest).code == Exit.DONE
    assert acme.is_at_rest()


def test_the_command_that_a_plan_prints_applies_exactly_that_plan(
    acme: Project,
) -> None:
    acme.members('ada = "admin"\n"new.hire@acme.example" = "member"\neve = "member"')
    acme.teams("")
    flags = ["--target", "teams.ops", "--target", 'members."new.hire@acme.example"']

    planned = acme.run("plan", *flags, "--allow-removals", "1", "--reinvite-left")

    _, _, command = planned.out.splitlines()[-1].partition(": ")
    program, *arguments = shlex.split(command)
    assert program == "ghstate"
    assert arguments[-7:] == [*flags, "--allow-removals", "1", "--reinvite-left"]
    assert acme.run(*arguments).code == Exit.DONE
    assert acme.sandbox.history.calls() == ["POST /orgs/acme/invitations"]


@contextmanager
def held(acme: Project, operation: str = "apply") -> Iterator[Holder]:
    holder = Holder(
        id="abc123",
        operation=operation,
        who="eve@elsewhere",
        pid=1,
        since=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
    )
    with FileStore(acme.state_file).lock(holder):
        yield holder


@pytest.mark.parametrize(
    "command", ["apply --auto-approve", "refresh", "import --out -"]
)
def test_a_lock_that_somebody_holds_stops_a_writer_and_names_them(
    acme: Project, command: str
) -> None:
    with held(acme):
        ran = acme.run(*command.split(), "--lock-timeout", "0s")

    assert ran.code == Exit.LOCKED
    assert "eve@elsewhere" in ran.err
    assert "abc123" in ran.err


def test_a_plan_waits_for_no_lock_and_leaves_the_state_alone(acme: Project) -> None:
    acme.refresh()
    before = acme.state
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    with held(acme):
        planned = acme.plan("--refresh")

    assert planned.code == Exit.DONE
    assert planned.reasons == {"members.bob": "change_role"}
    assert "planning on a read of its own" in planned.err
    assert acme.state == before


def test_force_unlock_needs_the_right_id(acme: Project) -> None:
    with held(acme):
        assert acme.run("force-unlock", "wrong").code == Exit.ERROR
        assert acme.run("force-unlock", "abc123").code == Exit.DONE
        assert acme.refresh().code == Exit.DONE


def test_without_a_terminal_and_without_approval_nothing_is_applied(
    acme: Project,
) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    with patch.object(sys, "stdin", StringIO("yes\n")):
        ran = acme.run("apply")

    assert ran.code == Exit.ERROR
    assert "--auto-approve" in ran.err
    assert acme.sandbox.history.writes() == []


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "code", "writes"),
    [("yes", Exit.DONE, 1), ("y", Exit.ERROR, 0), ("", Exit.ERROR, 0)],
)
def test_on_a_terminal_only_yes_will_do(
    acme: Project, answer: str, code: Exit, writes: int
) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    with patch.object(sys, "stdin", Terminal(f"{answer}\n")):
        ran = acme.run("apply")

    assert ran.code == code
    assert "Make 1 change?" in ran.err
    assert "apply exactly this with" not in ran.out
    assert len(acme.sandbox.history.writes()) == writes


def test_what_is_asked_counts_an_invitation_with_its_teams_as_one(
    acme: Project,
) -> None:
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "member"')
    acme.teams('[teams.ops]\nmembers = ["bob", "eve"]\n')

    with patch.object(sys, "stdin", Terminal("no\n")):
        ran = acme.run("apply")

    assert "1 to invite" in ran.out
    assert "Make 1 change?" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["plan", "--no-such-flag"],
        ["plan", "--format", "yaml"],
        ["plan", "--color", "mauve"],
        ["plan", "--max-wait", "soon"],
        ["apply", "--expect", "3f9c"],
        ["apply", "--allow-removals", "-1"],
        ["state", "rm"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_an_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == Exit.ERROR

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Error" in shown.err
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "--format", "markdown"], "markdown is not supported by this version"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_a_later_version_brings_is_refused_and_never_ignored(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == Exit.ERROR
    assert words in capsys.readouterr().err.replace("\n", " ")


def test_an_app_key_is_refused_and_never_ignored(acme: Project) -> None:
    acme.environ["GHSTATE_APP_ID"] = "12"

    ran = acme.refresh()

    assert ran.code == Exit.ERROR
    assert "not supported by this version" in ran.err


def test_no_more_invitations_than_allowed_and_the_rest_in_another_run(
    acme: Project, sandbox: Sandbox
) -> None:
    everybody = 'ada = "admin"\nbob = "member"\ncyd = "member"\n'
    acme.members(everybody + 'eve = "member"\nfay = "member"')

    first = acme.apply("--max-invites", "1")
    second = acme.apply("--max-invites", "1")

    assert (first.code, second.code) == (Exit.LIMIT, Exit.DONE)
    assert sandbox.history.calls() == ["POST /orgs/acme/invitations"] * 2
    assert acme.is_at_rest()


def test_a_pipe_that_is_closed_early_is_no_error(acme: Project) -> None:
    acme.refresh()
    read, write = os.pipe()
    os.close(read)
    with (
        os.fdopen(write, "w", encoding="utf-8") as out,
        patch.object(sys, "stdout", out),
    ):
        # Not by acme.run(), which would put its own stream in the place of this one.
        assert run(["-C", str(acme.directory), "state", "list"]) == Exit.DONE


class Slow:
    """Somebody who does something else before they answer."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        self._meanwhile = meanwhile

    def isatty(self) -> bool:
        return True

    def readline(self) -> str:
        self._meanwhile()
        return "yes\n"


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applying, "FRESH", timedelta(0))


@pytest.mark.usefixtures("no_patience")
def test_t73_what_has_changed_while_the_question_waited_is_shown_and_not_done(
    acme: Project,
) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')
    world = acme.sandbox.world

    with patch.object(sys, "stdin", Slow(lambda: world.add_member("mallory"))):
        ran = acme.run("apply")

    assert ran.code == Exit.STALE
    assert "mallory" in ran.out
    assert "has changed while the question waited" in ran.err
    assert acme.sandbox.history.writes() == []


@pytest.mark.usefixtures("no_patience")
def test_an_answer_may_take_its_time_where_nothing_changes(acme: Project) -> None:
    acme.members('ada = "admin"\nbob = "admin"\ncyd = "member"')

    with patch.object(sys, "stdin", Slow(lambda: None)):
        ran = acme.run("apply")

    assert ran.code == Exit.DONE
    assert len(acme.sandbox.history.writes()) == 1
