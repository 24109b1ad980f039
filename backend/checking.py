"""The definitions file, read and judged without a daemon: `python -m backend.checking [ARGUMENTS OF THE DAEMON]`.

Prints JSON, `{"path", "state", "services", "faults"}` as `GET /api/config` tells them (of services the ids alone), and
ends with 0 where the file is good, with 1 where it is not. Applies nothing and starts nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from backend.arguments import BAD_SETTINGS, FAILED, OK, parse
from backend.config import ROOT, Settings, SettingsError
from backend.services.definitions.load import load_file, surroundings
from backend.services.processes.environment import tool_environment
from backend.services.sections import section_loaders


def check(settings: Settings) -> dict[str, Any]:
    """What is wrong with the file of these settings."""
    path = settings.definitions_path
    search_path = tool_environment(os.environ, {}, ()).get("PATH")
    around = surroundings(path, log_dir=settings.log_dir, root=ROOT, search_path=search_path)
    try:
        loaded = load_file(path, around, section_loaders(path))
    except OSError as error:
        fault = {
            "severity": "error",
            "line": 1,
            "column": 1,
            "path": "",
            "excerpt": "",
            "hint": "Name a file that exists",
        }
        message = f"the file cannot be read: {error.strerror}"
        return {"path": str(path), "state": "missing", "services": [], "faults": [{**fault, "message": message}]}
    return {
        "path": str(path),
        "state": "good" if loaded.good else "faulty",
        "services": sorted(loaded.services),
        "faults": [asdict(fault) for fault in loaded.faults],
    }


def main(argv: Sequence[str]) -> int:
    try:
        checked = check(parse(argv).settings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return BAD_SETTINGS
    sys.stdout.write(json.dumps(checked) + "\n")
    return OK if checked["state"] == "good" else FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
