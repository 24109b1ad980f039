"""What an interrupted sealing by copy leaves behind (Windows, while somebody reads the log) is put right later."""

from __future__ import annotations

from pathlib import Path

from keeper.log_files import sealed_segments
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
