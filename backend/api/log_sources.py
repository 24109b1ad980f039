"""The logs that can be read, by what writes them: `service:<id>` and `run:<id>`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.api.log_stream import Ended
from backend.center import Center
from backend.services.processes.logs import Log


@dataclass(frozen=True)
class LogSource:
    """`ended` is there where the log comes to an end."""

    log: Log
    ended: Ended | None = None


def of_service(center: Center, service_id: str) -> LogSource:
    """Raises `UnknownService`."""
    spec = center.supervisor.entry(service_id).spec
    return LogSource(Log(spec.log_file, spec.log.encoding))


async def of_run(center: Center, run_id: str) -> LogSource:
    """Raises `UnknownRun`."""

    async def ended() -> Mapping[str, Any]:
        outcome = await center.runs.ended(run_id)
        return {"status": outcome.status, "exit_code": outcome.exit_code}

    return LogSource(await center.runs.log(run_id), ended)


async def named(center: Center, name: str) -> LogSource:
    """By kind and id together; a ValueError for what is neither."""
    kind, _, its_id = name.partition(":")
    if kind == "service":
        return of_service(center, its_id)
    if kind == "run":
        return await of_run(center, its_id)
    raise ValueError(f"{name!r} is no log")
