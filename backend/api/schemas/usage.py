"""The use of paid APIs on the wire. Costs are US dollars, days those of UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from backend.database.repositories.usage import Record, Sums, unmetered, unpriced
from backend.database.tables.usage import CallRow
from backend.services.usage.budgets import Standing, State
from backend.services.usage.model import Call, Outcome, Owner, Period, Tokens, Used

Count = int
Flag = Literal["unpriced", "unmetered", "failed"]
_MOST = 10**12


def _tokens(what: str) -> Any:
    return Field(default=None, ge=0, le=_MOST, description=what)


class UsageReport(BaseModel):
    """A call of a model, told by whoever made it. The four buckets exclude one another. Without `input_tokens` and
    `output_tokens` nobody knows what was used, which is not the same as nothing."""

    model_config = ConfigDict(extra="forbid")

    provider: str = Field(min_length=1, max_length=100, description="e.g. `openai`")
    model: str = Field(min_length=1, max_length=200)
    input_tokens: int | None = _tokens("fresh ones: neither read from a cache nor written to it")
    output_tokens: int | None = _tokens("what was thought included")
    cache_read_tokens: int = Field(default=0, ge=0, le=_MOST)
    cache_write_tokens: int = Field(default=0, ge=0, le=_MOST)
    service: str | None = Field(default=None, min_length=1, max_length=100, description="on whose behalf")
    run_id: str | None = Field(default=None, min_length=1, max_length=200)
    at: AwareDatetime | None = Field(default=None, description="when it was made; now where it is left out")
    usage: dict[str, Any] | None = Field(default=None, description="what the provider said, in its own words")

    @property
    def metered(self) -> bool:
        return self.input_tokens is not None or self.output_tokens is not None

    def call(self, owner: Owner, now: datetime) -> Call:
        tokens = Tokens(
            self.input_tokens or 0, self.cache_read_tokens, self.cache_write_tokens, self.output_tokens or 0
        )
        given = self.model_dump(include=_BUCKETS, exclude_none=True)
        used = Used(tokens, None, self.usage or given) if self.metered else None
        return Call(self.at or now, self.provider, self.model, "completed", owner, used, reported=True)


_BUCKETS = {"input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"}


class CallView(BaseModel):
    """One call. `price` is the row by which `cost` was worked out, with the day from which it holds; `usage` what the
    provider said. Tokens are null where nobody told them, `cost` where the price is not known. Durations are seconds
    from the request."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    provider: str
    model: str | None
    service: str | None
    run_id: str | None
    reported: bool = Field(description="told by whoever made it, not metered")
    endpoint: str | None
    outcome: Outcome
    status: int | None
    streamed: bool
    input_tokens: Count | None
    cache_read_tokens: Count | None
    cache_write_tokens: Count | None
    cache_write_1h_tokens: Count | None = Field(description="a part of `cache_write_tokens`")
    output_tokens: Count | None
    reasoning_tokens: Count | None = Field(description="a part of `output_tokens`")
    cost: float | None
    price: dict[str, Any] | None
    usage: dict[str, Any] | None
    first_byte: float | None
    first_token: float | None
    seconds: float | None
    unpriced: bool
    unmetered: bool

    @classmethod
    def of_record(cls, record: Record) -> CallView:
        values = {name: getattr(record, name) for name in _STORED}
        return cls(**values, unpriced=record.unpriced, unmetered=record.unmetered)


_STORED = [name for name in CallView.model_fields if name not in {"unpriced", "unmetered"}]


class ListedCall(CallView):
    id: int = Field(description="later ones have higher ones")

    @classmethod
    def of_row(cls, row: CallRow) -> ListedCall:
        values = {name: getattr(row, name) for name in _STORED}
        return cls(**values, id=row.id, unpriced=unpriced(row), unmetered=unmetered(row))


class CallPage(BaseModel):
    calls: list[ListedCall]
    cursor: str | None = Field(description="of the next page; null at the end")


class Figures(BaseModel):
    """Sums of calls. `cost` is that of the calls whose price is known, null where there are calls and none has one."""

    calls: Count
    input_tokens: Count
    cache_read_tokens: Count
    cache_write_tokens: Count
    output_tokens: Count
    cost: float | None
    unpriced_calls: Count = Field(description="whose tokens are known and whose price is not")
    unmetered_calls: Count = Field(description="whose tokens nobody told")
    failed_calls: Count = Field(description="that failed or were refused, and used nothing")


class Summary(Figures):
    """All calls of the days from `since` to `until`."""

    since: date
    until: date


class DayFigures(Figures):
    date: date


class ModelFigures(Figures):
    provider: str
    model: str | None


class ServiceFigures(Figures):
    service: str | None = Field(description="a service, or the module of runs; null where it is not known who asked")


class History(BaseModel):
    """A row for each day, also for those without calls."""

    days: list[DayFigures]


class ByModel(BaseModel):
    """The dearest first."""

    models: list[ModelFigures]


class ByService(BaseModel):
    """The dearest first."""

    services: list[ServiceFigures]


class BudgetView(BaseModel):
    """A budget in its present period. `unknown_calls` have a cost that nobody knows, so more may be spent."""

    id: str
    per: Period
    soft: float | None = Field(description="from here on it is told")
    hard: float | None = Field(description="from here on calls are refused")
    service: str | None
    provider: str | None
    model: str | None
    spent: float
    unknown_calls: Count
    state: State
    since: date
    resets_at: datetime

    @classmethod
    def of(cls, one: Standing) -> BudgetView:
        budget = one.budget
        return cls(
            id=budget.id,
            per=budget.per,
            soft=budget.soft,
            hard=budget.hard,
            service=budget.service,
            provider=budget.provider,
            model=budget.model,
            spent=one.spent,
            unknown_calls=one.unknown_calls,
            state=one.state,
            since=one.since,
            resets_at=one.resets_at,
        )


class BudgetList(BaseModel):
    budgets: list[BudgetView]


def figures(sums: Sums) -> Mapping[str, Any]:
    return {name: getattr(sums, name) for name in Figures.model_fields}
