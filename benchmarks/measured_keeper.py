"""Runs the keeper with its coverage measured: `python -I -S measured_keeper.py SCRIPT ARGUMENTS…`.

The keeper has no site packages, so coverage's own way into a process does not reach it. `COVERAGE_PACKAGES` is where
coverage is installed; the rest `python -m benchmarks.coverage` has put into the environment.
"""

from __future__ import annotations

import os
import runpy
import sys

sys.path.append(os.environ["COVERAGE_PACKAGES"])

import coverage

coverage.process_startup(force=True)
sys.argv = sys.argv[1:]
sys.path[0] = ""  # as if the script had been started itself: it puts its own folder there
runpy.run_path(sys.argv[0], run_name="__main__")
