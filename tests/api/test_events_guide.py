"""The guide of events names each type that the program tells, and none that it does not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from backend.config import ROOT

GUIDE = (ROOT / "docs" / "events.md").read_text(encoding="utf-8").partition("## All types")[2]
LISTED = set(re.findall(r"`([a-z]+\.[a-z_]+)`", GUIDE))
MACHINES = {"supervisor": "service", "runs": "run"}  # whose effects are words without the subject


@cache
def trees(*packages: str) -> list[tuple[Path, ast.Module]]:
    files = sorted(file for package in packages for file in (ROOT / package).rglob("*.py"))
    return [(file, ast.parse(file.read_text(encoding="utf-8"))) for file in files]


def told_outright() -> Iterator[str]:
    """Types that stand as they are in what is told, and the words of machines."""
    for file, tree in trees("backend"):
        unsent = {id(part) for node in calls(tree, "Event") for part in ast.walk(node)}
        for node in calls(tree, "Fact"):
            if len(node.args) > 1 and id(node) not in unsent and (text := constant(node.args[1])):
                yield text
        if file.parent.name in MACHINES:
            for node in calls(tree, "Tell"):
                if node.args and (text := constant(node.args[0])):
                    yield f"{MACHINES[file.parent.name]}.{text}"


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def words() -> set[str]:
    """All texts of the program, the parts of those that are put together included."""
    return {
        text
        for _, tree in trees("backend", "keeper")
        for node in ast.walk(tree)
        if isinstance(node, ast.expr) and (text := constant(node))
    }


def test_each_type_that_is_told_is_in_the_guide() -> None:
    told = set(told_outright())
    assert len(told) > 30
    assert told <= LISTED


def test_each_type_of_the_guide_is_told() -> None:
    there = words()
    whole = {one for one in LISTED if one in there}
    of_parts = {one for one in LISTED for cut in range(one.index(".") + 1, len(one)) if {one[:cut], one[cut:]} <= there}
    of_words = {f"{subject}.{word}" for subject in MACHINES.values() for word in there}
    assert LISTED - whole - of_parts - of_words == set()


def test_the_dashboard_knows_the_types_of_the_guide() -> None:
    """But for the end of the journal, after which there is no dashboard."""
    types = (ROOT / "frontend" / "src" / "features" / "events" / "types.ts").read_text(encoding="utf-8")
    assert set(re.findall(r'"([a-z]+\.[a-z_]+)"', types)) == LISTED - {"events.closed"}
