"""The index is made, is made anew where it is harmed, and ends with the daemon."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.api.knowledge.conftest import definitions, indexed, names, search, stats
from tests.fakes.daemon import Daemon, wait_for


def test_a_scan_is_a_job_and_a_forced_one_reads_everything_again(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    wait_for(lambda: stats(daemon)["scan"] is None)
    asked = daemon.http.post("/api/knowledge/scan", params={"force_rescan": True})
    assert (asked.status_code, asked.json()["status"]) == (202, "started")

    def job() -> dict[str, Any]:
        jobs = daemon.http.get("/api/jobs", params={"type": "knowledge_scan"}).json()["jobs"]
        found: dict[str, Any] = next(one for one in jobs if one["id"] == asked.json()["job_id"])
        return found

    done = wait_for(lambda: job() if job()["status"] == "completed" else None)
    assert (done["progress"], done["subject"]) == (1.0, "knowledge")
    [told] = [one["payload"] for one in daemon.events("knowledge.scanned")][-1:]
    assert (told["files"], told["added"], told["faulty"]) == (4, 4, 1)


def test_a_killed_daemon_leaves_no_reader_behind_and_its_scan_is_interrupted(
    daemons: Callable[..., Daemon], base: Path
) -> None:
    endless = base / "endless.html"
    endless.write_text("<div>a" * 100_000)  # it takes minutes to be read
    daemon = daemons(definitions(base))
    scan = wait_for(lambda: (stats(daemon)["scan"] or {}).get("status") == "running" and stats(daemon)["scan"])
    reader = wait_for(lambda: daemon.http.post("/api/knowledge/scan").json()["pid"])
    daemon.kill()
    wait_for(lambda: not psutil.pid_exists(reader) or psutil.Process(reader).status() == psutil.STATUS_ZOMBIE)
    endless.unlink()
    daemon.start()
    indexed(daemon, 4)
    jobs = daemon.http.get("/api/knowledge/jobs").json()["jobs"]
    assert {one["id"]: one["status"] for one in jobs}[scan["id"]] == "interrupted"


def test_without_roots_there_is_nothing_and_nothing_to_scan(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons("services: {}\n")
    assert (stats(daemon)["kb_status"], stats(daemon)["total_files"]) == ("empty", 0)
    assert search(daemon, "anything")["total_matches"] == 0
    refused = daemon.http.post("/api/knowledge/scan")
    assert (refused.status_code, refused.json()["error_code"]) == (422, "not_scannable")


def test_roots_may_change_while_the_daemon_runs(daemons: Callable[..., Daemon], base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    other.mkdir()
    (other / "one.md").write_text("# One\n")
    daemon.config.write_text(definitions(other))
    indexed(daemon, 1)
    assert names(daemon.http.get("/api/knowledge/files").json()) == {"one.md"}


def test_a_damaged_index_is_made_anew(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    daemon.stop()
    file = daemon.data_dir / "knowledge.db"
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:2048] + os.urandom(size - 2048))
    daemon.start()
    wait_for(lambda: daemon.http.get("/api/knowledge/stats").status_code == 200 and stats(daemon)["total_files"] == 4)
    assert names(search(daemon, "zeppelin")) == {"notes.txt"}


def remove(file: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def files_in(file: Path) -> int | None:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            [(files,)] = connection.execute("SELECT count(*) FROM knowledge_files")
            return int(files)
    except sqlite3.Error:
        return None


def overwrite(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be taken away there")
@pytest.mark.parametrize("harm", [remove, overwrite])
def test_an_index_that_is_harmed_while_it_is_used_is_made_anew(
    daemons: Callable[..., Daemon], base: Path, harm: Callable[[Path], None]
) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    file = daemon.data_dir / "knowledge.db"
    harm(file)

    def whole() -> bool:
        answer = daemon.http.get("/api/knowledge/search", params={"query": "zeppelin"})
        return answer.status_code == 200 and answer.json()["total_matches"] == 1 and files_in(file) == 4

    wait_for(whole, what="an index that is whole")
    (base / "later.md").write_text("aardvark\n")
    wait_for(lambda: names(search(daemon, "aardvark")) == {"later.md"})
