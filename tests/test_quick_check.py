"""quick_check.py: a table and a verdict, before and after anything is installed, and of a daemon that runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from backend.config import ROOT

BARE = getattr(sys, "_base_executable", sys.executable)


def call(
    *arguments: str, folder: Path, python: tuple[str, ...] = (sys.executable,), root: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    settings = {"DATA_DIR": str(folder), "CONFIG_DIR": str(folder), "PORT": "0", "PYTHONUTF8": "1", **environment}
    return subprocess.run(
        [*python, str(root / "quick_check.py"), *arguments], env=os.environ | settings, cwd=folder,
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def row(shown: str, title: str) -> str:
    return next(line for line in shown.splitlines() if f"  {title}  " in line)


def definitions(folder: Path, text: str, name: str = "control-center.yaml") -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_table_with_what_why_and_fix_and_the_verdict(tmp_path: Path) -> None:
    definitions(tmp_path, "services: {demo: {command: [no-such-program], cwd: nowhere}}")
    ended = call(folder=tmp_path)
    assert ended.returncode == 1, ended.stderr
    assert row(ended.stdout, "Keeper").startswith("  ok")
    assert row(ended.stdout, "Paths of demo").startswith("warning")
    assert "why: demo may not be able to start." in ended.stdout
    assert "fix: " in ended.stdout
    assert "warnings, 0 errors" in ended.stdout


def test_config_file_is_honoured(tmp_path: Path) -> None:
    definitions(tmp_path, f"services: {{mine: {{command: [{json.dumps(sys.executable)}]}}}}", "other.yaml")
    ended = call(folder=tmp_path, CONFIG_FILE="other.yaml")
    assert row(ended.stdout, "Paths of mine").startswith("  ok")


def test_a_wrong_file_is_an_error_with_line_and_hint(tmp_path: Path) -> None:
    definitions(tmp_path, "services:\n  demo:\n    comand: [x]\n")
    ended = call(folder=tmp_path)
    assert ended.returncode == 1
    assert row(ended.stdout, "Configuration").startswith(" ERROR")
    assert "line 3, column 5" in ended.stdout
    assert "Did you mean" in ended.stdout
    assert ended.stderr == ""


def test_settings_that_cannot_be_used_are_errors_without_a_traceback(tmp_path: Path) -> None:
    ended = call(folder=tmp_path, PORT="many")
    assert ended.returncode == 1
    assert "PORT=many (in the environment)" in row(ended.stdout, "Settings")
    assert ended.stderr == ""


def test_before_anything_is_installed_it_says_what_to_install(tmp_path: Path) -> None:
    fresh = tmp_path / "Control Center & ünï"
    shutil.copytree(ROOT / "backend" / "services" / "diagnostics", fresh / "backend" / "services" / "diagnostics")
    for name in ("backend/__init__.py", "backend/services/__init__.py", "requirements.txt", "quick_check.py"):
        shutil.copy(ROOT / name, fresh / name)
    ended = call(folder=tmp_path, python=(BARE, "-I", "-S"), root=fresh)
    assert ended.returncode == 1, ended.stderr
    assert "packages are missing" in row(ended.stdout, "Packages")
    assert "./install.sh" in ended.stdout
    assert ended.stderr == ""


def test_an_unknown_argument_shows_the_usage(tmp_path: Path) -> None:
    ended = call("--everything", folder=tmp_path)
    assert ended.returncode == 2
    assert "--live [URL]" in ended.stdout


class Foreign(BaseHTTPRequestHandler):
    """Answers everything, one address with a fault; keeps no log."""

    def do_GET(self) -> None:
        bodies = {"/api/services": {"count": 1, "services": [{"id": "comfy ui", "pid": None}]}}
        self.send_response(500 if self.path == "/api/system/info" else 200)
        self.end_headers()
        self.wfile.write(json.dumps(bodies.get(self.path, {"seen": self.path})).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Foreign) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_live_asks_every_address_with_previews_and_totals(tmp_path: Path, address: str) -> None:
    ended = call("--live", address, folder=tmp_path)
    assert ended.returncode == 1
    assert "seen: /api/services/comfy%20ui/status" in ended.stdout
    assert next(line for line in ended.stdout.splitlines() if "/api/system/info" in line).startswith(" 500")
    assert "14 of 15 addresses answered well" in ended.stdout


def test_live_where_nothing_answers_says_how_to_start(tmp_path: Path) -> None:
    ended = call("--live", "http://127.0.0.1:9", folder=tmp_path)
    assert ended.returncode == 1
    assert "Nothing answers at http://127.0.0.1:9. Start Control Center" in ended.stdout
