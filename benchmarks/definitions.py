"""Loading a hundred services with every check, beside what a YAML library takes for the bare text.

    python -m benchmarks.definitions [--services 100] [--rounds 15]

Two files: the five keys that most people write, and services that use twice as many. Both must load without a fault, or
the measurement is of no use and stops.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import yaml

from backend.config import ROOT
from backend.services.definitions.load import load, surroundings
from backend.services.definitions.nodes import Loader
from backend.services.definitions.place import Surroundings
from benchmarks.measure import Way, in_turns, show

FIVE_KEYS = """
  tool{number}:
    name: Tool {number}
    command: ["${{center:python}}", "main.py", "--port", "{port}"]
    cwd: sub
    port: {port}
    log_file: tool{number}.log
"""
MORE = """    description: A tool that does something useful
    env: {{A: "1", B: two}}
    tags: [ai, image]
    restart: {{when: on-failure, max_restarts: 5, window: 60s}}
    health: {{http: "http://127.0.0.1:{port}/", interval: 10s}}
    stop: {{timeout: 10s}}
"""


def text_of(template: str, services: int) -> str:
    return "services:" + "".join(template.format(number=number, port=9000 + number) for number in range(services))


def ways(text: str, around: Surroundings) -> dict[str, Way]:
    found: dict[str, Way] = {
        "definitions: loaded and checked": lambda: load(text, around),
        "  of which libyaml's nodes": lambda: Loader(text).get_single_node(),
        "yaml.safe_load": lambda: yaml.safe_load(text),
    }
    if yaml.__with_libyaml__:
        found["yaml.CSafeLoader"] = lambda: yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Loading definitions.")
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sub").mkdir()
        around = surroundings(folder / "control-center.yaml", log_dir=folder / "logs", root=ROOT)
        for title, template in (("five keys", FIVE_KEYS), ("eleven keys", FIVE_KEYS + MORE)):
            text = text_of(template, options.services)
            if faults := load(text, around).faults:
                print(f"the file is not good: {faults[0]}", file=sys.stderr)
                return 1
            taken = in_turns(ways(text, around), options.rounds)
            show(f"{options.services} services with {title} ({len(text)} characters)", taken, against="yaml.safe_load")
    return 0


if __name__ == "__main__":
    sys.exit(main())
