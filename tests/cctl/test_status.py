"""`cctl status`, and what holds for every command: exit codes, streams, widths, colours, a daemon that is not there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.cctl.conftest import CCTL, at_terminal, call, environment, plain, until_up
from tests.fakes.daemon import Daemon

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time


@pytest.fixture(scope="module", autouse=True)
def _as_declared(daemon: Daemon) -> None:
    until_up(daemon, "ticker", "base")
    daemon.post("broken", "start")
    daemon.is_("broken", "failed")


def test_into_a_pipe_it_is_a_plain_table_with_every_column_and_reason(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "status", COLUMNS="20")
    head, *rows = ended.stdout.splitlines()
    titles = "SERVICE STATE HEALTH PID PORT UP FOR CPU MEMORY RESTARTS WHY"
    assert " ".join(head.split()) == titles
    assert [row.split()[0] for row in rows] == ["base", "broken", "ticker", "upper"]
    assert "no-such-program: No such file or directory" in rows[1]
    assert str(daemon.service("ticker")["pid"]) in rows[2].split()
    assert "\x1b" not in ended.stdout
    assert ended.stderr == ""


def test_its_exit_code_tells_whether_something_is_not_well(daemon: Daemon) -> None:
    assert call(daemon.data_dir, "status").returncode == 1
    assert call(daemon.data_dir, "status", "ticker", "upper").returncode == 0
    assert call(daemon.data_dir, "status", "broken").returncode == 1


def test_json_holds_the_rows_of_the_api(daemon: Daemon) -> None:
    told = json.loads(call(daemon.data_dir, "status", "--json", "ticker").stdout)
    assert told["daemon"] == {"address": daemon.address}
    (row,) = told["services"]
    assert row.keys() == daemon.service("ticker").keys()
    assert row["status"] == "running"


def test_a_name_that_there_is_not_is_exit_code_4_with_the_one_that_was_meant(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "status", "tikcer")
    assert (ended.returncode, ended.stdout) == (4, "")
    assert ended.stderr == "cctl: There is no service 'tikcer'. Did you mean ticker?\n"


def test_at_a_terminal_states_have_colours_and_words_and_marks(daemon: Daemon) -> None:
    code, shown = at_terminal(daemon.data_dir, "status", columns=150)
    assert code == 1
    assert "\x1b[32m● running\x1b[0m" in shown
    assert "\x1b[31m✗ failed\x1b[0m" in shown
    assert "2 running, 1 failed, 1 stopped" in shown
    assert "HEALTH" not in shown, "a column that says nothing"


def test_no_color_and_color_never_leave_the_marks_and_words(daemon: Daemon) -> None:
    for shown in (
        at_terminal(daemon.data_dir, "status", columns=150, NO_COLOR="1")[1],
        at_terminal(daemon.data_dir, "status", "--color", "never", columns=150)[1],
    ):
        assert "\x1b" not in shown
        assert "✗ failed" in shown
    assert "\x1b[31m" in call(daemon.data_dir, "status", "--color", "always").stdout


@pytest.mark.parametrize("columns", [30, 45, 60, 80])
def test_at_a_narrow_terminal_nothing_wraps_and_what_matters_stays(daemon: Daemon, columns: int) -> None:
    lines = plain(at_terminal(daemon.data_dir, "status", columns=columns)[1]).split("\n\n")[0].splitlines()
    assert max(map(len, lines)) <= columns
    assert [line.split()[0] for line in lines[1:]] == ["base", "broken", "ticker", "upper"]
    assert "✗ failed" in lines[2]
    assert ("no-such" in lines[2]) == (columns >= 45)


def test_where_marks_cannot_be_written_plain_letters_stand_for_them(daemon: Daemon) -> None:
    ended = subprocess.run(
        [CCTL[0], "-X", "utf8=0", "-m", "cctl", "--data-dir", str(daemon.data_dir), "status"], text=True, check=False,
        env=environment(PYTHONIOENCODING="ascii", PYTHONPATH=str(Path(CCTL[-1]).parent)), capture_output=True,
    )  # fmt: skip
    assert "* running" in ended.stdout
    assert "x failed" in ended.stdout


def test_without_a_daemon_it_is_exit_code_3_and_says_how_to_start_one(tmp_path: Path) -> None:
    ended = call(tmp_path / "data", "status")
    assert (ended.returncode, ended.stdout) == (3, "")
    assert ended.stderr.startswith(f"cctl: Control Center does not run on {tmp_path / 'data'}. Start it with ")


def test_a_lock_file_that_a_crash_left_is_no_daemon(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / "data" / "daemon.lock").write_text(json.dumps({"pid": gone.pid, "address": "http://127.0.0.1:1"}))
    assert call(tmp_path / "data", "status").returncode == 3


def test_with_json_a_failure_is_json_too(tmp_path: Path, daemon: Daemon) -> None:
    error = json.loads(call(tmp_path / "data", "--json", "status").stdout)["error"]
    assert error["exit_code"] == 3
    assert "does not run on" in error["message"]
    assert json.loads(call(daemon.data_dir, "status", "nothing", "--json").stdout)["error"]["exit_code"] == 4


def test_a_wrong_command_line_is_exit_code_2_and_says_what_there_is(daemon: Daemon) -> None:
    assert call(daemon.data_dir, "stat").returncode == 2
    assert "invalid choice: 'stat'" in call(daemon.data_dir, "stat").stderr
    assert call(daemon.data_dir).returncode == 2
    assert "exit codes:" in call(daemon.data_dir, "--help").stdout


def test_a_reader_that_leaves_early_is_no_error(daemon: Daemon) -> None:
    line = f"{CCTL[0]} -I -S {CCTL[-1]} --data-dir {daemon.data_dir} events -n 10000 | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", line], env=environment(), capture_output=True, text=True, check=False)
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] in {"0", "141"}


def test_the_reader_of_a_follow_leaves_and_it_ends(daemon: Daemon) -> None:
    line = f"{CCTL[0]} -I -S {CCTL[-1]} --data-dir {daemon.data_dir} logs -f ticker | head -1; echo ${{PIPESTATUS[0]}}"
    ended = subprocess.run(
        ["bash", "-c", line], env=environment(), capture_output=True, text=True, timeout=20, check=False
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines()[-1] == "141"


def test_the_token_comes_from_the_environment_and_a_wrong_one_is_exit_code_5(tmp_path: Path) -> None:
    daemon = Daemon(tmp_path, "services: {}\n", API_TOKEN="Sesame")
    daemon.http.headers["Authorization"] = "Bearer Sesame"
    try:
        daemon.start()
        right = call(daemon.data_dir, "status", API_TOKEN="Sesame")
        assert (right.returncode, right.stdout.split(".")[0]) == (0, "No services yet")
        for command in ("status", "doctor", "events"):
            wrong = call(daemon.data_dir, command, API_TOKEN="Open")
            assert wrong.returncode == 5
            assert "wants its API_TOKEN" in wrong.stderr
        assert call(daemon.data_dir, "daemon", "status", API_TOKEN="Open").returncode == 5
    finally:
        daemon.close()
