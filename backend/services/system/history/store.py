"""The figures' past in the database: what a start finds again, what is stored every few seconds, what is read for
charts.

Moments are stored whole, a row each, until they are thinned: that happens a quarter of an hour at a time and for all
series in one unit of work, since rows of one series lie beside each other and each place that is written to costs a
page. What is not stored yet lies in `Recent`: where the database is away for an hour nothing is lost.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from sqlalchemy.ext.asyncio import AsyncSession

from backend.core.errors import CenterError
from backend.database.database import Database
from backend.database.repositories import system as table
from backend.services.system.history.points import HOUR, MINUTE, QUARTER, WEEK, Grid, Point
from backend.services.system.history.recent import KEPT, Recent, Tick
from backend.services.system.history.thinning import Thin, thinned

log = logging.getLogger(__name__)

ROWS = 500  # that are written in one statement
PRUNE_BATCH = 500  # rows in one unit of work
PAUSE = 0.1  # seconds between two of those
AGAIN = 5.0  # seconds until a database that did not answer is asked again
BATCH = 200  # moments that are read in one go
NEWEST = 1 << 31  # epoch seconds: no clock shows more


@dataclass(slots=True)
class Seen:
    """From when to when there are measurements of a series."""

    first: int
    last: int


class Store:
    """`seen` has every series by its name. `thin_until` is the time up to which all is thinned."""

    def __init__(self, database: Database, recent: Recent) -> None:
        self.seen: dict[str, Seen] = {}
        self.thin_until = 0
        self._opened = asyncio.Event()
        self._database = database
        self._recent = recent
        self._ids: dict[str, int] = {}
        self._stored_until = 0
        self._said = ""

    # Beginning

    async def open(self, now: int) -> None:
        """Reads what was stored before, however long the database does not answer."""
        while True:
            try:
                await self._read(now)
            except CenterError as error:
                self._say("what was measured before is not known yet", error)
                await asyncio.sleep(AGAIN)
            else:
                self._opened.set()
                return

    async def opened(self, patience: float) -> bool:
        """Whether what was stored before is there, at the latest in `patience` seconds."""
        try:
            await asyncio.wait_for(self._opened.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def _read(self, now: int) -> None:
        async with self._database.read() as session:
            known = await table.all_series(session)
            newest = await table.newest(session, QUARTER, now)
            since = min(now - KEPT, now if newest is None else newest + QUARTER)
            found: list[table.Tick] = []
            while part := await table.ticks(session, found[-1].at + 1 if found else since, now + 1, BATCH):
                found += part
                await asyncio.sleep(0)
        self._ids = {one.metric: one.id for one in known}
        names = {str(one.id): one.metric for one in known}
        self._recent.restore((one.at, _named(one.figures, names)) for one in found)
        for one in known:
            ours = self.seen.get(one.metric)
            self.seen[one.metric] = Seen(one.first_at, ours.last if ours else one.last_at)
        self._stored_until = found[-1].at + 1 if found else 0
        begun = found[0].at if found else now
        self.thin_until = begun // QUARTER * QUARTER if newest is None else newest + QUARTER

    # Storing

    def measured(self, at: int, metrics: Iterable[str]) -> None:
        """There is a tick more. After a clock that was set back, what comes again is stored and thinned again."""
        self._stored_until = min(self._stored_until, at)
        self.thin_until = min(self.thin_until, at // QUARTER * QUARTER)
        for metric in metrics:
            if (seen := self.seen.get(metric)) is None:
                self.seen[metric] = Seen(at, at)
            else:
                seen.first, seen.last = min(seen.first, at), at

    async def flush(self, now: int) -> None:
        """Stores what is not stored yet, and thins what is a whole quarter of an hour. What cannot be stored waits."""
        if not self._opened.is_set():
            return
        ticks = self._recent.between(self._stored_until, NEWEST)
        quarter = now // QUARTER * QUARTER
        to_thin = self._recent.between(self.thin_until, quarter)
        whole = await asyncio.to_thread(lambda: list(thinned(to_thin))) if to_thin else []
        try:
            self._ids |= await self._database.write(partial(self._write, ticks=ticks, whole=whole, quarter=quarter))
        except CenterError as error:
            self._say("figures wait to be stored", error)
            return
        self._said = ""
        self.thin_until = quarter
        if ticks:
            self._stored_until = ticks[-1].at + 1

    async def _write(
        self, session: AsyncSession, ticks: Sequence[Tick], whole: Sequence[Thin], quarter: int
    ) -> dict[str, int]:
        """The numbers of series that are new."""
        names = {name for tick in ticks for name in tick.names} | {metric for _, metric, _ in whole}
        firsts = {name: self.seen[name].first for name in names if name not in self._ids}
        new = await table.add_series(session, firsts) if firsts else {}
        ids = {**self._ids, **new}
        await table.add_ticks(session, [table.Tick(tick.at, _numbered(tick, ids)) for tick in ticks])
        rows = sorted(table.Sample(tier, ids[metric], *one) for tier, metric, one in whole)  # as they lie on disk
        if rows:
            await _add_thinned(session, rows)
        if quarter > self.thin_until:
            await table.seen(session, {ids[metric]: self.seen[metric].last for metric in names})
            await table.forget_ticks(session, quarter - HOUR)
        return new

    async def forget(self, keep: float, now: int) -> int:
        """Removes what is older than `keep` seconds, in small units of work between which others write; how many rows
        went. Raises `DatabaseUnavailable`."""
        gone = 0
        for tier, age in ((MINUTE, min(WEEK, keep)), (QUARTER, keep), (HOUR, keep)):
            if (before := now - age) > 0:
                gone += await self._prune(tier, int(before))
        if (before := now - keep) > 0:
            await self._forget_series(int(before))
        return gone

    async def _prune(self, tier: int, before: int) -> int:
        async with self._database.read() as session:
            old = await table.series_older(session, tier, before)
        gone = 0
        for series in old:
            removed = PRUNE_BATCH
            while removed == PRUNE_BATCH:
                removed = await self._database.write(
                    partial(table.prune, tier=tier, series=series, before=before, most=PRUNE_BATCH)
                )
                gone += removed
                await asyncio.sleep(PAUSE)
        return gone

    async def _forget_series(self, before: int) -> None:
        """Those of which nothing is left."""
        old = [metric for metric, seen in self.seen.items() if seen.last < before and metric in self._ids]
        if old:
            await self._database.write(partial(table.forget_series, series=[self._ids[metric] for metric in old]))
        for metric in old:
            del self.seen[metric], self._ids[metric]

    # Reading

    async def points(self, metrics: Sequence[str], tier: int, on: Grid, until: int) -> dict[str, list[Point]]:
        """What is thinned of the time before `until`, put on the grid, by metric. Raises `DatabaseUnavailable`."""
        ids = {self._ids[metric]: metric for metric in metrics if metric in self._ids}
        begin, end = on.begin // tier * tier, min(on.end, until)
        if not ids or begin >= end:
            return {}
        async with self._database.read() as session:
            found = await table.parts(session, list(ids), tier, since=begin, until=end, origin=on.origin, step=on.step)
        return {
            ids[series]: [Point(*part[1:]) for part in parts]
            for series, parts in groupby(found, lambda part: part.series)
        }

    async def moment(self, at: int) -> dict[str, float]:
        """All that is known of the time around `at`: of that moment, else of its minute, else of its quarter of an
        hour. Raises `DatabaseUnavailable`."""
        names = {number: metric for metric, number in self._ids.items()}
        async with self._database.read() as session:
            if ticks := await table.ticks(session, at - MINUTE // 2, at + 1, BATCH):
                return _named(ticks[-1].figures, {str(number): metric for number, metric in names.items()})
            for tier in (MINUTE, QUARTER):
                if found := await table.of_moment(session, list(names), tier, at // tier * tier):
                    return {names[number]: value for number, value in found.items()}
        return {}

    def _say(self, what: str, error: CenterError) -> None:
        """Once for each reason."""
        if self._said != error.detail:
            self._said = error.detail
            log.warning("%s: %s", what, error.detail)


async def _add_thinned(session: AsyncSession, rows: Sequence[table.Sample]) -> None:
    """With the hours that they lie in, which are made of the quarters that are stored: some may be of another life."""
    for first in range(0, len(rows), ROWS):
        await table.add(session, rows[first : first + ROWS])
    times, series = [row.at for row in rows], {row.series for row in rows}
    begin, end = min(times) // HOUR * HOUR, max(times) // HOUR * HOUR + HOUR
    await table.sum_up(session, list(series), QUARTER, HOUR, since=begin, until=end)


def _numbered(tick: Tick, ids: Mapping[str, int]) -> dict[str, float]:
    return {str(ids[name]): value for name, value in zip(tick.names, tick.values, strict=True)}


def _named(figures: Mapping[str, float], names: Mapping[str, str]) -> dict[str, float]:
    """By metric. A series that is forgotten has no name any more."""
    return {names[number]: value for number, value in figures.items() if number in names}
