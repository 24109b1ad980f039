"""The level of a line, read from the words that programs put before their messages; never from a word in passing."""

from __future__ import annotations

import re
from typing import Literal

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

_NAMES: dict[str, Level] = {
    "trace": "DEBUG", "debug": "DEBUG", "dbg": "DEBUG",
    "info": "INFO", "inf": "INFO", "notice": "INFO",
    "warning": "WARNING", "warn": "WARNING", "wrn": "WARNING",
    "error": "ERROR", "err": "ERROR", "exception": "ERROR",
    "critical": "CRITICAL", "crit": "CRITICAL", "fatal": "CRITICAL", "panic": "CRITICAL",
}  # fmt: skip

_WORD = "|".join(sorted(_NAMES, key=len, reverse=True))
# [ERROR]  <error>  level=error  "level":"error"  severity=error  error: at the start
_MARKED = re.compile(
    rf"""[\[<(](?P<boxed>{_WORD})\s*[\])>]|\b(?:level|severity)["']?\s*[=:]\s*["']?(?P<named>{_WORD})\b|^\W*(?P<first>{_WORD})\s*[:|]""",
    re.IGNORECASE,
)
_CAPITALS = re.compile(rf"(?:^|[\s|:])(?P<word>{_WORD.upper()})(?:$|[\s|:])")
_RAISED = re.compile(r"^(?:Traceback \(most recent call last\)|[A-Za-z_.]*(?:Error|Exception)(?::|$))")
_NUMBERED = re.compile(r'"level"\s*:\s*(?P<tens>[1-6])0\b')  # how loggers of Node write JSON
_TENS: dict[str, Level] = {"1": "DEBUG", "2": "DEBUG", "3": "INFO", "4": "WARNING", "5": "ERROR", "6": "CRITICAL"}
_COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_HEAD = 200  # characters in which a level stands, if there is one


def level_of(message: str) -> Level:
    head = _COLOUR.sub("", message[:_HEAD])
    if match := _MARKED.search(head):
        return _NAMES[next(word for word in match.groups() if word).lower()]
    if match := _NUMBERED.search(head):
        return _TENS[match["tens"]]
    if match := _CAPITALS.search(head):
        return _NAMES[match["word"].lower()]
    return "ERROR" if _RAISED.match(head) else "INFO"
