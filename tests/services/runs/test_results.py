"""The files that a run has left, as they are."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.services.runs import results as module
from backend.services.runs.results import results

NOW = datetime.now(UTC)


def write(file: Path, text: str = "x", *, age: float = 0.0) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    moment = NOW.timestamp() - age
    os.utime(file, (moment, moment))


def test_what_the_script_has_put_there_is_listed_with_its_real_size_and_time(tmp_path: Path) -> None:
    for name in ("parameters.json", "output.log", "output.index", "output.00000000000000000000.log.gz"):
        write(tmp_path / name)
    write(tmp_path / "table.csv", "a,b\n", age=20)
    write(tmp_path / "pictures" / "output.log", "mine", age=10)
    found = results(tmp_path, None, ["*.csv"], NOW)
    assert [(file.path, file.size_bytes, file.declared) for file in found.files] == [
        ("table.csv", 4, True),
        ("pictures/output.log", 4, False),
    ]
    assert found.files[0].modified_at == NOW - timedelta(seconds=20)


def test_declared_outputs_elsewhere_count_when_this_run_has_written_them(tmp_path: Path) -> None:
    folder, cwd = tmp_path / "run", tmp_path / "work"
    folder.mkdir()
    write(cwd / "out" / "new.txt")
    write(cwd / "out" / "old.txt", age=3600)
    write(cwd / "new.txt")
    found = results(folder, cwd, ["out/*.txt"], NOW - timedelta(seconds=5))
    assert [(file.path, file.root) for file in found.files] == [("out/new.txt", "cwd")]


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs a right there")
def test_links_lead_nowhere(tmp_path: Path) -> None:
    folder, cwd, outside = tmp_path / "run", tmp_path / "work", tmp_path / "secret.txt"
    write(outside)
    for place in (folder, cwd):
        place.mkdir()
        (place / "link.txt").symlink_to(outside)
    (folder / "around").symlink_to(folder)
    assert results(folder, cwd, ["*.txt", "../*.txt"], NOW - timedelta(hours=1)).files == ()


def test_a_run_that_leaves_too_much_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_FILES", 3)
    for number in range(5):
        write(tmp_path / f"{number}.txt")
    found = results(tmp_path, None, [], None)
    assert (len(found.files), found.truncated) == (3, True)


def test_a_run_without_a_folder_has_left_nothing(tmp_path: Path) -> None:
    assert results(tmp_path / "nowhere", None, ["*"], NOW).files == ()
