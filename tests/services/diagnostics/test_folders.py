"""Folders that are fit for the daemon, and those that are not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from backend.config import Settings
from backend.services.diagnostics import folders


def settings(folder: Path) -> Settings:
    return Settings(data_dir=folder)


def test_a_folder_of_its_own_is_fine_whether_it_is_there_or_not(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "not" / "yet"):
        assert [one.status for one in folders.check_data_folder(settings(folder))] == ["ok"]
        assert [one.status for one in folders.check_log_folder(settings(folder))] == ["ok"]
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize("name", ["OneDrive", "OneDrive - Example Ltd", "Dropbox", "Mobile Documents", "Google Drive"])
def test_a_synchronised_folder_is_a_warning_that_names_who_keeps_it(tmp_path: Path, name: str) -> None:
    (finding,) = folders.check_data_folder(settings(tmp_path / name / "data"))
    assert finding.status == "warning"
    assert name in finding.what
    assert "DATA_DIR" in finding.fix


def test_a_folder_whose_name_only_begins_alike_is_fine(tmp_path: Path) -> None:
    assert folders.synchronised_by(tmp_path / "dropboxes" / "data") is None


def test_the_folder_that_onedrive_was_given_is_known_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OneDrive", str(tmp_path / "mine"))
    assert folders.synchronised_by(tmp_path / "mine" / "data") == "OneDrive"


def test_a_file_in_the_way_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    (finding,) = folders.check_data_folder(settings(tmp_path / "data"))
    assert finding.status == "error"
    assert "is a file" in finding.what


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the rights of folders do not bind this user")
def test_a_folder_that_may_not_be_written_to_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    (finding,) = folders.check_log_folder(settings(tmp_path))
    assert finding.status == "error"
    assert "Permission denied" in finding.what


@pytest.mark.parametrize(("free", "status"), [(10, "ok"), (0.5, "warning"), (0.05, "error")])
def test_the_disk_is_judged_by_what_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, status: str
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=int(free * 1e9)))
    assert {one.status for one in folders.check_disk(settings(tmp_path))} == {status}


def test_the_dashboard_is_built_or_not(tmp_path: Path) -> None:
    assert folders.check_dashboard(tmp_path)[0].status == "warning"
    (tmp_path / "index.html").write_text("")
    assert folders.check_dashboard(tmp_path)[0].status == "ok"
