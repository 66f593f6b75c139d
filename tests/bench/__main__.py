"""`make bench`: what the project promises, and what it measures here and now."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ghstate import statefile
from ghstate.config.emit import to_toml
from ghstate.github.asking import Asker
from ghstate.github.endpoint import Endpoint, Token
from ghstate.github.reading import Reader
from ghstate.github.session import Session
from ghstate.model.organization import Snapshot
from ghstate.sandbox.conditions import Conditions
from ghstate.sandbox.running import Sandbox
from ghstate.sandbox.seed import from_neutral
from ghstate.statefile import State
from tests.bench.measure import Figure, timed
from tests.bench.organizations import (
    like_kubernetes,
    published,
    ten_deep,
    very_large,
)
from tests.config.writing import write
from tests.hostile_sets import hostile

GHSTATE = [str(Path(sys.executable).with_name("ghstate"))]


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    measured: str
    target: str
    met: bool


def main() -> None:
    rows: list[Row] = []
    for row in measurements():
        rows.append(row)
        sign = "ok  " if row.met else "OVER"
        sys.stdout.write(f"{sign} {row.what:56} {row.measured:>26}   {row.target}\n")
        sys.stdout.flush()
    missed = sum(1 for row in rows if not row.met)
    sys.stdout.write(f"{len(rows)} figures, {missed} over their target\n")


def measurements() -> Iterator[Row]:
    yield from starting()
    yield from validating()
    kubernetes = published("kubernetes") or like_kubernetes()
    yield from reading(kubernetes, requests=16, points=16)
    if sigs := published("kubernetes-sigs"):
        yield from reading(sigs, requests=20, points=20)
    snapshot = read(kubernetes)[0]
    yield from planning("a plan of kubernetes", snapshot, seconds=0.25, mebibytes=80)
    yield from planning(
        "a plan of 50,000 people, 2,000 teams",
        very_large(),
        seconds=3.0,
        mebibytes=600,
        runs=3,
    )


def starting() -> Iterator[Row]:
    nothing = timed([sys.executable, "-c", "pass"], runs=15)
    version = timed([*GHSTATE, "--version"], runs=15)
    more = (version.seconds - nothing.seconds) * 1000
    yield Row(
        "--version, more than python -c pass", f"{more:.0f} ms", "20 ms", more <= 20
    )
    plain = timed([*GHSTATE, "--help"], runs=11)
    yield within("--help, plain", plain, 0.12)
    rich = timed([*GHSTATE, "--help"], runs=11, terminal=True)
    yield within("--help, on a terminal", rich, 0.2)


def reading(document: dict[str, Any], *, requests: int, points: int) -> Iterator[Row]:
    name = document["org"]
    _, sent, spent, _ = read(document)
    yield Row(
        f"a refresh of {name}",
        f"{sent} requests, {spent} points",
        f"{requests} and {points}",
        sent <= requests and spent <= points,
    )
    _, _, _, seconds = read(document, Conditions(latency=0.1))
    yield Row(
        f"a refresh of {name} at 100 ms a request",
        f"{seconds:.2f} s",
        "1.5 s" if requests == 16 else "-",
        requests != 16 or seconds < 1.5,
    )
    _, held, _, _ = read(document, Conditions(max_page=25, flaky=0.1))
    yield Row(
        f"a refresh of {name}, pages of 25, 10 % answered 502",
        f"{held} requests",
        f"{3 * requests}",
        held <= 3 * requests,
    )


def planning(
    what: str,
    snapshot: Snapshot,
    *,
    seconds: float,
    mebibytes: float,
    runs: int = 11,
) -> Iterator[Row]:
    """A cold offline plan through rich, in colour."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        write_project(root, snapshot)
        figure = timed(
            [*GHSTATE, "-C", directory, "plan", "--no-refresh"],
            runs=runs,
            environ={"FORCE_COLOR": "1"},
        )
    yield within(f"{what}, offline and cold", figure, seconds)
    yield Row(
        f"{what}, memory",
        f"{figure.mebibytes:.0f} MiB",
        f"{mebibytes:.0f} MiB",
        figure.mebibytes <= mebibytes,
    )


def write_project(root: Path, snapshot: Snapshot) -> None:
    """A project whose files say what *snapshot* has, but for one change."""
    login = snapshot.organization.login
    (root / "ghstate.toml").write_text(f'[github]\norganization = "{login}"\n')
    for name, text in to_toml(snapshot, login).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "more.toml").write_text('[teams.new-team]\ndescription = "One more"\n')
    state = root / ".ghstate"
    state.mkdir(mode=0o700)
    (state / "state.json").write_bytes(
        statefile.encode(
            State(
                lineage="6f2a1c1e-0000-4000-8000-000000000000",
                serial=1,
                organization=snapshot.organization,
                snapshot=snapshot,
            )
        )
    )


class Unheard:
    def sent(self, requests: int) -> None:
        pass

    def waiting(self, seconds: float, why: str) -> None:
        pass


def read(
    document: dict[str, Any], conditions: Conditions | None = None
) -> tuple[Snapshot, int, int, float]:
    """The snapshot, the requests, the points and the seconds of one refresh."""

    async def once(sandbox: Sandbox) -> tuple[Snapshot, int, int, float]:
        async with Session.open(
            document["org"],
            Endpoint(sandbox.url, sandbox.graphql_url),
            Token("sandbox-owner"),
            pause=0,
            max_wait=0,
            listener=Unheard(),
        ) as session:
            began = time.perf_counter()
            asker = Asker(session, asyncio.sleep)
            found = await Reader(session, asker).read(datetime.now(UTC))
            seconds = time.perf_counter() - began
            return found, session.requests, session.points, seconds

    with Sandbox(from_neutral(document), conditions or Conditions()) as sandbox:
        return asyncio.run(once(sandbox))


def validating() -> Iterator[Row]:
    """A cold `validate` of sets in sets in sets."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name, text in ten_deep().items():
            (root / name).write_text(text)
        figure = timed([*GHSTATE, "-C", directory, "validate"], runs=7)
    yield within("validate: 10,000 people, 2,000 groups ten deep", figure, 1.0)
    for name, case in hostile():
        with tempfile.TemporaryDirectory() as directory:
            write(Path(directory), case.files)
            command = [*GHSTATE, "-C", directory, "validate"]
            figure = timed(command, runs=3, refused=bool(case.said))
        yield within(f"hostile: {name}", figure, 2.0)
        memory = f"{figure.mebibytes:.0f} MiB"
        met = figure.mebibytes <= 256
        yield Row(f"hostile: {name}, memory", memory, "256 MiB", met)


def within(what: str, figure: Figure, seconds: float) -> Row:
    return Row(
        what, f"{figure.seconds:.3f} s", f"{seconds} s", figure.seconds <= seconds
    )


if __name__ == "__main__":
    main()
