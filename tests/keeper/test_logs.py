"""The writer of a log on real files: age, what people do to the files meanwhile, offsets that only grow."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keeper.log_ends import LogEnds
from keeper.log_files import sealed_path, sealed_segments
from keeper.logs import LogWriter

DAY = 86_400.0


class Clock:
    """Both clocks of the writer, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr("keeper.logs.time.time", lambda: self.now)
        monkeypatch.setattr("keeper.logs.time.monotonic", lambda: self.now)

    def passes(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.live = folder / "logs" / "tool.log"
        self.ends = LogEnds(folder / "ends")
        self.told: list[tuple[str, dict[str, Any]]] = []
        self.writers: list[LogWriter] = []

    def writer(self, max_size: int = 1000, keep: int = 5, max_age: float | None = None) -> LogWriter:
        tell = lambda what, details: self.told.append((what, details))  # noqa: E731
        self.writers.append(LogWriter(self.live, max_size, keep, max_age, ends=self.ends, tell=tell))
        return self.writers[-1]

    def files(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.live.parent.glob("*.log"))}

    def dated(self, moment: float, path: Path | None = None) -> None:
        """The file (none given: the live one) was last written at this moment."""
        os.utime(path or self.live, (moment, moment))


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for writer in bench.writers:
        try:
            writer.close()
        except OSError:
            pass  # the test closed it


def test_a_segment_is_sealed_when_its_first_byte_is_too_old(bench: Bench, clock: Clock) -> None:
    writer = bench.writer(max_age=7 * DAY)
    writer.write(b"old\n")
    clock.passes(6 * DAY)
    writer.write(b"young\n")
    bench.dated(clock.now)
    assert list(bench.files()) == ["tool.log"]
    clock.passes(1.5 * DAY)
    writer.write(b"new\n")
    assert bench.files() == {"tool.00000000000000000000.log": b"old\nyoung\n", "tool.log": b"new\n"}


def test_a_sealed_segment_goes_when_its_last_byte_is_too_old(bench: Bench, clock: Clock) -> None:
    writer = bench.writer(max_size=4, max_age=7 * DAY)
    writer.write(b"old\nnew\nnow")
    clock.passes(3 * DAY)
    bench.dated(clock.now, sealed_path(bench.live, 4))
    clock.passes(3 * DAY)
    writer.write(b"\n")
    assert len(bench.files()) == 3
    clock.passes(2 * DAY)
    bench.dated(clock.now)
    writer.tend()
    assert bench.files() == {
        "tool.00000000000000000004.log": b"new\n",
        "tool.00000000000000000008.log": b"now\n",
        "tool.log": b"",
    }


def test_a_quiet_tools_log_ages_all_the_same(bench: Bench, clock: Clock) -> None:
    writer = bench.writer(max_age=DAY)
    writer.write(b"old\n")
    clock.passes(DAY + 1)
    bench.dated(clock.now - DAY / 2)
    writer.tend()
    assert bench.files() == {"tool.00000000000000000000.log": b"old\n", "tool.log": b""}
    clock.passes(DAY)
    writer.tend()
    assert (sum(map(len, bench.files().values())), writer.end) == (0, 4)
    writer.close()
    assert bench.writer(max_age=DAY).end == 4


def test_the_age_of_a_live_file_is_known_after_a_restart(bench: Bench, clock: Clock) -> None:
    first = bench.writer(max_age=DAY)
    first.write(b"old\n")
    first.close()
    clock.passes(DAY + 1)
    bench.dated(clock.now)
    bench.writer(max_age=DAY).write(b"new\n")
    assert bench.files() == {"tool.00000000000000000000.log": b"old\n", "tool.log": b"new\n"}


def test_without_max_age_nothing_ages(bench: Bench, clock: Clock) -> None:
    writer = bench.writer(max_size=4)
    writer.write(b"old\nnew\n")
    clock.passes(10_000 * DAY)
    writer.write(b"now\n")
    assert b"".join(bench.files().values()) == b"old\nnew\nnow\n"


deletes_open_files = pytest.mark.skipif(
    sys.platform == "win32", reason="a deleted file keeps its name there until its last reader or writer has closed it"
)


@deletes_open_files
@pytest.mark.parametrize("sealed_too", [True, False])
@pytest.mark.parametrize("restarted", [True, False])
def test_a_deleted_log_begins_anew_behind_all_earlier_offsets(
    bench: Bench, clock: Clock, sealed_too: bool, restarted: bool
) -> None:
    writer = bench.writer(max_size=100)
    writer.write(b"x" * 350)
    if sealed_too:
        shutil.rmtree(bench.live.parent)
    else:
        bench.live.unlink()
    clock.passes(1)
    if restarted:
        writer.close()
        writer = bench.writer(max_size=100)
    writer.write(b"new\n")
    assert writer.end == 354
    assert bench.live.read_bytes() == b"new\n"
    writer.write(b"y" * 200)
    sealed = sealed_segments(bench.live)
    assert sealed[-1].end == 550
    assert bench.told == [("lost", {"path": str(bench.live), "why": "deleted or moved", "at": 350})]


def test_a_log_that_was_deleted_while_nothing_ran_begins_behind_its_end(bench: Bench) -> None:
    writer = bench.writer(max_size=100)
    writer.write(b"x" * 350)
    writer.close()
    shutil.rmtree(bench.live.parent)
    assert bench.writer(max_size=100).end == 350
    assert bench.told == []


@pytest.mark.parametrize("emptied", [True, False])
def test_a_live_file_that_was_taken_away_while_nothing_ran_moves_no_offset(bench: Bench, emptied: bool) -> None:
    writer = bench.writer(max_size=100)
    writer.write(b"x" * 350)
    writer.close()
    bench.live.unlink()
    if emptied:
        bench.live.touch()
    again = bench.writer(max_size=100)
    again.write(b"new\n")
    assert (again.end, bench.live.read_bytes()) == (354, b"new\n")
    assert [(one.start, one.size) for one in sealed_segments(bench.live)][-2:] == [(200, 100), (350, 0)]


@deletes_open_files
def test_a_keeper_that_died_with_the_log_deleted_begins_behind_whatever_it_had_written(bench: Bench) -> None:
    bench.writer(max_size=100).write(b"x" * 350)
    shutil.rmtree(bench.live.parent)
    assert bench.writer(max_size=100).end >= 350


def test_deleting_old_segments_moves_no_offset(bench: Bench, clock: Clock) -> None:
    writer = bench.writer(max_size=100)
    writer.write(b"x" * 350)
    for one in sealed_segments(bench.live):
        one.path.unlink()
    clock.passes(1)
    writer.write(b"y" * 10)
    assert [(one.start, one.size) for one in sealed_segments(bench.live)] == [(300, 0)]
    writer.write(b"y" * 100)
    assert [(one.start, one.size) for one in sealed_segments(bench.live)] == [(300, 100)]
    assert (writer.end, bench.told) == (460, [])


def test_a_moved_log_keeps_what_it_had_and_a_new_one_begins(bench: Bench, clock: Clock) -> None:
    writer = bench.writer()
    writer.write(b"before\n")
    bench.live.rename(bench.live.with_name("mine.txt"))
    clock.passes(1)
    writer.write(b"after\n")
    assert bench.live.with_name("mine.txt").read_bytes() == b"before\n"
    assert bench.live.read_bytes() == b"after\n"


def test_bytes_come_at_once_into_a_log_that_was_emptied(bench: Bench) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows lets nobody else write to a live log")
    writer = bench.writer()
    writer.write(b"before\n")
    bench.live.write_bytes(b"")
    writer.write(b"after\n")
    assert (bench.live.read_bytes(), writer.end) == (b"after\n", 13)
    assert [one.start for one in sealed_segments(bench.live)] == [7]
    assert bench.told == [("lost", {"path": str(bench.live), "why": "emptied", "at": 7})]


def test_what_is_left_of_a_log_that_was_cut_off_stays(bench: Bench) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows lets nobody else write to a live log")
    writer = bench.writer()
    writer.write(b"one\ntwo\n")
    os.truncate(bench.live, 4)
    writer.write(b"three\n")
    assert [(one.start, one.size) for one in sealed_segments(bench.live)] == [(0, 4), (8, 0)]
    assert (bench.live.read_bytes(), writer.end) == (b"three\n", 14)


def test_what_somebody_else_appends_is_part_of_the_log(bench: Bench) -> None:
    if sys.platform == "win32":
        pytest.skip("Windows lets nobody else write to a live log")
    writer = bench.writer()
    writer.write(b"one\n")
    with bench.live.open("ab") as file:
        file.write(b"note\n")
    writer.write(b"two\n")
    assert (bench.live.read_bytes(), writer.end) == (b"one\nnote\ntwo\n", 13)


@deletes_open_files
def test_a_log_that_can_be_made_nowhere_is_told_once_and_is_there_when_it_can(bench: Bench, clock: Clock) -> None:
    writer = bench.writer()
    writer.write(b"one\n")
    shutil.rmtree(bench.live.parent)
    bench.live.parent.write_text("a file where the folder was")
    for _ in range(3):
        clock.passes(1)
        writer.write(b"two\n")
    bench.live.parent.unlink()
    clock.passes(1)
    writer.write(b"three\n")
    assert [what for what, _ in bench.told] == ["refused", "lost"]
    assert (bench.live.read_bytes(), writer.end) == (b"three\n", 22)


def test_a_full_disk_is_told_when_it_begins_and_when_it_ends(bench: Bench) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("a disk that is always full is something of Linux")
    writer = bench.writer()
    writer.write(b"one\n")
    full = os.open("/dev/full", os.O_WRONLY)
    real, writer.fd = writer.fd, full
    writer.write(b"lost\n")
    writer.write(b"lost\n")
    os.close(full)
    writer.fd = real
    writer.write(b"two\n")
    path = str(bench.live)
    assert bench.told == [
        ("refused", {"path": path, "why": "No space left on device", "at": 4}),
        ("accepted", {"path": path, "lost": 10, "at": 4}),
    ]
    assert (bench.live.read_bytes(), writer.lost) == (b"one\ntwo\n", 10)


def test_when_no_new_segment_can_be_made_the_live_one_grows_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = bench.writer(max_size=100)

    def refuse(path: Path) -> int:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr("keeper.logs.open_for_writing", refuse)
        writer.write(b"x" * 300)
    writer.write(b"y" * 50)
    assert (writer.lost, writer.end) == (0, 350)
    assert b"".join(bench.files().values()) == b"x" * 300 + b"y" * 50


def test_files_never_take_more_than_the_caps(bench: Bench) -> None:
    writer = bench.writer(max_size=1000, keep=3)
    for _ in range(300):
        writer.write(b"x" * 77)
        assert sum(path.stat().st_size for path in bench.live.parent.glob("*.log")) <= 4000
    assert writer.end == 23_100


@pytest.mark.parametrize("words", [b"", b"nonsense", b"-"])
def test_a_broken_memory_of_ends_counts_as_none(bench: Bench, words: bytes) -> None:
    bench.ends.note(bench.live, 7)
    assert bench.ends.of(bench.live) == 7
    next(bench.live.parent.parent.glob("ends/*")).write_bytes(words)
    assert bench.ends.of(bench.live) == 0
