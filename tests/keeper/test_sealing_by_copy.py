"""What an interrupted sealing by copy leaves behind (Windows, while somebody reads the log) is put right later."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from keeper.log_files import INDEX_ENTRY, Index, give_name, index_path, sealed_segments
from keeper.logs import LogWriter


def test_copy_that_was_not_finished_is_dropped(tmp_path: Path) -> None:
    live = tmp_path / "tool.log"
    live.write_bytes(b"0123456789")
    (tmp_path / "tool.part").write_bytes(b"01234")
    log = LogWriter(live, max_size=100, keep=5)
    log.write(b"ab")
    log.close()
    assert (log.end, live.read_bytes()) == (12, b"0123456789ab")
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_copy_that_only_lacked_its_name_gets_it(tmp_path: Path) -> None:
    live = tmp_path / "tool.log"
    (tmp_path / "tool.00000000000000000000.log").write_bytes(b"first")
    (tmp_path / "tool.part").write_bytes(b"second")
    live.touch()
    log = LogWriter(live, max_size=100, keep=5)
    log.write(b"third")
    log.close()
    assert [(one.start, one.path.read_bytes()) for one in sealed_segments(live)] == [(0, b"first"), (5, b"second")]
    assert (log.end, live.read_bytes()) == (16, b"third")


def test_a_live_file_that_cannot_be_renamed_is_copied_and_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = tmp_path / "tool.log"
    replace = os.replace

    def held_open(source: Path, target: Path) -> None:
        if source == live:
            raise PermissionError(13, "Sharing violation")
        replace(source, target)

    monkeypatch.setattr("keeper.logs.os.replace", held_open)
    log = LogWriter(live, max_size=100, keep=2)
    for number in range(50):
        log.write(b"%09d\n" % number)
    log.close()
    assert [(one.start, one.size) for one in sealed_segments(live)] == [(200, 100), (300, 100)]
    whole = b"".join(one.path.read_bytes() for one in sealed_segments(live)) + live.read_bytes()
    assert (whole, log.end, log.lost) == (b"".join(b"%09d\n" % n for n in range(20, 50)), 500, 0)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".index", ".log", ".log", ".log"]


def test_a_copy_gets_its_name_when_a_scanner_lets_go_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part, name = tmp_path / "tool.part", tmp_path / "tool.log"
    part.write_bytes(b"copy")
    attempts = 0
    replace = os.replace

    def scanned(source: Path, target: Path) -> None:
        nonlocal attempts
        attempts += 1
        if attempts < 3:
            raise PermissionError(13, "Sharing violation")
        replace(source, target)

    monkeypatch.setattr("keeper.log_files.os.replace", scanned)
    give_name(part, name)
    assert (name.read_bytes(), part.exists()) == (b"copy", False)


def test_the_index_is_shortened_to_what_is_kept(tmp_path: Path) -> None:
    live = tmp_path / "tool.log"
    entries = [(offset * 10, 1_000_000 + offset) for offset in range(70_000)]
    index_path(live).write_bytes(b"".join(INDEX_ENTRY.pack(*entry) for entry in entries))
    Index(live).shorten(690_000)
    assert list(INDEX_ENTRY.iter_unpack(index_path(live).read_bytes())) == entries[69_000:]
    Index(live).shorten(699_990)
    assert len(index_path(live).read_bytes()) == 1000 * 16, "a short one is left as it is"
    assert Index(live).time_of(690_015) == 1069.001
