"""Works at a store as another machine would; see the functions for what it may do.

Arguments: what to do, the store's name in `STORES`, its directory, and a number.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ghstate.errors import StateConflict
from ghstate.ports import Store
from tests.store.holding import holder
from tests.store.openers import STORES


def count(store: Store, times: int) -> None:
    """Add one to the number in the state, with no lock, until nobody came between."""
    for _ in range(times):
        while True:
            stored = store.read()
            number = int(stored.content) if stored else 0
            try:
                store.write(
                    b"%d" % (number + 1), replacing=stored.revision if stored else None
                )
            except StateConflict:
                continue
            break


def take(store: Store, times: int) -> None:
    """Hold the lock so often, and say from when to when, by this machine's clock."""
    for number in range(times):
        with store.lock(holder(f"{os.getpid()}-{number}"), timeout=120) as lock:
            begun = time.monotonic_ns()
            time.sleep(0.01)
            if not lock.still_held():
                sys.exit("the lock was lost")
            sys.stdout.write(f"{begun} {time.monotonic_ns()}\n")


def hold(store: Store, seconds: int) -> None:
    """Hold the lock, say so, and do not let go."""
    with store.lock(holder("dead", "refresh")):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(seconds)


WORK: Mapping[str, Callable[[Store, int], None]] = {
    "count": count,
    "take": take,
    "hold": hold,
}

if __name__ == "__main__":
    what, name, directory, number = sys.argv[1:]
    WORK[what](STORES[name](Path(directory))(), int(number))
