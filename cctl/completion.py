"""What may come next on a command line: from the grammar, and from the daemon that runs.

A shell calls `cctl __complete WORDS…` at every Tab, the last word being the unfinished one, and gets a line for each
candidate: the word, and after a tab what it means. Whatever goes wrong, there is nothing to complete and no complaint.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from cctl.daemon import find
from cctl.failure import NOT_RUNNING, OK, Failure
from cctl.grammar import parser
from cctl.modules import Parameter, choices_of, module_of, named, options_of, stands_alone
from cctl.settings import Settings
from cctl.wire import Api

SECONDS = 1.0  # a daemon that is slower than this completes nothing
RUNNABLE = "runnable"
FILES = {"file", "config", "data_dir"}
FILES_HERE = "\tfiles"  # the shell completes names of files itself

Candidate = tuple[str, str]


def complete(words: Sequence[str]) -> int:
    try:
        text = "".join(f"{word}\t{meaning}\n" for word, meaning in candidates(list(words) or [""]))
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    except (Failure, OSError, ValueError):
        pass
    return OK


def candidates(words: list[str]) -> Iterator[Candidate]:
    """For the last of `words`; those before it are finished."""
    *before, word = words
    place, values, wanted = _walk(parser(), before)
    if wanted is not None:
        found = _values(wanted, before, values)
    elif values and any(action.dest == RUNNABLE for action in place._actions):
        found = _of_module(place, before, values[0], word)
    elif word.startswith("-"):
        found = _options(place)
    else:
        found = _positionals(place, before, values)
    for candidate, meaning in found:
        if candidate.startswith(word) or not candidate:
            yield candidate, meaning


def _walk(
    place: argparse.ArgumentParser, words: Iterable[str]
) -> tuple[argparse.ArgumentParser, list[str], argparse.Action | None]:
    """The parser of the deepest command, the values given to it, and the option whose value comes next."""
    values: list[str] = []
    wanted: argparse.Action | None = None
    for word in words:
        if wanted is not None:
            wanted = None
        elif word.startswith("-"):
            action = place._option_string_actions.get(word)
            wanted = action if action is not None and action.nargs != 0 else None
        elif (commands := _commands(place)) is not None and word in commands.choices:
            place, values = commands.choices[word], []
        else:
            values.append(word)
    return place, values, wanted


def _commands(place: argparse.ArgumentParser) -> Any:
    return next((one for one in place._actions if isinstance(one, argparse._SubParsersAction)), None)


def _options(place: argparse.ArgumentParser) -> Iterator[Candidate]:
    for action in place._actions:
        if action.help != argparse.SUPPRESS:
            for option in action.option_strings:
                yield option, _meaning(action.help)


def _positionals(place: argparse.ArgumentParser, before: list[str], values: list[str]) -> Iterator[Candidate]:
    commands = _commands(place)
    if commands is not None:
        yield from ((one.dest, _meaning(one.help)) for one in commands._choices_actions)
        return
    for action in place._actions:
        if not action.option_strings and (action.nargs in {"*", "+"} or not values):
            yield from _values(action, before, values)


def _values(action: argparse.Action, before: list[str], values: list[str]) -> Iterator[Candidate]:
    if action.choices is not None:
        yield from ((str(choice), "") for choice in action.choices)
    elif action.dest in {"services", "service"}:
        yield from ((one["id"], one["status"]) for one in _services(before) if one["id"] not in values)
    elif action.dest == RUNNABLE:
        modules = _api(before).get("/api/modules", seconds=SECONDS)["modules"]
        yield from ((one["id"], one["name"]) for one in modules if one["runnable"])
    elif action.dest == "tags":
        yield from ((tag, "") for tag in sorted({tag for one in _services(before) for tag in one["tags"]}))
    elif action.dest in FILES:
        yield "", FILES_HERE.strip()


def _of_module(place: argparse.ArgumentParser, before: list[str], module_id: str, word: str) -> Iterator[Candidate]:
    """The module's parameters behind the options of `run` itself, or the values that one of them may have."""
    parameters = {one["name"]: one for one in module_of(_api(before), module_id)["parameters"]}
    option, joined, _ = word.partition("=")
    if joined:
        yield from ((f"{option}={choice}", "") for choice in _choices(option, parameters))
        return
    yield from ((choice, "") for choice in _choices(before[-1], parameters))
    if word.startswith("-") and not _wants_value(before[-1], parameters):
        yield from ((option, meaning) for option, meaning in options_of(parameters.values()) if option not in before)
        yield from _options(place)


def _choices(option: str, parameters: dict[str, Parameter]) -> list[str]:
    """The values that the parameter of an option may have, where these can be told."""
    name = named(option, parameters)
    return [] if name is None else choices_of(parameters[name])


def _wants_value(option: str, parameters: dict[str, Parameter]) -> bool:
    name = named(option, parameters)
    return name is not None and not stands_alone(parameters[name])


def _services(before: list[str]) -> list[dict[str, Any]]:
    services: list[dict[str, Any]] = _api(before).get("/api/services", seconds=SECONDS)["services"]
    return services


def _api(before: list[str]) -> Api:
    """Raises `Failure` where no daemon runs."""
    settings = Settings({"data_dir": _after(before, "--data-dir")})
    found = find(settings)
    if found is None:
        raise Failure(NOT_RUNNING, "no daemon runs")
    return Api(found.address, settings.token)


def _after(words: list[str], option: str) -> str | None:
    for at, word in enumerate(words[:-1]):
        if word == option:
            return words[at + 1]
    return next((word.partition("=")[2] for word in words if word.startswith(option + "=")), None)


def _meaning(text: str | None) -> str:
    return (text or "").replace("%%", "%").partition("\n")[0]
