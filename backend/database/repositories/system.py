"""Figures as they are stored: moments whole, and each series thinned. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, delete, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from backend.database.engine import as_text, upsert
from backend.database.tables.system import SampleRow, SeriesRow, TickRow


class Series(NamedTuple):
    id: int
    metric: str
    first_at: int
    last_at: int


class Tick(NamedTuple):
    """`figures` is value by id of series."""

    at: int
    figures: Mapping[str, float]


class Sample(NamedTuple):
    tier: int
    series: int
    at: int
    min: float
    avg: float
    max: float
    samples: int


class Part(NamedTuple):
    """`samples` measurements of one series, of which `at` is the point of the chart."""

    series: int
    at: int
    min: float
    avg: float
    max: float
    samples: int


async def all_series(session: AsyncSession) -> list[Series]:
    found = await session.execute(select(*_SERIES.columns))
    return [Series(*row) for row in found]


async def add_series(session: AsyncSession, firsts: Mapping[str, int]) -> dict[str, int]:
    """Their ids by metric, of those too that are there already; `firsts` says when each was first measured."""
    new = [{"metric": metric, "first_at": at, "last_at": at} for metric, at in firsts.items()]
    await (await session.connection()).execute(_ADD_SERIES, new)
    found = await session.execute(select(SeriesRow.metric, SeriesRow.id).where(SeriesRow.metric.in_(list(firsts))))
    return {row.metric: row.id for row in found}


async def seen(session: AsyncSession, last: Mapping[int, int]) -> None:
    """When each of the series was last measured, by id."""
    rows = [{"the_id": id_, "at": at} for id_, at in last.items()]
    if rows:
        connection = await session.connection()
        await connection.execute(
            update(_SERIES).where(_SERIES.c.id == bindparam("the_id")).values(last_at=bindparam("at")), rows
        )


async def forget_series(session: AsyncSession, series: Sequence[int]) -> None:
    await session.execute(delete(SeriesRow).where(SeriesRow.id.in_(series)))


# Moments


async def add_ticks(session: AsyncSession, ticks: Iterable[Tick]) -> None:
    """What stands at the same times is replaced: the clock was set back."""
    if rows := [{"at": tick.at, "figures": dict(tick.figures)} for tick in ticks]:
        await (await session.connection()).execute(_REPLACE_TICK, rows)


async def ticks(session: AsyncSession, since: int, until: int, limit: int) -> list[Tick]:
    """Up to `limit` from `since` to before `until`, the oldest first."""
    found = await session.execute(
        select(TickRow.at, TickRow.figures)
        .where(TickRow.at >= since, TickRow.at < until)
        .order_by(TickRow.at)
        .limit(limit)
    )
    return [Tick(*row) for row in found]


async def forget_ticks(session: AsyncSession, before: int) -> None:
    await session.execute(delete(TickRow).where(TickRow.at < before))


# Thinned


async def add(session: AsyncSession, samples: Sequence[Sample]) -> None:
    """What stands at the same places is replaced. To take each row apart by names would cost more than to store it."""
    if samples:
        await (await session.connection()).exec_driver_sql(_REPLACE_AS_TEXT, list(samples))


async def sum_up(session: AsyncSession, series: Sequence[int], tier: int, into: int, *, since: int, until: int) -> None:
    """Makes anew, of the samples of `tier` from `since` to before `until`, those of the longer tier `into`."""
    place = SampleRow.at // into
    samples = func.sum(SampleRow.samples)
    whole = (
        select(
            literal(into),
            SampleRow.series,
            place * into,
            func.min(SampleRow.min),
            func.sum(SampleRow.avg * SampleRow.samples) / samples,
            func.max(SampleRow.max),
            samples,
        )
        .where(SampleRow.tier == tier, SampleRow.series.in_(series), SampleRow.at >= since, SampleRow.at < until)
        .group_by(SampleRow.series, place)
    )
    await session.execute(_REPLACE.from_select(Sample._fields, whole))


async def newest(session: AsyncSession, tier: int, until: int) -> int | None:
    """The time of the newest sample of that tier that is not after `until`."""
    last = (
        select(func.max(SampleRow.at))
        .where(SampleRow.tier == tier, SampleRow.series == SeriesRow.id, SampleRow.at <= until)
        .scalar_subquery()
    )
    each = select(last.label("at")).select_from(SeriesRow).subquery()  # one look into the index each, no walk
    found: int | None = await session.scalar(select(func.max(each.c.at)))
    return found


async def parts(
    session: AsyncSession, series: Sequence[int], tier: int, *, since: int, until: int, origin: int, step: int
) -> list[Part]:
    """From `since` to before `until`, put together to one a `step` seconds from `origin` on, each series in order."""
    place = (SampleRow.at - origin) // step
    found = await session.execute(
        select(
            SampleRow.series,
            (literal(origin) + place * step).label("place"),
            func.min(SampleRow.min),
            func.sum(SampleRow.avg * SampleRow.samples) / func.sum(SampleRow.samples),
            func.max(SampleRow.max),
            func.sum(SampleRow.samples),
        )
        .where(SampleRow.tier == tier, SampleRow.series.in_(series), SampleRow.at >= since, SampleRow.at < until)
        .group_by(SampleRow.series, place)
        .order_by(SampleRow.series, place)
    )
    return [Part(*row) for row in found]


async def of_moment(session: AsyncSession, series: Sequence[int], tier: int, at: int) -> dict[int, float]:
    """The means of the samples that stand at that time, by id."""
    found = await session.execute(
        select(SampleRow.series, SampleRow.avg).where(
            SampleRow.tier == tier, SampleRow.series.in_(series), SampleRow.at == at
        )
    )
    return {row.series: row.avg for row in found}


async def series_older(session: AsyncSession, tier: int, before: int) -> list[int]:
    """The ids of those that have samples of that tier from before then: one look into the index for each series."""
    older = select(SampleRow.at).where(SampleRow.tier == tier, SampleRow.series == SeriesRow.id, SampleRow.at < before)
    return list(await session.scalars(select(SeriesRow.id).where(older.exists())))


async def prune(session: AsyncSession, tier: int, series: int, before: int, most: int) -> int:
    """Forgets up to `most` of the oldest before that; how many went."""
    of_it = (SampleRow.tier == tier, SampleRow.series == series, SampleRow.at < before)
    oldest = select(SampleRow.at).where(*of_it).order_by(SampleRow.at).limit(most).subquery()
    last = await session.scalar(select(func.max(oldest.c.at)))
    if last is None:
        return 0
    gone = await session.execute(delete(SampleRow).where(*of_it, SampleRow.at <= last))
    return int(gone.rowcount)  # type: ignore[attr-defined]


_SERIES = cast(Table, SeriesRow.__table__)
_TICKS = cast(Table, TickRow.__table__)
_SAMPLES = cast(Table, SampleRow.__table__)
_ADD_SERIES = upsert(_SERIES).on_conflict_do_nothing(index_elements=[_SERIES.c.metric])
_NEW_TICK = upsert(_TICKS)
_REPLACE_TICK = _NEW_TICK.on_conflict_do_update(
    index_elements=[_TICKS.c.at], set_={"figures": _NEW_TICK.excluded.figures}
)
_NEW = upsert(_SAMPLES)
_REPLACE = _NEW.on_conflict_do_update(
    index_elements=[_SAMPLES.c.tier, _SAMPLES.c.series, _SAMPLES.c.at],
    set_={name: _NEW.excluded[name] for name in ("min", "avg", "max", "samples")},
)
_REPLACE_AS_TEXT = as_text(_REPLACE)
