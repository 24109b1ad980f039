"""bootstrap.py: what it makes, what it leaves alone, and the sentence for each thing that can go wrong."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bootstrap
from backend.config import ROOT

pytestmark = pytest.mark.setup


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that needs no packages and whose dashboard is built already."""
    made = tmp_path / "Control Center & ünï"
    (made / "frontend").mkdir(parents=True)
    shutil.copy(ROOT / "bootstrap.py", made)
    (made / "requirements.txt").write_text("# nothing\n")
    (made / "frontend" / "main.ts").write_text("dashboard")
    return made


def call(project: Path, *arguments: str, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `bootstrap.main` in the project, after the statements `before`; never with uv or Node of this machine."""
    code = (
        f"import sys; sys.path.insert(0, {str(project)!r}); import bootstrap as b; b.shutil.which = lambda *_: None\n"
    )
    code += f"{before}\nsys.exit(b.main(sys.argv[1:]))"
    settings = {"PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", "PYTHONUTF8": "1", **environment}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return subprocess.run(
        [getattr(sys, "_base_executable", sys.executable), "-c", code, *arguments], env=kept | settings,
        capture_output=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


BUILT = "b.dashboard_is_stale = lambda: False"
FAKED = f"{BUILT}; b.make_venv = lambda way: sys.exit('made again')"


def test_the_syntax_lets_an_old_python_reach_the_sentence() -> None:
    for name in ("bootstrap.py", "quick_check.py"):
        ast.parse((ROOT / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_install_makes_the_environment_once_and_says_the_next_step(project: Path) -> None:
    first = call(project, "install", before=BUILT)
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.splitlines()[-1] == f"Next step: {'run.bat' if os.name == 'nt' else './run.sh'}"
    second = call(project, "install", before=FAKED)
    assert second.returncode == 0, second.stderr
    assert "Making" not in second.stdout
    assert "Installing" not in second.stdout

    (project / "requirements.txt").write_text("# nothing else\n")
    third = call(project, "install", before=FAKED)
    assert third.returncode == 0, third.stderr
    assert "Installing requirements.txt" in third.stdout

    moved = project.with_name("moved")
    project.rename(moved)
    assert call(moved, "install", before=FAKED).stderr == "made again\n"


def test_an_environment_of_another_interpreter_is_made_again(project: Path) -> None:
    state = project / ".venv" / "control-center.json"
    state.parent.mkdir()
    state.write_text(json.dumps({"made": "by another", "with": "pip"}))
    assert call(project, "install", before=FAKED).stderr == "made again\n"


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(project: Path, module: str) -> None:
    ended = call(project, "install", before=f"sys.modules[{module!r}] = None")
    assert ended.returncode == 1
    assert f"comes without {module}" in ended.stdout
    assert "sudo apt install python3-venv" in ended.stdout
    assert "Traceback" not in ended.stderr


def test_without_network_it_says_so(project: Path) -> None:
    (project / "requirements.txt").write_text("no-such-thing==1\n")
    ended = call(project, "install", before=BUILT, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert ended.returncode == 1
    assert "The package servers cannot be reached. Check the network" in ended.stdout
    again = call(project, "install", before=FAKED, PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert "Installing requirements.txt" in again.stdout, "what did not succeed is tried again"


@pytest.mark.parametrize(
    ("printed", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("ERROR: Could not install packages due to an OSError: [WinError 5] Access is denied: 'C:\\x.pyd'", "in use"),
        ("PermissionError: [WinError 32] The process cannot access the file", "Close Control Center"),
        ("Failed to establish a new connection: [Errno -3] Temporary failure in name resolution", "Check the network"),
        ("npm error code ENOTFOUND", "Check the network"),
        ("error sending request for url (https://x/)\n Caused by: dns error", "Check the network"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate", "PIP_CERT"),
        ("ERROR: No matching distribution found for httptools==9.9", "Use Python 3.11 to 3.14"),
        ("[Errno 13] Permission denied: '/opt/cc/.venv'", "may not be written to"),
        ("something else", "otherwise"),
    ],
)
def test_what_a_tool_prints_when_it_fails_becomes_a_sentence(printed: str, sentence: str) -> None:
    assert sentence in bootstrap.reason(printed, "otherwise")


def test_a_full_disk_met_by_ourselves_is_a_sentence(project: Path) -> None:
    full = "def full(way): raise OSError(28, 'No space left on device', 'x')\nb.make_venv = full"
    ended = call(project, "install", before=full)
    assert ended.returncode == 1
    assert "The disk is full. Make room and run this again." in ended.stdout


def test_the_dashboard_is_stale_when_a_source_changed_and_only_then(project: Path) -> None:
    ask = "print(b.dashboard_is_stale()); sys.exit()"
    assert call(project, before=ask).stdout == "True\n"
    (project / "frontend" / "dist").mkdir()
    call(project, before="b.BUILT.write_text(b.dashboard_sources()); sys.exit()")
    assert call(project, before=ask).stdout == "False\n"
    (project / "frontend" / "node_modules").mkdir()
    (project / "frontend" / "node_modules" / "x.js").write_text("not a source")
    assert call(project, before=ask).stdout == "False\n"
    (project / "frontend" / "main.ts").write_text("changed")
    assert call(project, before=ask).stdout == "True\n"


def test_without_node_the_daemon_starts_all_the_same(project: Path) -> None:
    (project / "requirements-node.txt").write_text("no-such-thing==1\n")
    (project / "backend").mkdir()
    (project / "backend" / "__main__.py").write_text("import sys; print('daemon', *sys.argv[1:]); sys.exit(5)")
    ended = call(project, "run", "--port", "1", PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert "The dashboard is not built. The package servers cannot be reached." in ended.stdout
    assert ended.stdout.endswith("daemon --join --port 1\n")
    assert ended.returncode == 5


def test_an_unknown_command_shows_the_known_ones(project: Path) -> None:
    ended = call(project, "start")
    assert ended.returncode == 2
    assert "install | run" in ended.stdout
