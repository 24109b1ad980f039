"""Durations, sizes and shares as people write them."""

from __future__ import annotations

import pytest

from backend.services.definitions.values import WrongValue, duration, share, size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("10", 10),
        ("0.5", 0.5),
        ("10s", 10),
        ("5m", 300),
        ("2h", 7200),
        ("7d", 604_800),
        ("1y", 31_536_000),
        ("1.5 h", 5400),
    ],
)
def test_durations_are_seconds(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "number"),
    [("512", 512), ("10MB", 10**7), ("2GB", 2 * 10**9), ("1.5 KB", 1500), ("1KiB", 1024), ("2GiB", 2**31), ("3B", 3)],
)
def test_sizes_are_bytes(text: str, number: int) -> None:
    assert size(text) == number


@pytest.mark.parametrize(("text", "percent"), [("150%", 150), ("0.5%", 0.5)])
def test_shares_are_percent_of_one_core(text: str, percent: float) -> None:
    assert share(text) == percent


@pytest.mark.parametrize(
    "text", ["", "s", "10 sec", "5M", "-1", "1e3", "inf", "nan", "1:30", "10,5", "1h30m", "9" * 400]
)
def test_other_durations_are_refused_with_the_units(text: str) -> None:
    with pytest.raises(WrongValue) as wrong:
        duration(text)
    assert "10s, 5m, 2h, 7d" in wrong.value.hint


@pytest.mark.parametrize("text", ["", "10 MO", "10mb", "2G", "-1MB", "MB", "1e9"])
def test_other_sizes_are_refused_with_the_units(text: str) -> None:
    with pytest.raises(WrongValue) as wrong:
        size(text)
    assert "10MB, 2GB" in wrong.value.hint


@pytest.mark.parametrize("text", ["150", "1.5", "0%", "-5%", "50%%", "half"])
def test_other_shares_are_refused(text: str) -> None:
    with pytest.raises(WrongValue):
        share(text)
