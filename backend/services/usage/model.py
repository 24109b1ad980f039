"""What is known of the use of paid APIs: tokens in buckets, what they cost and by which price, and who asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

Dialect = Literal["openai", "anthropic", "ollama"]
Period = Literal["day", "month"]
Outcome = Literal["completed", "failed", "cut", "cancelled", "refused"]

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
PERIODS: tuple[Period, ...] = get_args(Period)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
UNKNOWN = "unknown"  # a caller or a model of which nothing is known


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one call. `input`, `cache_read`, `cache_write` and `output` exclude one another; `cache_write_1h` is the part
    of `cache_write` that is kept for an hour and costs more, `reasoning` the part of `output` that nobody sees."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    cache_write_1h: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True)
class Used:
    """What an answer says of its use: the tokens, the model where it names one, and the provider's own words.
    `variant` names what changes the price, such as the `service_tier`."""

    tokens: Tokens
    model: str | None
    raw: Mapping[str, Any]
    variant: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Priced:
    """US dollars, and the row of the price list by which they were worked out."""

    cost: float
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Owner:
    """Who asked: a service, or a run and its module, where that is known."""

    service: str | None
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a model: `model` as it was asked for, where that is known. `used` is None where the answer said
    nothing of its use; durations are seconds from the request. `endpoint` is the path without its query. `reported`
    calls were told by whoever made them."""

    at: datetime
    provider: str
    model: str | None
    outcome: Outcome
    owner: Owner | None = None
    used: Used | None = None
    endpoint: str | None = None
    status: int | None = None
    streamed: bool = False
    first_byte: float | None = None
    first_token: float | None = None
    seconds: float | None = None
    reported: bool = False

    @property
    def unmetered(self) -> bool:
        """Something was probably used, and nobody knows how much. What failed or was refused used nothing."""
        return self.used is None and self.outcome not in {"failed", "refused"}


@dataclass(frozen=True, slots=True)
class Provider:
    """An endpoint. What follows `/proxy/<id>` is appended to `base_url`. With `ask_usage` streams are asked to tell
    their use; `variables` are what tells a tool where to find it."""

    id: str
    base_url: str
    dialect: Dialect
    ask_usage: bool = False
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """US dollars for a million tokens, from `since` on. What costs the same as fresh input is None."""

    input: float
    output: float
    cache_read: float | None = None
    cache_write: float | None = None
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """US dollars for each `per`, in all or of what `service`, `provider` and `model` name (a `*` in the model is any
    text): from `soft` on it is told, from `hard` on calls are refused."""

    id: str
    per: Period
    soft: float | None = None
    hard: float | None = None
    service: str | None = None
    provider: str | None = None
    model: str | None = None

    def covers(self, service: str | None, provider: str, model: str | None) -> bool:
        if self.service not in (None, service) or self.provider not in (None, provider):
            return False
        return self.model is None or fnmatchcase(model or UNKNOWN, self.model)
