"""What a script says of itself while it runs: JSON lines, or a bar as tqdm draws it.

    {"progress": 0.4, "message": "page 4 of 10", "items": 40, "total": 100, "metrics": {"loss": 0.31}}

`progress` runs from 0 to 1. Any of the members may stand alone. A line that is something else is just output.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

MOST_METRICS = 100
LONGEST_MESSAGE = 500
LONGEST_LINE = 65_536
_WORDS = (b'"progress"', b'"metrics"', b'"items"')
_JSON_LINE = re.compile(rb"^[ \t]*(\{.*\})\s*$", re.MULTILINE)
# " 45%|████▌     | 45/100 [00:03<00:04, 12.5it/s]", and "45it [00:03, …]" where the end is not known
_BAR = re.compile(r"(?P<percent>\d{1,3})%\|.{0,400}?\|\s*(?P<done>[\d.]+[kMGT]?)/(?P<total>[\d.]+[kMGT]?)\s*\[")
_UNITS = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


@dataclass
class Progress:
    """`lines` are those of the output that was looked at so far, which ends at offset `at`."""

    fraction: float | None = None
    message: str | None = None
    items: int | None = None
    total: int | None = None
    metrics: dict[str, float | str | bool] = field(default_factory=dict)
    lines: int = 0
    at: int = 0
    turn: Lock = field(default_factory=Lock, repr=False)  # for whoever reads
    _rest: bytes = b""

    def read(self, data: bytes) -> None:
        """The next bytes of the output."""
        self.at += len(data)
        self.lines += data.count(b"\n")
        whole = self._rest + data
        end = max(whole.rfind(b"\n"), whole.rfind(b"\r")) + 1
        self._rest = whole[end:][-LONGEST_LINE:]
        ready = whole[:end]
        if any(word in ready for word in _WORDS):
            for match in _JSON_LINE.finditer(ready):
                self._take(match[1])
        if b"%|" in ready:
            self._take_bar(ready)

    def skip_to(self, at: int) -> None:
        """What lies before that offset is gone, or too much to be read."""
        if at > self.at:
            self.at, self._rest = at, b""

    def _take(self, line: bytes) -> None:
        if len(line) > LONGEST_LINE:
            return
        try:
            said = json.loads(line)
        except ValueError:
            return
        if not isinstance(said, dict):
            return
        if (fraction := _number(said.get("progress"))) is not None and 0 <= fraction <= 1:
            self.fraction = fraction
        if isinstance(message := said.get("message"), str) and said.keys() & {"progress", "metrics", "items"}:
            self.message = message[:LONGEST_MESSAGE]
        self.items = _whole(said.get("items"), self.items)
        self.total = _whole(said.get("total"), self.total)
        if isinstance(metrics := said.get("metrics"), dict):
            self.metrics.update(_plain(metrics, MOST_METRICS - len(self.metrics), self.metrics.keys()))

    def _take_bar(self, ready: bytes) -> None:
        """The last one drawn counts."""
        at = ready.rfind(b"%|")
        drawn = ready[max(0, at - 3) : at + 600].decode("utf-8", "replace")
        if (match := _BAR.search(drawn)) is None:
            return
        self.fraction = min(100, int(match["percent"])) / 100
        self.items, self.total = _amount(match["done"]), _amount(match["total"])


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def _whole(value: Any, before: int | None) -> int | None:
    number = _number(value)
    return before if number is None or not 0 <= number < 2**53 else int(number)


def _amount(text: str) -> int:
    return int(float(text.rstrip("kMGT")) * _UNITS.get(text[-1], 1))


def _plain(metrics: dict[Any, Any], room: int, known: Any) -> Iterator[tuple[str, float | str | bool]]:
    for name, value in metrics.items():
        if not isinstance(name, str) or len(name) > 100:
            continue
        if name not in known and (room := room - 1) < 0:
            continue
        if isinstance(value, (bool, str)):
            yield name, value if isinstance(value, bool) else value[:LONGEST_MESSAGE]
        elif (number := _number(value)) is not None:
            yield name, int(number) if isinstance(value, int) else number
