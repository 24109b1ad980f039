"""Runs a part of the project with the interpreter that has its packages: for what works without a daemon, too."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from typing import Any

from cctl.failure import NOT_WELL, Failure
from cctl.settings import Settings


def json_of(settings: Settings, arguments: Sequence[str], seconds: float = 120) -> Any:
    """The JSON that `python ARGUMENTS` prints in the project's folder, whatever its exit code. Raises `Failure`."""
    try:
        ended = subprocess.run(
            [settings.python, *arguments], cwd=settings.root, stdin=subprocess.DEVNULL, capture_output=True,
            env={**_environment(settings), "PYTHONUTF8": "1"}, encoding="utf-8", errors="replace", timeout=seconds,
            check=False,
        )  # fmt: skip
        return json.loads(ended.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(NOT_WELL, f"{settings.python} cannot be run: {error}. `quick_check.py` says more.") from error
    except ValueError as error:
        said = (ended.stderr or ended.stdout).strip()[-2000:]
        raise Failure(NOT_WELL, said or f"{arguments[-1]} ended with exit code {ended.returncode}.") from error


def _environment(settings: Settings) -> dict[str, str]:
    given = {"DATA_DIR": settings.data_dir} if "data_dir" in settings.given else {}
    return {**os.environ, **given}
