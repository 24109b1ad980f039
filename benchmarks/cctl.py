"""What `cctl status` takes beside `supervisorctl status`, each against its own daemon with the same services.

    python -m benchmarks.cctl [--rounds 50] [--services 10]

Supervisor comes from PyPI into a virtual environment of its own, which is thrown away. The two take turns, so that both
meet the same machine. An interpreter that does nothing, and a Tab of completion, stand beside them.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.config import ROOT
from benchmarks.measure import in_turns, show
from tests.fakes.daemon import Daemon, wait_for

SECTION = "[program:s{n}]\ncommand=sleep 1000\n"
HEAD = """[unix_http_server]
file={folder}/supervisor.sock
[supervisord]
nodaemon=true
logfile={folder}/supervisord.log
pidfile={folder}/supervisord.pid
childlogdir={folder}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://{folder}/supervisor.sock
"""


@contextmanager
def supervisor(folder: Path, services: int) -> Iterator[list[str]]:
    """The command of its client, whose daemon runs."""
    made = folder / "venv"
    venv.create(made, with_pip=True)
    python = made / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "supervisor", "setuptools<81"], check=True)
    config = folder / "supervisor.conf"
    config.write_text(HEAD.format(folder=folder) + "".join(SECTION.format(n=n) for n in range(services)))
    client = [str(made / "bin" / "supervisorctl"), "-c", str(config)]
    daemon = subprocess.Popen([made / "bin" / "supervisord", "-c", config], stdout=subprocess.DEVNULL)
    try:
        status = [*client, "status"]
        wait_for(
            lambda: subprocess.run(status, capture_output=True, check=False).stdout.count(b"RUNNING") == services, 60
        )
        yield client
    finally:
        daemon.terminate()
        daemon.wait(30)


@contextmanager
def control_center(folder: Path, services: int) -> Iterator[dict[str, str]]:
    """The environment in which `cctl` finds its daemon."""
    block = "  s{n}: {{command: [sleep, '1000'], autostart: true}}\n"
    daemon = Daemon(folder, "services:\n" + "".join(block.format(n=n) for n in range(services)))
    try:
        daemon.start()
        for n in range(services):
            daemon.is_(f"s{n}", "running")
        yield {**os.environ, "DATA_DIR": str(daemon.data_dir)}
    finally:
        daemon.stop()
        daemon.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--services", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with supervisor(folder, given.services) as client, control_center(folder, given.services) as environment:

            def run(*command: str) -> None:
                subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)

            cctl = str(ROOT / "cctl.sh")
            ways = {
                "supervisorctl status": lambda: run(*client, "status"),
                "cctl status": lambda: run(cctl, "status"),
                "cctl: a Tab": lambda: run(cctl, "__complete", "up", ""),
                "python -c pass": lambda: run(sys.executable, "-c", "pass"),
            }
            begun = time.strftime("%H:%M:%S")
            taken = in_turns(ways, given.rounds)
            show(
                f"{given.services} services, {given.rounds} rounds, from {begun}, load {os.getloadavg()[0]:.1f}",
                taken,
                against="supervisorctl status",
            )


if __name__ == "__main__":
    main()
