"""What a run meets that it cannot work with: one clear sentence, and nothing lost."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ghstate.sandbox.conditions import Fault
from ghstate.sandbox.replies import Reply
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.journey import Project, Ran, project

SECRET = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
ACME = {
    "org": "acme",
    "admins": ["ada"],
    "members": ["bob", "eve"],
    "teams": [{"slug": "ops", "members": ["bob"], "maintainers": []}],
}
PROXY = "<html><head><title>Sign in to the network</title></head><body></body></html>"
COMMANDS = {
    "refresh": ["refresh"],
    "plan": ["plan"],
    "apply": ["apply", "--auto-approve"],
    "import": ["import", "--out", "-"],
}


pytestmark = pytest.mark.usefixtures("free_waiting")


@pytest.fixture
def acme(tmp_path: Path) -> Iterator[Project]:
    """A project with a snapshot, in which eve is about to be removed."""
    with Sandbox(from_neutral(ACME)) as sandbox:
        made = project(tmp_path, sandbox, members={"ada": "admin", "bob": "member"})
        assert made.refresh().code == 0
        sandbox.history.clear()
        yield made


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def token(text: str | None) -> Callable[[Project], None]:
    def change(acme: Project) -> None:
        acme.token = text

    return change


def other_organization(acme: Project) -> None:
    acme.write("ghstate.toml", '[github]\norganization = "acme-gone"\n')


def no_network(acme: Project) -> None:
    acme.environ["GITHUB_API_URL"] = f"http://127.0.0.1:{closed_port()}"


def proxy(status: int) -> Callable[[Project], None]:
    page = Reply(status, PROXY, {"content-type": "text/html"})

    def change(acme: Project) -> None:
        acme.sandbox.conditions.script(Fault(page, times=None))

    return change


@dataclass(frozen=True, slots=True)
class Case:
    """What is wrong, and words that must be in the one sentence about it."""

    name: str
    change: Callable[[Project], None]
    words: tuple[str, ...]

    def __str__(self) -> str:
        return self.name


CASES = (
    Case("a member's token", token("sandbox-member"), ("bob", "acme", "owner")),
    Case("an App without rights", token("sandbox-app-blind"), ("acme", "Members")),
    Case("a token GitHub does not know", token(SECRET), ("token", "Bad credentials")),
    Case("a token of two lines", token(f"{SECRET}\n{SECRET}"), ("GHSTATE_TOKEN",)),
    Case("a token without SSO", token("sandbox-sso"), ("single sign-on", "token")),
    Case("no token", token(None), ("no token", "GHSTATE_TOKEN")),
    Case("another organization", other_organization, ("acme-gone", "ghstate.toml")),
    Case("no network", no_network, ("cannot reach 127.0.0.1",)),
    Case("a proxy's page for an answer", proxy(200), ("not GitHub's", "proxy")),
    Case("a proxy's page for an error", proxy(502), ("502", "times in a row")),
)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_cannot_be_read_ends_with_one_sentence_and_changes_nothing(
    case: Case, command: list[str], acme: Project
) -> None:
    before = acme.state
    case.change(acme)
    ran = acme.run(*command)
    assert ran.code == 1
    assert ran.out == ""
    said = the_error(ran)
    assert all(word in said for word in case.words), said
    assert acme.state == before
    assert acme.sandbox.history.writes() == []
    for secret in (SECRET, "sandbox-", "Traceback"):
        assert secret not in ran.out + ran.err


def the_error(ran: Ran) -> str:
    """The one error on standard error, with its hint."""
    before, mark, said = ran.err.partition("error: ")
    assert mark, ran.err
    assert before.rpartition("\n")[2] == ""
    assert "error: " not in said
    assert len(said.splitlines()) <= 3, said
    return said


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_without_a_state_there_is_none_afterwards(
    case: Case, command: list[str], acme: Project
) -> None:
    acme.forget()
    case.change(acme)
    assert acme.run(*command).code == 1
    assert acme.state is None


def test_a_token_goes_to_no_other_host_than_the_environment_says(
    acme: Project, tmp_path: Path
) -> None:
    acme.write(
        "ghstate.toml",
        '[github]\norganization = "acme"\napi_url = "https://github.example/api/v3"\n',
    )
    before = acme.state
    acme.token = SECRET
    ran = acme.run("refresh")
    assert ran.code == 1
    assert "github.example" in the_error(ran)
    assert "GHSTATE_ALLOW_HOST" in ran.err
    assert SECRET not in ran.err
    assert acme.state == before
