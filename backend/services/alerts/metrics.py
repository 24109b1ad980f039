"""Metrics as rules name them, and how amounts of them are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from backend.services.alerts.model import EACH, Unit
from backend.services.definitions import values
from backend.services.definitions.values import WrongValue
from backend.services.system.history.series import series_of

FORMS = (
    *("cpu", "memory", "swap", "disk", "net_in", "net_out", "disk_read", "disk_write", "gpu", "gpu_memory"),
    *("disk:<name>", "net:<name>:in", "gpu:0", "gpu:0:memory", "gpu:0:temperature", "gpu:0:power"),
    *("temperature:<name>", "service:<id>:cpu", "service:<id>:memory"),
)
OF_SERVICE = ("cpu", "memory")
HINTS: Mapping[Unit, str] = {
    "percent": "Write percent: 95%",
    "celsius": "Write degrees: 85",
    "watt": "Write watts: 300",
    "count": "Write a number",
    "bytes": values.SIZE_HINT,
    "bytes_per_second": "Write bytes in a second, or a size: 10MB/s",
}
_SIGNS: Mapping[Unit, tuple[str, ...]] = {
    "percent": ("", "%"),
    "celsius": ("", "C", "°C", "°"),
    "watt": ("", "W"),
    "count": ("",),
}
_NUMBER = re.compile(r"(-?\d{1,15}(?:\.\d+)?)\s?(.*)")
_SERVICE = re.compile(r"service:([^:]+):\w+")
_OF_CORES = re.compile(r"(service|run):.+:cpu")  # 100 % for each that is busy


def unit_of(metric: str) -> Unit | None:
    """None where nothing is called so. `*` stands for any name or number."""
    series = series_of(metric.replace(EACH, "0"))
    return None if series is None else series.unit


def is_share(metric: str) -> bool:
    """Whether it is a part of a whole, from 0 to 100 %."""
    return unit_of(metric) == "percent" and _OF_CORES.fullmatch(metric) is None


def amount_of(unit: Unit) -> Callable[[str], float]:
    """Reads an amount in that unit. It raises `WrongValue`."""

    def parse(text: str) -> float:
        if unit in {"bytes", "bytes_per_second"}:
            return float(values.size(text.removesuffix("/s").rstrip() if unit == "bytes_per_second" else text))
        found = _NUMBER.fullmatch(text)
        if found is None or found[2] not in _SIGNS[unit]:
            raise WrongValue(f"`{text[:60]}` is no amount of this metric", HINTS[unit])
        return float(found[1])

    return parse


def service_of(metric: str) -> str | None:
    """Whose figure it is, where that is a service's."""
    found = _SERVICE.fullmatch(metric)
    return None if found is None else found[1]


def names_like(metric: str) -> re.Pattern[str]:
    """The names that a metric with `*` in it stands for."""
    return re.compile(".+".join(re.escape(part) for part in metric.split(EACH)))
