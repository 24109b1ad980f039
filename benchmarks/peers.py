"""Supervisors that hold one tool each, behind one face, so that the same stop-watch measures all of them.

supervisord and circusd are run from `peers`, a folder of executables made with `python -m venv` and
`pip install supervisor circus`; pm2 from its npm package. Who is not there is left out.
"""

from __future__ import annotations

import http.client
import os
import select
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.fakes.daemon import Daemon, wait_for

Ask = Callable[[], object]


class Announcements:
    """Each life of the tool writes its pid here as its first act; tells who, and when by the monotonic clock."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "announcements"
        os.mkfifo(self.path)
        self._fd = os.open(self.path, os.O_RDWR | os.O_NONBLOCK)

    @property
    def command(self) -> list[str]:
        return ["sh", "-c", 'echo $$ > "$0"; exec sleep 100000', str(self.path)]

    def next(self, seconds: float = 20.0) -> tuple[int, float]:
        ready, _, _ = select.select([self._fd], [], [], seconds)
        now = time.monotonic()
        if not ready:
            raise TimeoutError("the tool did not come up")
        return int(os.read(self._fd, 100).split()[-1]), now


class Peer:
    """`start` and `stop` ask and return when the supervisor has answered."""

    def __init__(self, name: str, start: Ask, stop: Ask) -> None:
        self.name, self.start, self.stop = name, start, stop


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Http:
    """A kept connection, with as little of a client as there is."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(self, method: str, path: str) -> bytes:
        self._connection.request(method, path)
        response = self._connection.getresponse()
        body = response.read()
        if response.status >= 400:
            raise RuntimeError(body.decode())
        return body


@contextmanager
def control_center(folder: Path, told: Announcements, grace: str = "10s") -> Iterator[Peer]:
    restart = "{when: always, max_restarts: 1000000, window: 0.05s}"
    one = f"  one: {{command: {told.command!r}, restart: {restart}, stop: {{timeout: {grace}}}}}\n"
    others = "".join(f"  s{n}: {{command: [sleep, '100000']}}\n" for n in range(99))
    daemon = Daemon(folder, "services:\n" + one + others)
    try:
        daemon.start()
        http = Http(int(daemon.port))
        ways = (lambda: http.ask("POST", "/api/services/one/start"), lambda: http.ask("POST", "/api/services/one/stop"))
        yield Peer("control center", *ways)
    finally:
        daemon.close()


@contextmanager
def floor_port(command: list[str]) -> Iterator[int]:
    """Where the least supervisor of this stack listens, for one tool; `/list` tells of a hundred."""
    port = free_port()
    serving = [sys.executable, "-m", "benchmarks.floor", str(port), *command]
    with running(serving, lambda: socket.create_connection(("127.0.0.1", port)).close()):
        yield port


@contextmanager
def floor_of(command: list[str]) -> Iterator[Http]:
    with floor_port(command) as port:
        yield Http(port)


@contextmanager
def floor(_: Path, told: Announcements) -> Iterator[Peer]:
    with floor_of(told.command) as http:
        yield Peer("floor", lambda: http.ask("POST", "/start"), lambda: http.ask("POST", "/stop"))


@contextmanager
def supervisord(folder: Path, told: Announcements, peers: Path) -> Iterator[Peer]:
    port = free_port()
    config = folder / "supervisord.conf"
    quoted = told.command[2].replace("%", "%%").replace('"', '\\"')
    config.write_text(
        f"[supervisord]\nnodaemon=true\nlogfile={folder}/s.log\npidfile={folder}/s.pid\n"
        f"[inet_http_server]\nport=127.0.0.1:{port}\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
        f'[program:one]\ncommand=sh -c "{quoted}" {told.path}\nautostart=false\nautorestart=true\nstartsecs=0\n'
    )
    server: Any = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}/RPC2")
    with running([str(peers / "supervisord"), "-c", str(config)], server.supervisor.getState):
        yield Peer(
            "supervisord",
            lambda: server.supervisor.startProcess("one", False),
            lambda: server.supervisor.stopProcess("one", True),
        )


CIRCUS = """
import sys
from circus.client import CircusClient
client = CircusClient(endpoint=sys.argv[1], timeout=20)
client.call({"command": "dstats", "properties": {}})
print("ready", flush=True)
for line in sys.stdin:
    client.call({"command": line.strip(), "properties": {"name": "one", "waiting": line.startswith("stop")}})
    print("done", flush=True)
"""


@contextmanager
def circusd(folder: Path, told: Announcements, peers: Path) -> Iterator[Peer]:
    endpoint, publish, stats = (f"tcp://127.0.0.1:{free_port()}" for _ in range(3))
    script = folder / "tool.sh"
    script.write_text(f"echo $$ > {told.path}; exec sleep 100000\n")
    config = folder / "circus.ini"
    config.write_text(
        f"[circus]\nendpoint={endpoint}\npubsub_endpoint={publish}\nstats_endpoint={stats}\ncheck_delay=1\n"
        f"[watcher:one]\ncmd=sh {script}\nautostart=false\nwarmup_delay=0\n"
    )
    daemon = running([str(peers / "circusd"), str(config)], lambda: None)
    with daemon, driven([str(peers / "python"), "-c", CIRCUS, endpoint]) as say:
        yield Peer("circus, check each 1 s", lambda: say("start"), lambda: say("stop"))


PM2 = """
const pm2 = require(process.argv[2]);
const script = process.argv[3];
pm2.connect(() => {
  console.log("ready");
  let known = false;
  require("readline").createInterface({input: process.stdin}).on("line", word => {
    const done = () => console.log("done");
    if (word === "stop") pm2.stop("one", done);
    else if (known) pm2.start("one", done);
    else { known = true; pm2.start({name: "one", script, interpreter: "sh", min_uptime: 0, max_restarts: 1e9}, done); }
  }).on("close", () => pm2.delete("one", () => pm2.killDaemon(() => process.exit(0))));
});
"""


@contextmanager
def pm2(folder: Path, told: Announcements, package: Path) -> Iterator[Peer]:
    script = folder / "tool.sh"
    script.write_text(f"echo $$ > {told.path}; exec sleep 100000\n")
    driver = folder / "driver.js"
    driver.write_text(PM2)
    environment = {**os.environ, "PM2_HOME": str(folder / "pm2")}
    with driven(["node", str(driver), str(package), str(script)], environment) as say:
        yield Peer("pm2", lambda: say("start"), lambda: say("stop"))


@contextmanager
def running(command: list[str], answers: Ask) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def up() -> bool:
        try:
            answers()
        except OSError:
            return False
        return True

    try:
        wait_for(up)
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def driven(command: list[str], environment: dict[str, str] | None = None) -> Iterator[Callable[[str], object]]:
    """A client that takes a word a line and says `done` when its supervisor has answered."""
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"

    def say(word: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(word + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "done\n"

    try:
        yield say
    finally:
        process.stdin.close()
        process.wait(30)
