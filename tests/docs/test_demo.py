"""examples/demo.sh does the main job from beginning to end, and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT
from tests.docs.tour import stable

DEMO = ROOT / "examples" / "demo.sh"
LAST_PLAN = """\
== The last plan is empty, and nobody is waited for.
$ ghstate plan --refresh --detailed-exitcode
acme · 5 people, 2 teams · snapshot just taken

No changes. The organization matches the files.
"""


def demo(directory: Path, program: Path) -> subprocess.CompletedProcess[str]:
    """Run the demo with *directory* as the place for temporary files."""
    return subprocess.run(  # noqa: S603 - the demo of this checkout
        ["/bin/sh", str(DEMO)],
        env=os.environ | {"TMPDIR": str(directory), "GHSTATE": str(program)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_demo_ends_with_an_empty_plan_and_leaves_nothing(tmp_path: Path) -> None:
    done = demo(tmp_path, Path(sys.executable).with_name("ghstate"))

    assert done.returncode == 0, done.stderr
    assert stable(LAST_PLAN) in stable(done.stdout)
    assert list(tmp_path.iterdir()) == []


def test_the_demo_fails_and_leaves_nothing_when_the_last_plan_is_not_empty(
    tmp_path: Path,
) -> None:
    real = Path(sys.executable).with_name("ghstate")
    forgetful = tmp_path / "ghstate"
    # Erin never accepts, and time goes by until her invitation is none any more.
    forgetful.write_text(
        "#!/bin/sh\n"
        f'case "$1 ${{2:-}}" in "sandbox accept") set -- sandbox advance 8d;; esac\n'
        f'exec "{real}" "$@"\n',
        "utf-8",
    )
    forgetful.chmod(0o700)
    directory = tmp_path / "temporary"
    directory.mkdir()

    done = demo(directory, forgetful)

    assert done.returncode == 1
    assert "demo: the last plan is not empty (exit 2)" in done.stderr
    assert list(directory.iterdir()) == []
