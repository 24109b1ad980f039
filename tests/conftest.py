"""Fixtures for all tests: a place for daemons, each on a folder of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.daemon import Daemon
from tests.fakes.forked import Forge


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are dealt out to the workers in this order. What runs under the Windows Python must not run side by side
    and takes longest: most of it begins at once, the rest comes when that is over, and last what ends soon."""

    def rank(item: pytest.Item) -> int:
        if item.path.parent.name == "windows":
            return 0 if item.path.name == "test_native.py" else 2
        return 3 if item.path.parent.name in {"core", "database", "definitions", "keeper", "ports"} else 1

    items.sort(key=rank)


@pytest.fixture(scope="session", autouse=True)
def forge() -> Iterator[None]:
    """Most of a daemon's start is importing: where processes can be forked that is done once for all tests."""
    if not hasattr(os, "fork"):
        yield
        return
    Daemon.forge = Forge()
    yield
    Daemon.forge.close()
    Daemon.forge = None


@pytest.fixture
def daemons(tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    """Makes started daemons from definitions; all of them and their tools are gone afterwards."""
    made: list[Daemon] = []

    def make(definitions: str, **settings: str) -> Daemon:
        folder = tmp_path / f"daemon{len(made)}"
        folder.mkdir()
        daemon = Daemon(folder, definitions, **settings)
        made.append(daemon)
        daemon.start()
        return daemon

    yield make
    for daemon in made:
        daemon.close()
