"""The parameters that a definition declares, from their keys to `Parameter`s: a list, or a mapping by name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isinf
from typing import Any

from yaml.nodes import MappingNode, SequenceNode

from backend.core.secrets import worth_hiding
from backend.services.definitions import readers
from backend.services.definitions.faults import Severity, listed, nearest
from backend.services.definitions.nodes import IMPLICIT
from backend.services.definitions.place import Fields, Place
from backend.services.modules.model import POSITIONAL, Condition, Kind, Parameter, Validation
from backend.services.modules.parameters import FORBIDDEN, MAX_PARAMETERS, NAME, Wrong, as_written, check_value

PARAMETER_KEYS = (
    *("name", "type", "default", "options", "required", "description", "label", "placeholder", "warning"),
    *("min", "max", "step", "multiple", "conditional_display", "validation", "secret", "argument", "env"),
)
ELSEWHERE = {
    **dict.fromkeys(("kind",), "type"),
    **dict.fromkeys(("choices", "enum", "values"), "options"),
    **dict.fromkeys(("help", "hint"), "description"),
    **dict.fromkeys(("title", "display_name"), "label"),
    **dict.fromkeys(("minimum", "ge"), "min"),
    **dict.fromkeys(("maximum", "le"), "max"),
    **dict.fromkeys(("pattern", "regex"), "validation"),
    **dict.fromkeys(("show_if", "when", "depends_on", "visible_if"), "conditional_display"),
    **dict.fromkeys(("flag", "option", "param"), "argument"),
    **dict.fromkeys(("variable", "envvar"), "env"),
}
_TYPES: dict[str, tuple[Kind, bool]] = {  # the kind, and whether its numbers are whole
    **dict.fromkeys(("text", "string", "str"), ("text", False)),
    **dict.fromkeys(("number", "float"), ("number", False)),
    **dict.fromkeys(("integer", "int"), ("number", True)),
    **dict.fromkeys(("select", "choice"), ("select", False)),
    **dict.fromkeys(("checkbox", "boolean", "bool"), ("checkbox", False)),
    **dict.fromkeys(("password", "secret"), ("password", False)),
}
_NAMED_TYPES = ("text", "number", "integer", "select", "checkbox", "password")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?")
_OPTION = re.compile(r"--?[^\s=/-][^\s=/]*")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def parameters(place: Place) -> tuple[Parameter, ...] | None:
    """In their order. What is wrong with one is told, and it is left out."""
    named = list(_named(place))
    if len(named) > MAX_PARAMETERS:
        place.error(f"{len(named)} parameters are more than a run takes", f"Declare at most {MAX_PARAMETERS}")
    found: dict[str, Parameter] = {}
    places: dict[str, Place] = {}
    for key, name, fields in named:
        if name in found:
            key.error(f"the parameter `{name}` is declared twice", "Remove one of the two")
        elif _is_name(key, name):
            found[name], places[name] = _parameter(name, fields), fields.place
    check_conditions(list(found.values()), places)
    return tuple(found.values())


def _named(place: Place) -> Iterator[tuple[Place, str, Fields]]:
    """Each with where its name stands."""
    if isinstance(place.node, MappingNode):
        for name in (by_name := place.fields(None)) or ():
            assert by_name is not None
            key = by_name.key(name)
            value = by_name.at(name) or _empty(key)
            if (fields := value.fields(PARAMETER_KEYS[1:], ELSEWHERE)) is not None:
                yield key, name, fields
        return
    for item in place.items("{name: url, required: true}") or ():
        fields = item.fields(PARAMETER_KEYS, ELSEWHERE)
        if fields is None:
            continue
        if (name_place := fields.at("name")) is None:
            item.error("the parameter has no `name`", "Add the name that the module knows it by: name: url")
        elif (given := readers.one_line(name_place)) is not None:
            yield name_place, given, fields


def _empty(key: Place) -> Place:
    """The settings of a parameter that has none of its own: `url:`."""
    return Place(MappingNode(IMPLICIT, [], key.node.start_mark, key.node.end_mark), key.reading, key)


def _is_name(key: Place, name: str) -> bool:
    if name in FORBIDDEN:
        key.error(f"`{name}` is reserved", "Give the parameter another name")
    elif not NAME.fullmatch(name):
        key.error(f"`{name[:60]}` cannot be the name of a parameter", "Use letters, digits, -, _ and .")
    else:
        return True
    return False


def _parameter(name: str, fields: Fields) -> Parameter:
    kind, integer = _kind(fields)
    parameter = Parameter(
        name=name,
        kind=kind,
        options=fields.get("options", readers.list_of(_plain, "[small, large]"), ()),
        required=fields.get("required", readers.boolean, False),
        description=fields.get("description", readers.text, ""),
        label=fields.get("label", readers.one_line, None),
        placeholder=fields.get("placeholder", readers.one_line, None),
        warning=fields.get("warning", readers.text, None),
        integer=integer,
        min=fields.get("min", number, None),
        max=fields.get("max", number, None),
        step=fields.get("step", number, None),
        multiple=fields.get("multiple", readers.boolean, False),
        condition=fields.get("conditional_display", _condition, None),
        validation=fields.get("validation", _validation, None),
        secret=fields.get("secret", readers.boolean, kind == "password"),
        argument=fields.get("argument", _argument, None),
        variable=fields.get("env", _variable, None),
    )
    _check(parameter, fields)
    return _with_default(parameter, fields)


def _kind(fields: Fields) -> tuple[Kind, bool]:
    """As `type` says; where it does not, as the other keys give away."""
    if (place := fields.at("type")) is not None:
        return _type(place) or ("text", False)
    default = fields.at("default")
    if "options" in fields:
        return "select", False
    if default is not None and default.plain and default.raw in ("true", "false"):
        return "checkbox", False
    if default is not None and default.plain and _NUMBER.fullmatch(default.raw):
        return "number", False
    return ("number", False) if "min" in fields or "max" in fields else ("text", False)


def _type(place: Place) -> tuple[Kind, bool] | None:
    word = readers.one_line(place)
    if word is None:
        return None
    if (known := _TYPES.get(word.lower())) is None:
        meant = nearest(word, _NAMED_TYPES)
        hint = f"Did you mean {meant}?" if meant else f"Write one of {listed(_NAMED_TYPES)}"
        place.error(f"`{word[:60]}` is not a type of parameter", hint)
    return known


def number(place: Place) -> int | float | None:
    value = place.scalar("a number")
    if value is None:
        return None
    if not _NUMBER.fullmatch(value) or len(value) > 40 or isinf(float(value)):
        place.error(f"{place.kind} is not a number", "Write digits, with a point if need be: 0.5")
        return None
    return int(value) if re.fullmatch(r"[-+]?\d+", value) else float(value)


def _plain(place: Place) -> str | int | float | None:
    """A number where it is written as one, else text."""
    if place.plain and _NUMBER.fullmatch(place.raw):
        return number(place)
    return place.scalar("a word or a number")


def _condition(place: Place) -> Condition | None:
    fields = place.fields(("field", "value"))
    if fields is None:
        return None
    name, value = fields.get("field", readers.one_line, None), fields.at("value")
    if name is None or value is None:
        place.error("a condition has a field and a value", "Write {field: mode, value: channel}")
        return None
    if value.plain and value.raw in ("true", "false"):
        return Condition(name, value.raw == "true")
    wanted = _plain(value)
    return None if wanted is None else Condition(name, wanted)


def _validation(place: Place) -> Validation | None:
    if not isinstance(place.node, MappingNode):
        pattern = readers.regex(place)
        return None if pattern is None else Validation(pattern)
    fields = place.fields(("pattern", "message"))
    if fields is None:
        return None
    if "pattern" not in fields:
        place.error("`pattern` is missing", "Write a regular expression in single quotes: {pattern: '[a-z]+'}")
    pattern = fields.get("pattern", readers.regex, None)
    return None if pattern is None else Validation(pattern, fields.get("message", readers.one_line, ""))


def _argument(place: Place) -> str | None:
    word = readers.one_line(place)
    if word is None:
        return None
    if word == POSITIONAL or all(not part or _OPTION.fullmatch(part) for part in word.split("/", 1)):
        return word
    place.error(f"{place.kind} is not an option", f"Write the option itself, such as --format, or {POSITIONAL}")
    return None


def _variable(place: Place) -> str | None:
    word = readers.one_line(place)
    if word is not None and not _VARIABLE.fullmatch(word):
        place.error(f"{place.kind} cannot be the name of a variable", "Use letters, digits and _: API_KEY")
        return None
    return word


def _check(one: Parameter, fields: Fields) -> None:
    """What is wrong between the keys of one parameter."""
    place = fields.place
    if one.kind == "select" and not one.options:
        place.error("a select has options", "List them: options: [small, large]")
    if one.kind != "select" and one.options:
        (fields.at("options") or place).error(f"a {one.kind} has no options", "Leave them out, or write type: select")
    if one.min is not None and one.max is not None and one.min > one.max:
        (fields.at("max") or place).error(f"max is below min ({as_written(one.min)})", "Swap the two")
    for key in ("min", "max", "step"):
        if one.kind != "number" and (found := fields.at(key)) is not None:
            found.error(f"a {one.kind} has no {key}", "Leave it out, or write type: number")
    if one.kind in ("number", "select", "checkbox") and (found := fields.at("validation")) is not None:
        found.error(f"a {one.kind} is not matched against a pattern", "Leave it out, or write type: text")
    if one.kind == "checkbox" and one.multiple:
        place.error("a checkbox cannot be multiple", "Write type: select, with its options")
    _check_argument(one, fields.at("argument") or place)


def _check_argument(one: Parameter, place: Place) -> None:
    if one.argument == POSITIONAL and one.kind == "checkbox":
        place.error("a checkbox cannot be positional", "Write its option: --verbose, or --color/--no-color")
    elif "/" in (one.argument or "") and one.kind != "checkbox":
        place.error("only a checkbox has two options", "Write one: --format")


def _with_default(one: Parameter, fields: Fields) -> Parameter:
    """A default that comes from a secret of the person's makes the parameter one."""
    place = fields.at("default")
    if place is None:
        return one
    known = len(place.reading.secrets)
    value = given_value(one, place)
    if value is None or value == "":
        return one
    secret = one.secret or any(map(worth_hiding, place.reading.secrets[known:]))
    try:
        return replace(one, default=check_value(one, value), secret=secret)
    except Wrong as wrong:
        place.error(f"the default {wrong}", "Correct it, or leave it out")
        return one


def given_value(one: Parameter, place: Place) -> Any:
    """The value of a parameter as it is written, not checked yet."""
    if one.multiple:
        return [_item(one, item) for item in place.items("[a, b]") or ()]
    return _item(one, place)


def _item(one: Parameter, place: Place) -> Any:
    if isinstance(place.node, (MappingNode, SequenceNode)):
        place.error(f"the value is {place.kind}", "Write one value; a list belongs to a parameter that is multiple")
        return None
    if one.kind == "checkbox":
        return readers.boolean(place)
    return number(place) if one.kind == "number" else place.scalar("a value")


def check_conditions(parameters: Sequence[Parameter], places: dict[str, Place], severity: Severity = "error") -> None:
    """Tells of conditions on parameters that are not there, and of those that hide each other for good."""
    by_name = {one.name: one for one in parameters}
    for one in parameters:
        seen, above = [one.name], one
        while above.condition is not None and above.condition.field in by_name and above.condition.field not in seen:
            above = by_name[above.condition.field]
            seen.append(above.name)
        tell = places[one.name].error if severity == "error" else places[one.name].warning
        if above.condition is not None and above.condition.field in seen:
            tell(f"`{one.name}` is shown only if {listed(seen)} are, in a circle", "Leave one of the conditions out")
        elif above is one and above.condition is not None:
            field = above.condition.field
            meant = nearest(field, by_name)
            hint = f"Did you mean `{meant}`?" if meant else f"There is: {', '.join(by_name)}"
            tell(f"`{one.name}` is shown by `{field}`, which is no parameter", hint)
