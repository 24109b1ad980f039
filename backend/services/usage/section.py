"""The `usage` section of the configuration: providers, prices of your own, budgets.

usage:
  providers: {openai: {base_url: https://api.openai.com/v1, ask_usage: true}}
  prices: {ollama/*: {input: 0, output: 0}}
  budgets: {daily: {per: day, soft: 4, hard: 5}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from yaml.nodes import SequenceNode

from backend.services.definitions import readers
from backend.services.definitions.place import Fields, Place, Reader
from backend.services.definitions.references import id_of
from backend.services.definitions.service import is_id
from backend.services.usage.model import DIALECTS, PERIODS, Budget, Dialect, OwnPrice, Period, Provider

MOST_DOLLARS = 1_000_000.0
_AMOUNT = re.compile(r"\$?(\d{1,9}(?:\.\d{1,9})?)")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

KNOWN = {
    "openai": Provider(
        "openai",
        "https://api.openai.com/v1",
        "openai",
        variables=("OPENAI_BASE_URL", "OPENAI_API_BASE", "OPENAI_API_BASE_URL"),
    ),
    "anthropic": Provider(
        "anthropic", "https://api.anthropic.com", "anthropic", variables=("ANTHROPIC_BASE_URL",)
    ),
    "ollama": Provider(
        "ollama",
        "http://127.0.0.1:11434",
        "ollama",
        variables=("OLLAMA_HOST", "OLLAMA_BASE_URL", "OLLAMA_API_BASE"),
    ),
}  # fmt: skip
"""Those that are there without being declared."""


@dataclass(frozen=True, slots=True)
class Section:
    """`prices` are by `provider/model` or `model`, with `*` for any text, each the newest first."""

    providers: Mapping[str, Provider] = field(default_factory=lambda: KNOWN)
    prices: Mapping[str, tuple[OwnPrice, ...]] = field(default_factory=dict)
    budgets: tuple[Budget, ...] = ()


def section(place: Place) -> Section:
    fields = place.fields(("providers", "prices", "budgets"))
    if fields is None:
        return Section()
    providers = fields.get("providers", _providers, {})
    budgets = fields.get("budgets", _budgets, ())
    place.reading.declared["budget"] = tuple(one.id for one in budgets)
    return Section({**KNOWN, **providers}, fields.get("prices", _prices, {}), budgets)


def _providers(place: Place) -> dict[str, Provider] | None:
    fields = place.fields(None)
    if fields is None:
        return None
    found = {name: _provider(name, fields) for name in fields if is_id(fields.key(name))}
    return {name: one for name, one in found.items() if one is not None}


_dialect: Reader[Dialect] = readers.choice(DIALECTS)


def _provider(name: str, above: Fields) -> Provider | None:
    known, place = KNOWN.get(name), above.at(name)
    if place is None:
        above.key(name).error(f"the provider `{name}` has no settings", "Write base_url: https://… below it")
        return None
    fields = place.fields(("base_url", "api", "ask_usage", "env"))
    if fields is None:
        return None
    if known is None and "base_url" not in fields:
        place.error("`base_url` is missing", "Write what its clients call so, e.g. https://api.example.com/v1")
        return None
    plain = known or Provider(name, "", "openai", variables=(f"{name.upper().replace('-', '_')}_BASE_URL",))
    return Provider(
        id=name,
        base_url=fields.get("base_url", _base_url, plain.base_url),
        dialect=fields.get("api", _dialect, plain.dialect),
        ask_usage=fields.get("ask_usage", readers.boolean, False),
        variables=fields.get("env", _variables, plain.variables),
    )


def _base_url(place: Place) -> str | None:
    value = readers.url(place)
    if value is None:
        return None
    if "@" in value or "?" in value or "#" in value:
        place.error("a base_url has no password, query or fragment", "Write no more than https://host/path")
        return None
    return value.rstrip("/")


def _variable(place: Place) -> str | None:
    value = readers.one_line(place)
    if value is not None and not _VARIABLE.fullmatch(value):
        place.error(f"{place.kind} cannot be the name of a variable", "Use letters, digits and _")
        return None
    return value


_variables = readers.list_of(_variable, "[OPENAI_BASE_URL]")


def _prices(place: Place) -> dict[str, tuple[OwnPrice, ...]] | None:
    fields = place.fields(None)
    if fields is None:
        return None
    return {name: fields.get(name, _rows, ()) for name in fields}


def _rows(place: Place) -> tuple[OwnPrice, ...] | None:
    listed = readers.list_of(_row, "[{input: 3, output: 15}]")
    rows = listed(place) if isinstance(place.node, SequenceNode) else _one(_row(place))
    return None if rows is None else tuple(sorted(rows, key=lambda row: row.since or date.min, reverse=True))


def _one(row: OwnPrice | None) -> tuple[OwnPrice, ...] | None:
    return None if row is None else (row,)


def _row(place: Place) -> OwnPrice | None:
    fields = place.fields(("input", "output", "cache_read", "cache_write", "since"))
    if fields is None:
        return None
    missing = [name for name in ("input", "output") if name not in fields]
    if missing:
        place.error(f"`{missing[0]}` is missing", "Write US dollars for a million tokens: {input: 3, output: 15}")
        return None
    return OwnPrice(
        input=fields.get("input", dollars, 0.0),
        output=fields.get("output", dollars, 0.0),
        cache_read=fields.get("cache_read", dollars, None),
        cache_write=fields.get("cache_write", dollars, None),
        since=fields.get("since", _day, None),
    )


def dollars(place: Place) -> float | None:
    value = place.scalar("US dollars")
    if value is None:
        return None
    found = _AMOUNT.fullmatch(value)
    if found is None or float(found[1]) > MOST_DOLLARS:
        place.error(f"{place.kind} is not an amount of US dollars", "Write a number such as 2.50")
        return None
    return float(found[1])


def _day(place: Place) -> date | None:
    value = place.scalar("a day")
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        place.error(f"{place.kind} is not a day", "Write it as 2026-01-31")
        return None


_MEANT_PERIODS: dict[str, Period] = {"daily": "day", "monthly": "month"}
_period = readers.choice(PERIODS, _MEANT_PERIODS)


def _budgets(place: Place) -> tuple[Budget, ...] | None:
    fields = place.fields(None)
    if fields is None:
        return None
    found = (fields.get(name, _budget(name), None) for name in fields if is_id(fields.key(name)))
    return tuple(one for one in found if one is not None)


def _budget(name: str) -> Reader[Budget]:
    def read(place: Place) -> Budget | None:
        fields = place.fields(("per", "soft", "hard", "service", "provider", "model"))
        if fields is None:
            return None
        if "per" not in fields:
            place.error("`per` is missing", "Write per: day or per: month")
        if "soft" not in fields and "hard" not in fields:
            place.error("this budget has no amount", "Write soft: 4 (it is told), hard: 5 (calls are refused), or both")
        budget = Budget(
            id=name,
            per=fields.get("per", _period, "day"),
            soft=fields.get("soft", dollars, None),
            hard=fields.get("hard", dollars, None),
            service=fields.get("service", id_of("service"), None),
            provider=fields.get("provider", readers.one_line, None),
            model=fields.get("model", readers.one_line, None),
        )
        if budget.soft is not None and budget.hard is not None and budget.soft > budget.hard:
            place.error("soft is more than hard", "Make it less: it is told before calls are refused")
        return budget

    return read
