"""The daemon's side of the process that sends.

Each lot of messages for one target has a process of its own, which is ended when it has not said anything for a while:
whatever a target or a library does, it hangs there, and what it has loaded is gone afterwards. It gets longer to load
what it needs: a machine whose processors are all taken is what people are to be told of.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications import words
from backend.services.notifications.addresses import without_parts
from backend.services.notifications.model import Target

ROOT = Path(__file__).resolve().parents[3]
LOADING = 300.0  # seconds until it is ready
PATIENCE = 40.0  # seconds for one message
MOST_LINE = 1 << 20
_FLAGS = 0
if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` is None where the message was taken; `lasting` where it never will be; `retry_after` in seconds."""

    error: str | None = None
    lasting: bool = False
    retry_after: float | None = None


class Courier:
    """`hide` strikes out of what a target answers what nobody may see."""

    def __init__(self, hide: Callable[[str], str], patience: float = PATIENCE, loading: float = LOADING) -> None:
        self._hide, self._patience, self._loading = hide, patience, loading

    async def send(self, target: Target, rows: Sequence[DeliveryRow]) -> AsyncGenerator[Outcome, None]:
        """What became of each, in order; those after one that could not be sent for now are not tried. Close it."""
        messages = [
            {"title": row.title, "text": row.body, "severity": row.severity, "document": words.document(row)}
            for row in rows
        ]
        order = {"means": target.means, "url": target.url, "messages": messages}
        try:
            async with _process(order) as process:
                if (fault := await self._fault_of_beginning(process)) is not None:
                    yield fault
                    return
                for _ in rows:
                    outcome = await self._outcome(process, target)
                    yield outcome
                    if outcome.error is not None and not outcome.lasting:
                        return
        except OSError as error:
            yield Outcome(f"no process can be started: {error.strerror}")

    async def understood(self, urls: Sequence[str]) -> list[bool]:
        """Whether Apprise knows what to do with each address. Raises `OSError`, `TimeoutError`, or `ValueError` where
        that cannot be told."""
        async with _process({"check": list(urls)}) as process:
            found: list[bool] = json.loads(await _line(process, self._loading))["understood"]
            return found

    async def _fault_of_beginning(self, process: Process) -> Outcome | None:
        """None once it is ready to send."""
        try:
            said = await _said(process, self._loading)
        except TimeoutError:
            return Outcome(f"the process that sends was not ready within {self._loading:g} s")
        return said if isinstance(said, Outcome) else None

    async def _outcome(self, process: Process, target: Target) -> Outcome:
        try:
            said = await _said(process, self._patience)
        except TimeoutError:
            return Outcome(f"nothing came of it within {self._patience:g} s")
        if isinstance(said, Outcome):
            return said
        if "error" not in said:
            return Outcome()
        error = without_parts(target.url, said["error"]) if target.means == "apprise" else said["error"]
        return Outcome(self._hide(error), said["lasting"], said["retry_after"])


@asynccontextmanager
async def _process(order: dict[str, Any]) -> AsyncIterator[Process]:
    """One that carries out the order; whatever it still does is ended on leaving."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "backend.services.notifications.sending.process"),
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,  # what libraries complain of may hold addresses
        limit=MOST_LINE,
        start_new_session=True,  # Ctrl+C is the daemon's to hear
        creationflags=_FLAGS,
    )
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError, ConnectionResetError):  # its silence is told as what became of the messages
            process.stdin.write(json.dumps(order).encode() + b"\n")
            await process.stdin.drain()
        yield process
    finally:
        process.stdin.close()
        if process.returncode is None:
            _kill(process)
        await process.wait()


def _kill(process: Process) -> None:
    """With what it has started, such as the program that shows a toast: that would hold its output open."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


async def _said(process: Process, seconds: float) -> dict[str, Any] | Outcome:
    """Its next words; what became of the message where it says none. Raises `TimeoutError`."""
    line = await _line(process, seconds)
    if not line:
        return Outcome(f"the process that sends ended ({await process.wait()})")
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:  # a library has written into its output
        return Outcome("it is not known what came of it")
    return found


async def _line(process: Process, seconds: float) -> bytes:
    """Empty at the end. Raises `TimeoutError`."""
    assert process.stdout is not None
    async with asyncio.timeout(seconds):
        return await process.stdout.readline()
