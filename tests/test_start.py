"""What a daemon does between its first line and the first answer."""

import signal
import subprocess
import sys
from datetime import tzinfo
from pathlib import Path

import pytest

from backend.app import open_center
from backend.config import ROOT, Settings
from tests.fakes.daemon import Daemon, alive, wait_for

MARKING = "services:\n  one: {command: [sh, -c, 'echo $$ > \"$0\"; exec sleep 1000', '%s'], autostart: true}\n"
NOT_AT_THE_START = (  # each costs the daemon memory for as long as it runs, and every start time
    *("alembic", "apprise", "httpx", "prometheus_client", "pynvml", "pypdf", "genai_prices", "webbrowser", "unittest"),
    *("urllib.request", "sqlalchemy.dialects.postgresql", "backend.api.routes.alerts", "backend.api.routes.system"),
)
ALL_OF_A_START = """
import sys
import backend.__main__, backend.app, backend.areas, backend.logbook, backend.serving
from backend.api.application import create_app
from backend.config import Settings
backend.serving.server_for(create_app(Settings())).config.load()
print(*sys.modules)
"""
WITHOUT_HTTP = """
import sys
import backend.app, backend.leaving
print(sorted({"fastapi", "starlette", "uvicorn", "alembic"} & sys.modules.keys()))
"""


def test_nothing_that_services_wait_for_imports_what_speaks_http() -> None:
    found = subprocess.run([sys.executable, "-c", WITHOUT_HTTP], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_start_imports_nothing_that_only_some_request_or_a_rare_event_needs() -> None:
    found = subprocess.run([sys.executable, "-c", ALL_OF_A_START], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = set(found.stdout.split())
    assert {"fastapi", "uvicorn", "backend.api.routes.supervisor"} <= modules
    assert modules.isdisjoint(NOT_AT_THE_START)


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


async def test_what_was_started_is_stopped_where_the_rest_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services are asked for before modules, runs and schedules are opened; nobody would look after them."""
    mark = tmp_path / "mark"
    (tmp_path / "control-center.yaml").write_text(MARKING % mark)

    def started() -> str:
        return mark.read_text().strip() if mark.exists() else ""

    def no_zone() -> tzinfo:  # runs in a thread, while services start
        wait_for(started, 60)
        raise OSError("the folder of zones is gone")

    monkeypatch.setattr("backend.areas.local_zone", no_zone)
    settings = Settings(data_dir=tmp_path / "data", log_dir=tmp_path / "logs", config_dir=tmp_path, port=0)
    for folder in (settings.data_dir, settings.log_dir):
        folder.mkdir()
    with pytest.raises(OSError, match="the folder of zones is gone"):
        async with open_center(settings):
            pass
    assert not alive(int(started()))
