"""Writes a state again and again, and dies at the first, second, third … call.

In the directory at argument 1, each attempt has a directory of its own, named by the
call at which it died. Argument 2 and 3 are the generation before and the new one.
"""

import os
import sys
from itertools import count
from pathlib import Path

from ghstate.store.file import FileStore
from tests.store.disks import DeadlyDisk


def attempt(path: Path, new: bytes, nth: int) -> int:
    """Write in a process that dies at its *nth* call, and give its exit code."""
    child = os.fork()
    if child == 0:
        store = FileStore(path, disk=DeadlyDisk(nth))
        stored = FileStore(path).read()
        store.write(new, replacing=stored.revision if stored else None)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    root, old, new = Path(sys.argv[1]), sys.argv[2].encode(), sys.argv[3].encode()
    for nth in count(1):
        path = root / str(nth) / "state.json"
        if old:
            FileStore(path).write(old, replacing=None)
        code = attempt(path, new, nth)
        if code == 0:
            break
        if code != 9:
            sys.exit(f"call {nth} ended with {code}")
