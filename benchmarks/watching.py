"""What watching costs, a line for each number with its goal and with the floor or peer measured in the same run.

    python -m benchmarks.watching [SECTION ...] [--glances PROGRAM] [--minutes 1]

Sections: idle system ports websocket database history health page. Glances is made by `python -m venv` and
`pip install 'glances[web]'`, and `--glances` names its program; without it, or without wrk, their lines are left out.
`--minutes` is how long the page is told a hundred events a second; ten are what its goal is about.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from benchmarks import database, health, history, idle, page, ports, system, websocket
from benchmarks.goals import Figure

Section = Callable[[], Iterable[Figure]]


def sections(glances: Path | None, minutes: float) -> dict[str, Section]:
    return {
        "idle": partial(idle.figures, glances),
        "system": system.figures,
        "ports": ports.figures,
        "websocket": websocket.figures,
        "database": database.figures,
        "history": history.figures,
        "health": health.figures,
        "page": partial(page.figures, minutes),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = list(sections(None, 0))
    parser.add_argument("sections", nargs="*", default=names, choices=[*names], metavar="SECTION")
    parser.add_argument("--glances", type=Path)
    parser.add_argument("--minutes", type=float, default=1.0)
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever starts a program again has it compiled
    known = sections(given.glances, given.minutes)
    for name in given.sections:
        load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
        print(f"\n{name} (load {load:.1f})", flush=True)
        for figure in known[name]():
            print(figure, flush=True)


if __name__ == "__main__":
    main()
