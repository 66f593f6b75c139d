"""Takes the lock of the state at argument 1, says so, and never lets go."""

import sys
import time
from pathlib import Path

from ghstate.store.file import FileStore
from tests.store.holding import holder

if __name__ == "__main__":
    with FileStore(Path(sys.argv[1])).lock(holder("dead", "refresh")):
        sys.stdout.write("held\n")
        sys.stdout.flush()
        time.sleep(60)
