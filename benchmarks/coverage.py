"""How much of the keeper, and of the daemon's side of it, the tests run.

    python -m benchmarks.coverage [--least 90] [ARGUMENTS OF PYTEST]

Without arguments the tests that concern it run. Measured are the test process, every Python that it starts, daemons
that are forked, and the keeper, which runs without site packages and so is started by `measured_keeper.py`. What a
killed process ran is not counted. It takes about twice as long as the tests alone.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
TESTS = ("tests/keeper", "tests/services/processes", "tests/services/supervisor", "tests/survival")
MEASURED = ("keeper/*", "backend/services/processes/*", "backend/services/supervisor/*")
ONE_HISTORY = {"CONTROL_CENTER_SEED": "1"}  # of ten thousand, which would take an hour
SIDE_BY_SIDE = ("--numprocesses=3", "--dist=loadfile", "--override-ini=timeout=300", "-q")


def run(*arguments: str) -> int:
    flags = f"-I -S {shlex.quote(str(ROOT / 'benchmarks' / 'measured_keeper.py'))}"
    packages = str(Path(coverage.__file__).parent.parent)
    environment = {**ONE_HISTORY, **os.environ, "CONTROL_CENTER_KEEPER_FLAGS": flags, "COVERAGE_PACKAGES": packages}
    return subprocess.run(
        [sys.executable, "-m", "coverage", *arguments], cwd=ROOT, env=environment, check=False
    ).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--least", type=float, default=90.0, help="percent of lines, else it fails")
    given, tests = parser.parse_known_args()
    run("erase")
    failed = run("run", "-m", "pytest", *SIDE_BY_SIDE, *(tests or TESTS))
    run("combine", "--quiet")
    short = run("report", f"--include={','.join(MEASURED)}", f"--fail-under={given.least}")
    return failed or short


if __name__ == "__main__":
    sys.exit(main())
