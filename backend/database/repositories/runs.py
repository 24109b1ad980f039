"""What a run has beside its job.

Parameters, reasons and messages must come without secrets: a row is no place for them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, Text, delete, func, insert, or_, select
from sqlalchemy import cast as cast_column
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import upsert
from backend.database.repositories import jobs, processes
from backend.database.repositories.jobs import Filter
from backend.database.tables.jobs import JobRow
from backend.database.tables.runs import RunRemainsRow, RunRow

TYPE = "run"  # of its job
UNFINISHED = ("queued", "starting", "running")

Both = tuple[JobRow, RunRow]


@dataclass(frozen=True, slots=True)
class Record:
    """The columns of `RunRow`."""

    job_id: int
    run_id: str
    module_name: str
    parameters: Mapping[str, Any]
    secrets: Sequence[str]
    attempts: Sequence[Mapping[str, Any]]
    most_attempts: int
    tree: str | None = None
    pid: int | None = None
    ending: str | None = None
    reason: str | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    message: str | None = None
    items_processed: int | None = None
    items_total: int | None = None
    metrics: Mapping[str, Any] = field(default_factory=dict)
    log_lines: int | None = None


async def store(session: AsyncSession, runs: Sequence[Record]) -> None:
    """Give each run its row, or its row what is so now. Its job must be stored before."""
    if runs:
        values = [{name: getattr(run, name) for name in _COLUMNS} for run in runs]
        await (await session.connection()).execute(_STORE, values)


async def find(session: AsyncSession, run_id: str) -> Both | None:
    found = await session.execute(_BOTH.where(RunRow.run_id == run_id))
    row = found.one_or_none()
    return None if row is None else (row[0], row[1])


async def unfinished(session: AsyncSession) -> list[Both]:
    """The oldest first."""
    wanted = _BOTH.where(JobRow.job_type == TYPE, JobRow.status.in_(UNFINISHED)).order_by(JobRow.id)
    return [(row[0], row[1]) for row in await session.execute(wanted)]


async def going(session: AsyncSession, since: datetime, until: datetime, *, through: int, limit: int) -> list[Both]:
    """Those that had been started by `until` and had not ended by `since`, the newest first; of the last `through` jobs
    that had been asked for by then."""
    following = await jobs.first_at(session, until)
    wanted = _BOTH.where(
        JobRow.job_type == TYPE,
        JobRow.id < following,
        JobRow.id >= following - through,
        JobRow.started_at <= until,
        or_(JobRow.completed_at.is_(None), JobRow.completed_at > since),
    )
    found = await session.execute(wanted.order_by(JobRow.id.desc()).limit(limit))
    return [(row[0], row[1]) for row in found]


async def finished(session: AsyncSession, run_ids: Collection[str]) -> list[str]:
    """Those of them that have finished."""
    over = select(RunRow.run_id).join(JobRow, JobRow.id == RunRow.job_id).where(JobRow.status.not_in(UNFINISHED))
    return list(await session.scalars(over.where(RunRow.run_id.in_(run_ids))))


async def of_jobs(session: AsyncSession, ids: Sequence[int]) -> list[Both]:
    """In the order of the ids."""
    found = {row[0].id: (row[0], row[1]) for row in await session.execute(_BOTH.where(JobRow.id.in_(ids)))}
    return [found[one] for one in ids if one in found]


async def stretch(session: AsyncSession, *, after: int = 0, before: int | None = None, limit: int) -> list[Both]:
    """Runs of any state by their ids: the oldest of those after `after`, or the newest of those before `before`."""
    wanted = _BOTH.where(JobRow.job_type == TYPE).limit(limit)
    if before is None:
        wanted = wanted.where(JobRow.id > after).order_by(JobRow.id)
    else:
        wanted = wanted.where(JobRow.id < before).order_by(JobRow.id.desc())
    return [(row[0], row[1]) for row in await session.execute(wanted)]


async def nth_newest(session: AsyncSession, number: int) -> int | None:
    """The job's id of the run that has `number` newer ones; None where there are not so many."""
    wanted = select(JobRow.id).where(JobRow.job_type == TYPE).order_by(JobRow.id.desc()).offset(number).limit(1)
    return await session.scalar(wanted)


async def forget(session: AsyncSession, gone: Sequence[Both]) -> None:
    """Takes runs out of the history, with their jobs and trees. Their ids stay among the remains until `removed`."""
    forgotten = [run.run_id for _, run in gone]
    await session.execute(insert(RunRemainsRow), [{"run_id": run_id} for run_id in forgotten])
    await processes.forget(session, TYPE, forgotten)
    await jobs.forget(
        session, [jobs.Job(job.id, job.job_type, job.subject or "", job.status, job.queued_at) for job, _ in gone]
    )


async def remains(session: AsyncSession) -> list[str]:
    """Forgotten runs whose folders may still be there."""
    return list(await session.scalars(select(RunRemainsRow.run_id)))


async def removed(session: AsyncSession, run_ids: Collection[str]) -> None:
    """Nothing is left of them."""
    await session.execute(delete(RunRemainsRow).where(RunRemainsRow.run_id.in_(run_ids)))


@dataclass(frozen=True, slots=True)
class Looked:
    """Ids of runs in which the words occur, the newest first; `through` is the oldest that was looked at where older
    ones were not."""

    ids: list[int]
    through: int | None


async def with_words(
    session: AsyncSession, wanted: Filter, words: Sequence[str], *, limit: int, offset: int, most: int
) -> Looked:
    """The newest of those that `wanted` has in which each of the words occurs; looks at `most` of them, no more."""
    of = wanted.conditions()
    window = select(JobRow.id).where(*of).order_by(JobRow.id.desc()).limit(most).cte("looked")
    number, oldest = (await session.execute(select(func.count(), func.min(window.c.id)))).one()
    found = select(JobRow.id).join(window, window.c.id == JobRow.id).join(RunRow, RunRow.job_id == JobRow.id)
    found = found.where(*map(_occurs, words)).order_by(JobRow.id.desc()).offset(offset).limit(limit)
    return Looked(list(await session.scalars(found)), oldest if number == most else None)


def _occurs(word: str) -> ColumnElement[bool]:
    """In what a person reads of a run. JSON has letters beyond ASCII, and quotes, in its own way."""
    plain = (RunRow.run_id, RunRow.module_name, RunRow.message, RunRow.reason, JobRow.error)
    written = json.dumps(word)[1:-1]
    return or_(
        *(column.icontains(word, autoescape=True) for column in plain),
        cast_column(RunRow.parameters, Text).icontains(written, autoescape=True),
    )


_BOTH = select(JobRow, RunRow).join(RunRow, RunRow.job_id == JobRow.id)
_COLUMNS = [column.name for column in fields(Record)]
_TABLE = cast(Table, RunRow.__table__)
_NEW = upsert(_TABLE)
_FIXED = {"job_id", "run_id", "module_name", "parameters", "secrets"}
_STORE = _NEW.on_conflict_do_update(
    index_elements=[_TABLE.c.job_id],
    set_={column.name: _NEW.excluded[column.name] for column in _TABLE.columns if column.name not in _FIXED},
)
