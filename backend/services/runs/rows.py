"""A run as its rows have it, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from backend.database.repositories import jobs, runs
from backend.database.repositories.runs import Both
from backend.services.modules.model import Module
from backend.services.runs.entry import Entry, Used
from backend.services.runs.happenings import Attempt, Ending, Outcome, State, Status
from backend.services.runs.progress import Progress
from backend.services.runs.spec import RunSpec, policy_of


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def job_of(entry: Entry) -> jobs.Job:
    spec, state = entry.spec, entry.state
    return jobs.Job(
        id=spec.job_id,
        job_type=runs.TYPE,
        subject=spec.module_id,
        status=state.status,
        queued_at=spec.queued_at,
        stored=entry.stored,
        parent_id=spec.parent_id,
        requested_by=spec.requested_by,
        attempt=state.attempt,
        priority=spec.priority,
        started_at=moment(state.started_at),
        completed_at=moment(state.completed_at),
        progress=entry.progress.fraction,
        error=error_of(entry),
    )


def error_of(entry: Entry) -> str | None:
    """What a person should read first of a run that did not complete."""
    state = entry.state
    if state.status == "failed" and entry.words is not None:
        return entry.words
    return state.reason


def seconds_of(state: State) -> float | None:
    """From the first process to the end of the last."""
    if state.started_at is None or state.completed_at is None:
        return None
    return max(0.0, state.completed_at - state.started_at)


def record_of(entry: Entry, hide: Callable[[str], str]) -> runs.Record:
    """`hide` takes secrets out of what the script says of itself."""
    spec, state, progress = entry.spec, entry.state, entry.progress
    return runs.Record(
        job_id=spec.job_id,
        run_id=spec.run_id,
        module_name=spec.module_name,
        parameters=spec.parameters,
        secrets=list(spec.secrets),
        attempts=[asdict(attempt) for attempt in state.attempts],
        most_attempts=spec.policy.attempts,
        tree=state.tree,
        pid=state.pid,
        ending=state.ending,
        reason=state.reason,
        exit_code=None if state.exit is None else state.exit.code,
        exit_signal=None if state.exit is None else state.exit.signal,
        seconds=seconds_of(state),
        cpu_seconds=entry.used.cpu_seconds,
        peak_memory=entry.used.peak_memory,
        message=progress.message and hide(progress.message),
        items_processed=progress.items,
        items_total=progress.total,
        metrics=shown_metrics(progress, hide),
        log_lines=progress.lines,
    )


def shown_metrics(progress: Progress, hide: Callable[[str], str]) -> dict[str, float | str | bool]:
    return {hide(name): hide(one) if isinstance(one, str) else one for name, one in progress.metrics.items()}


def spec_of(both: Both, module: Module | None) -> RunSpec:
    """Of a run that an earlier life of the daemon took; `module` as it is now, where it still is."""
    job, run = both
    spec = RunSpec(
        run_id=run.run_id,
        job_id=job.id,
        module_id=job.subject or "",
        module_name=run.module_name,
        queued_at=job.queued_at,
        parameters=run.parameters,
        secrets=tuple(run.secrets),
        priority=job.priority,
        requested_by=job.requested_by,
        parent_id=job.parent_id,
    )
    return spec if module is None else with_module(spec, module)


def with_module(spec: RunSpec, module: Module) -> RunSpec:
    """What the module says now of how it is run."""
    members: dict[str, Any] = {name: getattr(spec, name) for name in RunSpec.__slots__}
    return RunSpec(
        **{
            **members,
            "policy": policy_of(module),
            "concurrency": module.concurrency,
            "exclusive": module.exclusive,
            "stop": module.stop,
            "cwd": Path(module.cwd),
        }
    )


def state_of(both: Both) -> State:
    job, run = both
    known = run.exit_code is not None or run.exit_signal is not None
    return State(
        status=cast(Status, job.status),
        queued_at=job.queued_at.timestamp(),
        started_at=_seconds(job.started_at),
        completed_at=_seconds(job.completed_at),
        attempt=job.attempt,
        attempts=tuple(Attempt(**attempt) for attempt in run.attempts),
        tree=run.tree,
        pid=run.pid,
        ending=cast("Ending | None", run.ending),
        exit=Outcome(run.exit_code, run.exit_signal) if known and job.status == "queued" else None,
        reason=run.reason,
    )


def entry_of(both: Both, module: Module | None) -> Entry:
    job, run = both
    entry = Entry(spec_of(both, module), state_of(both), stored=cast(Status, job.status))
    before = run.cpu_seconds or 0.0 if run.attempts else 0.0
    entry.used = Used(peak_memory=run.peak_memory, cpu_seconds=run.cpu_seconds, before=before)
    entry.progress = Progress(
        fraction=job.progress, message=run.message, items=run.items_processed, total=run.items_total,
        metrics=dict(run.metrics),
    )  # fmt: skip
    return entry


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()
