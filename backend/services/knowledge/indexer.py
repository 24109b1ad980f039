"""The daemon's side of the process that reads files and writes the index.

It is started when there is something to do and goes by itself when nothing has come for a while. A file on which it
dies or stands still is told by name, is left out from then on until it changes, and everything else goes on.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.services.knowledge.indexing.scan import Order

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[3]
STILL_SECONDS = 60.0  # without a word while a file is read by foreign code: it will never end
SILENT_SECONDS = 600.0  # without a word otherwise: a disk that does not answer
MOST_BLAMED = 100  # files that one order may lose
MOST_SAID = 20  # lines of what the process complains of

Progress = Callable[[int, int], None]
"""Gets how many files have been read, of how many that are to be."""


class IndexingFailed(Exception):
    """An order that could not be carried out, and why; what was read until then is in the index."""


class IndexDamaged(IndexingFailed):
    """The file of the index cannot be used any more."""


@dataclass(frozen=True, slots=True)
class Found:
    """What came of an order."""

    files: int = 0
    added: int = 0
    changed: int = 0
    removed: int = 0
    faulty: int = 0
    unread: tuple[str, ...] = field(default=())

    @property
    def something(self) -> bool:
        return bool(self.added or self.changed or self.removed)


class _Lost(Exception):
    """The process is gone, or was ended. `reading` is the file that it was at."""

    def __init__(self, reason: str, reading: str | None) -> None:
        super().__init__(reason)
        self.reason, self.reading = reason, reading


class Indexer:
    """`path` is the file of the index. One order at a time."""

    def __init__(self, path: Path, still: float = STILL_SECONDS) -> None:
        self._path, self._still = path, still
        self._process: Process | None = None
        self._complaints: asyncio.Task[None] | None = None
        self._one = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    async def scan(self, order: Order, progress: Progress) -> Found:
        """Looks through all roots. Raises `IndexingFailed`."""
        return await self._carried_out({"do": "scan"}, order, progress)

    async def look(self, order: Order, paths: Iterable[str]) -> Found:
        """Looks at some paths. Raises `IndexingFailed`."""
        return await self._carried_out({"do": "look", "paths": list(paths)}, order, lambda done, total: None)

    async def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await _end(process)
        if self._complaints is not None:
            await self._complaints

    async def _carried_out(self, wish: Mapping[str, Any], order: Order, progress: Progress) -> Found:
        skip: dict[str, str] = {}
        async with self._one:
            while True:
                whole = {**wish, "order": {**_order_json(order), "skip": skip}}
                try:
                    return await self._asked(whole, progress)
                except _Lost as lost:
                    await self.close()
                    if lost.reading is None or lost.reading in skip or len(skip) >= MOST_BLAMED:
                        raise IndexingFailed(lost.reason) from None
                    log.warning("%s cannot be read: %s", lost.reading, lost.reason)
                    skip[lost.reading] = lost.reason
                except BaseException:
                    await self.close()  # it is in the middle of something that nobody waits for any more
                    raise

    async def _asked(self, wish: Mapping[str, Any], progress: Progress) -> Found:
        process = await self._living()
        assert process.stdin is not None
        assert process.stdout is not None
        reading: str | None = None
        try:
            process.stdin.write(json.dumps(wish).encode() + b"\n")
            await process.stdin.drain()
            while line := await _line(process.stdout, self._still if reading else SILENT_SECONDS):
                said = json.loads(line)
                reading = said.get("reading")
                if "total" in said:
                    progress(said["done"], said["total"])
                elif "finished" in said:
                    return Found(**{**said["finished"], "unread": tuple(said["finished"]["unread"])})
                elif "failed" in said:
                    raise (IndexDamaged if said["damaged"] else IndexingFailed)(said["failed"])
        except TimeoutError:
            raise _Lost("reading it did not come to an end", reading) from None
        except (BrokenPipeError, ConnectionResetError):
            pass
        code = await process.wait()
        raise _Lost(f"reading it ended the process that reads ({code})", reading)

    async def _living(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "backend.services.knowledge.indexing.process", str(self._path)),
                cwd=ROOT,
                env={**os.environ, "PYTHONUTF8": "1"},
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                limit=1 << 20,
                start_new_session=True,  # Ctrl+C is the daemon's to hear
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
                | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
            )
        except OSError as error:
            raise IndexingFailed(f"no process can be started: {error.strerror}") from error
        assert self._process.stderr is not None
        self._complaints = asyncio.create_task(_pass_on(self._process.stderr), name="what the indexer complains of")
        return self._process


async def _line(stream: asyncio.StreamReader, seconds: float) -> bytes:
    """Empty at the end. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        return await stream.readline()


async def _pass_on(stream: asyncio.StreamReader) -> None:
    left = MOST_SAID
    with suppress(ValueError):  # a line without an end
        while line := await stream.readline():
            if left > 0:
                left -= 1
                log.warning("indexer: %s", line.decode("utf-8", "replace").rstrip())


async def _end(process: Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
    await process.wait()


def _order_json(order: Order) -> dict[str, Any]:
    return {
        "roots": list(order.roots),
        "include": list(order.include),
        "exclude": list(order.exclude),
        "max_size": order.max_size,
    }
