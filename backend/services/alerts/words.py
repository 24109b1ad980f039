"""What rules and alerts say to people."""

from __future__ import annotations

from backend.services.alerts.model import EACH, BudgetAt, Condition, LogSays, Silent, StateIs, Threshold, Unit

_SIZES = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "KB"))
_TIMES = ((86_400, "d"), (3600, "h"), (60, "min"))
_LONGEST_PATTERN = 60  # characters that are repeated


def amount(value: float, unit: Unit | None) -> str:
    """`93.1 %`, `8.2 GB`, `12 min`."""
    match unit:
        case "bytes" | "bytes_per_second":
            return _size(value) + ("/s" if unit == "bytes_per_second" else "")
        case "seconds":
            return duration(value)
        case "dollars":
            return f"${value:.2f}"
        case _:
            sign = {"percent": " %", "celsius": " °C", "watt": " W"}.get(unit or "", "")
            return f"{value:.4g}{sign}" if abs(value) < 10_000 else f"{value:.0f}{sign}"


def _size(value: float) -> str:
    for factor, name in _SIZES:
        if abs(value) >= factor:
            return f"{value / factor:.3g} {name}"
    return f"{value:.0f} B"


def duration(seconds: float) -> str:
    for factor, name in _TIMES:
        if seconds >= factor:
            return f"{seconds / factor:.3g} {name}"
    return f"{seconds:.3g} s"


def in_words(condition: Condition) -> str:
    """`disk above 95 %`"""
    match condition:
        case Threshold():
            side, bound = ("above", condition.above) if condition.above is not None else ("below", condition.below)
            assert bound is not None
            until = "" if condition.clear == bound else f" until {amount(condition.clear, condition.unit)}"
            return f"{condition.metric} {side} {amount(bound, condition.unit)}{until}"
        case StateIs():
            return f"{_whose(condition.service)} {' or '.join(condition.states)}"
        case LogSays():
            times = "" if condition.count == 1 else f" {condition.count} times"
            pattern = condition.pattern[:_LONGEST_PATTERN]
            return f"{_whose(condition.service)} writes `{pattern}`{times} within {duration(condition.within)}"
        case BudgetAt():
            spent = f"{condition.percent:g} %" if condition.percent is not None else f"${condition.dollars:.2f}"
            return f"{'each budget' if condition.budget == EACH else f'budget {condition.budget}'} spent to {spent}"
        case Silent():
            return f"{_whose(condition.service)} silent for {duration(condition.seconds)}"


def _whose(service: str) -> str:
    return "each service" if service == EACH else service


def unit_of_condition(condition: Condition) -> Unit | None:
    match condition:
        case Threshold():
            return condition.unit
        case LogSays():
            return "count"
        case BudgetAt():
            return "percent" if condition.percent is not None else "dollars"
        case Silent():
            return "seconds"
        case StateIs():
            return None
