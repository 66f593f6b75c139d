"""The vocabulary: one word for each role, and help for whoever writes another."""

import pytest

from ghstate.cli.exits import Exit
from ghstate.sandbox.records import OrgRole
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.world import World
from tests.traps.scene import BOT, Begin


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("owner", "admin"),
        ("OWNER", "admin"),
        ("Admin", "admin"),
        ("direct_member", "member"),
        ("membre", "member"),
    ],
)
def test_t41_another_word_for_a_role_is_an_error_that_names_the_right_one(
    sandbox: Sandbox, acme: Begin, written: str, meant: str
) -> None:
    project = acme(members=BOT | {"alice": written})

    planned = project.plan()

    assert planned.code == Exit.ERROR
    assert "members.toml:3:11" in planned.err
    assert f'did you mean "{meant}"?' in planned.err
    assert len(sandbox.history) == 0


def test_t41_a_role_that_is_none_is_answered_with_those_that_there_are(
    sandbox: Sandbox, acme: Begin
) -> None:
    ran = acme(members=BOT | {"alice": "superuser"}).run("validate")

    assert ran.code == Exit.ERROR
    assert '"superuser"' in ran.err
    assert '"admin"' in ran.err
    assert '"member"' in ran.err


def test_t41_github_has_three_words_for_an_owner_and_the_plan_shows_one(
    world: World, acme: Begin
) -> None:
    """UI: owner. GraphQL: ADMIN. REST, the files and the plan: admin."""
    world.add_member("alice", OrgRole.ADMIN)
    project = acme(members=BOT | {"alice": "member"})

    before = project.plan().change("members.alice")["before"]

    assert before == {"username": "alice", "role": "admin"}
