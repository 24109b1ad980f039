"""A real Prometheus scrapes a real daemon, and answers what the Grafana dashboard asks it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.config import ROOT
from tests.fakes.daemon import Daemon, wait_for

BLOCK = """
services:
  steady: {command: [sleep, "1000"], autostart: true}
  broken: {command: [sh, -c, "exit 3"], autostart: true, restart: never}
modules:
  quick: {command: ["true"]}
"""
NOT_EVERYWHERE = ("gpu", "swap", "temperature", "ai_", "budget")
TOKEN = "a-token-of-this-test"


class Prometheus:
    """One on a port of its own, which scrapes the daemon every 0.2 s."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{probe.getsockname()[1]}"
        config = folder / "prometheus.yml"
        config.write_text(
            "scrape_configs:\n"
            "  - job_name: control-center\n"
            "    scrape_interval: 200ms\n"
            "    scrape_timeout: 200ms\n"
            f"    authorization: {{credentials: {TOKEN}}}\n"
            f"    static_configs: [{{targets: ['127.0.0.1:{daemon.port}']}}]\n",
            encoding="utf-8",
        )
        self.http = httpx.Client(base_url=f"http://{address}", trust_env=False, timeout=30)
        self._output = (folder / "prometheus.txt").open("wb")
        self.process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'tsdb'}",
                f"--web.listen-address={address}",
            ],
            stdout=self._output,
            stderr=self._output,
        )

    def ask(self, query: str) -> list[dict[str, Any]]:
        """The series that the query finds now; none before Prometheus answers."""
        try:
            answer = self.http.get("/api/v1/query", params={"query": query})
        except httpx.TransportError:
            return []
        assert answer.status_code in {200, 503}, answer.text
        found: list[dict[str, Any]] = answer.json()["data"]["result"] if answer.status_code == 200 else []
        return found

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        self._output.close()
        self.http.close()


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    if shutil.which("prometheus") is None:
        missing = "prometheus is not installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    daemon = Daemon(tmp_path, BLOCK, API_TOKEN=TOKEN)
    daemon.http.headers["Authorization"] = f"Bearer {TOKEN}"
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.close()


@pytest.fixture
def prometheus(daemon: Daemon, tmp_path: Path) -> Iterator[Prometheus]:
    one = Prometheus(tmp_path, daemon)
    yield one
    one.close()


def queries() -> list[str]:
    """Those of the dashboard, with Grafana's variables filled in."""
    board = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    found = [one["expr"] for panel in board["panels"] for one in panel["targets"]]
    return [query.replace("$service", ".*").replace("$__rate_interval", "1m") for query in found]


def test_prometheus_scrapes_it_and_every_query_of_the_dashboard_is_answered(
    daemon: Daemon, prometheus: Prometheus
) -> None:
    daemon.http.post("/api/runs", json={"module_id": "quick", "parameters": {}}).raise_for_status()
    wait_for(lambda: prometheus.ask('up{job="control-center"} == 1'), what="it is scraped")
    finished = 'control_center_runs_finished_total{module="quick",status="completed"} == 1'
    wait_for(lambda: prometheus.ask(finished), what="the run is counted")
    for query in (
        'control_center_service_status{service="steady",status="running"} == 1',
        'control_center_service_exits_total{service="broken"} == 1',
    ):
        wait_for(partial(prometheus.ask, query), what=query)
    launched = prometheus.ask("control_center_service_launches_total")
    assert {one["metric"]["service"]: one["value"][1] for one in launched} == {"steady": "1", "broken": "1"}
    for query in queries():
        assert prometheus.http.get("/api/v1/query", params={"query": query}).json()["status"] == "success", query
    always = [query for query in queries() if not any(part in query for part in NOT_EVERYWHERE)]
    assert len(always) > 12
    for query in always:
        wait_for(partial(prometheus.ask, query), what=query)


def test_without_the_token_nothing_is_told(daemon: Daemon) -> None:
    assert httpx.get(f"http://127.0.0.1:{daemon.port}/metrics").status_code == 401
    told = daemon.http.get("/metrics")
    assert told.status_code == 200
    assert TOKEN not in told.text
