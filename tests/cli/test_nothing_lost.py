"""What is left of a state or a run that broke, and what every command says of it."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.journal import Began, Doing, Ended, Left, Record, Writer
from ghstate.store.file import FileStore
from tests.build import NOW
from tests.journey import Project


@pytest.fixture
def project(acme: Project) -> Project:
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"')
    acme.teams("")
    assert acme.apply().code == Exit.DONE
    return acme


# A state that is gone ----------------------------------------------------------


def test_a_state_that_is_gone_is_not_begun_anew_by_a_plan(project: Project) -> None:
    project.state_file.unlink()

    planned = project.plan()

    assert planned.code == Exit.DONE
    assert "the state is gone, and 1 generation of it is there" in planned.err
    assert "ghstate state restore" in planned.err
    assert not project.state_file.exists()


@pytest.mark.parametrize("command", ["refresh", "apply --auto-approve"])
def test_a_state_that_is_gone_is_restored_before_anything_is_written(
    project: Project, command: str
) -> None:
    project.state_file.unlink()

    ran = project.run(*command.split())

    assert ran.code == Exit.ERROR
    assert "the state is gone, and 1 generation of it is there" in ran.err
    assert not project.state_file.exists()
    assert project.run("state", "restore").code == Exit.DONE
    assert project.run(*command.split()).code == Exit.DONE


def test_without_any_generation_a_state_is_begun_anew(project: Project) -> None:
    project.forget()

    assert project.refresh().code == Exit.DONE


# A file that is not in order ---------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "show",
        "state list",
        "state list --generations",
        "state show",
        "state pull",
        "state rm members.bob",
        "state mv members.bob members.bobby",
        "state restore",
    ],
)
def test_what_mends_a_state_needs_no_file_but_the_settings(
    project: Project, command: str
) -> None:
    project.write("teams.toml", "[teams\n")

    assert project.run(*command.split()).code == Exit.DONE


def test_a_lock_is_forced_open_although_a_file_is_not_in_order(
    project: Project,
) -> None:
    project.write("teams.toml", "[teams\n")

    ran = project.run("force-unlock", "0b8f")

    assert ran.code == Exit.ERROR
    assert "nobody holds the lock" in ran.err


# An apply that did not come to its end -----------------------------------------

BEGAN = Began(id="a1", at=NOW, who="ci@runner", digest="3f9c", changes=2)
DONE = (
    Doing(address="members.bob", reason="invite"),
    Ended(address="members.bob", end="done"),
)


def noted(project: Project, *records: Record) -> None:
    writer = Writer()
    first, *others = [writer.line(record) for record in records]
    journal = FileStore(project.state_file).journal
    journal.begin(first)
    for line in others:
        journal.append(line)


@pytest.mark.parametrize(
    ("records", "said"),
    [
        (
            (BEGAN, *DONE, Left(at=NOW)),
            (
                "the apply of 2026-11-21 09:12 UTC by ci@runner stopped after 1 of 2 "
                "changes; an apply goes on from there"
            ),
        ),
        (
            (BEGAN, *DONE),
            (
                "warning: the apply of 2026-11-21 09:12 UTC by ci@runner did not end; "
                "1 change of 2 had been made"
            ),
        ),
        (
            (BEGAN, *DONE[:1]),
            (
                "warning: the apply of 2026-11-21 09:12 UTC by ci@runner did not end, "
                "while it was at members.bob; 0 changes of 2 had been made"
            ),
        ),
        (
            DONE,
            (
                "warning: an apply did not end, and its journal is damaged: "
                "at least 1 change was made, perhaps more"
            ),
        ),
    ],
    ids=["stopped", "killed between", "killed within", "damaged"],
)
def test_the_next_command_says_how_an_apply_ended(
    project: Project, records: tuple[Record, ...], said: str
) -> None:
    noted(project, *records)

    assert said in project.plan().err
    assert "apply of" not in project.plan().err  # it has been read what became of it


def test_an_address_that_nobody_has_written_is_told_as_damage(project: Project) -> None:
    noted(project, BEGAN, Doing(address="bad[", reason="invite"))

    planned = project.plan()

    assert planned.code == Exit.DONE
    assert "its journal is damaged" in planned.err
