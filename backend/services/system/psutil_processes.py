"""Processes by psutil: for Windows, macOS, and whatever has no `/proc` as Linux has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psutil

from backend.services.system.readings import Description, Reading

ATTRIBUTES = ["pid", "ppid", "create_time", "name", "status", "cpu_times", "memory_info"]


class PsutilProcesses:
    def read(self) -> dict[int, Reading]:
        """Without pid 0: it is the kernel's own, and what Windows counts as its time is the time nobody used."""
        found = (_reading(process.info) for process in psutil.process_iter(ATTRIBUTES))
        return {reading.pid: reading for reading in found if reading.pid != 0}

    def pids(self) -> list[int]:
        return [pid for pid in psutil.pids() if pid != 0]

    def read_some(self, pids: Iterable[int]) -> dict[int, Reading]:
        found = {}
        for pid in pids:
            try:
                found[pid] = _reading(psutil.Process(pid).as_dict(ATTRIBUTES))
            except psutil.Error:
                continue
        return found

    def describe(self, reading: Reading) -> Description:
        try:
            info = psutil.Process(reading.pid).as_dict(["create_time", "name", "username", "cmdline"])
        except psutil.Error:
            return Description(reading.name, None, None)
        if info["create_time"] != reading.started:
            return Description(reading.name, None, None)
        return Description(info["name"] or reading.name, info["username"], " ".join(info["cmdline"] or ()) or None)


def _reading(info: dict[str, Any]) -> Reading:
    """What access was denied to is None in `info`."""
    times, memory = info["cpu_times"], info["memory_info"]
    return Reading(
        pid=info["pid"],
        parent=info["ppid"] or 0,
        started=info["create_time"] or 0.0,
        name=info["name"] or "",
        status=info["status"] or "unknown",
        cpu_seconds=times.user + times.system if times else None,
        memory_bytes=memory.rss if memory else None,
    )
