"""The keys `schedule` and `triggers` of a module's definition, from their words to `Plan`s."""

from __future__ import annotations

import glob
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from yaml.nodes import MappingNode, ScalarNode

from backend.services.definitions import readers
from backend.services.definitions.paths import path_text, resolve
from backend.services.definitions.place import Fields, Place
from backend.services.modules import rules
from backend.services.modules.asked import given_value
from backend.services.modules.model import Module
from backend.services.modules.parameters import check
from backend.services.modules.rules import MISSED, After, Cron, Every, Files, Missed, Plan, Rule, Slot, WrongRule

T = TypeVar("T")

SCHEDULE_KEYS = ("cron", "every", "zone", "missed", "jitter", "overlap", "parameters")
TRIGGER_KEYS = ("after", "files", "settle", "overlap", "parameters")
_MEANT = {
    **dict.fromkeys(("timezone", "time_zone", "tz"), "zone"),
    **dict.fromkeys(("interval", "period"), "every"),
    **dict.fromkeys(("catch_up", "catchup", "misfire"), "missed"),
    **dict.fromkeys(("crontab", "at"), "cron"),
    **dict.fromkeys(("params", "arguments"), "parameters"),
}

_MEANT_MISSED: dict[str, Missed] = {
    **dict.fromkeys(("none", "never", "ignore"), "skip"),
    **dict.fromkeys(("run", "all", "latest"), "once"),
}

_missed = readers.choice(MISSED, _MEANT_MISSED)


def plans(fields: Fields, module: Module) -> Mapping[Slot, Plan]:
    """What the definition of `module` says of when it is run by itself; faults are told at their places."""
    found: dict[Slot, Plan] = {}
    if (place := fields.at("schedule")) is not None and (plan := _schedule(place, module)) is not None:
        found["schedule"] = plan
    if (place := fields.at("triggers")) is not None:
        found.update(_triggers(place, module))
    return found


def _schedule(place: Place, module: Module) -> Plan | None:
    """`"0 6 * * *"`, or a mapping."""
    if isinstance(place.node, ScalarNode):
        text = readers.one_line(place)
        rule = None if text is None else _made(place, lambda: rules.cron(text))
        return None if rule is None else Plan(rule, parameters=_parameters(None, place, module))
    if (fields := place.fields(SCHEDULE_KEYS, _MEANT)) is None:
        return None
    clock = _clock(fields)
    if clock is None:
        return None
    jitter = fields.get("jitter", readers.duration, 0.0)
    _made(fields.at("jitter") or place, lambda: rules.jitter_fits(jitter, clock))
    plan = Plan(clock, fields.get("missed", _missed, "skip"), jitter, fields.get("overlap", readers.boolean, False))
    return replace(plan, parameters=_parameters(fields, fields.place, module))


def _clock(fields: Fields) -> Cron | Every | None:
    place, cron, every = fields.place, fields.at("cron"), fields.at("every")
    if (cron is None) == (every is None):
        place.error("a schedule has `cron` or `every`", 'Write cron: "0 6 * * *", or every: 15m')
        return None
    if every is not None:
        if (zone := fields.at("zone")) is not None:
            zone.error("an interval has no time zone", "Leave it out, or write cron")
        seconds = readers.some_time(every)
        return None if seconds is None else _made(every, lambda: rules.every(seconds))
    assert cron is not None
    text, name = readers.one_line(cron), fields.get("zone", readers.one_line, None)
    rule = None if text is None else _made(cron, lambda: rules.cron(text))
    if rule is None or name is None:
        return rule
    return _made(fields.at("zone") or cron, lambda: rules.cron(rule.expression, name))


def _triggers(place: Place, module: Module) -> Mapping[Slot, Plan]:
    if (fields := place.fields(TRIGGER_KEYS, _MEANT)) is None:
        return {}
    found: dict[Slot, Rule] = {}
    if (after := fields.get("after", _names, ())) and _is_other(fields, after, module):
        found["after"] = After(after)
    settle = fields.get("settle", readers.duration, rules.SETTLE)
    if patterns := fields.get("files", _patterns, ()):
        found["files"] = Files(patterns, settle)
    if "after" not in fields and "files" not in fields:
        place.error("nothing triggers it", 'Write after: other-module, or files: ["inbox/*.csv"]')
    overlap, parameters = fields.get("overlap", readers.boolean, False), _parameters(fields, fields.place, module)
    return {slot: Plan(rule, overlap=overlap, parameters=parameters) for slot, rule in found.items()}


def _is_other(fields: Fields, after: tuple[str, ...], module: Module) -> bool:
    if module.id not in after:
        return True
    (fields.at("after") or fields.place).error(
        f"`{module.id}` would run after itself for ever", "Name another module, or write schedule: {every: 10m}"
    )
    return False


def _pattern(place: Place) -> str | None:
    """Below our folder, whose own name may hold what means something in a pattern."""
    value = path_text(place)
    return str(resolve(value, Path(glob.escape(str(place.reading.around.folder))))) if value else None


_patterns = readers.one_or_more(_pattern, '["inbox/*.csv"]')
_names = readers.one_or_more(readers.one_line, "[collect]")


def _parameters(fields: Fields | None, around: Place, module: Module) -> Mapping[str, Any]:
    """As somebody would fill them in; all that is wrong with them is told, also that one is missing."""
    place = None if fields is None else fields.at("parameters")
    given = None if place is None or not isinstance(place.node, MappingNode) else place.fields(None)
    if place is not None and given is None:
        place.error(f"parameters are a mapping, not {place.kind}", "Write {name: value}")
    values: dict[str, Any] = {}
    for name in given or ():
        if given is not None and (item := given.at(name)) is not None:
            known = module.parameter(name)
            values[name] = item.scalar("a value") if known is None else given_value(known, item)
    for fault in check(module, values).faults:
        own = None if given is None else given.at(fault.name)
        what = f"the parameter `{fault.name}`" if fault.name else "parameters"
        missing = f"Give it there: parameters: {{{fault.name}: …}}" if own is None else ""
        (own or place or around).error(f"{what}: {fault.message}", missing or "Correct it, or leave it out")
    return values


def _made(place: Place, make: Callable[[], T]) -> T | None:
    try:
        return make()
    except WrongRule as wrong:
        place.error(str(wrong), wrong.hint)
        return None
