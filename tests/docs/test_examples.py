"""The examples are in order, and describe an organization that a plan leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ghstate.cli.exits import Exit
from ghstate.cli.sandboxing import SMALL, neutral
from ghstate.config.project import Project, load
from ghstate.model.member import Member
from ghstate.model.team import Team
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral, to_neutral
from tests.docs.pages import ROOT
from tests.journey import project

EXAMPLES = sorted(file.parent for file in (ROOT / "examples").glob("*/ghstate.toml"))


def name(directory: Path) -> str:
    return directory.name


def count(example: Project, kind: type) -> int:
    declared = example.desired.declared.values()
    return sum(1 for each in declared if isinstance(each.resource, kind))


@pytest.mark.parametrize("directory", EXAMPLES, ids=name)
def test_an_example_is_in_order(directory: Path) -> None:
    example = load(directory)

    assert example.warnings == ()
    assert example.desired.declared


@pytest.mark.parametrize("directory", EXAMPLES, ids=name)
def test_an_example_seeds_a_sandbox_that_needs_no_change(
    directory: Path, tmp_path: Path
) -> None:
    with Sandbox(from_neutral(neutral(str(directory)))) as sandbox:
        here = project(tmp_path, sandbox)
        _put(directory, here.directory)

        plan = here.plan("--detailed-exitcode")

    assert plan.reasons == {}
    # Nobody's last day may make a test fail.
    assert {code for code, _ in plan.all_notes} <= {"ends-soon"}
    assert plan.code == Exit.DONE


def _put(example: Path, directory: Path) -> None:
    """The files of *example*, in place of whatever stands in *directory*."""
    for file in directory.rglob("*.toml"):
        file.unlink()
    for file in example.rglob("*.toml"):
        place = directory / file.relative_to(example)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())


def test_the_small_example_is_the_organization_of_the_sandbox() -> None:
    small = neutral(str(ROOT / "examples" / "small"))

    # In a rehearsal everybody exists; in the tour a typing error is still one.
    assert to_neutral(from_neutral({**small, "strangers": False})) == to_neutral(
        from_neutral(SMALL)
    )


def test_the_pages_say_how_large_acme_is() -> None:
    acme = load(ROOT / "examples" / "acme")

    assert f"{count(acme, Member)} people and {count(acme, Team)} teams" in (
        ROOT / "docs" / "README.md"
    ).read_text("utf-8")


def test_acme_is_what_small_has_become() -> None:
    small, acme = (load(ROOT / "examples" / each) for each in ("small", "acme"))

    def people(example: Project) -> set[str]:
        declared = example.desired.declared.values()
        return {
            each.resource.login
            for each in declared
            if isinstance(each.resource, Member)
        }

    assert people(small) < people(acme)
