"""What the meter adds to a call: the same requests to a provider directly and through a daemon, in turns.

    python -m benchmarks.usage [ROUNDS]

The provider is the one of the tests, a real HTTP server in a process of its own. The time to the first byte is taken on
a connection that is kept, as clients keep theirs. Throughput is that of one long stream of small events as models write
them, of many short calls at once, and of one answer of 16 MB, which a proxy that does nothing else passes on as well:
what that one loses, no meter in a process of its own can keep. Goals: at most 3 ms more to the first byte, and at most
5 % less throughput.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import in_turns, show
from tests.fakes.daemon import Daemon
from tests.fakes.provider import running

HEADERS = {"Content-Type": "application/json"}
TOGETHER = 8  # clients


class Client:
    """One connection, kept."""

    def __init__(self, address: str, prefix: str) -> None:
        self._path = f"{prefix}/chat/completions"
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)

    def ask(self, model: str, *, streams: bool) -> tuple[float, int]:
        """Seconds to the first byte of the body, and how many bytes there were."""
        body = json.dumps({"model": model, "messages": [], "stream": streams})
        begun = time.perf_counter()
        self._connection.request("POST", self._path, body, HEADERS)
        answer = self._connection.getresponse()
        size = len(answer.read(1))
        first = time.perf_counter() - begun
        while block := answer.read(1 << 16):
            size += len(block)
        return first, size


def first_byte(ways: dict[str, Client], rounds: int) -> None:
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 20):
        for name, client in ways.items():
            seconds, _ = client.ask("gpt-4o", streams=True)
            if number >= 20:  # the first ones warm up
                taken[name].append(seconds * 1000)
    show("first byte of a stream", taken, against="provider")
    added = statistics.median(taken["meter"]) - statistics.median(taken["provider"])
    print(f"  added at the median: {added:.2f} ms (goal: 3)")


def throughput(ways: dict[str, Callable[[], object]], title: str, rounds: int) -> None:
    taken = in_turns(ways, rounds)
    show(title, taken, against="provider")
    alone = statistics.median(taken["provider"])
    for name in [name for name in taken if name != "provider"]:
        share = alone / statistics.median(taken[name])
        print(f"  throughput through the {name}: {share:.3f} of the provider's alone (goal of the meter: 0.95)")


def many(clients: list[Client], pool: ThreadPoolExecutor) -> Callable[[], object]:
    def ask(client: Client) -> None:
        for _ in range(3):
            client.ask("slow-start", streams=False)

    return lambda: list(pool.map(ask, clients))


def large(client: Client) -> Callable[[], object]:
    return lambda: client.ask("large", streams=False)


@contextmanager
def bare_proxy(provider: str) -> Iterator[str]:
    """Its address, while it runs."""
    command = [sys.executable, "-m", "benchmarks.bare_proxy", str(urlsplit(provider).port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as provider:
        definitions = json.dumps({"usage": {"providers": {"openai": {"base_url": f"{provider}/v1"}}}})
        daemon = Daemon(Path(folder), definitions)
        try:
            daemon.start()
            places = {"provider": (provider, "/v1"), "meter": (daemon.address, "/proxy/openai")}
            kept = {name: Client(*place) for name, place in places.items()}
            first_byte(kept, rounds)

            def stream(client: Client, model: str) -> Callable[[], object]:
                return lambda: client.ask(model, streams=True)

            for model, title in (
                ("many", "a long stream of small events"),
                ("paced", "a stream at the pace of a model"),
            ):
                throughput({name: stream(client, model) for name, client in kept.items()}, title, max(5, rounds // 8))
            with bare_proxy(provider) as bare:
                whole = {name: large(client) for name, client in {**kept, "bare proxy": Client(bare, "/v1")}.items()}
                throughput(whole, "16 MB in one answer, which no model writes", max(5, rounds // 4))
            with ThreadPoolExecutor(TOGETHER) as pool:
                several = {
                    name: many([Client(*place) for _ in range(TOGETHER)], pool) for name, place in places.items()
                }
                throughput(several, f"{TOGETHER} clients at once, answered after 200 ms", max(5, rounds // 20))
        finally:
            daemon.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
