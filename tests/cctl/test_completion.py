"""Completion: what may come next, and the shells' own lines, by the shells that are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.config import ROOT
from tests.cctl.conftest import CCTL, call, environment
from tests.fakes.daemon import Daemon

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time

COMMANDS = {
    "status",
    "up",
    "down",
    "restart",
    "logs",
    "run",
    "events",
    "config",
    "doctor",
    "open",
    "daemon",
    "autostart",
    "completion",
}


def candidates(daemon: Daemon, *words: str) -> set[str]:
    env = environment(DATA_DIR=str(daemon.data_dir))
    ended = subprocess.run([*CCTL, "__complete", *words], env=env, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    return {line.partition("\t")[0] for line in ended.stdout.splitlines()}


def test_commands_services_options_and_choices_come_in_their_places(daemon: Daemon) -> None:
    assert candidates(daemon, "") == COMMANDS
    assert candidates(daemon, "st") == {"status"}
    assert candidates(daemon, "up", "") == {"ticker", "broken", "base", "upper"}
    assert candidates(daemon, "up", "base", "b") == {"broken"}, "what is there already is not offered again"
    assert candidates(daemon, "--json", "logs", "-f", "ti") == {"ticker"}
    assert candidates(daemon, "up", "--wait", "") == {"running", "healthy"}
    assert candidates(daemon, "down", "--tag", "") == {"demo", "pair"}
    assert candidates(daemon, "events", "--service", "u") == {"upper"}
    assert {"--timeout", "--json", "--all"} <= candidates(daemon, "up", "--")
    assert candidates(daemon, "config", "") == {"check", "plan", "path"}
    assert candidates(daemon, "daemon", "start", "--p") == {"--port"}
    assert candidates(daemon, "config", "check", "") == {""}, "files: the shell's own"
    assert candidates(daemon, "completion", "") == {"bash", "zsh", "fish", "powershell"}
    assert candidates(daemon, "nonsense", "x") == set()


def test_without_a_daemon_there_is_no_service_and_no_complaint(tmp_path: Path) -> None:
    ended = call(tmp_path / "data", "status")
    assert ended.returncode == 3
    completed = subprocess.run(
        [*CCTL, "__complete", "--data-dir", str(tmp_path), "up", ""], capture_output=True, text=True, check=False
    )
    assert (completed.returncode, completed.stdout, completed.stderr) == (0, "", "")


@pytest.fixture
def typed(daemon: Daemon, tmp_path: Path) -> dict[str, str]:
    """An environment in which `cctl` is a command."""
    program = tmp_path / "cctl"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{ROOT / "cctl"}" "$@"\n')
    program.chmod(0o755)
    return environment(DATA_DIR=str(daemon.data_dir), PATH=f"{tmp_path}:{os.environ['PATH']}", HOME=str(tmp_path))


def shell(program: str, script: str, env: dict[str, str]) -> list[str]:
    ended = subprocess.run([program, "-c", script], env=env, capture_output=True, text=True, timeout=30, check=False)
    assert ended.stderr == ""
    return sorted(ended.stdout.split())


def test_bash_completes_services(typed: dict[str, str]) -> None:
    script = """
        eval "$(cctl completion bash)"
        COMP_WORDS=(cctl up b) COMP_CWORD=2
        _cctl_complete
        echo "${COMPREPLY[@]}"
        complete -p cctl >/dev/null || echo not registered
    """
    assert shell("bash", script, typed) == ["base", "broken"]


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
def test_fish_completes_services(typed: dict[str, str]) -> None:
    script = 'cctl completion fish | source; complete -C "cctl up b" | cut -f1'
    assert shell("fish", script, typed) == ["base", "broken"]


@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh here")
def test_zsh_completes_services(typed: dict[str, str]) -> None:
    script = """
        compdef() { }
        _describe() { eval "print -l \\${$2%%:*}" }
        eval "$(cctl completion zsh)"
        words=(cctl up b) CURRENT=3
        _cctl
    """
    assert shell("zsh", script, typed) == ["base", "broken"]
