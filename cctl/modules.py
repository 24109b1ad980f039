"""Modules for the command line: what the daemon knows of them, and what the words behind one give it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cctl.failure import USAGE, Failure
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
    """`--name value`, `--name=value`, `--check`, `--no-check`; one that takes several values may come several times.
    Whether they are right is for the daemon to say."""
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
    if given:
        return name, value_of(parameter, text)
    if parameter["type"] == "checkbox" and not (left and left[0].lower() in YES):
        return name, True
    if not left or (left[0].startswith("--") and left[0] != "--"):
        raise Failure(USAGE, f"{option} needs a value. One that begins with two dashes is given as {option}=VALUE.")
    return name, value_of(parameter, left.pop(0))


def named(option: str, known: dict[str, Parameter]) -> str | None:
    """The parameter that an option means; `--max-results` is `max_results`, too."""
    name = option.removeprefix("--")
    return next((one for one in (name, name.replace("-", "_")) if one in known), None)


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
            return kind(text)
        except ValueError:
            continue
    return text


def options_of(parameters: Iterable[Parameter]) -> Iterator[tuple[str, str]]:
    """What may be given and what it means, for completion."""
    for one in parameters:
        yield f"--{one['name']}", one["label"] or one["description"].partition("\n")[0]


def choices_of(parameter: Parameter) -> list[str]:
    if parameter["type"] == "checkbox":
        return ["true", "false"]
    return [str(option) for option in parameter["options"]]
