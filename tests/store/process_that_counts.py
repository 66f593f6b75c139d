"""Adds one to the number in the state at argument 1, argument 2 times, locked."""

import os
import sys
from pathlib import Path

from ghstate.store.file import FileStore
from tests.store.holding import holder

if __name__ == "__main__":
    store = FileStore(Path(sys.argv[1]))
    for _ in range(int(sys.argv[2])):
        with store.lock(holder(str(os.getpid())), timeout=60) as lock:
            stored = store.read()
            number = int(stored.content) if stored else 0
            store.write(
                str(number + 1).encode(), replacing=stored.revision if stored else None
            )
            if not lock.still_held():
                sys.exit("the lock was lost")
