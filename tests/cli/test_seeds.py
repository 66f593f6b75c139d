"""What a sandbox can begin with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ghstate.cli.sandboxing import SMALL, neutral
from ghstate.errors import GhstateError, UsageError
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from tests.journey import Project, project

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_a_sandbox_begins_with_a_small_organization() -> None:
    assert neutral(None) is SMALL
    assert from_neutral(SMALL).login == "acme"


@pytest.mark.parametrize("name", ["small", "acme"])
def test_a_sandbox_begins_with_an_example_whose_plan_is_empty(
    name: str, tmp_path: Path
) -> None:
    example = EXAMPLES / name
    with Sandbox(from_neutral(neutral(str(example)))) as sandbox:
        here = project(tmp_path, sandbox)
        for file in example.rglob("*.toml"):
            here.write(str(file.relative_to(example)), file.read_text())

        planned = here.plan("--detailed-exitcode")

    assert planned.reasons == {}
    assert planned.code == 0


def test_a_sandbox_is_a_copy_of_the_organization_in_a_state_file(
    acme: Project, tmp_path: Path
) -> None:
    acme.members('ada = "admin"\nbob = "member"\ncyd = "member"\neve = "admin"')
    acme.teams('[teams.ops]\nmaintainers = ["bob"]\nmembers = ["eve"]\n')
    acme.apply()
    acme.refresh()

    with Sandbox(from_neutral(neutral(str(acme.state_file)))) as sandbox:
        copy = project(
            tmp_path / "copy",
            sandbox,
            members=(acme.directory / "members.toml")
            .read_text()
            .removeprefix("[members]\n"),
            teams=(acme.directory / "teams.toml").read_text(),
        )

        planned = copy.plan()

    assert planned.reasons == {}
    assert planned.waiting == ["members.eve"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is no JSON"),
        ("[]", "describes no organization"),
        ("{}", "describes no organization"),
        ('{"lineage": "x"}', "state"),
    ],
)
def test_a_seed_that_is_none_is_told_plainly(
    content: str, words: str, tmp_path: Path
) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(content)

    with pytest.raises(GhstateError, match=words):
        neutral(str(seed))


def test_a_seed_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        neutral(str(tmp_path / "nowhere.json"))


def test_neutral_json_is_taken_as_it_is(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps(SMALL))

    assert neutral(str(seed)) == json.loads(seed.read_text())
