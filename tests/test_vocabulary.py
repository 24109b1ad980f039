"""One word for one thing: what a file is called at the edge is what its area is called inside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.config import ROOT

AREAS = {
    *("processes", "definitions", "ports", "leases", "jobs", "supervisor", "modules", "runs", "schedules", "system"),
    *("knowledge", "agents", "usage", "alerts", "incidents", "metrics"),
    *("notifications", "diagnostics", "auth", "workflows", "hosts", "workspaces"),
}
"""The areas of the house, of this ring and of those to come: tables may be there before the area that uses them."""

EDGES = (
    "backend/api/routes",
    "backend/api/schemas",
    "backend/database/tables",
    "backend/database/repositories",
    "frontend/src/features",
    "tests/services",
)


def names(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if not entry.name.startswith(("_", ".")):
            yield entry.stem


PLACES = {"overview"}
"""Places of the dashboard that show all areas together, and so are none."""


@pytest.mark.parametrize("edge", EDGES)
def test_every_name_at_the_edge_is_an_area_or_events(edge: str) -> None:
    places = PLACES if edge.startswith("frontend/") else set()
    assert set(names(ROOT / edge)) <= AREAS | {"events"} | places


def test_every_package_of_the_services_is_an_area() -> None:
    packages = {path.parent.name for path in (ROOT / "backend" / "services").glob("[!_]*/__init__.py")}
    assert packages <= AREAS
