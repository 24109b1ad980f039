"""The `alerts` section of the configuration: rules, and windows of maintenance.

alerts:
  rules:
    low-disk: {metric: disk, above: 95%, severity: critical}
  maintenance:
    - {name: backup, days: [sat, sun], from: 02:00, to: 04:00}
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

from yaml.nodes import MappingNode, ScalarNode

from backend.services.alerts.conditions import CONDITIONS, KEYS
from backend.services.alerts.model import SEVERITIES, Condition, Kind, Rule, Section, Severity, Window
from backend.services.alerts.windows import read_window
from backend.services.alerts.words import in_words
from backend.services.definitions import readers
from backend.services.definitions.faults import listed, nearest
from backend.services.definitions.place import Fields, Place, Reader
from backend.services.definitions.service import is_id

PARTS = ("rules", "maintenance")
COMMON = ("for", "severity", "resend")
LEAST_RESEND = 10.0  # seconds
MOST_RULES = 500

_MEANT: dict[str, Severity] = {
    **dict.fromkeys(("warn", "medium", "minor"), "warning"),
    **dict.fromkeys(("error", "high", "fatal", "crit", "major"), "critical"),
    **dict.fromkeys(("low", "notice", "information"), "info"),
}  # fmt: skip
_severity: Reader[Severity] = readers.choice(SEVERITIES, _MEANT)
_windows: Reader[tuple[Window, ...]] = readers.list_of(read_window, "[{name: backup, from: 02:00, to: 04:00}]")


def section(place: Place) -> Section:
    fields = place.fields(None)
    if fields is None:
        return Section()
    for name in fields:
        if name not in PARTS:
            _stray(name, fields)
    rules = fields.get("rules", _rules, {})
    windows = fields.get("maintenance", _windows, ())
    _check_windows(windows, fields)
    return Section(rules, windows)


def _stray(name: str, fields: Fields) -> None:
    key, value = fields.key(name), fields.at(name)
    if value is not None and _kinds(value.node):
        key.error(f"the rule `{name}` stands beside `rules:`, not in it", "Write `rules:` above it and indent it")
        return
    meant = nearest(name, PARTS)
    key.error(f"`{name}` is not a key of alerts", f"Did you mean `{meant}`?" if meant else f"There is {listed(PARTS)}")


def _kinds(node: object) -> list[Kind]:
    """The conditions that a mapping names."""
    pairs = node.value if isinstance(node, MappingNode) else ()
    keys = {key.value for key, _ in pairs if isinstance(key, ScalarNode)}
    return [kind for kind in CONDITIONS if kind in keys]


def _rules(place: Place) -> dict[str, Rule] | None:
    fields = place.fields(None)
    if fields is None:
        return None
    names = [name for name in fields if is_id(fields.key(name))]
    if len(names) > MOST_RULES:
        place.error(f"these are {len(names)} rules", f"Keep {MOST_RULES} at most; one with service: '*' is for each")
        return None
    found = {name: _rule(name, fields) for name in names}
    return {name: one for name, one in found.items() if one is not None}


def _rule(name: str, above: Fields) -> Rule | None:
    place = above.at(name)
    if place is None:
        above.key(name).error(f"the rule `{name}` has no condition", "Write {metric: disk, above: 95%}, for example")
        return None
    if not isinstance(place.node, MappingNode):
        place.error(f"a rule is a mapping, not {place.kind}", "Write {metric: disk, above: 95%}, for example")
        return None
    kinds = _kinds(place.node)
    if len(kinds) != 1:
        _not_one(kinds, place, place.node)
        return None
    fields = place.fields((*KEYS[kinds[0]], *COMMON))
    condition: Condition | None = None if fields is None else CONDITIONS[kinds[0]](fields)
    if fields is None or condition is None:
        return None
    return Rule(
        name=name,
        condition=condition,
        severity=fields.get("severity", _severity, "warning"),
        hold=fields.get("for", readers.duration, 0.0),
        resend=fields.get("resend", _resend, None),
        words=in_words(condition),
    )


def _not_one(kinds: list[Kind], place: Place, node: MappingNode) -> None:
    """What is mistyped is told as that: it is probably the condition."""
    known = {*chain.from_iterable(KEYS.values()), *COMMON}
    if kinds:
        place.error(f"a rule has one condition, here are {listed(kinds)}", f"Keep one of {listed(CONDITIONS)}")
    elif {key.value for key, _ in node.value if isinstance(key, ScalarNode)} <= known:
        place.error("the condition is missing", f"Write one of {listed(CONDITIONS)}")
    else:
        place.fields(known)


def _resend(place: Place) -> float | None:
    seconds = readers.some_time(place)
    if seconds is not None and seconds < LEAST_RESEND:
        place.error(f"{place.kind} is too often to be told the same", "Write 10s or more, or leave it out: told once")
        return None
    return seconds


def _check_windows(windows: Collection[Window], fields: Fields) -> None:
    """Those that name rules which are not there would be open for nothing."""
    place, rules = fields.at("maintenance"), fields.at("rules")
    known = (
        [] if rules is None or not isinstance(rules.node, MappingNode) else [key.value for key, _ in rules.node.value]
    )
    named = dict.fromkeys(rule for window in windows for rule in window.rules)
    for name in (one for one in named if one not in known):
        meant = nearest(name, known)
        hint = f"Did you mean `{meant}`?" if meant else f"There is: {', '.join(known) or 'no rule yet'}"
        if place is not None:
            place.error(f"there is no rule `{name}`", hint)
