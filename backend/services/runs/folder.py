"""The folder of a run: what it was given, what it printed, what it used, and the place for what it makes."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.services.processes.logs import Log
from backend.services.runs.errors import UnknownRun
from backend.services.runs.spec import is_run_id
from backend.services.runs.usage import FILE as USAGE

PARAMETERS = "parameters.json"
OUTPUT = "output.log"


@dataclass(frozen=True)
class RunFolders:
    """All of them lie in `root`."""

    root: Path

    def of(self, run_id: str) -> Path:
        """Raises `UnknownRun` for what is no run's id: nothing else becomes a path."""
        if not is_run_id(run_id):
            raise UnknownRun(f"There is no run {run_id!r}.")
        return self.root / run_id

    def log(self, run_id: str, encoding: str = "utf-8") -> Log:
        return Log(self.of(run_id) / OUTPUT, encoding)

    def make(self, run_id: str, parameters: Mapping[str, Any]) -> Path:
        """With the parameters that may be shown. Blocking; OSError where the disk refuses it."""
        folder = self.of(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(parameters), indent=2, ensure_ascii=False)
        (folder / PARAMETERS).write_text(text + "\n", encoding="utf-8", errors="replace")
        return folder

    def size(self, run_id: str) -> int:
        """Bytes of all files in it; 0 where it is not there. Blocking."""
        return _size(self.of(run_id))

    def remove(self, run_id: str) -> bool:
        """With all that is in it; what it links to stays. False where something of it is still there. Blocking."""
        folder = self.of(run_id)
        if folder.is_symlink():
            with suppress(OSError):
                folder.unlink()
        else:
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():
                _give_rights(folder)
                shutil.rmtree(folder, ignore_errors=True)
        return not os.path.lexists(folder)


def is_ours(name: str) -> bool:
    """Whether a file directly in the folder of a run is not the script's: parameters, what it used, and the log with
    its parts."""
    stem = OUTPUT.removesuffix(".log")
    ours = {PARAMETERS, USAGE, f"{USAGE}.new", f"{stem}.index"}
    return name in ours or (name.startswith(f"{stem}.") and ".log" in name)


def _size(folder: Path) -> int:
    total = 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):
                is_folder = entry.is_dir(follow_symlinks=False)
                total += _size(Path(entry.path)) if is_folder else entry.stat(follow_symlinks=False).st_size
    return total


def _give_rights(path: Path) -> None:
    """Scripts make files and folders that nobody may write to; such a folder, and on Windows such a file, stays."""
    with suppress(OSError):
        path.chmod(stat.S_IRWXU)
        if path.is_dir():
            with os.scandir(path) as entries:
                for entry in entries:
                    if not entry.is_symlink():
                        _give_rights(Path(entry.path))
