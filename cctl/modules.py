"""Modules for the command line: what the daemon knows of them, and what the words behind one give it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cctl.failure import USAGE, Failure
from cctl.terminal import ask_secretly
from cctl.wire import Api

Parameter = dict[str, Any]
"""One of `parameters` of `GET /api/modules/{id}`."""

YES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def module_of(api: Api, module_id: str) -> dict[str, Any]:
    """Raises `Failure` with the daemon's words where there is no such module."""
    from urllib.parse import quote

    found: dict[str, Any] = api.get(f"/api/modules/{quote(module_id, safe='')}")
    return found


def values(words: Sequence[str], parameters: Sequence[Parameter]) -> dict[str, Any]:
    """`--name value`, `--name=value`, `--check`, `--no-check`; one that takes several values may come several times,
    and of a secret there is the name alone, with None as its value. Whether they are right is for the daemon to say."""
    known = {one["name"]: one for one in parameters}
    found: dict[str, Any] = {}
    left = list(words)
    while left:
        name, value = _next(left, known)
        if known.get(name, {}).get("multiple"):
            found.setdefault(name, []).append(value)
        else:
            found[name] = value
    return found


def _next(left: list[str], known: dict[str, Parameter]) -> tuple[str, Any]:
    """Takes one parameter off the words."""
    word = left.pop(0)
    option, given, text = word.partition("=")
    if not option.startswith("--"):
        raise Failure(USAGE, f"{word!r} is out of place. Parameters are given as --name value.")
    name = named(option, known)
    denied = named(option.replace("--no-", "--", 1), known)
    if name is None and denied is not None and known[denied]["type"] == "checkbox" and not given:
        return denied, False
    name = name or option[2:]
    parameter = known.get(name, {"type": "text"})
    if parameter.get("secret"):
        if given or (left and not left[0].startswith("--")):
            raise Failure(USAGE, f"Others can read what stands on a command line. {_how_secretly(parameter)}")
        return name, None
    if given:
        return name, value_of(parameter, text)
    if parameter["type"] == "checkbox" and not (left and left[0].lower() in YES):
        return name, True
    if not left or (left[0].startswith("--") and left[0] != "--"):
        raise Failure(USAGE, f"{option} needs a value. One that begins with two dashes is given as {option}=VALUE.")
    return name, value_of(parameter, left.pop(0))


def named(word: str, known: Mapping[str, Parameter]) -> str | None:
    """The parameter that an option means; `--max-results` is `max_results`, too. None for any other word."""
    name = word.removeprefix("--")
    return next((one for one in (name, name.replace("-", "_")) if one in known and word != name), None)


def stands_alone(parameter: Parameter) -> bool:
    """Whether its name may come without a value."""
    return parameter["type"] == "checkbox" or bool(parameter.get("secret"))


def value_of(parameter: Parameter, text: str) -> Any:
    """As JSON has it; what is not of the parameter's kind stays text."""
    for option in parameter.get("options", ()):
        if str(option) == text:
            return option
    if parameter["type"] == "checkbox":
        return YES.get(text.lower(), text)
    return _number(text) if parameter["type"] == "number" else text


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        return number if math.isfinite(number) else text  # JSON has no others
    return text


def with_secrets(
    found: Mapping[str, Any], parameters: Iterable[Parameter], environ: Mapping[str, str]
) -> dict[str, Any]:
    """The values with the secret ones: typed in where only the name was given, else from the environment."""
    values = dict(found)
    for one in parameters:
        if one["secret"]:
            if one["name"] in found:
                values[one["name"]] = ask_for(one)
            elif variable := environ.get(variable_of(one)):
                values[one["name"]] = _shaped(one, variable)
    return values


def _shaped(secret: Parameter, text: str) -> str | list[str]:
    return [text] if secret["multiple"] else text


def missing_secrets(refused: Failure, given: Mapping[str, Any], parameters: Iterable[Parameter]) -> list[Parameter]:
    """The secrets for want of which the daemon refused the run."""
    errors = (refused.problem or {}).get("errors", ())
    wrong = {error["where"].removeprefix("parameters.") for error in errors if isinstance(error, dict)}
    return [one for one in parameters if one["secret"] and one["name"] in wrong and one["name"] not in given]


def ask_for(secret: Parameter) -> str | list[str]:
    """Raises `Failure` where nobody can be asked."""
    typed = ask_secretly(f"{secret['label'] or secret['name']}: ")
    if typed is None:
        raise Failure(USAGE, f"{secret['label'] or secret['name']} is needed. {_how_secretly(secret)}")
    return _shaped(secret, typed)


def variable_of(parameter: Parameter) -> str:
    """Of the environment, as a module gets one."""
    return f"PARAM_{re.sub('[^A-Za-z0-9]', '_', parameter['name']).upper()}"


def _how_secretly(secret: Parameter) -> str:
    return f"Set {variable_of(secret)} in the environment, or give --{secret['name']} alone at a terminal to be asked."


def options_of(parameters: Iterable[Parameter]) -> Iterator[tuple[str, str]]:
    """What may be given and what it means, for completion."""
    for one in parameters:
        yield f"--{one['name']}", one["label"] or one["description"].partition("\n")[0]


def choices_of(parameter: Parameter) -> list[str]:
    if parameter["type"] == "checkbox":
        return ["true", "false"]
    return [str(option) for option in parameter["options"]]
