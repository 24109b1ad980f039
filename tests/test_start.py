"""What a daemon does between its first line and the first answer."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon, alive, wait_for

MARKING = "services:\n  one: {command: [sh, -c, 'echo $$ > \"$0\"; exec sleep 1000', '%s'], autostart: true}\n"
WITHOUT_HTTP = """
import sys
import backend.app, backend.leaving
print(sorted({"fastapi", "starlette", "uvicorn", "alembic"} & sys.modules.keys()))
"""


def test_nothing_that_services_wait_for_imports_what_speaks_http() -> None:
    found = subprocess.run([sys.executable, "-c", WITHOUT_HTTP], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform == "win32", reason="the signal is of POSIX")
def test_a_daemon_that_shall_end_before_it_is_ready_ends_in_order(tmp_path: Path) -> None:
    """A service is there before the API answers; who interrupts then leaves nothing running."""
    mark = tmp_path / "mark"
    daemon = Daemon(tmp_path, MARKING % mark)
    command = [sys.executable, "-m", "backend", "--config", str(daemon.config), "--data-dir", str(daemon.data_dir)]
    with daemon.output.open("wb") as output:
        process = subprocess.Popen([*command, "--port", "0", "--no-browser"], cwd=ROOT, stdout=output, stderr=output)
    try:
        pid = int(wait_for(lambda: mark.exists() and mark.read_text().strip(), 60))
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, daemon.output.read_text()
        assert not alive(pid)
    finally:
        process.kill()
        process.wait()
        daemon.close()


@pytest.mark.skipif(sys.platform == "win32", reason="the signal is of POSIX")
def test_a_daemon_to_whose_words_nobody_listens_runs_and_ends_in_order(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "services: {}\n")
    command = [sys.executable, "-m", "backend", "--config", str(daemon.config), "--data-dir", str(daemon.data_dir)]
    with daemon.output.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", "0", "--no-browser"], cwd=ROOT, stdout=subprocess.PIPE, stderr=output
        )
    assert process.stdout is not None
    process.stdout.close()
    daemon.process = process
    try:
        wait_for(lambda: daemon._ready(process.pid), 60)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, daemon.output.read_text()
    finally:
        daemon.close()
