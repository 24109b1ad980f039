"""How a family of series is written: its name by the conventions of Prometheus, its help, and a row for each series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

PREFIX = "control_center_"

Row = tuple[tuple[str, ...], float | None]
"""The values of its labels, and its own; None where nobody tells it."""


def gauge(name: str, says: str, rows: Iterable[Row], labels: tuple[str, ...] = ()) -> Iterator[Metric]:
    """No family where no row has a value: what is not there is absent, not zero."""
    family = GaugeMetricFamily(PREFIX + name, says, labels=labels)
    yield from _filled(family, rows)


def counter(name: str, says: str, rows: Iterable[Row], labels: tuple[str, ...] = ()) -> Iterator[Metric]:
    """`name` without its `_total`."""
    family = CounterMetricFamily(PREFIX + name, says, labels=labels)
    yield from _filled(family, rows)


def only(value: float | None) -> list[Row]:
    return [((), value)]


def share(percent: float | None) -> float | None:
    """0 to 1, which is how Prometheus counts shares."""
    return None if percent is None else percent / 100


def _filled(family: GaugeMetricFamily | CounterMetricFamily, rows: Iterable[Row]) -> Iterator[Metric]:
    for labels, value in rows:
        if value is not None:
            family.add_metric(labels, value)
    if family.samples:
        yield family
