"""Logs read by offset: across segments, from the end, while they are rotated under the reader."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.services.processes.logs import Log, Piece
from keeper.archive import Table, block_size, pack_block, pack_table
from keeper.log_files import Sealed, sealed_segments
from keeper.logs import LogWriter


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "tool.log"


def written(live: Path, text: bytes, max_size: int = 10_000_000, keep: int = 50) -> Log:
    writer = LogWriter(live, max_size, keep)
    writer.write(text)
    writer.close()
    return Log(live)


def compress(segment: Sealed) -> None:
    data, block = segment.path.read_bytes(), block_size(segment.size)
    blocks = [pack_block(data[at : at + block]) for at in range(0, len(data), block)]
    table = pack_table(len(data), block, [len(one) for one in blocks], segment.modified)
    segment.path.with_name(segment.path.name + ".gz").write_bytes(b"".join(blocks) + table)
    segment.path.unlink()


LINES = b"".join(b"line %04d\n" % number for number in range(1000))


def test_a_log_that_is_not_there_is_empty(live: Path) -> None:
    log = Log(live)
    assert log.extent() == (0, 0)
    assert log.tail(10).data == b""
    assert log.read(0).data == b""
    assert list(log.download()) == []


@pytest.mark.parametrize("max_size", [10_000_000, 137, 50])
def test_the_tail_reaches_across_segments(live: Path, max_size: int) -> None:
    piece = written(live, LINES, max_size, keep=2000).tail(3)
    assert piece.data == b"line 0997\nline 0998\nline 0999\n"
    assert (piece.start, piece.end) == (9970, 10_000)


def test_paging_backwards_meets_every_line_once(live: Path) -> None:
    log = written(live, LINES, max_size=333)
    pages, before = [], None
    while (piece := log.tail(70, before)).data:
        pages.append(piece.data)
        before = piece.start
    assert b"".join(reversed(pages)) == LINES


def test_an_unfinished_last_line_counts_as_a_line(live: Path) -> None:
    assert written(live, b"one\ntwo\nthr").tail(2).data == b"two\nthr"


@pytest.mark.parametrize("max_size", [10_000_000, 999])
def test_reading_by_offset_gives_exactly_these_bytes(live: Path, max_size: int) -> None:
    log = written(live, LINES, max_size)
    for start, limit in ((0, 10), (995, 20), (9990, 100), (10_000, 5)):
        piece = log.read(start, limit)
        assert (piece.start, piece.data, piece.gap) == (start, LINES[start : start + limit], False)


def test_what_was_rotated_away_is_a_gap(live: Path) -> None:
    log = written(live, LINES, max_size=1000, keep=2)
    first, end = log.extent()
    assert (first, end) == (7000, 10_000)
    piece = log.read(100, 10)
    assert (piece.start, piece.gap, piece.data) == (7000, True, LINES[7000:7010])


def test_behind_the_end_there_is_nothing_and_no_gap(live: Path) -> None:
    log = written(live, LINES)
    for start in (10_000, 10_001, 1_000_000):
        assert log.read(start) == Piece(start, b"")


def test_bytes_lost_within_a_log_are_a_gap_and_pages_step_over_it(live: Path) -> None:
    writer = LogWriter(live, 2500, 50)
    writer.write(LINES)
    sealed_segments(live)[1].path.unlink()
    log = Log(live)
    assert log.read(2495, 100) == Piece(2495, LINES[2495:2500])
    assert log.read(2500, 10) == Piece(5000, LINES[5000:5010], gap=True)
    assert log.tail(700).data == LINES[5000:]
    assert log.tail(1, before=5000) == Piece(2490, LINES[2490:2500])
    writer.close()


@pytest.mark.parametrize("packed", [0, 1, 3])
def test_compressed_segments_are_read_like_others(live: Path, packed: int) -> None:
    writer = LogWriter(live, 2_500_000, 50)
    writer.write(LINES * 1000)
    for one in sealed_segments(live)[:packed]:
        compress(one)
    log = Log(live)
    assert log.extent() == (0, 10_000_000)
    assert b"".join(log.download()) == LINES * 1000
    for start in (0, 262_143, 262_144, 2_499_995, 7_499_999):
        assert log.read(start, 20) == Piece(start, (LINES * 1000)[start : start + 20])
    pages, before = list[bytes](), None
    while (piece := log.tail(99_999, before)).data:
        pages.append(piece.data)
        before = piece.start
    assert b"".join(reversed(pages)) == LINES * 1000
    writer.close()


def test_a_page_unpacks_no_more_than_it_needs(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LogWriter(live, 5_000_000, 50)
    writer.write(LINES * 1000)
    compress(sealed_segments(live)[0])
    unpacked = 0
    read = Table.read

    def count(table: Table, path: Path, offset: int, limit: int) -> bytes:
        nonlocal unpacked
        unpacked += 1
        return read(table, path, offset, limit)

    monkeypatch.setattr(Table, "read", count)
    assert Log(live).tail(10, before=4_000_000).data == LINES[-100:]
    assert unpacked == 1
    writer.close()


def test_the_tail_of_very_long_lines_is_cut_at_its_limit(live: Path) -> None:
    log = written(live, b"".join(b"%d" % n * 1_000_000 + b"\n" for n in range(8)))
    piece = log.tail(5, limit=2_500_000)
    assert (len(piece.data), piece.end) == (2_500_000, 8_000_008)
    assert piece.data.endswith(b"7\n")


def test_a_download_is_all_that_is_kept_byte_for_byte(live: Path) -> None:
    data = bytes(range(256)) * 40
    assert b"".join(written(live, data, max_size=1000).download()) == data


def test_offsets_go_on_when_the_log_is_opened_again(live: Path) -> None:
    written(live, b"a" * 250, max_size=100)
    assert written(live, b"b" * 100, max_size=100).extent() == (0, 350)


def test_a_reader_that_follows_while_the_log_rotates_gets_each_byte_once(live: Path) -> None:
    writer = LogWriter(live, 5_000, 1000)
    done = threading.Event()

    def write() -> None:
        for number in range(40_000):
            writer.write(b"%08d\n" % number)
        done.set()

    log, got, at = Log(live), [], 0
    thread = threading.Thread(target=write)
    thread.start()
    while True:
        finished = done.is_set()
        piece = log.read(at, 1 << 16)
        assert piece.start == at
        assert not piece.gap
        got.append(piece.data)
        at = piece.end
        if finished and not piece.data:
            break
    thread.join()
    writer.close()
    assert b"".join(got) == b"".join(b"%08d\n" % number for number in range(40_000))


def test_lines_get_their_time_from_the_index(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("keeper.logs.time.time", lambda: now)
    writer = LogWriter(live, 1000, 3)
    for second in range(10):
        now = 1_000_000.0 + second
        writer.write(b"x" * 10)
    writer.close()
    log = Log(live)
    assert log.arrival(0) == datetime.fromtimestamp(1_000_000, UTC)
    assert log.arrival(57) == datetime.fromtimestamp(1_000_005, UTC)
    assert log.arrivals(57, 75) == [(50, 1_000_005_000), (60, 1_000_006_000), (70, 1_000_007_000)]
    assert Log(live.with_name("other.log")).arrival(5) is None
