"""Who belongs to the tools of a data folder, asked of the system itself: the mark that every member inherits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from keeper.protocol import MARK, folder_hash
from tests.fakes.daemon import Daemon, wait_for

CALM = {"stopped", "exited", "failed", "running", "waiting"}


def marked(data_dir: Path) -> dict[int, str]:
    """The tree of each living process that was started for this data folder, but who gave up its environment."""
    prefix = folder_hash(data_dir) + "."
    found: dict[int, str] = {}
    for pid in psutil.pids():
        try:
            tree = _mark(pid)
        except (OSError, psutil.Error):
            continue
        if tree.startswith(prefix):
            found[pid] = tree
    return found


def _mark(pid: int) -> str:
    """A zombie has none."""
    if sys.platform != "linux":
        return psutil.Process(pid).environ().get(MARK, "")
    _, _, rest = Path(f"/proc/{pid}/environ").read_bytes().partition(MARK.encode() + b"=")
    return rest.partition(b"\0")[0].decode()


def all_views(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {view["id"]: view for view in daemon.http.get("/api/services").json()["services"]}


def what_is(daemon: Daemon, told: str, seconds: float = 60) -> dict[str, dict[str, Any]]:
    """All views, when nothing is on its way any more: what runs is said to run, once; of what rests nothing lives."""

    def agreed() -> dict[str, dict[str, Any]] | None:
        views = all_views(daemon)
        if not all(view["status"] in CALM for view in views.values()):
            return None
        trees = marked(daemon.data_dir)
        running = {view["pid"] for view in views.values() if view["status"] == "running"}
        of_running = {trees.get(pid) for pid in running}
        true = running <= trees.keys() and set(trees.values()) == of_running and len(of_running) == len(running)
        return views if true else None

    try:
        found: dict[str, dict[str, Any]] = wait_for(agreed, seconds)
    except AssertionError:
        said = {one["id"]: (one["status"], one["pid"]) for one in all_views(daemon).values()}
        there = {pid: (tree, psutil.Process(pid).cmdline()) for pid, tree in marked(daemon.data_dir).items()}
        pytest.fail(f"{told}\nsaid: {said}\nthere: {there}")
    return found
