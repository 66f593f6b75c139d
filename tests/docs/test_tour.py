"""The tour of the README is run, command by command, and prints what is shown."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.docs.pages import README, blocks
from tests.docs.tour import PORT, Step, printed, script, stable, steps

BIN = Path(sys.executable).parent
PATIENCE = 300.0
"""Seconds; the tour takes five where nobody else is at work."""


def environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GITHUB_", "GH", "NO_COLOR", "FORCE_COLOR"))
    }
    return kept | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80"}


@contextmanager
def sandbox(announced: int, environ: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """`ghstate sandbox` on a free port, and the *announced* lines it printed."""
    with subprocess.Popen(
        ["ghstate", "sandbox", "--port", "0"],  # noqa: S607 - the one of this checkout
        stdout=subprocess.PIPE,
        env=environ,
        executable=BIN / "ghstate",
    ) as process:
        try:
            text = _lines(process, announced)
            yield int(text.split("127.0.0.1:")[1].split()[0]), text
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _lines(process: subprocess.Popen[bytes], count: int) -> str:
    assert process.stdout is not None
    end = time.monotonic() + PATIENCE
    text = b""
    while text.count(b"\n") < count:
        ready, _, _ = select.select([process.stdout], [], [], end - time.monotonic())
        assert ready, "the sandbox did not say where it is"
        piece = os.read(process.stdout.fileno(), 4096)
        assert piece, f"the sandbox ended with {process.wait(PATIENCE)}"
        text += piece
    return text.decode()


def run(tour: tuple[Step, ...], directory: Path) -> list[tuple[Step, str]]:
    """Run the tour as a reader would; each command with what it printed."""
    beginning, *rest = tour
    assert beginning.command == "ghstate sandbox"
    environ = environment()
    with sandbox(beginning.shown.count("\n"), environ) as (port, announcement):
        commands = script(rest).replace(f":{PORT}", f":{port}")
        shell = subprocess.run(  # noqa: S603 - the commands are the README's
            ["/bin/sh", "-c", commands],
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=PATIENCE,
            check=False,
        )
        output = shell.stdout.decode().replace(f":{port}", f":{PORT}")
    assert shell.returncode == 0, output
    told = announcement.replace(f":{port}", f":{PORT}")
    return list(zip(tour, [told, *printed(output)], strict=True))


def transcript(told: Sequence[tuple[Step, str]]) -> str:
    return "".join(
        f"README.md:{step.line}$ {step.command}\n{stable(text)}" for step, text in told
    )


def test_the_tour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    tour = steps(blocks(README, "console"))

    ran = run(tour, tmp_path)

    shown = [(step, step.shown) for step in tour]
    assert transcript(ran) == transcript(shown)


def test_the_tour_ends_with_an_accepted_invitation_and_an_empty_plan() -> None:
    *_, accepted, last = steps(blocks(README, "console"))

    assert accepted.command == "ghstate sandbox accept erin"
    assert last.command == "ghstate plan --refresh --detailed-exitcode"
    assert "No changes." in last.shown
