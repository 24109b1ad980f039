"""`cctl daemon`, `doctor`, `config`, `open`: the control center itself, with a daemon and without."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT
from tests.cctl.conftest import Ended, call, environment
from tests.fakes.daemon import Daemon, alive, wait_for

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time


def settings(folder: Path, text: str = "services: {one: {command: [sleep, '1000']}}\n") -> dict[str, str]:
    (folder / "mine.yaml").write_text(text)
    return {"CONFIG_DIR": str(folder), "CONFIG_FILE": "mine.yaml", "PORT": "0"}


def test_start_again_status_a_daemon_that_hangs_and_stop(tmp_path: Path) -> None:
    data_dir, env = tmp_path / "data", settings(tmp_path)
    try:
        started = json.loads(call(data_dir, "daemon", "start", "--json", **env).stdout)
        pid = started["pid"]
        assert started["running"]
        assert os.getsid(pid) == pid, "no end of a terminal concerns it"
        again = call(data_dir, "daemon", "start", **env)
        assert (again.returncode, "already runs" in again.stdout, f"(pid {pid})" in again.stdout) == (0, True, True)
        status = call(data_dir, "daemon", "status")
        assert status.returncode == 0
        assert f"{started['address']}/ui/ (pid {pid}" in status.stdout
        os.kill(pid, signal.SIGSTOP)
        hangs = call(data_dir, "daemon", "status")
        os.kill(pid, signal.SIGCONT)
        assert hangs.returncode == 3
        assert f"(pid {pid}) does not answer at" in hangs.stdout
    finally:
        stopped = call(data_dir, "daemon", "stop")
    assert stopped.stdout == f"○ Control Center has stopped (pid {pid}).\n"
    wait_for(lambda: not alive(pid))
    assert call(data_dir, "daemon", "stop").stdout == "○ Control Center does not run.\n"
    assert json.loads(call(data_dir, "daemon", "status", "--json").stdout)["running"] is False


def test_a_daemon_that_cannot_start_says_why(tmp_path: Path) -> None:
    ended = call(tmp_path / "data", "daemon", "start", **{**settings(tmp_path), "WS_UPDATE_INTERVAL": "often"})
    assert ended.returncode == 1
    assert "WS_UPDATE_INTERVAL=often (in the environment)" in ended.stderr


def test_doctor_is_the_diagnosis_of_the_daemon_or_quick_check_without_one(daemon: Daemon, tmp_path: Path) -> None:
    with_daemon = json.loads(call(daemon.data_dir, "doctor", "--json").stdout)
    assert with_daemon.keys() == {"checked_at", "ok", "checks"}
    table = call(daemon.data_dir, "doctor")
    assert table.returncode == 1
    assert "◐ warning  Paths of broken" in table.stdout
    assert "fix: " in table.stdout
    alone = call(tmp_path / "data", "doctor", "--json", **settings(tmp_path))
    checks = json.loads(alone.stdout)["checks"]
    assert {"python", "packages", "database"} <= {check["id"] for check in checks}
    assert str(tmp_path / "data") in json.dumps(checks)


WRONG = "services:\n  demo:\n    comand: [x]\n"


def check(data_dir: Path, *arguments: str, **env: str) -> Ended:
    return call(data_dir, "config", "check", *arguments, **env)


def test_config_check_tells_faults_as_compilers_do_with_a_daemon_and_without(daemon: Daemon, tmp_path: Path) -> None:
    warned = check(daemon.data_dir)
    assert warned.returncode == 0
    assert f"{daemon.config}:7:22: warning: services.broken.command[0]: " in warned.stdout
    assert warned.stdout.endswith(f"{daemon.config} is good: 4 services.\n")
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(WRONG)
    for ended in (check(daemon.data_dir, str(wrong)), check(tmp_path / "data", **settings(tmp_path, WRONG))):
        assert ended.returncode == 1
        assert ".yaml:3:5: error: services.demo.comand: " in ended.stdout
        assert "Did you mean" in ended.stdout
    told = json.loads(check(daemon.data_dir, "--json").stdout)
    assert (told["path"], told["good"], len(told["services"])) == (str(daemon.config), True, 4)
    assert json.loads(check(daemon.data_dir, str(tmp_path / "none.yaml"), "--json").stdout)["good"] is False


def test_config_plan_tells_what_applying_a_file_would_change(daemon: Daemon, tmp_path: Path) -> None:
    assert call(daemon.data_dir, "config", "plan").stdout.endswith("Nothing would change.\n")
    file = tmp_path / "next.yaml"
    changed = daemon.config.read_text().replace('"1000"', '"2000"').replace("  broken:", "  fresh:")
    file.write_text(changed)
    planned = call(daemon.data_dir, "config", "plan", str(file))
    assert planned.returncode == 0
    assert planned.stdout.splitlines()[-3:] == ["+ added    fresh", "~ changed  upper (command)", "- removed  broken"]
    told = json.loads(call(daemon.data_dir, "config", "plan", str(file), "--json").stdout)
    assert told["plan"]["removed"] == ["broken"]
    file.write_text(WRONG)
    wrong = call(daemon.data_dir, "config", "plan", str(file))
    assert wrong.returncode == 1
    assert f"{file}:3:5: error: services.demo.comand: " in wrong.stdout


def test_config_path_is_that_of_the_daemon_or_what_it_would_be(daemon: Daemon, tmp_path: Path) -> None:
    assert call(daemon.data_dir, "config", "path").stdout == f"{daemon.config}\n"
    assert call(tmp_path / "data", "config", "path", **settings(tmp_path)).stdout == f"{tmp_path / 'mine.yaml'}\n"


def test_open_shows_the_dashboard_and_never_the_token(tmp_path: Path, daemon: Daemon) -> None:
    shown = tmp_path / "shown"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {shown}\n')
    browser.chmod(0o755)
    ended = call(daemon.data_dir, "open", BROWSER=f"{browser} %s", API_TOKEN="a&b")
    assert (ended.returncode, ended.stdout) == (0, f"Opened {daemon.address}/ui/\n")
    wait_for(lambda: shown.exists() and shown.read_text())
    assert shown.read_text() == f"{daemon.address}/ui/?token=a%26b\n"


def test_by_module_and_by_launcher_it_is_the_same(daemon: Daemon, tmp_path: Path) -> None:
    link = tmp_path / "cctl"
    link.symlink_to(ROOT / "cctl.sh")
    env = environment(DATA_DIR=str(daemon.data_dir))
    ways = [[sys.executable, "-m", "cctl"], [str(ROOT / "cctl.sh")], [str(link)]]
    told = [
        subprocess.run([*way, "config", "path"], env=env, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for way in ways
    ]
    assert set(told) == {f"{daemon.config}\n"}


def test_a_launcher_beside_nothing_says_what_to_do(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cctl.sh", tmp_path)
    ended = subprocess.run([str(tmp_path / "cctl.sh"), "status"], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == f"Control Center is not set up in {tmp_path}: run install.sh there.\n"
