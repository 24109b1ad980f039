"""A database that is damaged, and a data folder that takes nothing, found at the start while services run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon
from tests.robustness.fleet import assert_untouched, fleet, start_all, told

# Root may write wherever it likes, unless it gives that right up.
UNPRIVILEGED = (
    ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all") if os.name != "nt" and not os.getuid() else ()
)


def test_services_are_found_again_beside_a_damaged_database(daemons: Callable[..., Daemon]) -> None:
    """Full of zeros, as a power failure leaves it."""
    damage = b"\0" * 65_536
    daemon = daemons(fleet(5))
    before = start_all(daemon)
    daemon.kill()
    file = daemon.data_dir / "control-center.db"
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    file.write_bytes(damage)
    daemon.start()
    assert_untouched(daemon, before)
    assert daemon.http.get("/health").json()["database"] == "connected"
    kept = told(daemon, "database.replaced")["payload"]["damaged"]
    assert (daemon.data_dir / kept).read_bytes() == damage
    daemon.post("s001", "restart").raise_for_status()
    assert daemon.is_("s001", "running")["pid"] != before["s001"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have no mode")
def test_services_are_found_again_in_a_folder_that_takes_no_new_file(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(fleet(5))
    before = start_all(daemon)
    daemon.kill()
    daemon.data_dir.chmod(0o500)
    try:
        daemon.wrapper = UNPRIVILEGED
        daemon.start()
        assert_untouched(daemon, before)
        checks = daemon.http.get("/api/diagnostics").json()["checks"]
        (folder,) = (check for check in checks if check["title"] == "Data folder")
        assert (folder["status"], str(daemon.data_dir) in folder["what"]) == ("error", True)
    finally:
        daemon.data_dir.chmod(0o700)


@pytest.mark.skipif(sys.platform == "win32", reason="folders there have no mode")
def test_a_first_start_in_a_folder_that_takes_nothing_is_one_sentence(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir(mode=0o500)
    command = [*UNPRIVILEGED, sys.executable, "-m", "backend", "--no-browser", "--port", "0"]
    ended = subprocess.run(
        [*command, "--data-dir", str(data_dir)], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert str(data_dir) in ended.stderr
    assert "--data-dir" in ended.stderr
