"""One pass over all processes beside the one before: the share of a processor each had in between, who started whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from backend.services.system.readings import Reading

LEAST_AGE = 0.1


class Pass:
    """`shares` are percent of one processor by pid: a process with four busy threads has 400."""

    def __init__(self, before: Mapping[int, Reading], after: Mapping[int, Reading], seconds: float, now: float) -> None:
        """`now` is the wall clock (seconds since 1970) at the second reading, `seconds` the time between both."""
        self.readings = after
        self.shares = {pid: _share(before.get(pid), reading, seconds, now) for pid, reading in after.items()}
        self._children: dict[int, list[int]] | None = None

    def with_descendants(self, pids: Iterable[int]) -> Iterator[int]:
        """Those of the pids that live and all that they started, each once.

        A child that is older than its parent is none: its parent has gone, and another process has that number.
        """
        waiting = [pid for pid in pids if pid in self.readings]
        seen: set[int] = set()
        while waiting:
            pid = waiting.pop()
            if pid in seen:
                continue
            seen.add(pid)
            yield pid
            started = self.readings[pid].started
            waiting.extend(child for child in self._started_by(pid) if self.readings[child].started >= started)

    def _started_by(self, pid: int) -> list[int]:
        if self._children is None:
            self._children = {}
            for reading in self.readings.values():
                self._children.setdefault(reading.parent, []).append(reading.pid)
        return self._children.get(pid, [])


def _share(before: Reading | None, after: Reading, seconds: float, now: float) -> float:
    if after.cpu_seconds is None:
        return 0.0
    if before is not None and before.started == after.started and before.cpu_seconds is not None:
        used, over = after.cpu_seconds - before.cpu_seconds, seconds
    else:
        used, over = after.cpu_seconds, max(now - after.started, LEAST_AGE)  # over its life, which nobody watched
    return round(100 * max(used, 0.0) / over, 1) if over > 0 else 0.0
