"""Readers of single values: each takes a `Place` and gives a value, or None after telling what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import TypeVar
from urllib.parse import urlsplit

from yaml.nodes import ScalarNode, SequenceNode

from backend.services.definitions import values
from backend.services.definitions.faults import listed, nearest
from backend.services.definitions.place import Place, Reader
from backend.services.definitions.port_variable import PORT

T = TypeVar("T")
S = TypeVar("S", bound=str)
N = TypeVar("N", int, float)

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DRIVE_AND_CONTROL = re.compile(r"[A-Za-z]:.*?[\x00-\x1f\x7f-\x9f\u2028\u2029]", re.DOTALL)
_INTEGER = re.compile(r"[-+]?\d{1,18}")
_BOOLEANS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def text(place: Place) -> str | None:
    value = place.scalar("text")
    if value is not None and value[1:2] == ":" and place.double_quoted and _DRIVE_AND_CONTROL.match(value):
        refuse_control(place)
        return None
    return value


def refuse_control(place: Place) -> None:
    """Tells of a path that holds what no path holds: double quotes have made it of a backslash and a letter."""
    inside = place.written.strip("\"'") or r"C:\tools\new"
    hint = f"Write it in single quotes, '{inside}', or with forward slashes: {inside.replace(chr(92), '/')}"
    place.error("this path holds a control character: in double quotes \\t, \\n and the like are escapes", hint)


def one_line(place: Place) -> str | None:
    value = text(place)
    if value is not None and CONTROL.search(value):
        place.error("this must be one line without control characters", "Put it in single quotes, in one line")
        return None
    return value


def integer(low: int, high: int, what: str) -> Reader[int]:
    """A whole number from `low` to `high`, in quotes or not."""

    def read(place: Place) -> int | None:
        value = place.scalar(what)
        if value is None:
            return None
        if not _INTEGER.fullmatch(value):
            hint = "Remove the comma" if value.endswith(",") else f"Write a number from {low} to {high}"
            place.error(f"{place.kind} is not {what}", hint)
            return None
        number = int(value)
        if not low <= number <= high:
            place.error(f"{place.kind} is not {what}", f"It is from {low} to {high}")
            return None
        return number

    return read


def boolean(place: Place) -> bool | None:
    value = place.scalar("true or false")
    if value is None:
        return None
    known = _BOOLEANS.get(value.lower())
    if known is None:
        hint = "Remove the comma" if value.endswith(",") else "Write true or false"
        place.error(f"{place.kind} is neither true nor false", hint)
    return known


def choice(names: Collection[S], meant: Mapping[str, S] | None = None) -> Reader[S]:
    """One of `names`; `meant` says which one people mean by other words."""
    by_name = {str(name): name for name in names}
    wanted = f"one of {listed(names)}"

    def read(place: Place) -> S | None:
        value = place.scalar(wanted)
        if value is None:
            return None
        if value not in by_name:
            place.error(f"{place.kind} is not {wanted}", _choice_hint(place, value, by_name, meant or {}))
            return None
        return by_name[value]

    return read


def _choice_hint(place: Place, value: str, names: Mapping[str, S], meant: Mapping[str, S]) -> str:
    word = value.lower()
    if word in meant and place.plain and word in _BOOLEANS:
        return f"A bare `{value}` is {str(_BOOLEANS[word]).lower()} in YAML: write {meant[word]}"
    if value.endswith(",") and value[:-1] in names:
        return "Remove the comma"
    close = meant.get(word) or nearest(value, names)
    return f"Did you mean {close}?" if close else f"Write one of {listed(names)}"


def quantity(parse: Callable[[str], N], what: str, *, above_zero: str = "") -> Reader[N]:
    """What `parse` makes of the text. `above_zero` is the hint where nothing is too little."""

    def read(place: Place) -> N | None:
        value = place.scalar(what)
        if value is None:
            return None
        try:
            number = parse(value)
        except values.WrongValue as wrong:
            place.error(str(wrong), "Remove the comma" if value.endswith(",") else wrong.hint)
            return None
        if above_zero and number == 0:
            place.error(f"{what} must be more than 0 here", above_zero)
            return None
        return number

    return read


duration = quantity(values.duration, "a duration")
some_time = quantity(values.duration, "a duration", above_zero=values.DURATION_HINT)
size = quantity(values.size, "a size", above_zero=values.SIZE_HINT)
share = quantity(values.share, "a share of the processor such as 150%")


def list_of(read: Reader[T], example: str) -> Reader[tuple[T, ...]]:
    def read_list(place: Place) -> tuple[T, ...] | None:
        items = place.items(example)
        if items is None:
            return None
        found = [read(item) for item in items]
        return tuple(item for item in found if item is not None)

    return read_list


def one_or_more(read: Reader[T], example: str, *, none: tuple[str, str] | None = None) -> Reader[tuple[T, ...]]:
    """`a` as well as `[a, b]`; what is named twice counts once. `none` is what is wrong with `[]`, and the hint."""

    def read_several(place: Place) -> tuple[T, ...] | None:
        if isinstance(place.node, ScalarNode):
            one = read(place)
            return None if one is None else (one,)
        if none is not None and isinstance(place.node, SequenceNode) and not place.node.value:
            place.error(*none)
            return None
        found = list_of(read, example)(place)
        return None if found is None else tuple(dict.fromkeys(found))

    return read_several


def url(place: Place) -> str | None:
    value = one_line(place)
    if value is None:
        return None
    try:
        parts = urlsplit(value.replace(PORT, "1"))
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and " " not in value
    except ValueError:
        whole = False
    if not whole:
        place.error(f"{place.kind} is not a web address", "Write it in full: http://127.0.0.1:8188/")
        return None
    return value


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def regex(place: Place) -> re.Pattern[str] | None:
    value = place.scalar("a regular expression")
    if value is None:
        return None
    try:
        return _compiled(value)
    except (re.error, OverflowError) as error:
        hint = r"Put it in single quotes and write \ before characters that mean themselves"
        place.error(f"this is not a regular expression: {error}", hint)
        return None
