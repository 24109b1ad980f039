"""Is what is installed what this version needs? Standard library only: works before anything is installed."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
from pathlib import Path

from backend.services.diagnostics.finding import Finding

ROOT = Path(__file__).resolve().parents[3]
NEEDED = (3, 11)
SET_UP = "Run install.bat (Windows) or ./install.sh."


def check_python() -> list[Finding]:
    what = f"{platform.python_implementation()} {platform.python_version()} ({sys.executable})"
    if sys.version_info < NEEDED:
        fix = "Install a newer one (https://www.python.org/downloads/), then run install.bat or ./install.sh."
        return [Finding("python", "Python", "error", what, "Python 3.11 or newer is needed.", fix)]
    return [Finding("python", "Python", "ok", what)]


def check_packages(requirements: Path = ROOT / "requirements.txt") -> list[Finding]:
    """Each package that `requirements` pins, against what this interpreter finds."""
    pins = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)\s*$", requirements.read_text(encoding="utf-8"), re.MULTILINE)
    absent, other = [], []
    for name, version in pins:
        try:
            found = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            absent.append(name)
        else:
            if found != version:
                other.append(f"{name} {found} instead of {version}")
    title = "Packages"
    if absent:
        what = f"{len(absent)} of {len(pins)} packages are missing: {_some(absent)}"
        return [Finding("packages", title, "error", what, "Control Center cannot start without them.", SET_UP)]
    if other:
        what = f"{len(other)} of {len(pins)} packages have another version: {_some(other)}"
        return [Finding("packages", title, "warning", what, "Only the pinned versions were tested together.", SET_UP)]
    return [Finding("packages", title, "ok", f"all {len(pins)} packages of requirements.txt")]


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
