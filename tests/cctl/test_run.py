"""`cctl run`: parameters, output, exit code, and what Ctrl+C may mean."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cctl.failure import Failure
from cctl.grammar import parse, parser
from cctl.modules import values, with_secrets
from tests.cctl.conftest import CCTL, call, environment, going, interrupt, read_lines
from tests.fakes.daemon import Daemon, wait_for

pytestmark = pytest.mark.timeout(180)  # daemons start, and a busy machine takes its time

SHOW = "import json, sys; print(json.dumps(sys.argv[1:])); print('no end', end='')"
DEFINITIONS = f"""modules:
  show:
    name: Show the arguments
    command: ["{sys.executable}", -c, "{SHOW}"]
    parameters:
      width: {{type: number, default: 640, label: Pixels}}
      mode: {{options: [fast, good], default: fast}}
      dry_run: {{default: false}}
      tag: {{multiple: true}}
      needed: {{required: true}}
  failing: {{command: ["{sys.executable}", -c, "import sys; print('oh'); sys.exit(7)"]}}
  killed: {{command: ["{sys.executable}", -c, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]}}
  late: {{command: [sleep, "100"], timeout: 0.2s}}
  ticker:
    concurrency: 1
    command: ["{sys.executable}", -u, -c, "import time\\nfor n in range(10**6): print('tick', n); time.sleep(0.02)"]
  off: {{command: [none], enabled: false}}
  secret:
    command: ["{sys.executable}", -c, "import os; print(len(os.environ['WORD']), os.environ.get('PIN'))"]
    parameters:
      pass_word: {{type: password, required: true, label: Password, env: WORD}}
      pin: {{secret: true, env: PIN}}
"""

ON_ITS_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv[1]: os.dup2(os.open(sys.argv[1], os.O_RDONLY), 0)
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(tmp_path_factory.mktemp("run"), DEFINITIONS)
    try:
        made.start()
        yield made
    finally:
        made.close()


def newest(daemon: Daemon) -> dict[str, Any]:
    found: dict[str, Any] = daemon.http.get("/api/runs", params={"limit": 1}).json()["runs"][0]
    return found


def ends(daemon: Daemon, status: str) -> None:
    wait_for(lambda: newest(daemon)["status"] == status, 20, f"the run is {status}")


def test_parameters_reach_the_module_and_its_output_comes_as_it_is(daemon: Daemon) -> None:
    words = ["--width", "320", "--mode=good", "--dry-run", "--tag", "a", "--needed", "x y", "--tag=--b"]
    ended = call(daemon.data_dir, "run", "show", *words)
    assert ended.returncode == 0, ended.stderr
    shown, rest = ended.stdout.split("\n")
    passed = json.loads(shown)
    assert [passed[passed.index(f"--{name}") + 1] for name in ("width", "mode", "needed")] == ["320", "good", "x y"]
    assert "--dry_run" in passed
    assert rest == "no end"
    assert re.search(r"^cctl: run_\d{8}_\d{6}_show_[0-9a-f]{8}$", ended.stderr, re.MULTILINE)
    assert "Show the arguments completed after" in ended.stderr


def test_it_ends_as_the_run_ends(daemon: Daemon) -> None:
    failing = call(daemon.data_dir, "run", "failing")
    assert (failing.returncode, failing.stdout) == (7, "oh\n")
    assert call(daemon.data_dir, "run", "killed").returncode == 128 + signal.SIGKILL
    assert call(daemon.data_dir, "run", "late").returncode == 124


def test_what_cannot_be_run_is_told_by_its_exit_code(daemon: Daemon) -> None:
    missing = call(daemon.data_dir, "run", "show", "--width", "wide", "--mode", "slow")
    assert missing.returncode == 2
    for name in ("needed", "Pixels", "mode"):
        assert name in missing.stderr, "all faults at once"
    assert call(daemon.data_dir, "run", "shwo").returncode == 4
    assert call(daemon.data_dir, "run").returncode == 2
    assert call(daemon.data_dir, "run", "off").returncode == 1
    loose = call(daemon.data_dir, "run", "show", "fast")
    assert loose.returncode == 2
    assert "Parameters are given as --name value" in loose.stderr


def test_detached_it_says_the_id_and_the_run_goes_on(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "run", "ticker", "--detach")
    run_id = ended.stdout.strip()
    assert (ended.returncode, newest(daemon)["run_id"]) == (0, run_id)
    assert newest(daemon)["status"] in {"queued", "starting", "running"}
    assert daemon.http.delete(f"/api/runs/{run_id}").status_code == 200
    as_json = json.loads(call(daemon.data_dir, "run", "--json", "-d", "failing").stdout)
    assert as_json.keys() == {"run_id", "status"}


def test_what_waits_says_why(daemon: Daemon) -> None:
    first = call(daemon.data_dir, "run", "ticker", "-d").stdout.strip()
    terminal = Terminal(daemon.data_dir, "run", "ticker")
    terminal.shows(b"it waits, number 1 in the queue: ")
    assert daemon.http.delete(f"/api/runs/{first}").status_code == 200
    terminal.shows(b"tick 3")
    terminal.ctrl_c()
    terminal.types(b"c\n")
    assert terminal.ends() == 130


def test_json_is_an_object_a_line_and_the_outcome_at_the_end(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "run", "show", "--needed", "1", "--json")
    *lines, outcome = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [line["line"] for line in lines][1:] == ["no end"]
    assert {line["run"] for line in lines} == {outcome["run_id"]}
    assert (outcome["status"], outcome["exit_code"]) == ("completed", 0)


def test_no_line_is_lost_or_repeated_when_the_daemon_is_killed(daemon: Daemon) -> None:
    with going(daemon.data_dir, "run", "ticker") as process:
        seen = read_lines(process, 10)
        daemon.kill()
        assert process.stderr is not None
        while "waiting for its next start" not in (said := process.stderr.readline()):
            assert said, "it goes on without a daemon"
        daemon.start()
        seen += read_lines(process, 300)
        code, out, err = interrupt(process)
    numbers = [int(number) for number in re.findall(r"tick (\d+)$", "".join(seen) + out, re.MULTILINE)]
    assert numbers == list(range(len(numbers)))
    assert code == 130
    assert "runs on" in err, "nobody could be asked"
    assert newest(daemon)["status"] == "running"
    daemon.http.delete(f"/api/runs/{newest(daemon)['run_id']}")


class Terminal:
    """`cctl` with a person at it."""

    def __init__(self, data_dir: Path, *arguments: str, stdin: str = "") -> None:
        """`stdin` is a file where the input does not come from the terminal."""
        self._ours, theirs = pty.openpty()
        modes = termios.tcgetattr(theirs)
        modes[3] |= termios.NOFLSH  # else Ctrl+C throws away what this terminal has not read yet
        termios.tcsetattr(theirs, termios.TCSANOW, modes)
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_ITS_TERMINAL, stdin, *CCTL, "--data-dir", str(data_dir), *arguments],
            env=environment(TERM="dumb"), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self.shown = b""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        try:
            while piece := os.read(self._ours, 65536):
                self.shown += piece
        except OSError:  # how Linux says that the other side has closed
            return

    def shows(self, words: bytes) -> None:
        wait_for(lambda: words in self.shown, 20, f"{words!r} in {self.shown[-300:]!r}")

    def ctrl_c(self) -> None:
        self.types(b"\x03")

    def types(self, words: bytes) -> None:
        os.write(self._ours, words)

    def ends(self) -> int:
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self._reader.join()
            os.close(self._ours)


@pytest.mark.parametrize("stdin", ["", os.devnull])
def test_ctrl_c_asks_and_c_cancels_the_run(daemon: Daemon, stdin: str) -> None:
    terminal = Terminal(daemon.data_dir, "run", "ticker", stdin=stdin)
    terminal.shows(b"tick 3")
    terminal.ctrl_c()
    terminal.shows(b"[c]ancel")
    terminal.types(b"c\n")
    assert terminal.ends() == 130
    assert b"ticker cancelled after" in terminal.shown
    ends(daemon, "cancelled")


def test_ctrl_c_asks_and_enter_goes_on_and_d_leaves_the_run_alone(daemon: Daemon) -> None:
    terminal = Terminal(daemon.data_dir, "run", "ticker")
    terminal.shows(b"tick 3")
    terminal.ctrl_c()
    terminal.shows(b"[c]ancel")
    terminal.types(b"\n")
    so_far = terminal.shown.count(b"tick")
    wait_for(lambda: terminal.shown.count(b"tick") > so_far + 5, 20, "it goes on")
    terminal.ctrl_c()
    wait_for(lambda: terminal.shown.count(b"[c]ancel") == 2, 20, "it asks again")
    terminal.types(b"d\n")
    assert terminal.ends() == 130
    numbers = [int(number) for number in re.findall(rb"tick (\d+)\r", terminal.shown)]
    assert numbers == list(range(len(numbers)))
    assert newest(daemon)["status"] == "running"
    daemon.http.delete(f"/api/runs/{newest(daemon)['run_id']}")


def test_a_second_ctrl_c_leaves_the_run_alone(daemon: Daemon) -> None:
    terminal = Terminal(daemon.data_dir, "run", "ticker")
    terminal.shows(b"tick 3")
    terminal.ctrl_c()
    terminal.shows(b"[c]ancel")
    terminal.ctrl_c()
    assert terminal.ends() == 130
    assert newest(daemon)["status"] == "running"
    daemon.http.delete(f"/api/runs/{newest(daemon)['run_id']}")


def test_secrets_come_from_the_environment_or_are_typed_and_never_shown(daemon: Daemon) -> None:
    ended = call(daemon.data_dir, "run", "secret", PARAM_PASS_WORD="geheim", PARAM_PIN="12")
    assert (ended.returncode, ended.stdout) == (0, "6 12\n")
    terminal = Terminal(daemon.data_dir, "run", "secret", "--pin", stdin=os.devnull)
    terminal.shows(b"pin: ")
    terminal.types(b"4711\n")
    terminal.shows(b"Password: ")  # it is required, says the daemon
    terminal.types(b"streng geheim\n")
    assert terminal.ends() == 0
    assert b"13 4711" in terminal.shown
    assert b"geheim" not in terminal.shown


def test_secrets_are_not_taken_from_the_command_line_and_nobody_is_asked_where_nobody_is(daemon: Daemon) -> None:
    for words in (["--pass-word", "geheim"], ["--pass_word=geheim"]):
        shown = call(daemon.data_dir, "run", "secret", *words)
        assert shown.returncode == 2
        assert "Set PARAM_PASS_WORD in the environment" in shown.stderr
    asked = call(daemon.data_dir, "run", "secret")
    assert asked.returncode == 2
    assert "Password is needed. Set PARAM_PASS_WORD" in asked.stderr


def test_modules_their_parameters_and_the_values_of_these_are_completed(daemon: Daemon) -> None:
    def candidates(*words: str) -> set[str]:
        env = environment(DATA_DIR=str(daemon.data_dir))
        ended = subprocess.run([*CCTL, "__complete", *words], env=env, capture_output=True, text=True, check=True)
        return {line.partition("\t")[0] for line in ended.stdout.splitlines()}

    assert candidates("run", "") == {"show", "failing", "killed", "late", "ticker", "secret"}
    assert candidates("run", "show", "--") >= {"--width", "--mode", "--dry_run", "--tag", "--detach", "--json"}
    assert candidates("run", "show", "--wi") == {"--width"}
    assert candidates("run", "show", "--mode", "") == {"fast", "good"}
    assert candidates("run", "show", "--mode", "fast", "--m") == set()
    assert candidates("run", "show", "--width", "") == set()
    assert candidates("run", "show", "--mode=f") == {"--mode=fast"}
    assert candidates("run", "show", "--dry_run", "") == {"true", "false"}
    assert candidates("run", "show", "--dry_run", "--wi") == {"--width"}
    assert candidates("run", "nonsense", "--") == set()


PARAMETERS: list[dict[str, Any]] = [
    {"name": "max_results", "type": "number", "options": [], "multiple": False},
    {"name": "level", "type": "select", "options": [1, 2], "multiple": False},
    {"name": "on", "type": "checkbox", "options": [], "multiple": False},
    {"name": "text", "type": "text", "options": [], "multiple": False},
    {"name": "each", "type": "text", "options": [], "multiple": True},
    {"name": "secret", "type": "text", "options": [], "multiple": False, "secret": True},
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("--max-results 5", {"max_results": 5}),
        ("--max_results=-0.5", {"max_results": -0.5}),
        ("--max-results many", {"max_results": "many"}),
        ("--max-results nan", {"max_results": "nan"}),
        ("--secret --on", {"secret": None, "on": True}),
        ("--level 2", {"level": 2}),
        ("--on", {"on": True}),
        ("--on false --text x", {"on": False, "text": "x"}),
        ("--no-on", {"on": False}),
        ("--on=maybe", {"on": "maybe"}),
        ("--text=", {"text": ""}),
        ("--text a --text b", {"text": "b"}),
        ("--each a --each b", {"each": ["a", "b"]}),
        ("--unknown x", {"unknown": "x"}),
        ("--text 5", {"text": "5"}),
    ],
)
def test_words_become_values_of_the_parameters_kinds(words: str, found: dict[str, Any]) -> None:
    assert values(words.split(), PARAMETERS) == found


def test_secret_of_the_environment_has_the_shape_that_the_module_wants() -> None:
    parameters = [{"name": name, "secret": True, "multiple": name == "some-keys"} for name in ("key", "some-keys")]
    environ = {"PARAM_KEY": "a", "PARAM_SOME_KEYS": "b", "PARAM_ELSE": "c"}
    assert with_secrets({"on": True}, parameters, environ) == {"on": True, "key": "a", "some-keys": ["b"]}


@pytest.mark.parametrize("words", ["--text", "--text --on", "loose", "-t 5", "--secret x", "--secret="])
def test_words_that_are_no_parameters_are_refused(words: str) -> None:
    with pytest.raises(Failure):
        values(words.split(), PARAMETERS)


def test_what_stands_behind_two_dashes_is_for_the_module() -> None:
    given = parse(parser(), ["run", "show", "--json", "--a", "1", "--", "--json", "x", "--detach"])
    assert (given.json, given.detach) == (True, False)
    assert given.words == ["--a", "1", "--json", "x", "--detach"]
    assert parse(parser(), ["up", "--", "name"]).services == ["name"]
    with pytest.raises(SystemExit):
        parse(parser(), ["up", "--nonsense"])
