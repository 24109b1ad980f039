"""What a tick costs the page: milliseconds of script, layout and style with many services, in a real Chromium.

    python -m benchmarks.dashboard [--services 100] [--ticks 60] [--view cards|list|graph]

The built dashboard is served as it is; its sockets are played, so that every service has new numbers at every tick and
nothing else happens. Time is the processor's time of the page's own thread, what the page does between ticks taken off.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import os
import random
import shutil
import statistics
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Page, WebSocketRoute, sync_playwright

DIST = Path(__file__).resolve().parent.parent / "frontend" / "dist"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
PAUSE = 120  # milliseconds from tick to tick
COSTS = {"script": "ScriptDuration", "layout": "LayoutDuration", "style": "RecalcStyleDuration"}


def row(number: int, tick: int) -> dict[str, Any]:
    """A service that runs, with numbers that differ from tick to tick."""
    needs = {number // 2, number // 3} - {number}
    return {
        "id": f"service-{number}", "name": f"Service {number}", "description": "Prints the time", "status": "running",
        "health": "healthy", "wanted": "up", "reason": None, "pid": 1000 + number, "port": 9000 + number,
        "url": f"http://127.0.0.1:{9000 + number}", "uptime_seconds": 60.0 + 2 * tick, "started_at": BEGUN.isoformat(),
        "restarts": 0, "exit_code": None, "exit_text": None, "cpu_percent": round(random.uniform(0, 90), 1),
        "memory_bytes": random.randrange(50_000_000, 900_000_000), "tags": ["ai"], "lifetime": "adopt",
        "log_file": f"service-{number}.log", "definition": "current", "since": BEGUN.isoformat(), "retry_at": None,
        "depends_on": [{"service": f"service-{it}", "condition": "healthy", "restart": False} for it in sorted(needs)],
        "ladder": None,
    }  # fmt: skip


class Played(BaseHTTPRequestHandler):
    """The dashboard's files, and the two answers that its first page asks for."""

    def __init__(self, services: int, *arguments: Any) -> None:
        self.services = services
        super().__init__(*arguments)

    def log_message(self, *_: Any) -> None: ...

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path.startswith("/ui/"):
            file = DIST / path.removeprefix("/ui/")
            file = file if file.is_file() else DIST / "index.html"
            return self._answer(file.read_bytes(), mimetypes.guess_type(file)[0] or "text/plain")
        rows = [row(number, 0) for number in range(self.services)]
        known = {
            "/api/services": {"count": len(rows), "services": rows},
            "/api/config": {"path": "control-center.yaml", "state": "in_force", "services": {}, "faults": []},
        }
        if path not in known:
            return self.send_error(404)
        return self._answer(json.dumps(known[path]).encode(), "application/json")

    def _answer(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(services: int) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Played, services)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def chromium() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(address: str, view: str) -> Iterator[tuple[Page, dict[str, WebSocketRoute]]]:
    """The page, and its sockets by their path."""
    sockets: dict[str, WebSocketRoute] = {}
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.route_web_socket("**/api/**", lambda socket: sockets.update({socket.url.partition("/api")[2]: socket}))
        page.goto(f"{address}/ui/services?view={view}")
        page.wait_for_selector("text=Service 3")
        yield page, sockets


def measure(services: int, ticks: int, view: str) -> dict[str, list[float]]:
    """Milliseconds of each tick, by what they went to."""
    costs: dict[str, list[float]] = {cost: [] for cost in COSTS}
    with served(services) as address, opened(address, view) as (page, sockets):
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def spent() -> dict[str, float]:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return {one["name"]: one["value"] * 1000 for one in metrics}

        for tick in range(-10, ticks):
            quiet = spent()
            page.wait_for_timeout(PAUSE)
            before = spent()
            rows = [row(number, tick) for number in range(services)]
            at = (BEGUN + timedelta(hours=1, seconds=2 * tick)).isoformat()
            sockets["/services/ws"].send(json.dumps({"type": "service_status", "timestamp": at, "services": rows}))
            page.wait_for_timeout(PAUSE)
            after = spent()
            for cost, name in COSTS.items() if tick >= 0 else ():
                idle = before[name] - quiet[name]
                costs[cost].append(max(0.0, after[name] - before[name] - idle))
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=100)
    parser.add_argument("--ticks", type=int, default=60)
    parser.add_argument("--view", choices=("cards", "list", "graph"), action="append")
    options = parser.parse_args()
    print(f"{options.services} services, {options.ticks} ticks; milliseconds a tick, median and 95th percentile")
    for view in options.view or ("cards", "list", "graph"):
        costs = measure(options.services, options.ticks, view)
        words = (
            f"{cost} {statistics.median(all_):.2f} / {sorted(all_)[int(len(all_) * 0.95)]:.2f}"
            for cost, all_ in costs.items()
        )
        print(f"{view:>6}: {'   '.join(words)}")


if __name__ == "__main__":
    main()
