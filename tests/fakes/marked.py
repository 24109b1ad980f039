"""Who belongs to the tools of a data folder, asked of the system itself: the mark that every member inherits."""

from __future__ import annotations

from pathlib import Path

import psutil

from keeper.protocol import MARK, folder_hash


def marked(data_dir: Path) -> dict[int, str]:
    """The tree of each living process that was started for this data folder, but who gave up its environment."""
    prefix = folder_hash(data_dir) + "."
    found: dict[int, str] = {}
    for process in psutil.process_iter(["status"]):
        try:
            tree = process.environ().get(MARK, "")
        except psutil.Error:
            continue
        if tree.startswith(prefix) and process.info["status"] != psutil.STATUS_ZOMBIE:
            found[process.pid] = tree
    return found


def roots(data_dir: Path) -> dict[str, list[int]]:
    """The first processes of the living trees: those whose parent is of no tree, or of another."""
    all_ = marked(data_dir)
    found: dict[str, list[int]] = {}
    for pid, tree in all_.items():
        try:
            parent = psutil.Process(pid).ppid()
        except psutil.NoSuchProcess:
            continue
        if all_.get(parent) != tree:
            found.setdefault(tree, []).append(pid)
    return found
