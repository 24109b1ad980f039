"""The level of a line, read from the words that programs put before their messages; never from a word in passing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

_NAMES: dict[str, Level] = {
    "trace": "DEBUG", "debug": "DEBUG", "dbg": "DEBUG",
    "info": "INFO", "inf": "INFO", "notice": "INFO",
    "warning": "WARNING", "warn": "WARNING", "wrn": "WARNING",
    "error": "ERROR", "err": "ERROR", "exception": "ERROR",
    "critical": "CRITICAL", "crit": "CRITICAL", "fatal": "CRITICAL", "panic": "CRITICAL",
}  # fmt: skip

_TELLING = ("trace", "debug", "dbg", "warn", "wrn", "err", "exception", "crit", "fatal", "panic", 'level"')
"""A line without any of these, in whatever case, is INFO."""

_WORD = "|".join(sorted(_NAMES, key=len, reverse=True))
_CODE = r"(?:\[\w+\]|\s[a-z]{1,4}\d+)?"  # of a compiler: error[E0382], error TS2304
# Of lower-case text. error: at the start; level=error, "level":"error"; [error], <error>; a.c:3:5: error:
_FIRST = re.compile(rf"\W*({_WORD}){_CODE}\s*[:|]")
_NAMED = re.compile(rf"""(?<![a-z0-9])(?:level(?:name)?|severity|lvl)["']?\s*[=:]\s*["']?({_WORD})\b""")
_BOXED = re.compile(rf"[\[<(]({_WORD})\s*[\])>]")
_PLACED = re.compile(rf"[:)] (?:fatal )?(error|warning){_CODE}:\s")
_NUMBERED = re.compile(r'"level"\s*:\s*([1-6])0\b')  # how loggers of Node write JSON
_TENS: dict[str, Level] = {"1": "DEBUG", "2": "DEBUG", "3": "INFO", "4": "WARNING", "5": "ERROR", "6": "CRITICAL"}
# Of the text as it is.
_CAPITALS = re.compile(rf"({_WORD.upper()})(?=$|[\s|:!])")
_CAPITAL_NAMES = {word.upper(): level for word, level in _NAMES.items()}
_APART = " \t|:"
_DENIED_ENDS = ("o", "O", "0")
_DENIED = re.compile(r"\b(?:no|0)\s$", re.IGNORECASE)
_RAISED = re.compile(r"(?:Traceback \(most recent call last\)|[A-Za-z_.]*(?:Error|Exception)(?::|$))")
_WARNED = re.compile(r"(?:^|\s)[A-Z]\w*Warning: ")  # how Python prints a warning
_COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_HEAD = 200  # characters in which a level stands, if there is one


def level_of(message: str) -> Level:
    head = message[:_HEAD]
    if "\x1b" in head:
        head = _COLOUR.sub("", head)
    low = head.lower()
    return _marked(low) or _in_capitals(head) or _in_passing(head, low)


def _marked(low: str) -> Level | None:
    """Where the line says that this is its level."""
    if match := _FIRST.match(low):
        return _NAMES[match[1]]
    match = _BOXED.search(low) if "[" in low or "<" in low or "(" in low else None
    if "level" in low or "sever" in low or "lvl" in low:
        named = _NAMED.search(low)
        if named is not None and (match is None or named.start() < match.start()):
            match = named
        if match is None and (number := _NUMBERED.search(low)):
            return _TENS[number[1]]
    return _NAMES[match[1]] if match is not None else None


def _in_capitals(head: str) -> Level | None:
    """The first such word that stands alone and is not denied."""
    match = _CAPITALS.search(head)
    while match is not None:
        start = match.start()
        if not start or (head[start - 1] in _APART and not _is_denied(head, start)):
            return _CAPITAL_NAMES[match[1]]
        match = _CAPITALS.search(head, match.end())
    return None


def _is_denied(head: str, start: int) -> bool:
    """Whether `no` or `0` stands before the word."""
    return head[start - 2 : start - 1] in _DENIED_ENDS and _DENIED.search(head, start - 3, start) is not None


def _in_passing(head: str, low: str) -> Level:
    """What compilers and Python print; the words of all others mean nothing."""
    if match := _PLACED.search(low):
        return _NAMES[match[1]]
    if _RAISED.match(head):
        return "ERROR"
    return "WARNING" if "Warning: " in head and _WARNED.search(head) else "INFO"


def levels_of(messages: Sequence[str]) -> list[Level]:
    """The level of each line; looks closer only at those lines that may have another one than INFO."""
    levels: list[Level] = ["INFO"] * len(messages)
    for number in _telling("\n".join(messages).lower()):
        levels[number] = level_of(messages[number])
    return levels


def _telling(text: str) -> set[int]:
    """Numbers of the lines that hold a word which tells."""
    found = set[int]()
    for word in _TELLING:
        number = counted = 0
        at = text.find(word)
        while at >= 0:
            number += text.count("\n", counted, at)
            found.add(number)
            counted = at
            line_end = text.find("\n", at)
            at = text.find(word, line_end) if line_end >= 0 else -1
    return found
