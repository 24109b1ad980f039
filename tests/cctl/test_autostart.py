"""`cctl autostart`: what is written for each system, checked by that system's own reader where it is here."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from backend.config import ROOT
from cctl.autostart import Found, Start
from cctl.autostart.launchd import Agent
from cctl.autostart.systemd import Unit
from cctl.autostart.windows import SPACE, Task, read
from cctl.autostart.xdg import DesktopFile
from tests.cctl.conftest import Ended, call

AWKWARD = "a b\"c'd$HOME%n\\e`f&<ü>"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Of a folder whose name has what each of the formats gives a meaning to."""
    folder = tmp_path / AWKWARD
    (folder / "backend").mkdir(parents=True)
    python = folder / "python"
    python.write_text("#!/bin/sh\n")
    python.chmod(0o755)
    command = [str(python), "-m", "backend", "--no-browser", "--data-dir", str(folder / "data")]
    return Start(command, str(folder), f"/usr/bin:{folder}", str(folder / "said.log"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd here")
def test_systemd_finds_nothing_wrong_with_the_unit_and_reads_the_very_paths(home: Path, start: Start) -> None:
    unit = home / "control-center.service"
    unit.write_text(Unit().text(start))
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(home)},
    )  # fmt: skip
    complaints = [line for line in checked.stderr.splitlines() if unit.name in line]
    assert complaints == []
    unit.write_text(Unit().text(start).replace("Type=exec", "Type=nonsense"))
    wrong = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", str(unit)], capture_output=True, text=True, check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": str(home)},
    )  # fmt: skip
    assert unit.name in wrong.stderr, "it does look at the file"


def test_a_unit_is_on_while_it_is_enabled_and_tells_what_it_starts(home: Path, start: Start) -> None:
    unit = Unit()
    place = Path(unit.place)
    place.parent.mkdir(parents=True)
    place.write_text(unit.text(start))
    assert unit.found() is None, "written, but not enabled"
    link = place.parent / "default.target.wants" / place.name
    link.parent.mkdir()
    link.symlink_to(place)
    assert unit.found() == Found(start.command[0], start.folder)
    assert unit.off()
    assert not os.path.lexists(link)
    assert not place.exists()
    assert not unit.off()


def test_when_the_daemon_ends_a_unit_ends_nothing_else() -> None:
    lines = Unit().text(Start(["/p"], "/f", "/usr/bin", "")).splitlines()
    assert {"KillMode=process", "Delegate=yes", "RestartPreventExitStatus=2 3"} <= set(lines)


def test_a_desktop_file_has_the_command_and_tells_it_again(home: Path, start: Start) -> None:
    entry = DesktopFile()
    entry.on(start)
    assert entry.found() == Found(start.command[0], start.folder)
    text = Path(entry.place).read_text()
    assert text.splitlines()[0] == "[Desktop Entry]"
    Path(entry.place).write_text(text + "Hidden=true\n")
    assert entry.found() is None, "the desktop's own settings switched it off"
    assert entry.off()
    assert entry.found() is None


def test_an_agent_starts_at_login_and_again_after_a_crash_only(home: Path, start: Start) -> None:
    agent = Agent()
    written = plistlib.loads(agent.text(start).encode())
    assert written["ProgramArguments"] == start.command
    assert written["WorkingDirectory"] == start.folder
    assert (written["RunAtLoad"], written["KeepAlive"], written["AbandonProcessGroup"]) == (
        True,
        {"Crashed": True},
        True,
    )
    place = Path(agent.place)
    place.parent.mkdir(parents=True)
    place.write_text(agent.text(start))
    assert agent.found() == Found(start.command[0], start.folder)
    assert agent.off()
    assert agent.found() is None


def test_a_task_runs_at_log_on_without_elevation_window_or_limits(tmp_path: Path, start: Start) -> None:
    text = Task(start.folder).text(start)
    task = ElementTree.fromstring(text.partition("?>")[2])

    def said(path: str) -> str | None:
        return task.findtext("/".join(f"{SPACE}{part}" for part in path.split("/")))

    assert said("Triggers/LogonTrigger/UserId")
    assert said("Triggers/LogonTrigger/UserId") == said("Principals/Principal/UserId")
    assert said("Principals/Principal/RunLevel") == "LeastPrivilege"
    assert said("Principals/Principal/LogonType") == "InteractiveToken"
    assert said("Settings/ExecutionTimeLimit") == "PT0S"
    assert said("Settings/DisallowStartIfOnBatteries") == said("Settings/StopIfGoingOnBatteries") == "false"
    assert int(said("Settings/Priority") or 7) < 7, "tools inherit it, and 7 is below normal"
    assert said("Actions/Exec/Command") == start.command[0]
    arguments = said("Actions/Exec/Arguments") or ""
    expected = ["-I", "-S", os.path.join(start.folder, "cctl"), "daemon", "start", *start.command[4:]]  # noqa: PTH118
    assert arguments == subprocess.list2cmdline(expected)
    assert read(text.encode("utf-16")) == Found(start.command[0], start.folder)
    assert (
        read(text.replace("<Enabled>true</Enabled>\n    <Hidden>", "<Enabled>false</Enabled>\n    <Hidden>").encode())
        is None
    )


def test_a_task_starts_the_interpreter_that_opens_no_window(start: Start) -> None:
    twin = Path(start.folder) / "pythonw"
    twin.write_text("")
    text = Task(start.folder).text(start)
    assert (read(text.encode("utf-16")) or Found("", "")).program == str(twin)


class TestCommand:
    """On this machine, where the user has no systemd of their own."""

    @staticmethod
    def autostart(home: Path, *arguments: str) -> Ended:
        given = {
            "XDG_CONFIG_HOME": str(home / "config"),
            "HOME": str(home),
            "DBUS_SESSION_BUS_ADDRESS": "",
            "PATH": "/nowhere",
        }
        return call(home / "data", "autostart", *arguments, **given)

    def test_on_off_and_status_say_what_they_did_and_may_be_repeated(self, tmp_path: Path) -> None:
        place = tmp_path / "config" / "autostart" / "control-center.desktop"
        assert json.loads(self.autostart(tmp_path, "status", "--json").stdout) == {
            "on": False,
            "place": None,
            "wrong": None,
        }
        for _ in range(2):
            on = self.autostart(tmp_path, "on")
            assert (on.returncode, on.stderr) == (0, "")
            assert str(place) in on.stdout
        assert f'"--data-dir" "{tmp_path / "data"}"' in place.read_text()
        assert self.autostart(tmp_path, "status").stdout.startswith("● Control Center starts when you log in")
        assert str(place) in self.autostart(tmp_path, "off").stdout
        assert not place.exists()
        assert "It was not on" in self.autostart(tmp_path, "off").stdout

    def test_status_tells_of_paths_that_are_gone_or_of_another(self, tmp_path: Path, start: Start) -> None:
        place = tmp_path / "config" / "autostart" / "control-center.desktop"
        place.parent.mkdir(parents=True)
        place.write_text(DesktopFile().text(start))
        other = self.autostart(tmp_path, "status")
        assert other.returncode == 1
        assert f"it starts another Control Center, in {start.folder}" in other.stdout
        Path(start.command[0]).unlink()
        assert f"{start.command[0]}, which is not there any more" in self.autostart(tmp_path, "status").stdout
        assert self.autostart(tmp_path, "on").returncode == 0
        assert self.autostart(tmp_path, "status").returncode == 0
        assert str(ROOT) in place.read_text()
