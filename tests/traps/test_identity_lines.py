"""What can stand in the files for a person: no App, nobody twice, no node id."""

from base64 import b64encode

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import BOT, Begin, join

ALICE = BOT | {"alice": "member"}
IN_PLATFORM = '[teams.platform]\nmembers = ["alice"]'

# T28


@pytest.mark.parametrize("command", ["validate", "plan", "apply"])
@pytest.mark.parametrize("login", ["dependabot[bot]", "Renovate[BOT]"])
def test_t28_an_app_is_refused_while_the_files_are_read(
    world: World, sandbox: Sandbox, acme: Begin, login: str, command: str
) -> None:
    join(world, "alice")
    project = acme(members=ALICE | {login: "member"})

    ran = project.run(command)

    assert ran.code == Exit.ERROR
    assert "members.toml:4:1" in ran.err
    assert f'"{login}" is an App, not a person' in ran.err
    assert "installed" in ran.err
    assert len(sandbox.history) == 0


def test_t28_an_app_is_refused_in_a_team_and_in_the_settings_it_is_a_name(
    world: World, sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        members=BOT,
        teams='[teams.platform]\nmembers = ["dependabot[bot]"]',
        settings='[manage]\nignore = ["renovate*"]',
    )

    ran = project.run("validate")

    assert ran.code == Exit.ERROR
    assert "teams.toml:2:12" in ran.err
    assert "is an App, not a person" in ran.err


# T29


def test_t29_one_login_in_two_files_is_an_error_with_both_places(
    sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(members=BOT | {"bob": "admin"})
    project.write("staff/people.toml", '[members]\n# and\nBob = "member"\n')

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert "is in the members twice" in planned.err
    assert "members.toml:3" in planned.err
    assert "staff/people.toml:3:1" in planned.err
    assert len(sandbox.history) == 0


def test_t29_one_id_for_two_logins_is_an_error_with_both_places(
    sandbox: Sandbox, acme: Begin
) -> None:
    project = acme(
        members='bot = "admin"\nbob = { role = "admin", id = 42 }\n'
        'robert = { role = "member", id = 42 }'
    )

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert "members.toml:3" in planned.err
    assert "members.toml:4" in planned.err
    assert len(sandbox.history) == 0


# T30


def test_t30_only_numeric_ids_are_kept_so_another_node_id_changes_nothing(
    world: World, sandbox: Sandbox, acme: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def as_it_was_in_2021(prefix: str, *numbers: int) -> str:
        return b64encode(f"0{len(prefix)}:{prefix}{numbers[-1]}".encode()).decode()

    join(world, "alice")
    world.invite("bob")
    world.add_team("platform", "alice")
    wanted = ALICE | {"bob": "member"}
    project = acme(members=wanted, teams=IN_PLATFORM)
    assert project.apply().code == Exit.DONE
    assert project.state is not None
    for name in ("U_", "T_", "OI_", "O_"):
        assert f'"{name}' not in project.state.decode()

    monkeypatch.setattr("ghstate.sandbox.wire.node_id", as_it_was_in_2021)

    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons, planned.notes) == (Exit.DONE, {}, {})
    assert project.is_at_rest()
