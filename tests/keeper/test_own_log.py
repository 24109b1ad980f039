"""What the keeper writes about itself stays small, however long it lives."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from keeper import own_log


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    monkeypatch.setattr(own_log, "LIMIT", 1000)
    monkeypatch.setattr(logging, "raiseExceptions", True)
    log = logging.Logger("keeper's own")
    handler = own_log.OwnLog(tmp_path / "keeper.log")
    log.addHandler(handler)
    yield log
    handler.close()


def test_the_last_lines_are_kept_in_two_files_and_no_more(log: logging.Logger, tmp_path: Path) -> None:
    assert list(tmp_path.iterdir()) == []
    for number in range(1000):
        log.info("line %04d of many", number)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["keeper.log", "keeper.log.1"]
    before, now = ((tmp_path / name).read_text().splitlines() for name in ("keeper.log.1", "keeper.log"))
    kept = [*before, *now]
    assert kept == [f"line {number:04d} of many" for number in range(1000 - len(kept), 1000)]
    assert 1000 < len("\n".join(before)) < 1100 > len("\n".join(now))


def test_it_goes_on_where_one_ended_and_where_the_full_one_cannot_be_put_aside(
    log: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "keeper.log").write_text("of the keeper before\n")
    (tmp_path / "keeper.log.1").mkdir()
    for number in range(100):
        log.info("line %04d of many", number)
    lines = (tmp_path / "keeper.log").read_text().splitlines()
    assert lines == ["of the keeper before", *(f"line {number:04d} of many" for number in range(100))]
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is of Linux")
def test_a_full_disk_is_no_failure_of_what_wrote_to_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "keeper.log").symlink_to("/dev/full")
    log = logging.Logger("keeper's own")
    handler = own_log.OwnLog(tmp_path / "keeper.log")
    log.addHandler(handler)
    for _ in range(3):
        log.info("the disk is full")
    assert capsys.readouterr().err.count("No space left on device") == 3
    (tmp_path / "keeper.log").unlink()
    with pytest.raises(OSError, match="No space left"):  # what it could not write is still there
        handler.close()
