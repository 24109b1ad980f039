"""`python -m cctl`, or by its folder as the launchers do: `python -I -S <root>/cctl`."""

from __future__ import annotations

import os
import sys

if __package__ in {None, ""}:  # started by its folder: make `cctl` importable without site packages
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

from cctl.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
