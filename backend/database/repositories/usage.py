"""Calls of models, and their sums by day, written in one unit so that they agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Table, case, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.money import dollars
from backend.database.engine import upsert
from backend.database.tables.usage import CallRow, UsageRow

Key = Literal["date", "service", "provider", "model"]


@dataclass(frozen=True, slots=True)
class Record:
    """The columns of `CallRow`, but for its id."""

    at: datetime
    provider: str
    model: str | None
    service: str | None
    run_id: str | None
    reported: bool
    endpoint: str | None
    outcome: str
    status: int | None
    streamed: bool
    input_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    cache_write_1h_tokens: int | None
    output_tokens: int | None
    reasoning_tokens: int | None
    cost: float | None
    price: Mapping[str, Any] | None
    usage: Mapping[str, Any] | None
    first_byte: float | None
    first_token: float | None
    seconds: float | None
    unmetered: bool

    @property
    def failed(self) -> bool:
        return self.outcome in {"failed", "refused"}

    @property
    def unpriced(self) -> bool:
        """Its tokens are known and its price is not."""
        return self.input_tokens is not None and self.cost is None


@dataclass(frozen=True, slots=True)
class Sums:
    """Of calls that share a `key`, which holds what they were grouped by. `cost` is None where none has a price."""

    key: Mapping[str, Any]
    calls: int
    input_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    output_tokens: int
    cost: float | None
    unpriced_calls: int
    unmetered_calls: int
    failed_calls: int


@dataclass(frozen=True, slots=True)
class Which:
    """Days from `since` to `until`, both included; each other part that is given must be equal."""

    since: date
    until: date
    service: str | None = None
    provider: str | None = None
    model: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        return [
            UsageRow.date.between(self.since, self.until),
            *(
                column == value
                for column, value in (
                    (UsageRow.service, self.service),
                    (UsageRow.provider, self.provider),
                    (UsageRow.model, self.model),
                )
                if value is not None
            ),
        ]


@dataclass(frozen=True, slots=True)
class WhichCalls:
    """Calls from the day `since` to the day `until`, before the id `before`; `flag` leaves those that it names."""

    since: date
    until: date
    before: int | None = None
    service: str | None = None
    provider: str | None = None
    model: str | None = None
    flag: Literal["unpriced", "unmetered", "failed"] | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = [
            CallRow.at >= datetime.combine(self.since, datetime.min.time(), UTC),
            CallRow.at <= datetime.combine(self.until, datetime.max.time(), UTC),
        ]
        pairs = (CallRow.service, self.service), (CallRow.provider, self.provider), (CallRow.model, self.model)
        found += [column == value for column, value in pairs if value is not None]
        if self.before is not None:
            found.append(CallRow.id < self.before)
        if self.flag is not None:
            found.append(_FLAGS[self.flag])
        return found


async def add(session: AsyncSession, records: Sequence[Record]) -> None:
    """Store the calls, and add them to the sums of their days."""
    if not records:
        return
    connection = await session.connection()
    await connection.execute(insert(_CALLS), [_values(one) for one in records])
    await connection.execute(_ADD, [_sums(one) for one in records])


async def sums(session: AsyncSession, which: Which, by: Sequence[Key] = ()) -> list[Sums]:
    """One for each group, in the order of the key; without `by` there is exactly one."""
    columns = [getattr(UsageRow, name) for name in by]
    wanted = select(*columns, *_TOTALS).where(*which.conditions()).group_by(*columns).order_by(*columns)
    rows = (await session.execute(wanted)).all()
    return [Sums(dict(zip(by, row[: len(by)], strict=True)), *_figures(row[len(by) :])) for row in rows]


async def calls(session: AsyncSession, which: WhichCalls, limit: int) -> list[CallRow]:
    """The newest first."""
    wanted = select(CallRow).where(*which.conditions()).order_by(CallRow.id.desc()).limit(limit)
    return list(await session.scalars(wanted))


async def prune(session: AsyncSession, before: datetime, most: int) -> int:
    """Removes up to `most` calls of earlier than that, the oldest first; how many. The sums of the days stay."""
    old = select(CallRow.id).where(CallRow.at < before).order_by(CallRow.at, CallRow.id).limit(most)
    found = list(await session.scalars(old))
    if found:
        await session.execute(delete(CallRow).where(CallRow.id.in_(found)))
    return len(found)


def unpriced(row: CallRow) -> bool:
    return row.input_tokens is not None and row.cost is None


def unmetered(row: CallRow) -> bool:
    return row.input_tokens is None and row.outcome not in _NOTHING_USED


def _values(one: Record) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _COLUMNS}


def _sums(one: Record) -> dict[str, Any]:
    return {
        "date": one.at.astimezone(UTC).date(),
        "service": one.service or "",
        "provider": one.provider,
        "model": one.model or "",
        "calls": 1,
        "input_tokens": one.input_tokens or 0,
        "cache_read_tokens": one.cache_read_tokens or 0,
        "cache_write_tokens": one.cache_write_tokens or 0,
        "output_tokens": one.output_tokens or 0,
        "cost": one.cost,
        "unpriced_calls": int(one.unpriced),
        "unmetered_calls": int(one.unmetered),
        "failed_calls": int(one.failed),
    }


def _figures(row: Sequence[Any]) -> list[Any]:
    """Sums of nothing are null, and nothing was used then; a cost is null as well where calls have no price."""
    figures = dict(zip(_SUMMED, row, strict=True))
    if figures["cost"] is not None:
        figures["cost"] = dollars(figures["cost"])
    calls = figures["calls"] or 0
    return [(figures[name] or 0) if name != "cost" or not calls else figures[name] for name in _SUMMED]


_NOTHING_USED = ("failed", "refused")
_FLAGS: dict[str, ColumnElement[bool]] = {
    "unpriced": CallRow.input_tokens.is_not(None) & CallRow.cost.is_(None),
    "unmetered": CallRow.input_tokens.is_(None) & CallRow.outcome.not_in(_NOTHING_USED),
    "failed": CallRow.outcome.in_(_NOTHING_USED),
}
_COLUMNS = [column.name for column in fields(Record) if column.name != "unmetered"]
_SUMMED = [column.name for column in fields(Sums) if column.name != "key"]
_TOTALS = [func.sum(getattr(UsageRow, name)) for name in _SUMMED]
_CALLS = cast(Table, CallRow.__table__)
_DAYS = cast(Table, UsageRow.__table__)
_NEW = upsert(_DAYS)
_COST = case(
    (_NEW.excluded.cost.is_(None), _DAYS.c.cost),
    else_=func.coalesce(_DAYS.c.cost, 0.0) + _NEW.excluded.cost,
)
_ADD = _NEW.on_conflict_do_update(
    index_elements=[_DAYS.c.date, _DAYS.c.service, _DAYS.c.provider, _DAYS.c.model],
    set_={name: _COST if name == "cost" else _DAYS.c[name] + _NEW.excluded[name] for name in _SUMMED},
)
