"""What people write instead of our own words: a text in which `{name}` stands for a value, and nothing else is special.

A value is put in as it is: it is never looked at again for further names, so what a tool has said cannot ask for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

FIELDS: Mapping[str, str] = {
    "kind": "`crash`, `run_failed`, `run_finished`, `scan_finished`, `alert` or `test`",
    "severity": "`info`, `warning` or `critical`",
    "subject": "the id of the service or module, the rule of the alert",
    "name": "the same as people call it",
    "title": "the first line of our own words",
    "text": "our own words",
    "count": "how often it happened",
    "since": "when it happened first",
    "at": "when it happened last",
    "host": "the name of this machine",
    "target": "the name of the target",
    "reason": "why: how it exited, what the run failed of",
    "exit_code": "of a crash or a failed run",
    "run_id": "of a run",
    "value": "of an alert",
    "status": "of an alert: `fired`, `resolved` or `reminded`",
}
"""The names, and what they stand for. One that a kind has no value for is empty."""

_NAME = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text, checked to have no other names than `FIELDS`. `{{` and `}}` stand for braces."""

    text: str

    def filled(self, values: Mapping[str, str]) -> str:
        def value(found: re.Match[str]) -> str:
            name = found[1]
            return found[0][0] if name is None else values.get(name, "")

        return _NAME.sub(value, self.text)


def unknown_names(text: str) -> Iterator[str]:
    """What stands in braces and is no name of a field."""
    for found in _NAME.finditer(text):
        if found[1] is not None and found[1] not in FIELDS:
            yield found[1]
