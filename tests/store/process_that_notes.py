"""Keeps a journal again and again, and dies at the first, second, third … call.

In the directory at argument 1, each attempt has a directory of its own, named by the
call at which it died. Prints how many steps of `SCRIPT` had returned in each.
"""

import os
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

from ghstate.ports import JournalStore
from ghstate.store.file import FileStore
from tests.store.disks import DeadlyDisk

SCRIPT: tuple[Callable[[JournalStore], None], ...] = (
    lambda journal: journal.begin(b"began 1\n"),
    lambda journal: journal.append(b"doing 1\n"),
    lambda journal: journal.append(b"ended 1\n"),
    lambda journal: journal.end(),
    lambda journal: journal.begin(b"began 2\n"),
)


def attempt(path: Path, nth: int) -> tuple[int, int]:
    """How many steps return in a process that dies at its *nth* call; its exit code."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        journal = FileStore(path, disk=DeadlyDisk(nth)).journal
        for step in SCRIPT:
            step(journal)
            os.write(writer, b".")
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader, "rb") as pipe:
        return len(pipe.read()), os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    for nth in count(1):
        returned, code = attempt(Path(sys.argv[1]) / str(nth) / "state.json", nth)
        if code not in (0, 9):
            sys.exit(f"call {nth} ended with {code}")
        sys.stdout.write(f"{returned}\n")
        if code == 0:
            break
