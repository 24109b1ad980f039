"""Charts as JSON: their many points are put into text directly, not object by object."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from backend.services.system.history.charts import Chart


def encoded(chart: Chart) -> str:
    """As `ChartView` describes it."""
    head = {
        "metric": chart.series.metric,
        "unit": chart.series.unit,
        "step": chart.grid.step,
        "from": _time(chart.grid.begin),
        "to": _time(chart.grid.end),
    }
    points = ",".join(
        f'{{"at":"{_time(at)}","min":{_figure(least)},"avg":{_figure(avg)},"max":{_figure(most)}}}'
        for at, least, avg, most, _ in chart.points
    )
    return f'{json.dumps(head, separators=(",", ":"))[:-1]},"points":[{points}]}}'


def all_encoded(charts: Iterable[Chart]) -> str:
    """As `ChartList` describes it."""
    return f'{{"series":[{",".join(map(encoded, charts))}]}}'


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def _figure(value: float) -> str:
    """Two decimals, which is more than was measured."""
    return repr(round(value, 2))
