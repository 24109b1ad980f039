"""Do the parts that the daemon cannot do without work here: starting processes, the keeper, the database?"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from backend.config import Settings
from backend.core.errors import CenterError
from backend.core.tasks import open_tasks
from backend.database import migrations
from backend.database.engine import DatabaseUnusable, database_file, read_revision
from backend.services.diagnostics.finding import Finding
from backend.services.processes.keeper_client import KeeperClient, open_keeper

KEEPER_END = 10.0  # seconds that a keeper on trial may take to leave

LIMITS = ("memory", "cpu", "processes")
_MEANS = {
    "control group version 1": "control groups version 1",
    "control group version 2": "control groups version 2, delegated",
}


@dataclass(frozen=True)
class KeeperAnswer:
    """Words about the keeper that answers, and what it can do here."""

    words: str
    capabilities: Mapping[str, Any]


AskKeeper = Callable[[], Awaitable[KeeperAnswer]]
"""Raises `CenterError` where none answers."""

DatabaseState = Callable[[], Awaitable[str]]
"""`connected`, or `unavailable: ` and the reason."""


async def check_spawn() -> list[Finding]:
    title, loop = "Starting processes", type(asyncio.get_running_loop()).__name__
    try:
        process = await asyncio.create_subprocess_exec(sys.executable, "-I", "-S", "-c", "")
        code = await process.wait()
    except NotImplementedError:
        why = "This event loop cannot start processes, so no command probe works."
        fix = "Start with run.bat or python -m backend, without --reload or several workers."
        return [Finding("spawn", title, "error", f"{loop} cannot", why, fix)]
    except OSError as error:
        why, fix = "No service can start.", "Free memory and processes; look at what a virus scanner blocks."
        return [Finding("spawn", title, "error", f"refused by the system: {error.strerror}", why, fix)]
    if code:
        why, fix = "Services may end the same way.", "Run install.bat or ./install.sh again."
        return [Finding("spawn", title, "error", f"{sys.executable} ends with {code}", why, fix)]
    return [Finding("spawn", title, "ok", f"the event loop ({loop}) can")]


async def check_keeper(ask: AskKeeper) -> list[Finding]:
    try:
        answer = await ask()
    except CenterError as error:
        why = "Without it no service can be started, stopped or seen."
        fix = "Look into keeper.log in the data folder; a virus scanner that blocks Python is the usual cause."
        return [Finding("keeper", "Keeper", "error", error.detail, why, fix)]
    held = answer.capabilities.get("limits", {})
    limits = Finding("limits", "Limits of services", "ok", how_limits_hold(held))
    return [Finding("keeper", "Keeper", "ok", answer.words), limits]


def how_limits_hold(held: Mapping[str, str]) -> str:
    """`held` says by what the system enforces each limit: `{"memory": "control group version 1"}`."""
    if not held:
        return "none: limits are watched"
    by: dict[str, list[str]] = {}
    for limit in LIMITS:
        means = held.get(limit, "watched")
        by.setdefault(_MEANS.get(means, means), []).append(limit)
    return "; ".join(f"{means}: {', '.join(limits)}" for means, limits in by.items())


async def ask_held(keeper: KeeperClient) -> KeeperAnswer:
    """For the daemon: asks the keeper that it holds."""
    members = await keeper.members()
    words = f"answers (pid {keeper.pid}); it holds {len(members)} process trees"
    return KeeperAnswer(words, keeper.capabilities())


async def ask_on_trial() -> KeeperAnswer:
    """For everyone else: starts a keeper in a folder of its own, asks it, and lets it go."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True, prefix="control-center-") as folder:
        async with open_tasks() as tasks:
            async with open_keeper(Path(folder).resolve(), tasks) as keeper:
                await keeper.connect()
                pid, capabilities = keeper.pid, keeper.capabilities()
            if pid is not None:
                await asyncio.to_thread(_await_end, pid)
    return KeeperAnswer("one on trial starts and answers", capabilities)


def _await_end(pid: int) -> None:
    try:
        psutil.Process(pid).wait(KEEPER_END)
    except psutil.NoSuchProcess:
        pass
    except psutil.TimeoutExpired as error:
        raise CenterError(f"The keeper on trial (pid {pid}) answers but does not leave.") from error


async def check_database(settings: Settings, state: DatabaseState) -> list[Finding]:
    title = "Database"
    try:
        path = database_file(settings.database, settings.data_dir)
        if not path.exists():
            return [Finding("database", title, "ok", f"{path} (made at the first start)")]
        revision = await asyncio.to_thread(read_revision, path)
    except DatabaseUnusable as error:
        return [Finding("database", title, "error", error.detail, "Nothing can be remembered.", "Do as it says.")]
    answer = await state()
    if answer != "connected":
        why = "Services keep running and being supervised; what happens is remembered when it answers again."
        return [Finding("database", title, "error", f"{path}: {answer}", why, "Look at its disk and its rights.")]
    return [_revision(path, revision)]


def _revision(path: Path, revision: str | None) -> Finding:
    head = migrations.HEAD
    if revision == head:
        return Finding("database", "Database", "ok", f"{path} opens and has the newest tables ({head})")
    if revision is not None and revision > head:
        why = "This version does not know its tables and does not start on them."
        fix = "Update Control Center, or set DATABASE_URL to another file."
        return Finding("database", "Database", "error", f"{path} is of a newer version ({revision})", why, fix)
    what = f"{path} opens; the next start brings its tables from {revision or 'nothing'} to {head}"
    return Finding("database", "Database", "ok", what)
