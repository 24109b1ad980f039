"""Opens the logs of trees, tends those that are quiet, and collects what befalls them for the daemon.

What is told while there is no daemon waits for the next; the newest thousand do.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from keeper.compressing import Compressor
from keeper.log_ends import LogEnds
from keeper.logs import LogWriter
from keeper.protocol import LaunchSpec, Message
from keeper.trees import Tree

TEND = 30.0  # seconds


class TreeLogs:
    """`folder` is where the ends of logs are remembered."""

    def __init__(self, folder: Path | None = None) -> None:
        self._ends = LogEnds(folder) if folder is not None else None
        self._compressor = Compressor()
        self._news: deque[Message] = deque(maxlen=1000)
        self._tended = time.monotonic()

    def open(self, spec: LaunchSpec) -> LogWriter:
        """OSError when it cannot be written to."""
        rules = spec.log
        live = Path(rules.path)
        self._compressor.cancel(live)
        return LogWriter(
            live,
            rules.max_size,
            rules.keep,
            rules.max_age,
            compressor=self._compressor if rules.compress else None,
            ends=self._ends,
            tell=partial(self._befell, spec),
        )

    def news(self) -> Iterator[Message]:
        """What befell logs, once: `{"event": "log", "id", "owner", "what", "details"}`; `LogWriter` says what."""
        while self._news:
            yield self._news.popleft()

    def tend(self, trees: Iterable[Tree]) -> None:
        """Those of trees that live, when it is time again."""
        now = time.monotonic()
        if now - self._tended >= TEND:
            self._tended = now
            for tree in trees:
                if tree.alive:
                    tree.log.tend()

    def _befell(self, spec: LaunchSpec, what: str, details: dict[str, Any]) -> None:
        self._news.append({"event": "log", "id": spec.id, "owner": list(spec.owner), "what": what, "details": details})
