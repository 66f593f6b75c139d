"""Addresses stand where somebody wrote them, and nowhere else."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.model.mailbox import Mailbox
from ghstate.sandbox.conditions import Fault, Meanwhile
from ghstate.sandbox.identities import IdentityProvider
from ghstate.sandbox.records import InvitationRole
from ghstate.sandbox.replies import complaint
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.journey import Project
from tests.traps.asking import table, waiting
from tests.traps.scene import Begin

NAMED = "new.hire@acme.example"
"""The files name this one."""

STRANGERS = {
    "waits": "wendy.waits@private.example",
    "failed": "fred.failed@private.example",
    "account": "al.account@private.example",
    "verified": "vera.verified@acme.example",
    "single sign-on": "sam.single@acme.example",
    "manager": "mona.manager@private.example",
}


@pytest.fixture
def project(world: World, acme: Begin) -> Project:
    """An organization with addresses in every place where GitHub has them."""
    world.add_team("platform")
    world.invite(STRANGERS["waits"], InvitationRole.ADMIN, teams=("platform",))
    world.fail(world.invite(STRANGERS["failed"]), "Gremlins")
    world.invite(STRANGERS["manager"], InvitationRole.BILLING_MANAGER)
    world.add_account("alice", email=STRANGERS["account"])
    world.invite("alice")
    verified = world.add_member("vera")
    verified.emails.add(STRANGERS["verified"])
    verified.verified_emails.add(STRANGERS["verified"])
    world.saml = IdentityProvider()
    world.saml.link(world.add_member("sam"), STRANGERS["single sign-on"])
    return acme(
        members=table(
            [
                ("bot", "admin"),
                ("alice", "member"),
                ("vera", "member"),
                (NAMED, "member"),
            ]
        ),
        teams=f'[teams.platform]\nmembers = ["{NAMED}"]',
    )


def local_part(address: str) -> str:
    return address.partition("@")[0]


def kept(project: Project) -> Iterator[tuple[str, str]]:
    """Everything that ghstate has written: each file, with what is in it."""
    for path in sorted((project.directory / ".ghstate").rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes().decode("utf-8", "replace")


COMMANDS = [
    ("plan",),
    ("plan", "--json"),
    ("apply", "--auto-approve"),
    ("refresh",),
    ("show",),
    ("show", "--json"),
    ("state", "list"),
    ("invites",),
    ("invites", "--json"),
]


def test_t09_addresses_that_no_file_names_are_in_no_output_and_in_no_file(
    world: World, project: Project
) -> None:
    for command in COMMANDS:
        ran = project.run(*command)
        assert ran.code == Exit.DONE, command
        for address in STRANGERS.values():
            assert local_part(address) not in ran.out + ran.err, command
    assert (NAMED, "direct_member") in waiting(world)
    for name, text in kept(project):
        for address in STRANGERS.values():
            assert local_part(address) not in text, name


def test_t09_an_address_of_the_files_is_in_the_state_as_a_fingerprint_only(
    world: World, project: Project
) -> None:
    for command in COMMANDS[:3]:
        assert project.run(*command).code == Exit.DONE

    for name, text in kept(project):
        assert local_part(NAMED) not in text, name
    assert project.state is not None
    fingerprint = Mailbox.of(NAMED, world.org_id).fingerprint
    assert fingerprint in project.state.decode()


def test_t09_an_interrupted_apply_leaves_no_address_behind_either(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    """What the disk has while the invitation is under way: a kill would leave that."""
    meanwhile: list[str] = []
    sandbox.conditions.script(
        Fault(
            Meanwhile(lambda _: meanwhile.extend(text for _, text in kept(project))),
            method="POST",
            path="/orgs/acme/invitations",
        )
    )

    assert project.apply().code == Exit.DONE

    assert meanwhile
    assert not [text for text in meanwhile if local_part(NAMED) in text]


def test_t09_the_lock_file_has_the_addresses_of_the_files_and_no_others(
    project: Project,
) -> None:
    assert project.apply().code == Exit.DONE
    ran = project.run("lock")
    assert ran.code == Exit.DONE

    locked = (project.directory / "ghstate.lock.toml").read_text("utf-8")
    assert f'"{NAMED}" = ' in locked
    for address in STRANGERS.values():
        assert local_part(address) not in locked + ran.out + ran.err


def test_t09_a_cancelled_stranger_is_called_by_the_invitation(
    world: World, project: Project
) -> None:
    project.settings('[invitations]\nunlisted_emails = "cancel"')
    [number] = [
        each.id
        for each in world.invitations.values()
        if each.email == STRANGERS["waits"]
    ]

    planned = project.run("plan", "--json")
    shown = project.run("plan").out
    applied = project.apply()

    assert f"invitation {number}" in planned.out
    assert f"invitation {number}" in shown
    assert "w…@private.example" in shown
    for text in (planned.out, shown, applied.out, applied.err):
        assert local_part(STRANGERS["waits"]) not in text


def test_t09_errors_do_not_repeat_what_github_says_of_addresses(
    world: World, sandbox: Sandbox, project: Project
) -> None:
    sandbox.conditions.script(
        Fault(
            complaint(403, f"Not with {NAMED}, not with {STRANGERS['waits']}"),
            path="/orgs/acme/invitations",
            times=None,
        )
    )

    ran = project.run("plan", "--json")

    assert ran.code == Exit.ERROR
    for address in [NAMED, *STRANGERS.values()]:
        assert local_part(address) not in ran.out + ran.err


def test_t09_an_import_writes_the_addresses_and_the_next_plan_is_empty(
    world: World, acme: Begin, tmp_path: Path
) -> None:
    """Who asks for the files of what is there asks for the waiting people, too."""
    world.add_team("platform")
    world.invite(NAMED, InvitationRole.ADMIN, teams=("platform",))
    project = acme()

    assert project.run("import").code == Exit.DONE

    written = "".join(
        path.read_text("utf-8") for path in project.directory.glob("**/*.toml")
    )
    assert f'"{NAMED}" = "admin"' in written
    planned = project.plan("--detailed-exitcode")
    assert (planned.code, planned.reasons) == (Exit.DONE, {})
    assert project.state is not None
    assert local_part(NAMED) not in project.state.decode()
