"""Asks a running service whether it is well: over HTTP, by connecting, by a command, or by a line in its log."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from backend.core.clock import Clock
from backend.services.definitions.model import HealthCheck, ServiceSpec
from backend.services.processes.command import run_command
from backend.services.processes.follow import follow
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log
from backend.services.supervisor.calls import call, connect
from backend.services.supervisor.happenings import Health
from backend.services.supervisor.health import Probed

EAGER = 0.25  # seconds between probes until the first success
LONGEST_LINE = 1 << 16
SUSPENDED = 5.0  # seconds that a moment may take too long until it is taken for a sleep
HALTED = 0.5  # seconds after its time-out until which a probe has ended, had this process been running
# What it means that we, not the tool, have no descriptors or memory left.
OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS}

log = logging.getLogger(__name__)


class CannotAsk(Exception):
    """The probe could not be made, and nothing is known of the tool."""


def check_of(spec: ServiceSpec, port: int | None) -> HealthCheck | None:
    """A port is itself a probe where nothing else is said; it never restarts anything."""
    if spec.health is not None:
        return spec.health
    return None if port is None else HealthCheck(tcp=port, restart=False)


@dataclass(frozen=True)
class Sighting:
    """`lost` when it had been healthy before: only that is a reason to restart, a slow start never is."""

    health: Health
    trouble: str | None = None
    lost: bool = False


async def watch_health(
    check: HealthCheck,
    spec: ServiceSpec,
    environment: Mapping[str, str],
    growth: Growth,
    log_start: int,
    *,
    clock: Clock,
    each: Callable[[Probed], None],
) -> AsyncGenerator[Sighting]:
    """Each change of health, `starting` first; `each` is told of every answer. Goes on until it is closed, or for
    `log_line` until it is seen.

    What a probe found while the machine slept, or the daemon was halted, says nothing: it is asked again."""
    yield Sighting("starting")
    await asyncio.sleep(check.initial_delay)
    if check.log_line is not None:
        begun = clock.now()
        await _line_seen(check.log_line, Log(spec.log_file, spec.log.encoding), growth, log_start)
        each(Probed(clock.now(), True, (clock.now() - begun).total_seconds(), None))
        yield Sighting("healthy")
        return
    loop = asyncio.get_running_loop()
    late = loop.time() + check.failures * check.interval
    good = bad = 0
    health: Health = "starting"
    was_healthy = False
    asked_at = clock.now()
    while True:
        before, asked_at, asked = asked_at, clock.now(), loop.time()
        if (asked_at - before).total_seconds() > check.interval + check.timeout + SUSPENDED:
            bad = 0
        try:
            trouble = await probe(check, spec.cwd, environment)
        except CannotAsk as error:
            log.warning("%s is not asked whether it is well: %s", spec.id, error)
            await asyncio.sleep(check.interval)
            continue
        took = max((clock.now() - asked_at).total_seconds(), loop.time() - asked)
        if trouble is not None and took > check.timeout + HALTED:
            bad = 0
            continue
        each(Probed(asked_at, trouble is None, round(loop.time() - asked, 4), trouble))
        good, bad = (good + 1, 0) if trouble is None else (0, bad + 1)
        if good >= check.successes and health != "healthy":
            health, was_healthy = "healthy", True
            yield Sighting(health)
        elif bad >= check.failures and health != "unhealthy" and (was_healthy or loop.time() >= late):
            health = "unhealthy"
            yield Sighting(health, trouble, lost=was_healthy)
        await asyncio.sleep(min(EAGER, check.interval) if health == "starting" else check.interval)


async def probe(check: HealthCheck, cwd: Path, environment: Mapping[str, str]) -> str | None:
    """None when all is well, else what is not. Raises `CannotAsk`."""
    try:
        async with asyncio.timeout(check.timeout):
            if check.http is not None:
                return await _http(check.http)
            if check.tcp is not None:
                return await _tcp(int(check.tcp))
            assert check.command is not None
            return await _command(check.command, cwd, environment)
    except TimeoutError:
        return f"no answer within {check.timeout:g} s"
    except OSError as error:
        _blame(error)
        return error.strerror or str(error) or type(error).__name__


def _blame(error: OSError) -> None:
    """Raises `CannotAsk` where the fault is ours; a client for HTTPS tells of it in words only."""
    if error.errno in OURS or any(os.strerror(number) in str(error) for number in OURS):
        raise CannotAsk(str(error)) from error


async def _http(url: str) -> str | None:
    status = await call("GET", url)
    return None if status < 400 else f"{url} answered {status}"


async def _tcp(port: int) -> str | None:
    try:
        connection = await connect("localhost", port)
    except OSError as error:
        _blame(error)
        return f"nobody listens on port {port}"
    connection.close()
    return None


async def _command(command: tuple[str, ...], cwd: Path, environment: Mapping[str, str]) -> str | None:
    code = await run_command(command, cwd, environment)
    return None if code == 0 else f"{command[0]} ended with exit code {code}"


async def _line_seen(pattern: re.Pattern[str], log: Log, growth: Growth, start: int) -> None:
    rest = b""
    async with aclosing(follow(log, growth, start)) as pieces:
        async for piece in pieces:
            data = rest + piece.data
            _, lines, rest = log.encoding.lines(data, piece.end - len(data))
            unfinished = log.encoding.decode(rest, piece.end - len(rest))
            if any(pattern.search(line) for line in (*lines, unfinished)):
                return
            rest = rest[-LONGEST_LINE:]
