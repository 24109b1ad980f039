"""The diagnosis without a daemon, for `quick_check.py`: it opens what the checks need by itself, and lets it go."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping

import psutil

from backend.config import Settings, SettingsError, load_settings
from backend.core.clock import SystemClock
from backend.running import Running, answering
from backend.services.diagnostics.diagnosis import Diagnostics
from backend.services.diagnostics.finding import Finding
from backend.services.diagnostics.installation import check_packages, check_python
from backend.services.diagnostics.knowledge import trouble_of_file
from backend.services.diagnostics.live import Live
from backend.services.diagnostics.machinery import ask_on_trial
from backend.services.knowledge.opening import INDEX
from backend.services.ports import PortReader


def diagnose() -> list[Finding]:
    """All findings. Settings that cannot be used are findings too, and the rest is then left out."""
    try:
        settings, warnings = load_settings()
    except SettingsError as error:
        why = "Control Center does not start with them."
        wrong = [
            Finding(f"settings.{number}", "Settings", "error", sentence, why, "Correct it where it was set.")
            for number, sentence in enumerate(error.sentences, start=1)
        ]
        return [*check_python(), *check_packages(), *wrong]
    return list(asyncio.run(_diagnose(settings, warnings)))


async def _diagnose(settings: Settings, warnings: tuple[str, ...]) -> tuple[Finding, ...]:
    running = await asyncio.to_thread(answering, settings.data_dir)
    pids = await asyncio.to_thread(_pids_of_services, running, settings)

    async def owner_of(asked: Collection[int]) -> Mapping[int, str]:
        return await asyncio.to_thread(_services_of, asked, pids)

    async def index_trouble() -> list[str]:
        return await asyncio.to_thread(_index_trouble, running, settings)

    diagnostics = Diagnostics(
        settings=settings,
        clock=SystemClock(),
        ports=PortReader(owner_of),
        keeper=ask_on_trial,
        database=_opened,
        index=index_trouble,
        daemon=running.pid if running else None,
        warnings=warnings,
    )
    return (await diagnostics.run()).findings


async def _opened() -> str:
    """Reading its revision has opened it already."""
    return "connected"


def address_and_token(given: str) -> tuple[str, str]:
    """Where to ask a running daemon: `given`, or where the daemon of this data folder listens, or would listen."""
    settings, _ = load_settings()
    running = answering(settings.data_dir)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = given or (running.address if running else f"http://{host}:{settings.port}")
    return address, _token(settings)


def _token(settings: Settings) -> str:
    return settings.api_token.get_secret_value() if settings.api_token else ""


def _pids_of_services(running: Running | None, settings: Settings) -> dict[int, str]:
    """Root pids of the services of the daemon that runs, as it tells them."""
    if running is None:
        return {}
    answer = Live(running.address, _token(settings)).get("/api/services")
    return {one["pid"]: one["id"] for one in answer.body["services"] if one["pid"]} if answer.ok else {}


def _index_trouble(running: Running | None, settings: Settings) -> list[str]:
    """As the daemon that runs tells it; without one, of the file that it has left."""
    if running is None:
        return trouble_of_file(settings.data_dir / INDEX)
    answer = Live(running.address, _token(settings)).get("/api/knowledge/stats")
    return list(answer.body["trouble"]) if answer.ok else [f"the index does not answer: {answer.preview}"]


def _services_of(asked: Collection[int], pids: Mapping[int, str]) -> dict[int, str]:
    """Those of the asked pids that are, or descend from, the root of a service."""
    found = {}
    for pid in asked if pids else ():
        try:
            process = psutil.Process(pid)
            line = [pid, *(parent.pid for parent in process.parents())]
        except psutil.Error:
            continue
        service = next((pids[ancestor] for ancestor in line if ancestor in pids), None)
        if service:
            found[pid] = service
    return found
