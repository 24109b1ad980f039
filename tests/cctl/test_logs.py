"""`cctl logs`: the end of a log, several at once, and following over everything that may happen to the daemon."""

from __future__ import annotations

import json
import re
import subprocess
import time
from pathlib import Path

import pytest

from tests.cctl.conftest import call, going, interrupt, read_lines, until_up
from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time

COUNTER = """services:
  ticker:
    command: ["${center:python}", -u, -c,
      "import os, time\\nfor n in range(10**9): os.write(1, b'tick %d\\\\n' % n); time.sleep(0.01)"]
    lifetime: persistent
    autostart: true
"""


def numbers(text: str) -> list[int]:
    """Of whole lines: what the log ends with may be half a one."""
    return [int(number) for number in re.findall(r"tick (\d+)$", text, re.MULTILINE)]


def test_the_last_lines_as_they_were_written(daemon: Daemon) -> None:
    until_up(daemon, "ticker", "base")
    wait_for(lambda: "tick 5" in daemon.log("ticker"))
    ended = call(daemon.data_dir, "logs", "-n", "3", "ticker")
    found = numbers(ended.stdout)
    assert ended.stdout == "".join(f"tick {number}\n" for number in found)
    assert found == list(range(found[0], found[0] + 3))


def test_several_logs_have_the_service_before_each_line(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "logs", "-n", "1", "ticker", "base")
    first, second = ended.stdout.splitlines()
    assert first.startswith("ticker | tick ")
    assert second == "base   | base is up"


def test_json_is_one_object_a_line(daemon: Daemon) -> None:
    lines = call(daemon.data_dir, "logs", "-n", "2", "--json", "ticker").stdout.splitlines()
    assert len(lines) == 2
    assert json.loads(lines[0]).keys() == {"service", "line"}


def test_an_unknown_service_is_exit_code_4_and_no_service_a_wrong_command(daemon: Daemon) -> None:
    assert call(daemon.data_dir, "logs", "-f", "ticker", "nothing").returncode == 4
    assert call(daemon.data_dir, "logs").returncode == 2
    assert call(daemon.data_dir, "logs", "-n", "many", "ticker").returncode == 2


def test_following_shows_lines_soon_after_they_are_written_and_ctrl_c_is_no_failure(daemon: Daemon) -> None:
    with going(daemon.data_dir, "logs", "-f", "-n", "0", "ticker") as process:
        (first,) = read_lines(process)
        late = [numbers(daemon.log("ticker"))[-1] - numbers(read_lines(process)[0])[0] for _ in range(5)]
        code, _, err = interrupt(process)
    assert first.startswith("tick ")
    assert max(late) < 20, "a fifth of a second"
    assert (code, err) == (130, "")


def test_following_loses_and_repeats_nothing_when_the_daemon_is_killed_or_stopped_in_order(tmp_path: Path) -> None:
    """`persistent`: it prints on while no daemon is there. The daemon comes back elsewhere, too."""
    daemon = Daemon(tmp_path, COUNTER)
    try:
        daemon.start()
        daemon.is_("ticker", "running")
        with going(daemon.data_dir, "logs", "-f", "ticker", "-n", "10000") as process:
            seen = read_lines(process, 20)
            daemon.kill()
            daemon.port = "0"
            daemon.start()
            seen += _until_now(daemon, process)
            daemon.stop()
            daemon.start()
            seen += _until_now(daemon, process)
            code, out, err = interrupt(process)
        found = numbers("".join(seen) + out)
        assert found == list(range(len(found)))
        assert len(found) > 100
        assert (code, err) == (130, "")
        daemon.post("ticker", "stop")
    finally:
        daemon.close()


def _until_now(daemon: Daemon, process: subprocess.Popen[str]) -> list[str]:
    """Lines up to one that was written after the daemon came back."""
    goal, lines = numbers(daemon.log("ticker"))[-1] + 1, read_lines(process)
    deadline = time.monotonic() + 20
    while numbers(lines[-1])[0] < goal:
        assert time.monotonic() < deadline
        lines += read_lines(process)
    return lines
