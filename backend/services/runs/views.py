"""What is shown of a run: while it is in memory as it is now, afterwards as its rows have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from pydantic import ConfigDict

from backend.core.secrets import HIDDEN
from backend.database.repositories.runs import Both
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import Ending, Status
from backend.services.runs.queue import Place
from backend.services.runs.rows import error_of, moment, seconds_of, shown_metrics
from backend.services.supervisor.ladder import LadderView


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One that is over, though the run was not."""

    number: int
    status: Status
    started_at: datetime | None
    ended_at: datetime
    reason: str | None
    exit_code: int | None
    exit_signal: int | None


@dataclass(frozen=True, slots=True)
class RunView:
    """A run. `duration` is seconds so far or in all; `ending` what it becomes once nothing of it lives; `ladder`
    how it is being ended; `position` and `waiting_for` say where it stands in the queue and why. Secret parameters are
    struck out."""

    __pydantic_config__ = ConfigDict(defer_build=True)  # by the first who shows runs, which no start does

    run_id: str
    module_id: str
    module_name: str
    status: Status
    created_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    duration_seconds: int | None = None
    duration: float | None = None
    progress_percent: int | None = None
    message: str | None = None
    items_processed: int | None = None
    items_total: int | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    exit_code: int | None = None
    exit_signal: int | None = None
    reason: str | None = None
    error_message: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 1
    max_attempts: int = 1
    attempts: tuple[AttemptView, ...] = ()
    retry_at: datetime | None = None
    ending: Ending | None = None
    ladder: LadderView | None = None
    position: int | None = None
    waiting_for: str | None = None
    priority: int = 0
    requested_by: str = "local"
    job_id: int = 0
    parent_id: int | None = None
    tree: str | None = None
    pid: int | None = None
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    log_lines: int | None = None


def view_of(entry: Entry, now: float, hide: Callable[[str], str], place: Place | None = None) -> RunView:
    """`now` in epoch seconds; `hide` takes secrets out of what the script says of itself; `place` where it waits."""
    spec, state, progress, used = entry.spec, entry.state, entry.progress, entry.used
    seconds = seconds_of(state)
    if seconds is None and state.started_at is not None:
        seconds = max(0.0, now - state.started_at)
    return RunView(
        run_id=spec.run_id,
        module_id=spec.module_id,
        module_name=spec.module_name,
        status=state.status,
        created_at=spec.queued_at,
        started_at=moment(state.started_at),
        completed_at=moment(state.completed_at),
        duration_seconds=None if seconds is None else int(seconds),
        duration=_seconds(seconds),
        progress_percent=_percent(progress.fraction),
        message=progress.message and hide(progress.message),
        items_processed=progress.items,
        items_total=progress.total,
        metrics=shown_metrics(progress, hide),
        exit_code=None if state.exit is None else state.exit.code,
        exit_signal=None if state.exit is None else state.exit.signal,
        reason=state.reason,
        error_message=_error(state.status, error_of(entry)),
        parameters=_shown(spec.parameters, spec.secrets),
        attempt=state.attempt,
        max_attempts=spec.policy.attempts,
        attempts=tuple(
            AttemptView(
                one.number, one.status, moment(one.started_at), cast(datetime, moment(one.ended_at)), one.reason,
                one.exit_code, one.exit_signal,
            )
            for one in state.attempts
        ),
        retry_at=moment(state.retry_at),
        ending=state.ending,
        ladder=None if entry.ladder is None else entry.ladder.view,
        position=None if place is None else place.position,
        waiting_for=None if place is None else place.reason,
        priority=spec.priority,
        requested_by=spec.requested_by,
        job_id=spec.job_id,
        parent_id=spec.parent_id,
        tree=state.tree,
        pid=None if state.finished else state.pid,
        cpu_percent=used.cpu_percent,
        memory_bytes=used.memory,
        cpu_seconds=_seconds(used.cpu_seconds),
        peak_memory_bytes=used.peak_memory,
        log_lines=progress.lines,
    )  # fmt: skip


def view_of_rows(both: Both) -> RunView:
    """Of one that has finished."""
    job, run = both
    return RunView(
        run_id=run.run_id,
        module_id=job.subject or "",
        module_name=run.module_name,
        status=cast(Status, job.status),
        created_at=job.queued_at,
        started_at=job.started_at,
        completed_at=job.completed_at,
        duration_seconds=None if run.seconds is None else int(run.seconds),
        duration=_seconds(run.seconds),
        progress_percent=_percent(job.progress),
        message=run.message,
        items_processed=run.items_processed,
        items_total=run.items_total,
        metrics=run.metrics,
        exit_code=run.exit_code,
        exit_signal=run.exit_signal,
        reason=run.reason,
        error_message=_error(job.status, job.error),
        parameters=_shown(run.parameters, run.secrets),
        attempt=job.attempt,
        max_attempts=run.most_attempts,
        attempts=tuple(
            AttemptView(
                **{
                    **attempt,
                    "started_at": moment(attempt["started_at"]),
                    "ended_at": moment(attempt["ended_at"]),
                }
            )
            for attempt in run.attempts
        ),
        priority=job.priority,
        requested_by=job.requested_by,
        job_id=job.id,
        parent_id=job.parent_id,
        tree=run.tree,
        cpu_seconds=_seconds(run.cpu_seconds),
        peak_memory_bytes=run.peak_memory,
        log_lines=run.log_lines,
    )


def _seconds(seconds: float | None) -> float | None:
    """To the millisecond."""
    return None if seconds is None else round(seconds, 3)


def _percent(fraction: float | None) -> int | None:
    return None if fraction is None else int(fraction * 100 + 1e-9)


def _error(status: str, words: str | None) -> str | None:
    return words if status in {"failed", "timed_out", "interrupted"} else None


def _shown(parameters: Mapping[str, Any], secrets: tuple[str, ...] | list[str]) -> dict[str, Any]:
    return {**parameters, **dict.fromkeys(secrets, HIDDEN)}
