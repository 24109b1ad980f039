"""The series of runs, of what AI costs, of knowledge, alerts and notifications, and of the daemon itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from prometheus_client.core import Metric

from backend.core.money import dollars
from backend.database.repositories.usage import Sums
from backend.services.metrics.families import Row, counter, gauge, only
from backend.services.metrics.reading import Reading
from backend.services.metrics.tally import OTHER, Names
from backend.services.usage.budgets import Standing

BUCKETS = ("input", "cache_read", "cache_write", "output")
BY_MODEL = ("provider", "model")


def of_work(reading: Reading, models: Names) -> Iterator[Metric]:
    """`models` are the ones that have series of their own."""
    counts = reading.counts
    yield from gauge("info", "1, with the version of the daemon.", [((reading.version,), 1)], ("version",))
    yield from gauge(
        "start_time_seconds",
        "When the daemon began, in seconds since 1970.",
        only(reading.started_at.timestamp()),
    )
    yield from gauge("runs", "Runs that have not ended.", _by_one(reading.runs.items()), ("status",))
    yield from counter("runs_finished", "Runs that have ended.", counts.runs.items(), ("module", "status"))
    yield from _of_usage(reading.spent or (), models)
    yield from _of_budgets(reading.budgets)
    if reading.knowledge is not None:
        yield from gauge("knowledge_files", "Files of the index.", only(reading.knowledge.files))
        yield from gauge("knowledge_bytes", "Size of the files of the index.", only(reading.knowledge.size))
    if reading.firing is not None:
        yield from gauge("alerts_firing", "Alerts that fire.", reading.firing.items(), ("rule", "severity"))
    yield from counter(
        "notification_deliveries",
        "Messages to a target, by what came of them.",
        counts.deliveries.items(),
        ("target", "outcome"),
    )
    yield from counter("events", "Facts that were told.", _by_one(counts.events.items()), ("type",))


def _of_usage(spent: Sequence[Sums], models: Names) -> Iterator[Metric]:
    def rows(value: Callable[[Sums], float | None]) -> list[tuple[tuple[str, str], float]]:
        found: dict[tuple[str, str], float] = defaultdict(float)
        for one in spent:
            found[_model_of(one, models)] += value(one) or 0
        return list(found.items())

    tokens = [
        ((*labels, bucket), count)
        for bucket in BUCKETS
        for labels, count in rows(lambda one, bucket=bucket: getattr(one, f"{bucket}_tokens"))  # type: ignore[misc]
    ]
    yield from counter("ai_calls", "Calls of models.", rows(lambda one: one.calls), BY_MODEL)
    yield from counter("ai_tokens", "Tokens of models; the buckets exclude one another.", tokens, (*BY_MODEL, "bucket"))
    costs = [(labels, dollars(cost)) for labels, cost in rows(lambda one: one.cost)]
    yield from counter("ai_cost_dollars", "What calls of models cost, in US dollars.", costs, BY_MODEL)
    yield from counter(
        "ai_unpriced_calls", "Calls whose price nobody knows.", rows(lambda one: one.unpriced_calls), BY_MODEL
    )
    yield from counter(
        "ai_unmetered_calls", "Calls whose use nobody knows.", rows(lambda one: one.unmetered_calls), BY_MODEL
    )
    yield from counter("ai_failed_calls", "Calls that failed.", rows(lambda one: one.failed_calls), BY_MODEL)


def _model_of(one: Sums, models: Names) -> tuple[str, str]:
    provider, model = one.key["provider"], one.key["model"] or "unknown"
    return (provider, model) if models.of(f"{provider}/{model}") != OTHER else (OTHER, OTHER)


def _of_budgets(budgets: Sequence[Standing]) -> Iterator[Metric]:
    limits: list[Row] = [
        ((one.budget.id, kind), limit)
        for one in budgets
        for kind, limit in (("soft", one.budget.soft), ("hard", one.budget.hard))
    ]
    yield from gauge(
        "budget_spent_dollars",
        "What has been spent of a budget in its period, in US dollars.",
        [((one.budget.id,), one.spent) for one in budgets],
        ("budget",),
    )
    yield from gauge("budget_limit_dollars", "What a budget allows, in US dollars.", limits, ("budget", "limit"))


def _by_one(counts: Iterable[tuple[str, float]]) -> list[Row]:
    return [((name,), count) for name, count in counts]
