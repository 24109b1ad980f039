"""What a flood of output costs, beside a plain file and beside other supervisors, and how soon a line is at a follower.

    python -m benchmarks.logs [--seconds 5] [--lines 300] [--peers VENV/bin] [--pm2 PATH]

One tool writes lines of 100 bytes, a write each, as fast as it can; then at 50 MB/s. Its log is capped at 15 MB (5 MB a
segment; pm2 has no cap). `--peers` is where supervisord and circusd are installed. All run one after another on the
same disk; ratios decide.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from websockets.sync.client import connect

from tests.fakes.daemon import Daemon, wait_for

CAP, KEEP = 5_000_000, 2
LINE = b"x" * 99 + b"\n"
FLOOD = """
import json, os, sys, time
line, report, seconds, rate = b"x" * 99 + b"\\n", sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
count, begun = 0, time.monotonic()
while (now := time.monotonic() - begun) < seconds:
    due = count + 1000 if not rate else int(now * rate / 100)
    while count < due:
        os.write(1, line)
        count += 1
    if rate:
        time.sleep(0.001)
with open(report + ".new", "w") as file:
    json.dump({"bytes": count * 100, "seconds": time.monotonic() - begun}, file)
os.rename(report + ".new", report)
"""
TICKER = "import os,time\nwhile True:\n os.write(1, b'%d\\n' % time.time_ns()); time.sleep(0.03)"


@dataclass
class Watch:
    """Processor time of processes and the most that a folder held, while something runs."""

    folder: Path
    processes: dict[str, psutil.Process]
    beginning: str = ""  # of the names that count
    most: int = 0
    shares: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def running(self) -> Iterator[None]:
        over = threading.Event()
        thread = threading.Thread(target=self._look, args=(over,))
        before = {name: sum(process.cpu_times()[:2]) for name, process in self.processes.items()}
        begun = time.monotonic()
        thread.start()
        try:
            yield
        finally:
            taken = time.monotonic() - begun
            over.set()
            thread.join()
            for name, process in self.processes.items():
                self.shares[name] = (sum(process.cpu_times()[:2]) - before[name]) / taken * 100

    def _look(self, over: threading.Event) -> None:
        while not over.wait(0.01):
            self.most = max(self.most, sum(map(_size, self.folder.glob(f"{self.beginning}*"))))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def read_report(path: Path, seconds: float) -> tuple[int, float]:
    """Bytes that the tool has written, and in how many seconds."""
    wait_for(path.exists, seconds + 60, "the tool reports")
    report = json.loads(path.read_text())
    path.unlink()
    return report["bytes"], report["seconds"]


def row(name: str, written: int, seconds: float, watch: Watch | None = None, note: str = "") -> None:
    shares = "   ".join(f"{who} {share:5.1f} %" for who, share in watch.shares.items()) if watch is not None else ""
    disk = f"{watch.most / 1e6:8.1f} MB at most" if watch is not None else ""
    print(f"  {name:<24} {written / seconds / 1e6:7.1f} MB/s   {shares:<36} {disk}   {note}", flush=True)


def plain_file(folder: Path, program: list[str], seconds: float) -> float:
    """The same tool with a plain file for its output; bytes a second."""
    target, report = folder / "plain", folder / "report"
    with target.open("wb") as file:
        subprocess.run([*program, str(report), str(seconds), "0"], stdout=file, check=True)
    written, taken = read_report(report, seconds)
    target.unlink()
    row("a plain file", written, taken)
    return written / taken


def ours(daemon: Daemon, report: Path, name: str, seconds: float) -> float:
    """Through the keeper, the API asked all the while; bytes a second. Nothing may be lost."""
    assert daemon.process is not None
    logs = daemon.data_dir / "logs"
    who = {"keeper": psutil.Process(daemon.keeper_pid), "daemon": psutil.Process(daemon.process.pid)}
    watch = Watch(logs, who, f"{name}.")
    before = daemon.http.get(f"/api/services/{name}/logs").json()["next_offset"]
    daemon.post(name, "start")
    with watch.running():
        time.sleep(seconds - 0.5)
    written, taken = read_report(report, seconds)
    daemon.is_(name, "exited")
    end = daemon.http.get(f"/api/services/{name}/logs").json()["next_offset"]
    row(name, written, taken, watch, f"lost: {written - (end - before)} bytes")
    return written / taken


def latency_of_the_api(daemon: Daemon, report: Path, name: str, seconds: float) -> None:
    """Asked a hundred times a second, as several open dashboards do."""
    times = []
    daemon.post(name, "start")
    ends = time.monotonic() + seconds - 0.5
    while time.monotonic() < ends:
        begun = time.perf_counter()
        daemon.http.get("/api/services").raise_for_status()
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.01)
    read_report(report, seconds)
    daemon.is_(name, "exited")
    spread("GET /api/services during a flood", times)


def spread(name: str, times: list[float]) -> None:
    times = sorted(times)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    print(f"  {name:<36} n {len(times)}   p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   max {times[-1]:.2f}", flush=True)


def followed(daemon: Daemon, lines: int) -> None:
    """A line carries the time at which it was written."""
    daemon.post("ticker", "start")
    times: list[float] = []
    with connect(daemon.address.replace("http", "ws") + "/api/logs/ws") as socket:
        socket.send(json.dumps({"op": "follow", "log": "service:ticker", "lines": 0}))
        while len(times) < lines:
            text = json.loads(socket.recv(timeout=10))["text"]
            now = time.time_ns()
            times.extend((now - int(line)) / 1e6 for line in text.splitlines())
    daemon.post("ticker", "stop")
    spread("line written to line at a follower", times)


def supervisord(folder: Path, binaries: Path, tool: list[str]) -> tuple[int, Callable[[], None]]:
    config, pid = folder / "supervisord.conf", folder / "supervisord.pid"
    (folder / "logs").mkdir()
    config.write_text(
        f"[supervisord]\nlogfile={folder}/own\npidfile={pid}\nnodaemon=true\n"
        f"[program:flood]\ncommand={' '.join(tool)}\nautorestart=false\nstartsecs=0\nredirect_stderr=true\n"
        f"stdout_logfile={folder}/logs/flood.log\nstdout_logfile_maxbytes={CAP}\nstdout_logfile_backups={KEEP}\n"
    )
    process = subprocess.Popen([str(binaries / "supervisord"), "-c", str(config)], stdout=subprocess.DEVNULL)
    return process.pid, lambda: _end(process)


def circus(folder: Path, binaries: Path, tool: list[str]) -> tuple[int, Callable[[], None]]:
    config = folder / "circus.ini"
    (folder / "logs").mkdir()
    config.write_text(
        f"[circus]\nendpoint=ipc://{folder}/a\npubsub_endpoint=ipc://{folder}/b\n"
        f"[watcher:flood]\ncmd={' '.join(tool)}\nrespawn=False\nstdout_stream.class=FileStream\n"
        f"stdout_stream.filename={folder}/logs/flood.log\nstdout_stream.max_bytes={CAP}\n"
        f"stdout_stream.backup_count={KEEP}\n"
    )
    process = subprocess.Popen([str(binaries / "circusd"), str(config)], stderr=subprocess.DEVNULL)
    return process.pid, lambda: _end(process)


def pm2(folder: Path, program: Path, tool: list[str]) -> tuple[int, Callable[[], None]]:
    environment = {**os.environ, "PM2_HOME": str(folder / "home")}
    (folder / "logs").mkdir()

    def say(*words: str) -> None:
        subprocess.run([str(program), *words], stdout=subprocess.DEVNULL, env=environment, check=True)

    say("ping")
    pid = int((folder / "home" / "pm2.pid").read_text())
    output = ["-o", str(folder / "logs" / "out.log")]
    say("start", tool[0], "--name", "flood", *output, "--no-autorestart", "--interpreter", "none", "--", *tool[1:])
    return pid, lambda: say("kill")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(30)


def peer(name: str, begin: Callable[[Path], tuple[int, Callable[[], None]]], report: Path, seconds: float) -> None:
    with tempfile.TemporaryDirectory(dir=report.parent) as place:
        folder = Path(place)
        pid, end = begin(folder)
        try:
            watch = Watch(folder / "logs", {name: psutil.Process(pid)})
            with watch.running():
                time.sleep(seconds - 0.5)
            written, taken = read_report(report, seconds)
        finally:
            end()
        row(name, written, taken, watch)


def definitions(program: list[str], report: Path, seconds: float) -> str:
    def flood(name: str, rate: int, more: str = "") -> str:
        command = json.dumps([*program, str(report), str(seconds), str(rate)])
        return f"  {name}: {{command: {command}, restart: never, log: {{max_size: {CAP}, keep: {KEEP}{more}}}}}\n"

    ticker = f"  ticker: {{command: {json.dumps([sys.executable, '-c', TICKER])}}}\n"
    at_50 = flood("at-50-MB-a-second", 50_000_000)
    return "services:\n" + flood("flood", 0) + at_50 + flood("flood-compressed", 0, ", compress: true") + ticker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--lines", type=int, default=300)
    parser.add_argument("--peers", type=Path, help="folder that holds supervisord and circusd")
    parser.add_argument("--pm2", type=Path, default=shutil.which("pm2"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, report = Path(name), Path(name) / "report"
        tool = folder / "flood.py"
        tool.write_text(FLOOD)
        program = [sys.executable, str(tool)]
        floor = plain_file(folder, program, given.seconds)
        daemon = Daemon(folder, definitions(program, report, given.seconds))
        try:
            daemon.start()
            rate = ours(daemon, report, "flood", given.seconds)
            print(f"  {'':<24} {rate / floor:7.2f} x a plain file")
            ours(daemon, report, "flood-compressed", given.seconds)
            ours(daemon, report, "at-50-MB-a-second", given.seconds)
            latency_of_the_api(daemon, report, "flood", given.seconds)
            followed(daemon, given.lines)
        finally:
            daemon.close()
        flood = [*program, str(report), str(given.seconds), "0"]
        if given.peers is not None:
            peer("supervisord", lambda place: supervisord(place, given.peers, flood), report, given.seconds)
            peer("circus", lambda place: circus(place, given.peers, flood), report, given.seconds)
        if given.pm2 is not None:
            peer("pm2", lambda place: pm2(place, given.pm2, flood), report, given.seconds)


if __name__ == "__main__":
    main()
