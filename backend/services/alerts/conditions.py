"""Reads the condition of a rule: of each kind its keys, and what is made of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import get_args

from backend.services.alerts.metrics import FORMS, OF_SERVICE, amount_of, is_share, service_of, unit_of
from backend.services.alerts.model import (
    EACH,
    BudgetAt,
    Condition,
    Kind,
    LogSays,
    Seen,
    Silent,
    StateIs,
    Threshold,
    Unit,
)
from backend.services.alerts.patterns import LONGEST, Pattern, WrongPattern
from backend.services.definitions import readers
from backend.services.definitions.faults import listed, nearest
from backend.services.definitions.place import Fields, Noun, Place, Reader
from backend.services.definitions.service import ID

KEYS: Mapping[Kind, tuple[str, ...]] = {
    "metric": ("metric", "above", "below", "clear", "service"),
    "state": ("state", "service"),
    "log": ("log", "service", "within", "count"),
    "budget": ("budget", "at"),
    "silence": ("silence", "service"),
}
MOST_COUNTED = 1000  # lines
LEAST_WITHIN = 2.0  # seconds: logs are looked at every half
LONGEST_WITHIN = 86_400.0  # seconds
LEAST_SILENCE = 1.0  # seconds
WHOLE = 100.0  # percent

_MEANT_STATES: dict[str, Seen] = {
    **dict.fromkeys(("crash", "dead", "died", "killed"), "crashed"),
    **dict.fromkeys(("error", "fatal", "broken"), "failed"),
    **dict.fromkeys(("sick", "unwell", "not healthy"), "unhealthy"),
    **dict.fromkeys(("restarting", "retrying"), "backoff"),
    **dict.fromkeys(("down", "off"), "stopped"),
}  # fmt: skip
_SEEN: tuple[Seen, ...] = get_args(Seen)
_states: Reader[tuple[Seen, ...]] = readers.one_or_more(
    readers.choice(_SEEN, _MEANT_STATES),
    "[failed, backoff]",
    none=("these are no states: it would never fire", "Write [failed, backoff], for example"),
)
_count = readers.integer(1, MOST_COUNTED, f"a number of lines from 1 to {MOST_COUNTED}")
_AT = re.compile(r"\$?(\d{1,9}(?:\.\d{1,6})?)(%?)")


def _service(fields: Fields, what: str) -> str | None:
    """Whose; None with a fault where nothing usable is said."""
    if fields.lacks("service"):
        fields.place.error("`service` is missing", f"Write the id of the service {what}, or '*' for each")
    return fields.get("service", _service_id, None)


def _id_or_each(noun: Noun, section: str) -> Reader[str]:
    def read(place: Place) -> str | None:
        value = readers.one_line(place)
        if value is None or value == EACH:
            return value
        if not ID.fullmatch(value):
            hint = f"Write one of those below `{section}:`, or '*' for each"
            place.error(f"{place.kind} cannot be the id of a {noun}", hint)
            return None
        place.refers_to(noun, value)
        return value

    return read


_service_id = _id_or_each("service", "services")
_budget_id = _id_or_each("budget", "budgets")


# Metrics


def _threshold(fields: Fields) -> Condition | None:
    metric = fields.get("metric", readers.one_line, None)
    whole = None if metric is None else _of_service(metric, fields)
    unit = None if whole is None else unit_of(whole)
    if metric is None or whole is None:
        return None
    if unit is None:
        meant = nearest(metric, FORMS)
        hint = f"Did you mean `{meant}`?" if meant else f"There is {listed(FORMS)}"
        fields.key("metric").error(f"there is no metric `{metric[:100]}`", hint)
        return None
    service = service_of(metric)
    if service is not None and EACH not in service and (place := fields.at("metric")) is not None:
        place.refers_to("service", service)
    return _bounds(fields, whole, unit)


def _of_service(metric: str, fields: Fields) -> str | None:
    """`{metric: memory, service: comfyui}` is `service:comfyui:memory`."""
    if "service" not in fields:
        return metric
    if metric not in OF_SERVICE:
        fields.key("metric").error(f"services have no metric `{metric[:100]}`", f"There is {listed(OF_SERVICE)}")
        return None
    service = fields.get("service", _service_id, None)
    return None if service is None else f"service:{service}:{metric}"


def _bounds(fields: Fields, metric: str, unit: Unit) -> Condition | None:
    given = [name for name in ("above", "below") if name in fields]
    if len(given) != 1:
        message = "this is above and below at once" if given else "`above` or `below` is missing"
        if given or (fields.lacks("above") and fields.lacks("below")):
            fields.place.error(message, "Write one of them: above: 90%")
        return None
    bound = fields.get(given[0], _amount(metric, unit, given[0]), None)
    if bound is None:
        return None
    clear, above = fields.get("clear", _amount(metric, unit, "clear"), bound), given[0] == "above"
    if (clear > bound) if above else (clear < bound):
        fields.key("clear").error(
            f"clear is {'more' if above else 'less'} than {given[0]}",
            f"Make it {'less' if above else 'more'}: the alert goes on until the value has come back so far",
        )
        return None
    return Threshold(metric, unit, bound if above else None, None if above else bound, clear)


def _amount(metric: str, unit: Unit, key: str) -> Reader[float]:
    amount = readers.quantity(amount_of(unit), "an amount")
    never = {"above": WHOLE, "below": 0.0}.get(key)

    def read_share(place: Place) -> float | None:
        value = amount(place)
        if value is not None and (not 0 <= value <= WHOLE or value == never):
            hint = "Write a share such as 95%"
            service = "; the cpu of a service may be more: add `service`" if metric == "cpu" else ""
            place.error(f"{key} {place.kind} says nothing of `{metric}`, which is from 0 to 100 %", hint + service)
            return None
        return value

    return read_share if is_share(metric) else amount


# The others


def _state(fields: Fields) -> Condition | None:
    states = fields.get("state", _states, None)
    service = _service(fields, "that is so")
    return StateIs(service, states) if states and service else None


def _log(fields: Fields) -> Condition | None:
    pattern = fields.get("log", _pattern, None)
    service = _service(fields, "whose log it is")
    if pattern is None or service is None:
        return None
    return LogSays(
        pattern=pattern,
        service=service,
        within=fields.get("within", _within, 300.0),
        count=fields.get("count", _count, 1),
    )


def _pattern(place: Place) -> str | None:
    value = place.scalar("a regular expression")
    if value is None:
        return None
    if len(value) > LONGEST:
        place.error(f"this has {len(value)} characters", f"Write {LONGEST} at most, or make several rules of it")
        return None
    try:
        empty = Pattern(value).lines(b"", 1)
    except WrongPattern as wrong:
        hint = r"Put it in single quotes and write \ before characters that mean themselves; (?=…) and \1 are not known"
        place.error(f"this is not a regular expression: {wrong}", hint)
        return None
    if empty:
        place.error("every line matches this", "Write what the line must hold")
        return None
    return value


def _within(place: Place) -> float | None:
    seconds = readers.some_time(place)
    if seconds is not None and seconds < LEAST_WITHIN:
        place.error(f"{place.kind} is too short to look back", "Write 2s or more, such as 5m")
        return None
    if seconds is not None and seconds > LONGEST_WITHIN:
        place.error(f"{place.kind} is too long to look back", "Write a day at most: 1d")
        return None
    return seconds


def _budget(fields: Fields) -> Condition | None:
    budget = fields.get("budget", _budget_id, None)
    if fields.lacks("at"):
        fields.place.error("`at` is missing", "Write how much is spent then: at: 80%, or at: $4")
    at = fields.get("at", _spent, None)
    return None if budget is None or at is None else BudgetAt(budget, *at)


def _spent(place: Place) -> tuple[float | None, float | None] | None:
    value = place.scalar("how much is spent")
    found = None if value is None else _AT.fullmatch(value)
    if value is None:
        return None
    if found is None or float(found[1]) == 0 or (found[2] and value.startswith("$")):
        place.error(f"{place.kind} is not how much is spent", "Write a share of the budget, 80%, or US dollars, $4")
        return None
    return (float(found[1]), None) if found[2] else (None, float(found[1]))


def _silence(fields: Fields) -> Condition | None:
    seconds = fields.get("silence", _long_enough, None)
    service = _service(fields, "that is silent")
    return Silent(service, seconds) if seconds and service else None


def _long_enough(place: Place) -> float | None:
    seconds = readers.some_time(place)
    if seconds is not None and seconds < LEAST_SILENCE:
        place.error(f"{place.kind} is no silence yet", "Write 1s or more, such as 10m")
        return None
    return seconds


CONDITIONS: Mapping[Kind, Callable[[Fields], Condition | None]] = {
    "metric": _threshold,
    "state": _state,
    "log": _log,
    "budget": _budget,
    "silence": _silence,
}
