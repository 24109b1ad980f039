"""Compressed segments: gzip for everyone, readable from any offset, made within the caps and beside full speed."""

from __future__ import annotations

import gzip
import random
import shutil
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from keeper import compressing
from keeper.archive import Damaged, block_size, pack_block, pack_table, read_table, salvage
from keeper.compressing import Compressor
from keeper.log_files import packed_path, sealed_segments
from keeper.logs import LogWriter
from tests.fakes.daemon import wait_for

WORDS = b"".join(b"%09d the quick brown fox\n" % number for number in range(40_000))


def packed(path: Path, data: bytes, block: int) -> Path:
    blocks = [pack_block(data[at : at + block]) for at in range(0, len(data), block)]
    path.write_bytes(b"".join(blocks) + pack_table(len(data), block, [len(one) for one in blocks], 0))
    return path


@pytest.fixture
def live(tmp_path: Path) -> Path:
    return tmp_path / "tool.log"


@pytest.fixture
def compressor(monkeypatch: pytest.MonkeyPatch) -> Compressor:
    monkeypatch.setattr(compressing, "PAUSE", 0.0)
    return Compressor()


def test_an_archive_is_gzip_and_is_read_from_any_offset(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.gz", WORDS, 100_000)
    assert gzip.decompress(path.read_bytes()) == WORDS
    if (gunzip := shutil.which("gunzip")) is not None:
        assert subprocess.run([gunzip, "-c", str(path)], capture_output=True, check=True).stdout == WORDS
    table = read_table(path)
    assert table.size == len(WORDS)
    for offset in (0, 1, 99_999, 100_000, len(WORDS) - 1):
        upto = min(offset + 500, offset - offset % 100_000 + 100_000, len(WORDS))
        assert table.read(path, offset, 500) == WORDS[offset:upto]


def test_a_table_fits_however_large_the_segment() -> None:
    for size in (1, 10_000_000, 5_000_000_000_000):
        count = -(-size // block_size(size))
        assert len(pack_table(size, block_size(size), [1] * count, 0)) < 65_536


@pytest.mark.parametrize(("keep", "left"), [(0, 0), (5, 0), (-30, len(WORDS)), (-1, len(WORDS))])
def test_of_an_archive_that_was_cut_off_the_beginning_is_left(tmp_path: Path, keep: int, left: int) -> None:
    path = packed(tmp_path / "tool.00000000000000000000.log.gz", WORDS, 100_000)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"too short|no table|does not fit"):
        read_table(path)
    assert [one.size for one in sealed_segments(tmp_path / "tool.log")] == [left]


def test_what_is_left_of_an_archive_reaches_into_the_block_that_was_cut(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.gz", WORDS, 100_000)
    whole = read_table(path)
    path.write_bytes(path.read_bytes()[: (whole.places[1] + whole.places[2]) // 2])
    table = salvage(path)
    assert 100_000 < table.size < 200_000
    assert table.read(path, 0, 100_000) == WORDS[:100_000]
    assert table.read(path, 100_000, 100_000) == WORDS[100_000 : table.size]


def test_a_gzip_file_of_somebody_else_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(WORDS))
    with pytest.raises(ValueError, match="no table"):
        read_table(path)
    assert salvage(path).read(path, 5, 500) == WORDS[5:505]


def test_damage_in_a_block_costs_what_follows_in_that_block_only(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.gz", WORDS, 100_000)
    table = read_table(path)
    data = bytearray(path.read_bytes())
    middle = (table.places[1] + table.places[2]) // 2
    data[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(data)
    assert table.read(path, 100_000, 10_000) == WORDS[100_000:110_000]
    data[table.places[1] : middle] = bytes(middle - table.places[1])
    path.write_bytes(data)
    with pytest.raises(Damaged):
        table.read(path, 100_000, 1)
    assert table.read(path, 200_000, 10) == WORDS[200_000:200_010]


def test_an_archive_of_which_nothing_is_left_takes_its_turn_to_go(live: Path) -> None:
    writer = LogWriter(live, 1000, 3)
    writer.write(b"x" * 999 + b"\n")
    broken = live.with_name("tool.00000000000000000000.log.gz")
    writer.write(b"y")  # seals the first
    broken.write_bytes(b"nothing that was ever packed")
    broken.with_suffix("").unlink()
    for _ in range(4):
        writer.write(b"z" * 1000)
    writer.close()
    assert not broken.exists()


def test_sealed_segments_are_compressed_and_keep_bytes_order_and_time(live: Path, compressor: Compressor) -> None:
    writer = LogWriter(live, 400_000, 5, compressor=compressor)
    writer.write(WORDS)
    sealed = wait_for(lambda: all(one.packed for one in sealed_segments(live)) and sealed_segments(live))
    assert [(one.start, one.size) for one in sealed] == [(0, 400_000), (400_000, 400_000)]
    whole = b"".join(gzip.decompress(one.path.read_bytes()) for one in sealed) + live.read_bytes()
    assert whole == WORDS
    assert all(abs(one.modified - live.stat().st_mtime) < 60 for one in sealed)
    writer.close()
    again = LogWriter(live, 400_000, 5, compressor=compressor)
    assert again.end == len(WORDS)
    again.close()


def test_what_gains_nothing_stays_plain_and_is_tried_once(live: Path, compressor: Compressor) -> None:
    noise = random.Random(1).randbytes(300_000)
    writer = LogWriter(live, 100_000, 5, compressor=compressor)
    writer.write(noise)
    job = writer._sealed._job
    assert job is not None
    wait_for(lambda: job.over)
    assert [one.packed for one in sealed_segments(live)] == [False, False]
    writer.tend()
    assert writer._sealed._job is job
    assert not packed_path(live).exists()
    writer.close()


def test_the_caps_hold_while_it_is_compressed_at_full_speed(
    live: Path, compressor: Compressor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compressing, "_REST", 0.0)
    most, done = 0, threading.Event()

    def sizes() -> dict[int, int]:
        found = {}
        for path in live.parent.iterdir():
            with suppress(FileNotFoundError):  # renamed meanwhile
                seen = path.stat()
                found[seen.st_ino] = 0 if path.suffix == ".index" else seen.st_size
        return found

    def look() -> None:
        """What is there before and after was there at once, whatever came and went while we looked."""
        nonlocal most
        before, after = sizes(), sizes()
        most = max(most, sum(min(before[file], after[file]) for file in before.keys() & after.keys()))

    def look_on() -> None:
        while not done.is_set():
            look()

    watcher = threading.Thread(target=look_on)
    watcher.start()
    writer = LogWriter(live, 100_000, 2, compressor=compressor)
    for at in range(0, len(WORDS), 700):
        writer.write(WORDS[at : at + 700])
    done.set()
    watcher.join()
    look()
    assert writer.end == len(WORDS)
    assert 0 < most <= 300_000
    writer.close()


def test_the_log_of_a_tool_that_ended_is_compressed_all_the_same(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "PAUSE", 0.1)
    writer = LogWriter(live, 400_000, 5, compressor=Compressor())
    writer.write(WORDS)
    writer.close()
    wait_for(lambda: all(one.packed for one in sealed_segments(live)))


def test_a_log_that_is_opened_again_is_left_alone(live: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compressing, "PAUSE", 0.05)
    writer = LogWriter(live, 400_000, 5, compressor=(compressor := Compressor()))
    writer.write(WORDS)
    writer.close()
    compressor.cancel(live)
    other = LogWriter(live.with_name("other.log"), 400_000, 5, compressor=compressor)
    other.write(WORDS)  # its job comes behind that of the first
    wait_for(lambda: all(one.packed for one in sealed_segments(other.live)))
    assert [one.packed for one in sealed_segments(live)] == [False, False]
    other.close()
