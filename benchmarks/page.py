"""The dashboard's first page in a real Chromium, from a real daemon: how soon, how large, and what events do to it.

Interactive is when the first page shows the services and the browser has nothing left to do. Each round is a browser
that has nothing of the page yet. What the page holds is the heap of its scripts after collecting garbage, while it is
told a hundred events a second, as large as those of services are: at the end beside after the first fifth of the time.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from playwright.sync_api import Browser, Page, WebSocketRoute

from benchmarks.dashboard import chromium
from benchmarks.goals import Figure, median
from benchmarks.idle import SERVICES
from benchmarks.supervisor import SLEEPERS, all_run
from tests.fakes.daemon import Daemon

ROUNDS = 5
A_SECOND = 100  # events
AT_ONCE = 10
IDLE = "() => new Promise(done => requestIdleCallback(() => done(performance.now())))"


@contextmanager
def daemon() -> Iterator[Daemon]:
    with tempfile.TemporaryDirectory() as name:
        ours = Daemon(Path(name), "services:\n" + "".join(SLEEPERS.splitlines(keepends=True)[:SERVICES]))
        try:
            ours.start()
            all_run(ours, SERVICES)
            yield ours
        finally:
            ours.close()


def first_page(browser: Browser, address: str) -> tuple[float, int]:
    """Milliseconds until it is interactive, and the bytes of its scripts, compressed."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    page = context.new_page()
    scripts: set[str] = set()
    page.on("request", lambda request: scripts.add(request.url) if request.url.endswith(".js") else None)
    page.goto(f"{address}/ui/")
    page.locator("main").get_by_text(f"s{SERVICES - 1}", exact=True).first.wait_for()
    taken = float(page.evaluate(IDLE))
    needed = tuple(scripts)
    size = sum(len(gzip.compress(context.request.get(url).body())) for url in needed)
    context.close()
    return taken, size


def event(seq: int) -> str:
    fact = {
        "id": f"{seq:032x}", "seq": seq, "at": datetime.now(UTC).isoformat(), "area": "supervisor", "version": 1,
        "type": "service.started", "subject": f"s{seq % SERVICES}", "actor": "local", "host": "here", "cause": None,
        "payload": {"pid": seq, "reason": "wanted"}, "stored": False,
    }  # fmt: skip
    return json.dumps({"type": "event", "event": fact})


def held(page: Page) -> float:
    """Megabytes of the heap of the page's scripts that are in use."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used: int = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return used / 1e6


def under_events(browser: Browser, address: str, minutes: float) -> tuple[float, float]:
    """Megabytes after the first fifth of the time and at its end."""
    page = browser.new_context(viewport={"width": 1280, "height": 860}).new_page()
    sockets: list[WebSocketRoute] = []
    page.route_web_socket("**/api/events/ws**", lambda socket: sockets.append(socket))  # noqa: PLW0108  # it marks what it is given
    page.goto(f"{address}/ui/events")
    page.locator("main").get_by_role("heading").first.wait_for()
    seqs = count(1_000_000)
    sockets[-1].send(json.dumps({"type": "live", "seq": next(seqs)}))
    begun, told, early = time.monotonic(), 0, None
    while (passed := time.monotonic() - begun) < 60 * minutes:
        while told < passed * A_SECOND:
            for _ in range(AT_ONCE):
                sockets[-1].send(event(next(seqs)))
            told += AT_ONCE
        page.wait_for_timeout(1000 * AT_ONCE / A_SECOND)
        if early is None and passed > 12 * minutes:
            early = held(page)
    late = held(page)
    assert early is not None
    page.context.close()
    return early, late


def figures(minutes: float) -> Iterator[Figure]:
    with daemon() as ours, chromium() as browser:
        first_page(browser, ours.address)  # the browser itself warms up
        rounds = [first_page(browser, ours.address) for _ in range(ROUNDS)]
        times, sizes = [taken for taken, _ in rounds], [size for _, size in rounds]
        spread = f"{min(times):.0f} to {max(times):.0f} ms"
        yield Figure("first page interactive", median(times) / 1000, "s", 1.5, spread)
        yield Figure("its scripts, compressed", max(sizes) / 1000, "kB", 350)
        early, late = under_events(browser, ours.address, minutes)
        beside = f"{early:.1f} MB after the first fifth, {late:.1f} MB in the end"
        yield Figure(f"memory of the page, {minutes:g} min at {A_SECOND} events/s", late / early, "x", 1.05, beside)
