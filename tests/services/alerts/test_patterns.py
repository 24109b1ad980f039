"""Patterns: found within one line, in a time that grows with the text alone."""

from __future__ import annotations

import time

import pytest

from backend.services.alerts.patterns import Pattern, WrongPattern

LINES = b"one\nCUDA out of memory\n\xff\xfe caf\xc3\xa9\nTwo: memory\r\nlast memory"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("memory", [b"CUDA out of memory", b"Two: memory\r", b"last memory"]),
        ("(?i)cuda.*MEMORY$", [b"CUDA out of memory"]),
        ("^(one|last)", [b"one", b"last memory"]),
        ("caf.$", [b"\xff\xfe caf\xc3\xa9"]),
        ("café", [b"\xff\xfe caf\xc3\xa9"]),
        (r"one\s+CUDA", []),
        ("(?s)one.*CUDA", []),
        ("one[^x]*CUDA", []),
    ],
)
def test_lines_are_found_one_by_one(pattern: str, found: list[bytes]) -> None:
    assert [one.line for one in Pattern(pattern).lines(LINES, 10)] == found


def test_where_they_begin_is_known_and_no_more_are_sought_than_wanted() -> None:
    first, second = Pattern("memory").lines(LINES, 2)
    assert LINES[first.start :].startswith(b"CUDA")
    assert LINES[second.start :].startswith(b"Two")


@pytest.mark.parametrize("pattern", ["(", "*", "a(?=b)", r"(a)\1", "x{5000}", "((a{100}){100}){100}", "\\"])
def test_what_is_no_pattern_says_why(pattern: str) -> None:
    with pytest.raises(WrongPattern, match=r"\w"):
        Pattern(pattern)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|aa)*c", ".*.*.*.*.*x", r"(\w+\s?)*=", "([a-z]+)*[0-9]"])
def test_no_pattern_takes_longer_than_its_text_is_long(pattern: str) -> None:
    """Python's own expressions need years for each of these."""
    text = b"a" * (1 << 20) + b"!\n"
    begun = time.process_time()
    Pattern(pattern).lines(text, 1)
    assert time.process_time() - begun < 5
