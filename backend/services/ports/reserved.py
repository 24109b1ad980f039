"""Why the system refuses a port that nobody has, and what it says of ports that it keeps."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

RANGE = re.compile(r"^\s*(\d+)\s+(\d+)\s*(\*?)\s*$", re.MULTILINE)
KERNEL = Path("/proc/sys/net/ipv4")


class ExcludedRange(NamedTuple):
    """`administered`: somebody set it on purpose, and a program that asks for a port of it by number gets it."""

    first: int
    last: int
    administered: bool


def parse_excluded_ranges(text: str) -> list[ExcludedRange]:
    """The rows of `netsh int ipv4 show excludedportrange`, whatever language its headings are in."""
    return [ExcludedRange(int(first), int(last), bool(star)) for first, last, star in RANGE.findall(text)]


async def excluded_ranges() -> list[ExcludedRange]:
    """Windows only; empty where `netsh` cannot be asked."""
    try:
        process = await asyncio.create_subprocess_exec(
            "netsh", "int", "ipv4", "show", "excludedportrange", "protocol=tcp",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
    except OSError as error:
        log.info("netsh cannot be started: %s", error)
        return []
    try:
        output, _ = await asyncio.wait_for(process.communicate(), 5)
    except TimeoutError:
        process.kill()
        await process.wait()
        return []
    return parse_excluded_ranges(output.decode("ascii", "replace"))


async def reason_of_refusal(port: int) -> str | None:
    """Why this user may not bind a port that nobody listens on; None if the system names no reason."""
    if sys.platform == "win32":
        return next(
            (_excluded(port, span) for span in await excluded_ranges() if span.first <= port <= span.last), None
        )
    lowest = _lowest_unprivileged()
    if port < lowest:
        return f"Ports below {lowest} are for privileged programs: choose {lowest} or above, or grant that right."
    return None


def kept_for_explicit_use(port: int) -> bool:
    """Linux never hands this port out by itself (`ip_local_reserved_ports`); a program that names it gets it."""
    return any(first <= port <= last for first, last in _spans(_kernel_value("ip_local_reserved_ports")))


def _excluded(port: int, span: ExcludedRange) -> str:
    return (
        f"Windows keeps ports {span.first}-{span.last} for itself, usually for Hyper-V, WSL or Docker. "
        "Choose another port, or in a terminal opened as administrator: net stop winnat, then "
        f"netsh int ipv4 add excludedportrange protocol=tcp startport={port} numberofports=1, then net start winnat."
    )


def _lowest_unprivileged() -> int:
    value = _kernel_value("ip_unprivileged_port_start")
    return int(value) if value.isdigit() else 1024


def _kernel_value(name: str) -> str:
    try:
        return (KERNEL / name).read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _spans(text: str) -> list[tuple[int, int]]:
    """`22,8000-8010` as `[(22, 22), (8000, 8010)]`."""
    pairs = [part.partition("-") for part in text.split(",") if part]
    return [(int(first), int(last or first)) for first, _, last in pairs]
