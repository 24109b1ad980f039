"""A daemon with the house of the tour: tools in every state, runs of before and of now, money spent, alerts firing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.receivers import Answer, Hook, hooked
from tests.tour.house import DEFINITIONS, TARGETS, furnish
from tests.tour.past import remember
from tests.tour.places import Guide

GOOD = ("ollama", "open-webui", "postgres", "n8n", "scheduler")
PATIENCE = 120.0  # seconds: taking pictures needs no quick machine
SPENT = (
    ("anthropic", "claude-sonnet-4-5", 52_000, 3_100),
    ("openai", "gpt-4o", 21_000, 1_500),
    ("ollama", "llama3.3", 9_000, 800),
)


@contextmanager
def household(folder: Path) -> Iterator[tuple[Daemon, Guide]]:
    """Ends all that it has started."""
    furnish(folder)
    with hooked() as desk, hooked() as phone:
        phone.answer = Answer(503)
        daemon = Daemon(folder, DEFINITIONS + TARGETS.format(desk=desk.port, phone=phone.port))
        try:
            _with_a_past(daemon)
            yield daemon, _live(daemon, desk)
        finally:
            daemon.close()


def _with_a_past(daemon: Daemon) -> None:
    """The first start makes the database."""
    daemon.start()
    daemon.stop()
    asyncio.run(remember(daemon.data_dir, f"sqlite+aiosqlite:///{(daemon.data_dir / 'control-center.db').as_posix()}"))
    daemon.start()


def _live(daemon: Daemon, desk: Hook) -> Guide:
    faults = daemon.http.get("/api/config").json()["faults"]
    assert [one for one in faults if one["severity"] == "error"] == []
    for service in GOOD:
        daemon.post(service, "start")
    _spend(daemon)
    runs = (_ended(daemon, "train", rate=0.001), _ended(daemon, "train", rate=0.004, epochs=30))
    _ended(daemon, "digest")
    _ended(daemon, "backup")
    for service in GOOD:
        daemon.is_(service, "running", PATIENCE)
    daemon.post("migrate", "start")
    daemon.post("whisper", "start")
    for _ in range(2):
        daemon.post("comfyui", "restart")
        daemon.is_("comfyui", "backoff", PATIENCE)
    going = _begin(daemon, "train", model="large", epochs=400, pace=2)
    _begin(daemon, "train", model="medium")
    wait_for(lambda: _firing(daemon) >= {"down", "out-of-memory", "big"}, PATIENCE, "the alerts fire")
    wait_for(lambda: any("ComfyUI" in title for title in desk.titles), PATIENCE, "the crash is told")
    _silence(daemon, "big")
    wait_for(lambda: daemon.http.get("/api/knowledge/stats").json()["last_scan"], PATIENCE, "the notes are read")
    files = daemon.http.get("/api/knowledge/files", params={"limit": 100}).json()["files"]
    return Guide(
        going=going,
        runs=runs,
        file=next(str(one["id"]) for one in files if one["name"].startswith("ada-")),
        agent=str(daemon.http.get("/api/agents").json()["agents"][0]["id"]),
        crashed_at=str(daemon.events("service.exited", "comfyui")[-1]["at"]),
    )


def _spend(daemon: Daemon) -> None:
    """In the last ten days, by three models."""
    now = datetime.now(UTC)
    for day in range(10):
        for turn in range(4 + day * 3 % 7):
            provider, model, read, written = SPENT[turn % len(SPENT)]
            call = {
                "provider": provider, "model": model, "input_tokens": read + 700 * turn, "output_tokens": written,
                "service": ("n8n", "open-webui")[turn % 2], "at": (now - timedelta(days=day, minutes=turn)).isoformat(),
            }  # fmt: skip
            daemon.http.post("/api/usage", json=call).raise_for_status()


def _begin(daemon: Daemon, module: str, **parameters: object) -> str:
    answer = daemon.http.post(f"/api/modules/{module}/run", json={"parameters": parameters, "save_config": False})
    answer.raise_for_status()
    return str(answer.json()["run_id"])


def _ended(daemon: Daemon, module: str, **parameters: object) -> str:
    run = _begin(daemon, module, **parameters)
    wait_for(lambda: daemon.http.get(f"/api/runs/{run}").json()["completed_at"], PATIENCE, f"the end of {run}")
    return run


def _firing(daemon: Daemon) -> set[str]:
    alerts = daemon.http.get("/api/alerts", params={"state": "firing"}).json()["alerts"]
    return {str(one["rule"]) for one in alerts}


def _silence(daemon: Daemon, rule: str) -> None:
    alerts = daemon.http.get("/api/alerts", params={"state": "firing"}).json()["alerts"]
    found = next(one["id"] for one in alerts if one["rule"] == rule)
    daemon.http.post(f"/api/alerts/{found}/silence", json={"for": "1h"}).raise_for_status()
