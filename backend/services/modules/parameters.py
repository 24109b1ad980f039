"""What somebody filled in, checked against what the module asks for: all faults at once, and the values that count.

A name that is not given has its default. One that is given as nothing (`null`, `""`, `[]`) has no value at all, which
is how a default is left out. A parameter that its condition hides is neither required, checked nor passed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Any

from backend.core.secrets import HIDDEN
from backend.services.definitions.faults import listed, nearest
from backend.services.modules.errors import InvalidParameters
from backend.services.modules.model import Module, Parameter

MAX_PARAMETERS = 100
MAX_BYTES = 100_000  # of one value: systems do not take much longer arguments
FORBIDDEN = frozenset(("__internal__", "__system__", "__private__"))
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


class Wrong(ValueError):
    """A value that is not of its kind: the rest of a sentence that begins with the parameter's name."""


@dataclass(frozen=True, slots=True)
class ParameterFault:
    """What is wrong with one parameter, or with all of them where `name` is empty: a sentence for a person."""

    name: str
    message: str

    @property
    def where(self) -> str:
        return f"parameters.{self.name}" if self.name else "parameters"


@dataclass(frozen=True, slots=True)
class Checked:
    """`values` are what the module gets: given or by default, shown and not empty, in the order of the declaration."""

    values: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[ParameterFault, ...] = ()

    def accepted(self, refusal: type[InvalidParameters] = InvalidParameters) -> Mapping[str, Any]:
        """The values; raises `refusal` with every fault where there is one."""
        if self.faults:
            sentences = "; ".join(fault.message for fault in self.faults)
            errors = [{"where": fault.where, "message": fault.message} for fault in self.faults]
            raise refusal(f"Invalid parameters: {sentences}", errors=errors)
        return self.values


def check(module: Module, given: Mapping[str, Any]) -> Checked:
    """Checks `given`, JSON values by parameter name."""
    shown = visible(module, given)
    values: dict[str, Any] = {}
    faults = _wrong_names(module, given)
    for one in module.parameters:
        if one.name not in shown:
            continue
        value = given.get(one.name, one.default)
        if is_nothing(value):
            if one.required:
                faults.append(ParameterFault(one.name, f"{one.title} is required"))
            continue
        try:
            values[one.name] = check_value(one, value)
        except Wrong as wrong:
            faults.append(ParameterFault(one.name, f"{one.title} {wrong}"))
    if module.words:
        values.update(_undeclared(module, given, faults))
    return Checked(values, tuple(faults))


def is_nothing(value: Any) -> bool:
    return value is None or value in ("", [])


def visible(module: Module, given: Mapping[str, Any]) -> frozenset[str]:
    """The names of the parameters that a form shows with these values."""
    by_name = {one.name: one for one in module.parameters}

    def is_shown(one: Parameter) -> bool:
        seen = {one.name}
        while (condition := one.condition) is not None:
            above = by_name.get(condition.field)
            if above is None or above.name in seen:
                return False
            if not _same(given.get(above.name, above.default), condition.value):
                return False
            seen.add(above.name)
            one = above
        return True

    return frozenset(one.name for one in module.parameters if is_shown(one))


def _same(value: Any, wanted: Any) -> bool:
    """A form gives `720` back as text; true and false are no numbers."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return value == wanted or (isinstance(value, (str, int, float)) and str(value) == str(wanted))


def _wrong_names(module: Module, given: Mapping[str, Any]) -> list[ParameterFault]:
    faults = []
    if len(given) > MAX_PARAMETERS:
        message = f"{len(given)} parameters are given; a run takes at most {MAX_PARAMETERS}"
        faults.append(ParameterFault("", message))
    declared = [one.name for one in module.parameters]
    for name in list(given)[:MAX_PARAMETERS]:
        if name in FORBIDDEN:
            faults.append(ParameterFault(name, f"`{name}` is reserved and cannot be given"))
        elif name not in declared and not (module.words and NAME.fullmatch(name)):
            shown = name[:100].encode(errors="replace").decode()  # JSON may hold half a character, an answer may not
            faults.append(ParameterFault(shown, _unknown(module, shown, declared)))
    return faults


def _unknown(module: Module, name: str, declared: list[str]) -> str:
    if meant := nearest(name, declared):
        return f"{module.name} has no parameter `{name}`; did you mean `{meant}`?"
    known = f"there is {listed(f'`{one}`' for one in declared)}" if declared else "it has none"
    return f"{module.name} has no parameter `{name}`; {known}"


def _undeclared(module: Module, given: Mapping[str, Any], faults: list[ParameterFault]) -> dict[str, Any]:
    """What else was given, each plain value as it is."""
    values = {}
    for name, value in list(given.items())[:MAX_PARAMETERS]:
        if module.parameter(name) is not None or name in FORBIDDEN or not NAME.fullmatch(name) or is_nothing(value):
            continue
        try:
            values[name] = _plain(value)
        except Wrong as wrong:
            faults.append(ParameterFault(name, f"{name} {wrong}"))
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return _number(Parameter("", "number"), value)
    return _text(value)


def check_value(one: Parameter, value: Any) -> Any:
    """The value as the module gets it. Raises `Wrong`."""
    if not one.multiple:
        return _single(one, value)
    if not isinstance(value, list):
        raise Wrong("must be a list")
    found = []
    for number, item in enumerate(value, 1):
        try:
            found.append(_single(one, item))
        except Wrong as wrong:
            raise Wrong(f"{wrong} (item {number})") from None
    return found


def _single(one: Parameter, value: Any) -> Any:
    if one.kind == "checkbox":
        if not isinstance(value, bool):
            raise Wrong("must be true or false")
        return value
    if one.kind == "number":
        return _number(one, value)
    if one.kind == "select":
        return _option(one, value)
    return _matching(one, _text(value))


def _number(one: Parameter, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (isinstance(value, float) and isnan(value)):
        raise Wrong("must be a number")
    if abs(value) >= 2**63:
        raise Wrong("is too large a number")
    if one.integer and value != int(value):
        raise Wrong("must be a whole number")
    if one.min is not None and value < one.min:
        raise Wrong(f"must be at least {as_written(one.min)}")
    if one.max is not None and value > one.max:
        raise Wrong(f"must be at most {as_written(one.max)}")
    return int(value) if one.integer else value


def as_written(number: float) -> str:
    """All digits of a bound, and no `.0` behind a whole one."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def _option(one: Parameter, value: Any) -> str | int | float:
    for option in one.options:
        if _same(value, option):
            return option
    raise Wrong(f"must be one of {listed(one.options)}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Wrong("must be text")
    if "\0" in value:
        raise Wrong("holds a null character, which no program can be given")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise Wrong("holds half a character") from None
    if size > MAX_BYTES:
        raise Wrong(f"has {size:,} bytes; at most {MAX_BYTES:,} can be given")
    return value


def _matching(one: Parameter, value: str) -> str:
    rule = one.validation
    if rule is None:
        return value
    matches = rule.pattern.fullmatch(value) if rule.whole else rule.pattern.match(value)
    if matches is None:
        raise Wrong(f"is not valid: {rule.message}" if rule.message else f"does not match {rule.pattern.pattern}")
    return value


def still_asked(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of values that were kept may be shown and given again: the definition may have changed since."""
    known = {name: value for name, value in values.items() if module.words or module.parameter(name) is not None}
    return without_secrets(module, known)


def without_secrets(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """What may be stored and shown of values: those of secret parameters are left out."""
    return {name: value for name, value in values.items() if not _is_secret(module, name)}


def struck_out(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """All names, and `•••` for what is secret."""
    return {name: HIDDEN if _is_secret(module, name) else value for name, value in values.items()}


def secret_values(module: Module, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The texts to strike out of all that is shown."""
    found = (value for name, value in values.items() if _is_secret(module, name))
    return tuple(str(text) for value in found for text in (value if isinstance(value, list) else [value]))


def defaults(module: Module) -> dict[str, Any]:
    """What a form begins with; no secret."""
    return {one.name: one.default for one in module.parameters if one.default is not None and not one.secret}


def _is_secret(module: Module, name: str) -> bool:
    parameter = module.parameter(name)
    return parameter is not None and parameter.secret
