"""Looks for patterns in what one tool writes, without reading a line twice and without being told of each.

Where nothing has come the keeper is asked to tell when something does; where something has, it is not asked for a
moment, in which more gathers. So a flood costs what its bytes cost: neither the keeper nor the loop knows of its lines.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field

from backend.core.clock import Clock
from backend.services.alerts.model import LogSays
from backend.services.alerts.patterns import Pattern, together
from backend.services.processes.follow import ANYWAY, Behind
from backend.services.processes.growth import Growth
from backend.services.processes.logs import Log, Piece

PAUSE = 0.5  # seconds between two looks, in which lines gather
BLOCK = 1 << 20  # bytes that are looked through at once
LONGEST_LINE = 300  # characters that are told of a line
_COLOUR = re.compile(r"\x1b\[[0-9;:?]*[ -/]*[@-~]")
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


@dataclass(slots=True)
class Sought:
    """A condition, the times (epoch seconds) of the newest lines that met it, as many as it counts, and the last of
    these lines."""

    condition: LogSays
    pattern: Pattern = field(init=False)
    times: deque[float] = field(init=False)
    line: str = ""

    def __post_init__(self) -> None:
        self.pattern = Pattern(self.condition.pattern)
        self.times = deque(maxlen=self.condition.count)

    def within(self, now: float) -> int:
        """How many of them are not too old. Those that a clock told which was set back since count from now on."""
        if self.times and self.times[-1] > now:
            self.times = deque([min(at, now) for at in self.times], self.times.maxlen)
        return sum(1 for at in self.times if at > now - self.condition.within)


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found in the bytes up to `end`: of each rule times and the last line. `at` is when it was taken; `whole`
    where there were no more bytes than that."""

    at: float
    end: int
    whole: bool
    found: Mapping[str, tuple[list[float], str]]


class LogWatch:
    """`sought` is by rule; `lives` tells whether the tool goes, `found` is called when a line was found."""

    def __init__(
        self,
        log: Log,
        sought: Mapping[str, Sought],
        *,
        growth: Growth,
        clock: Clock,
        lives: Callable[[], bool],
        found: Callable[[], None],
    ) -> None:
        self.sought = sought
        self._log = log
        self._growth = growth
        self._clock = clock
        self._lives = lives
        self._found = found
        self._wake = asyncio.Event()
        self._at = 0
        self.caught_up = False  # until then nobody knows how often a line came
        self._looked_at = 0.0  # epoch seconds at which all that stood there had been read
        self._behind = Behind(log)
        self._any = together([one.condition.pattern for one in sought.values()])

    def stir(self) -> None:
        """The tool has begun, or has ended and said its last words."""
        self._wake.set()

    async def run(self) -> None:
        """Begins with the lines that still count, as if it had been there when they came. Ends when cancelled."""
        longest = max(one.condition.within for one in self.sought.values())
        since = self._clock.now().timestamp() - longest
        self._at = await asyncio.to_thread(self._log.since, int(since * 1000))
        while True:
            look = await self._next()
            if look.whole:
                await asyncio.sleep(PAUSE)

    async def _next(self) -> _Look:
        """What has come; where nothing has, waits until something may have."""
        lives = self._lives()
        with self._growth.watch(str(self._log.live), self._wake) if lives else nullcontext():
            self._wake.clear()
            before, look = self._at, await asyncio.to_thread(self._look, patient=lives)
            self._take(look)
            if look.end > before or await self._woken(ANYWAY if lives else None):
                return look
        if await self._behind.another_log(self._at):
            self._at = (await asyncio.to_thread(self._log.extent))[0]
        return look

    async def _woken(self, seconds: float | None) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._wake.wait()
        except TimeoutError:
            return False

    def _take(self, look: _Look) -> None:
        self._at = look.end
        for rule, (times, line) in look.found.items():
            self.sought[rule].times.extend(times)
            self.sought[rule].line = line
        known_now = look.whole and not self.caught_up
        if look.whole:
            self.caught_up, self._looked_at = True, look.at
        if look.found or known_now:
            self._found()

    def _look(self, *, patient: bool) -> _Look:
        """For a thread. While `patient`, a line without its end waits for it."""
        now = self._clock.now().timestamp()
        piece = self._log.read(self._at, BLOCK)
        whole = len(piece.data) < BLOCK
        shown = self._log.encoding.shown_until(piece.data, piece.start)
        if not (shown or whole) or (whole and not patient):
            shown = len(piece.data)
        piece = Piece(piece.start, piece.data[:shown])
        return _Look(now, piece.end, whole, self._search(piece) if shown else {})

    def _search(self, piece: Piece) -> dict[str, tuple[list[float], str]]:
        text = piece.data if self._log.encoding.is_utf_8 else self._log.text(piece).encode()
        text = text.replace(b"\r", b"\n")
        if self._any is not None and not self._any.lines(text, 1):
            return {}
        scale = len(piece.data) / max(len(text), 1)
        moments: list[tuple[int, int]] | None = None
        found: dict[str, tuple[list[float], str]] = {}
        for rule, one in self.sought.items():
            if lines := one.pattern.lines(text, one.condition.count):
                moments = self._log.arrivals(piece.start, piece.end) if moments is None else moments
                times = [self._arrived(moments, piece.start + int(line.start * scale)) for line in lines]
                found[rule] = times, _shown(lines[-1].line)
        return found

    def _arrived(self, moments: list[tuple[int, int]], offset: int) -> float:
        """The log tells it to a second; and it was not there at the last look."""
        known = [moment for at, moment in moments if at <= offset]
        return max(known[-1] / 1000 if known else 0.0, self._looked_at)


def _shown(line: bytes) -> str:
    text = _CONTROL.sub(" ", _COLOUR.sub("", line[: 4 * LONGEST_LINE].decode("utf-8", "replace"))).strip()
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"
