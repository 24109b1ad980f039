"""`python -m cctl`, or by its folder as the launchers do: `python -I -S <root>/cctl`."""

from __future__ import annotations

import os
import sys

if __package__ in {None, ""}:  # started by its folder: make `cctl` importable without site packages
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run() -> int:
    try:
        from cctl.main import main

        return main(sys.argv[1:])
    except KeyboardInterrupt:  # while it was being loaded
        return 130


if __name__ == "__main__":
    os._exit(run())  # everything is written by then, and taking the interpreter apart takes as long as a request
