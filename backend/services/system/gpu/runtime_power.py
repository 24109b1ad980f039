"""Whether a device is put to sleep while nobody uses it, as Linux tells it without waking it (`…/power` in `/sys`).

Where there is no such file, as under other systems, nothing is known to sleep.
"""

from __future__ import annotations

from pathlib import Path


def asleep(device: Path) -> bool:
    """Asking its driver for a figure would wake it."""
    return _says(device / "power/runtime_status", "suspended")


def may_sleep(device: Path) -> bool:
    """The system puts it to sleep once nobody has asked it anything for a while."""
    return _says(device / "power/control", "auto")


def _says(file: Path, word: str) -> bool:
    try:
        return file.read_text(errors="replace").strip() == word
    except OSError:
        return False
