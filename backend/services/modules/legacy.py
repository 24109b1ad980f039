"""An older list of modules, `modules.json`, taken over as it is.

What it means is kept: `script_path` is run by Python in its own folder, each parameter is passed as `--name value` with
`True` and `False` for checkboxes, patterns match from the start only, and keys that mean nothing here are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from backend.services.definitions.paths import is_file, resolve
from backend.services.definitions.place import Fields, Place
from backend.services.modules.asked import check_conditions
from backend.services.modules.model import KINDS, STATUSES, Condition, Kind, Module, Parameter, Validation
from backend.services.modules.parameters import Wrong, check_value

T = TypeVar("T")

_MEANS_NUMBER = re.compile(r"-?\d")


def read_legacy(place: Place, *, module_id: str, file: Path) -> Module | None:
    """One item of the list. `place` is read against the folder that `script_path` counts from."""
    fields = place.fields(None)
    if fields is None:
        return None
    script = _need(fields, "script_path", _text)
    if script is None:
        return None
    path = resolve(script.replace("\\", "/"), place.reading.around.folder)
    if not is_file(path):
        where = fields.at("script_path") or place
        where.warning(f"the script `{script}` is not there", f"Put it there, or correct the path; it is {path}")
    return Module(
        id=module_id,
        name=_need(fields, "name", _text) or module_id,
        origin="import",
        file=file,
        script=path,
        cwd=path.parent,
        description=fields.get("description", _text, ""),
        category=fields.get("category", _text, ""),
        version=fields.get("version", _text, "1.0.0"),
        tags=fields.get("tags", _texts, ()),
        status=fields.get("status", _one_of(STATUSES), "active"),
        enabled=fields.get("enabled", _boolean, True),
        parameters=fields.get("parameters", _parameters, ()),
        words=True,
    )


def plain_value(place: Place) -> Any:
    """A value of JSON as Python has it."""
    node = place.node
    if isinstance(node, MappingNode):
        fields = place.fields(None)
        return {name: plain_value(part) for name in fields or () if fields and (part := fields.at(name))}
    if isinstance(node, SequenceNode):
        return [plain_value(item) for item in place.items("[]") or ()]
    if not place.plain:
        return place.raw
    if place.raw in ("true", "false"):
        return place.raw == "true"
    if not _MEANS_NUMBER.match(place.raw):
        return None
    return int(place.raw) if place.raw.lstrip("-").isdigit() and len(place.raw) < 100 else float(place.raw)


def _need(fields: Fields, name: str, read: Callable[[Place], T | None]) -> T | None:
    if name not in fields:
        fields.place.error(f"`{name}` is missing", "Every module of this list has it")
    return fields.get(name, read, None)


def _text(place: Place) -> str | None:
    if not isinstance(place.node, ScalarNode) or place.plain:
        place.error(f"this must be text, not {place.kind}", "Put it in double quotes")
        return None
    return place.raw


def _texts(place: Place) -> tuple[str, ...] | None:
    items = place.items('["text"]')
    return None if items is None else tuple(text for item in items if (text := _text(item)) is not None)


def _boolean(place: Place) -> bool | None:
    value = plain_value(place)
    if not isinstance(value, bool):
        place.error(f"{place.kind} is neither true nor false", "Write true or false, without quotes")
        return None
    return value


def _number(place: Place) -> int | float | None:
    value = plain_value(place)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        place.error(f"{place.kind} is not a number", "Write a number, without quotes")
        return None
    return value


def _one_of(names: tuple[T, ...]) -> Callable[[Place], T | None]:
    def read(place: Place) -> T | None:
        found = next((name for name in names if name == place.raw), None)
        if found is None:
            place.error(f"{place.kind} is not known", f"There is: {', '.join(map(str, names))}")
        return found

    return read


def _parameters(place: Place) -> tuple[Parameter, ...] | None:
    found: dict[str, Parameter] = {}
    places: dict[str, Place] = {}
    for item in place.items('{"name": "url", "type": "text"}') or ():
        fields = item.fields(None)
        name = None if fields is None else _need(fields, "name", _text)
        if fields is not None and name is not None:
            found[name], places[name] = _parameter(name, fields), item
    check_conditions(list(found.values()), places, "warning")
    return tuple(found.values())


def _parameter(name: str, fields: Fields) -> Parameter:
    kind: Kind = fields.get("type", _one_of(KINDS), "text")
    options = fields.get("options", _options, ())
    parameter = Parameter(
        name=name,
        kind=kind,
        options=options,
        required=fields.get("required", _boolean, False),
        description=fields.get("description", _text, ""),
        label=fields.get("label", _text, None),
        placeholder=fields.get("placeholder", _text, None),
        warning=fields.get("warning", _text, None),
        min=fields.get("min", _number, None),
        max=fields.get("max", _number, None),
        step=fields.get("step", _number, None),
        condition=fields.get("conditional_display", _condition, None),
        validation=fields.get("validation", _validation, None),
        secret=kind == "password",
    )
    return _with_default(parameter, fields.at("default"))


def _options(place: Place) -> tuple[str | int | float, ...] | None:
    items = [plain_value(item) for item in place.items('["small", "large"]') or ()]
    return tuple(item for item in items if isinstance(item, (str, int, float)))


def _condition(place: Place) -> Condition | None:
    fields = place.fields(None)
    if fields is None:
        return None
    name, value = _need(fields, "field", _text), fields.at("value")
    return None if name is None else Condition(name, None if value is None else plain_value(value))


def _validation(place: Place) -> Validation | None:
    fields = place.fields(None)
    pattern = None if fields is None else fields.get("pattern", _text, None)
    if fields is None or pattern is None:
        return None
    try:
        rule = re.compile(pattern)
    except (re.error, OverflowError) as error:
        (fields.at("pattern") or place).error(f"this is not a regular expression: {error}", "Correct the pattern")
        return None
    return Validation(rule, fields.get("message", _text, ""), whole=False)


def _with_default(one: Parameter, place: Place | None) -> Parameter:
    """A default that the module's own rules refuse is left out: nobody was ever kept from running because of one."""
    if place is None:
        return one
    if isinstance(place.node, ScalarNode) and not place.raw:
        return replace(one, default="")  # no value, and what a form begins with
    value = plain_value(place)
    if one.kind in ("text", "password") and isinstance(value, (int, float)) and not isinstance(value, bool):
        value = place.raw
    try:
        return replace(one, default=check_value(one, value))
    except Wrong as wrong:
        place.warning(f"the default of `{one.name}` {wrong}", "Correct it; until then there is none")
        return one
