"""Fixtures for all tests: a place for daemons, each on a folder of its own."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests.fakes.daemon import Daemon
from tests.fakes.forked import Forge

LONG = ("browser", "setup", "survival", "robustness", "chaos", "test_histories.py")
SHORT = ("core", "database", "definitions", "keeper", "ports")


def pytest_configure() -> None:
    """Ctrl+C and Ctrl+\\ end what tests start, even where a shell has put the tests themselves in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if sys.platform != "win32":
        signal.signal(signal.SIGQUIT, signal.SIG_DFL)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files are dealt out to the workers in this order: what takes long begins, what ends soon fills the end."""

    def rank(item: pytest.Item) -> int:
        parts = item.nodeid.partition("::")[0].split("/")
        if "windows" in parts:
            return 0
        return 1 if not {*LONG}.isdisjoint(parts) else 3 if not {*SHORT}.isdisjoint(parts) else 2

    items.sort(key=rank)


class OneWindows(LoadFileScheduling):  # type: ignore[misc]
    """What runs under the Windows Python must not run side by side: one worker has all of it."""

    def _split_scope(self, nodeid: str) -> str:
        windows = "tests/windows"
        return windows if nodeid.startswith(f"{windows}/") else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> OneWindows | None:
    return OneWindows(config, log) if config.getoption("dist") == "loadfile" else None


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
def seed(request: pytest.FixtureRequest) -> int:
    """Another one each time, told where the test fails; `CONTROL_CENTER_SEED=<seed>` is the one to take again."""
    chosen = int(os.environ.get("CONTROL_CENTER_SEED") or random.randrange(1 << 32))
    request.node.add_report_section("setup", "seed", f"CONTROL_CENTER_SEED={chosen}")
    return chosen


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
