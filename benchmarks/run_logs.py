"""What reading the log of a run costs: the stream, the download, the API meanwhile; and whether each line comes once.

    python -m benchmarks.run_logs [--lines 1000000] [--breaks 50]

One run prints plain lines, another what loggers write. Their streams are read as fast as one client can, the API being
asked all the while by a process of its own. Processor time is that of the daemon: on a busy machine it tells more than
the clock. Last, a stream is cut at random places and resumed.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.logs import spread
from tests.fakes.daemon import Daemon, wait_for

PLAIN = "for n in range({lines}): print('line', n)"
LOGGED = """
import logging
logging.basicConfig(format='%(asctime)s %(levelname)s %(name)s: %(message)s', level=10)
say, kinds = logging.getLogger('app').log, (10, 20, 20, 20, 30, 40)
for n in range({lines}): say(kinds[n % 6], 'step %d of the work is done', n)
"""
ASKER = """
import sys, time, httpx
client = httpx.Client(base_url=sys.argv[1], trust_env=False)
client.get('/api/services')
print('ready', flush=True)
while True:
    begun = time.perf_counter()
    client.get('/api/services').raise_for_status()
    print((time.perf_counter() - begun) * 1000, flush=True)
    time.sleep(0.01)
"""
FRAME = re.compile(rb"id: (\d+)\nevent: log\ndata: (\{.*?\})\n\n")


class Client:
    """Reads one answer as it comes, and keeps nothing of it."""

    def __init__(self, daemon: Daemon, path: str) -> None:
        host, port = daemon.address.removeprefix("http://").split(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        self._buffer = bytearray(1 << 20)

    def read(self, end: bytes) -> tuple[int, float]:
        """Bytes, and seconds, until what came ends with `end`."""
        begun, size, last = time.perf_counter(), 0, b""
        while not last.endswith(end):
            count = self._socket.recv_into(self._buffer)
            assert count, "the answer ended before its end"
            size += count
            last = (last + bytes(self._buffer[max(0, count - len(end)) : count]))[-len(end) :]
        self._socket.close()
        return size, time.perf_counter() - begun


@contextmanager
def api_asked(daemon: Daemon, name: str) -> Iterator[None]:
    asker = subprocess.Popen([sys.executable, "-c", ASKER, daemon.address], stdout=subprocess.PIPE, text=True)
    assert asker.stdout is not None
    asker.stdout.readline()
    try:
        yield
    finally:
        asker.terminate()
        times = [float(line) for line in asker.stdout.read().split()]
        asker.wait()
        if len(times) > 1:
            spread(f"GET /api/services during {name}", times)


def finished(daemon: Daemon, module_id: str) -> str:
    """The id of a run that has ended."""
    answer = daemon.http.post("/api/runs", json={"module_id": module_id})
    run_id = str(answer.raise_for_status().json()["run_id"])
    ended = wait_for(lambda: daemon.http.get(f"/api/runs/{run_id}").json()["completed_at"], 300, "the run has ended")
    assert ended
    return run_id


def measured(daemon: Daemon, name: str, path: str, end: bytes, lines: int) -> None:
    assert daemon.process is not None
    process = psutil.Process(daemon.process.pid)
    with api_asked(daemon, name):
        before = sum(process.cpu_times()[:2])
        size, seconds = Client(daemon, path).read(end)
        busy = sum(process.cpu_times()[:2]) - before
    print(
        f"  {name:<24} {lines / seconds:12,.0f} lines/s {size / seconds / 1e6:8.1f} MB/s"
        f"   per second of processor: {lines / busy:12,.0f} lines {size / busy / 1e6:8.1f} MB",
        flush=True,
    )


def resumed(daemon: Daemon, run_id: str, lines: int, breaks: int) -> None:
    """Cut anywhere, also within a frame."""
    dice, last, seen = random.Random(5), 0, list[int]()
    most = 2 * 110 * lines // breaks
    for attempt in range(breaks + 1):
        data = bytearray()
        upto = dice.randrange(most) if attempt < breaks else None
        headers = {"Last-Event-ID": str(last)}
        with daemon.http.stream("GET", f"/api/runs/{run_id}/logs/stream", headers=headers) as response:
            for piece in response.iter_raw():
                data += piece
                if upto is not None and len(data) >= upto:
                    break
        for end, entry in FRAME.findall(bytes(data[:upto])):
            last = int(end)
            seen.append(int(json.loads(entry)["message"].split()[1]))
    missing, twice = lines - len(set(seen)), len(seen) - len(set(seen))
    print(f"  {lines:,} lines over {breaks} breaks: {missing} missing, {twice} twice, in order: {seen == sorted(seen)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--breaks", type=int, default=50)
    given = parser.parse_args()
    modules = {"plain": PLAIN, "logged": LOGGED, "wide": "for n in range({lines}): print('x' * 399)"}
    text = "modules:\n" + "".join(
        f"  {name}: {{command: {json.dumps([sys.executable, '-c', code.format(lines=given.lines)])}}}\n"
        for name, code in modules.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(Path(folder), text)
        try:
            daemon.start()
            runs = {name: finished(daemon, name) for name in modules}
            with api_asked(daemon, "nothing"):
                time.sleep(3)
            for name in ("plain", "logged"):
                path = f"/api/runs/{runs[name]}/logs/stream"
                measured(daemon, f"stream, {name}", path, b"\r\n0\r\n\r\n", given.lines)
            path = f"/api/runs/{runs['wide']}/logs/download"
            measured(daemon, "download", path, b"\r\n0\r\n\r\n", given.lines)
            resumed(daemon, runs["plain"], given.lines, given.breaks)
        finally:
            daemon.close()


if __name__ == "__main__":
    main()
