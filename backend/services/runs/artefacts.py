"""Finds a file that a run has left, and nothing else: what is asked for stays in its folder, whatever it links to."""

from __future__ import annotations

import sys
from pathlib import Path, PurePath, PurePosixPath

from backend.core.errors import NotFound


class UnknownArtefact(NotFound):
    code, title = "artefact_not_found", "The run has left no such file"


def locate(root: Path, path: str) -> Path:
    """Where the file at `path` (relative, with slashes) below `root` really lies. Blocking.

    Raises `UnknownArtefact` for what is no file, is not there, or leads out of `root`.
    """
    try:
        if _is_plain(path):
            base = root.resolve(strict=True)
            found = base.joinpath(*PurePosixPath(path).parts).resolve(strict=True)
            if found.is_relative_to(base) and found.is_file():
                return found
    except (OSError, ValueError, RuntimeError):  # not there; no name of a file; links in a circle
        pass
    raise UnknownArtefact(f"There is no file {path!r} in what the run has left. Its results list the files.")


def _is_plain(path: str) -> bool:
    """Whether each part names something in a folder, and no drive, stream or device of Windows."""
    parts = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part for part in parts):
        return False
    return sys.platform != "win32" or not any(
        ":" in part or "\\" in part or PurePath(part).is_reserved() for part in parts
    )
