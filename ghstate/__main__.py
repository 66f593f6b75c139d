"""Where the program begins; `--version` needs nothing but this."""

from __future__ import annotations

import sys

from ghstate import __version__


def main() -> None:
    """Run the command line, and leave with its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"ghstate {__version__}\n")
        return
    from ghstate.cli.app import run  # noqa: PLC0415 - costs what --version need not

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
