"""The index of knowledge on a disk that is full, and of a daemon that is killed while it is made."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.test_full_disk import OnSmallDisk, way_to_mount


def stats(daemon: Daemon) -> dict[str, Any]:
    found: dict[str, Any] = daemon.http.get("/api/knowledge/stats").json()
    return found


def found(daemon: Daemon, query: str) -> int:
    return int(daemon.http.get("/api/knowledge/search", params={"query": query}).json()["total_matches"])


def fill(folder: Path, files: int, words: int) -> None:
    folder.mkdir(exist_ok=True)
    for number in range(files):
        text = " ".join(f"w{number}x{word}" for word in range(words))
        (folder / f"{folder.name}-{number}.md").write_text(f"{folder.name} {text}\n")


@pytest.mark.skipif(sys.platform != "linux", reason="a disk of its own needs a mount namespace")
def test_on_a_full_disk_what_was_read_is_found_and_the_rest_when_there_is_room(tmp_path: Path) -> None:
    base = tmp_path / "base"
    fill(base, 10, 20)
    daemon = OnSmallDisk(tmp_path, f"knowledge: {{roots: {json.dumps(str(base))}}}\n")
    daemon.data_dir.mkdir()
    daemon.wrapper = way_to_mount(daemon.data_dir)
    daemon.start()
    try:
        wait_for(lambda: stats(daemon)["total_files"] == 10)
        daemon.fill_disk()
        fill(base / "later", 40, 2000)
        assert wait_for(lambda: stats(daemon)["trouble"]) == ["the last scan has failed: database or disk is full"]
        assert found(daemon, "base") >= 10
        checks = daemon.http.get("/api/diagnostics").json()["checks"]
        assert [one["status"] for one in checks if one["id"].startswith("knowledge")] == ["warning"]
        daemon.filling.unlink()
        assert daemon.http.post("/api/knowledge/scan").status_code == 202
        wait_for(lambda: found(daemon, "later") >= 40)
        assert stats(daemon)["trouble"] == []
    finally:
        daemon.close()


def test_an_index_is_whole_though_the_daemon_was_killed_while_it_was_made(
    daemons: Callable[..., Daemon], tmp_path: Path
) -> None:
    base = tmp_path / "base"
    fill(base, 400, 3000)
    daemon = daemons(f"knowledge: {{roots: {json.dumps(str(base))}}}\n")
    wait_for(lambda: (stats(daemon)["scan"] or {}).get("progress"))
    daemon.kill()
    daemon.start()
    wait_for(lambda: stats(daemon)["total_files"] == 400 and stats(daemon)["scan"] is None)
    assert stats(daemon)["trouble"] == []
    assert [found(daemon, f"w{number}x7") for number in range(0, 400, 40)] == [1] * 10
