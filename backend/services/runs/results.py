"""What a run has left: the files of its folder, and those that its module declares as outputs. As they are on disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from backend.services.runs.folder import is_ours

Root = Literal["run", "cwd"]
"""What a path is relative to: the run's folder, or the folder that it ran in."""

MOST_FILES = 1000
CLOCK_TICK = 2.0  # seconds by which the clock of a file system may be behind ours


@dataclass(frozen=True, slots=True)
class OutputFile:
    """`path` is relative to `root`, with slashes."""

    name: str
    path: str
    root: Root
    declared: bool
    size_bytes: int
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Results:
    """`truncated`: there are more files than are listed."""

    files: tuple[OutputFile, ...]
    truncated: bool


def results(folder: Path, cwd: Path | None, outputs: Sequence[str], since: datetime | None) -> Results:
    """The newest last. Of `cwd` only what matches `outputs` and was written after `since`. Blocking."""
    found: list[OutputFile] = []
    for file in _all(folder, folder, "run", outputs):
        if not (is_ours(file.name) and file.path == file.name):
            found.append(file)
        if len(found) > MOST_FILES:
            break
    if cwd is not None and since is not None and cwd != folder:
        found += _declared(cwd, outputs, since, MOST_FILES + 1 - len(found))
    listed = sorted(found[:MOST_FILES], key=lambda file: (file.modified_at, file.path))
    return Results(tuple(listed), len(found) > MOST_FILES)


def _all(root: Path, folder: Path, kind: Root, outputs: Sequence[str]) -> Iterator[OutputFile]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _all(root, Path(entry.path), kind, outputs)
            elif entry.is_file(follow_symlinks=False):
                path = Path(entry.path)
                declared = any(path.relative_to(root).match(pattern) for pattern in outputs)
                yield _file(root, path, kind, declared=declared)
        except OSError:
            continue  # it went while we looked


def _declared(cwd: Path, outputs: Sequence[str], since: datetime, room: int) -> list[OutputFile]:
    found: dict[str, OutputFile] = {}
    for pattern in outputs:
        try:
            for path in cwd.glob(pattern):
                if len(found) >= room:
                    return list(found.values())
                if path.is_file() and path.resolve().is_relative_to(cwd.resolve()):
                    file = _file(cwd, path, "cwd", declared=True)
                    if file.modified_at.timestamp() >= since.timestamp() - CLOCK_TICK:
                        found[file.path] = file
        except (OSError, ValueError, NotImplementedError):
            continue  # no pattern that this system has files for
    return list(found.values())


def _file(root: Path, path: Path, kind: Root, *, declared: bool) -> OutputFile:
    seen = path.stat()
    return OutputFile(
        name=path.name,
        path=path.relative_to(root).as_posix(),
        root=kind,
        declared=declared,
        size_bytes=seen.st_size,
        modified_at=datetime.fromtimestamp(seen.st_mtime, UTC),
    )
