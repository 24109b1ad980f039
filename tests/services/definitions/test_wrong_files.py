"""Every file in tests/definitions/wrong says in its first comments what must be found in it: all of it, and no more."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from backend.services.definitions.faults import Fault
from backend.services.definitions.load import load, load_file
from backend.services.definitions.nodes import Loader, PythonLoader
from backend.services.definitions.place import Surroundings
from backend.services.definitions.source import Unreadable, decode

WRONG = sorted((Path(__file__).parents[2] / "definitions" / "wrong").iterdir())
EXPECTATION = re.compile(r"# expect: (error|warning) at (\d+) in (.+?): (.+) \| (.+)")


def expected(path: Path) -> list[tuple[str, int, str, str, str]]:
    """Severity, line, path (`file` for none), words of the message, words of the hint."""
    data = path.read_bytes()
    text = data.decode("utf-16-le" if 0 in data[:2] else "latin-1" if path.name == "not-utf8.yaml" else "utf-8")
    found = EXPECTATION.findall(text)
    return [(severity, int(line), where, message, hint) for severity, line, where, message, hint in found]


def check(path: Path, faults: tuple[Fault, ...]) -> None:
    wanted = expected(path)
    assert wanted, "the file says nothing of what is wrong with it"
    found = sorted((fault.severity, fault.line, fault.path or "file") for fault in faults)
    assert found == sorted((severity, line, where) for severity, line, where, _, _ in wanted), faults
    for severity, line, where, message, hint in wanted:
        at_place = [
            fault for fault in faults if (fault.severity, fault.line, fault.path or "file") == (severity, line, where)
        ]
        assert any(message in fault.message and hint in fault.hint for fault in at_place), at_place


def test_there_are_many_of_them() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_tells_line_and_hint(path: Path, around: Surroundings) -> None:
    check(path, load_file(path, around).faults)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_tells_the_same_without_libyaml(path: Path, around: Surroundings) -> None:
    try:
        text = decode(path.read_bytes())
    except Unreadable:
        pytest.skip("no text for any parser")
    loader: Any = PythonLoader if Loader is not PythonLoader else pytest.skip("libyaml is not there")
    check(path, load(text, around, loader=loader).faults)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.name)
def test_excerpts_are_the_lines_of_the_file(path: Path, around: Surroundings) -> None:
    lines = path.read_bytes().decode("utf-8", "replace").splitlines()
    for fault in load_file(path, around).faults:
        assert fault.excerpt in ("", lines[fault.line - 1].strip()[:200])
