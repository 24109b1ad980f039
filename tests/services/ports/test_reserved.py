"""What systems say of ports that they keep."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.services.ports import reserved
from backend.services.ports.reserved import ExcludedRange, kept_for_explicit_use, parse_excluded_ranges

ENGLISH = """
Protocol tcp Port Exclusion Ranges

Start Port    End Port
----------    --------
      5357        5357
      8080        8179
     50000       50059     *

* - Administered port exclusions.

"""


def test_excluded_ranges_of_windows_are_read_with_those_that_somebody_administers() -> None:
    assert parse_excluded_ranges(ENGLISH) == [
        ExcludedRange(5357, 5357, False),
        ExcludedRange(8080, 8179, False),
        ExcludedRange(50000, 50059, True),
    ]


def test_the_language_of_windows_does_not_matter() -> None:
    german = ENGLISH.replace("Start Port    End Port", "Startport     Endport").replace("Administered", "Verwaltete")
    assert parse_excluded_ranges(german.replace("\n", "\r\n")) == parse_excluded_ranges(ENGLISH)


def test_nothing_is_excluded_where_nothing_is_said() -> None:
    assert parse_excluded_ranges("") == []


@pytest.mark.parametrize(
    ("text", "kept"), [("", False), ("8188", True), ("22,8000-8187", False), ("22,8000-8188,9000", True)]
)
def test_ports_that_linux_keeps_for_who_asks_by_number(
    text: str, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ip_local_reserved_ports").write_text(text + "\n")
    monkeypatch.setattr(reserved, "KERNEL", tmp_path)
    assert kept_for_explicit_use(8188) is kept


def test_a_system_without_that_file_keeps_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserved, "KERNEL", tmp_path)
    assert kept_for_explicit_use(8188) is False
