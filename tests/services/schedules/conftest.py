"""A center with real runs, whose wall clock tests set."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from backend.app import open_center
from backend.center import Center
from backend.config import Settings
from tests.fakes.clock import ShiftedClock

Opened = Callable[[str], AbstractAsyncContextManager[Center]]


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture
def opened(tmp_path: Path, clock: ShiftedClock) -> Opened:
    """A center with these definitions, on the same folder as often as it is opened."""

    @asynccontextmanager
    async def open_with(definitions: str) -> AsyncIterator[Center]:
        (tmp_path / "control-center.yaml").write_text(definitions, encoding="utf-8")
        settings = Settings.model_validate({"data_dir": tmp_path / "data", "config_dir": tmp_path})
        settings.data_dir.mkdir(exist_ok=True)
        async with open_center(settings, clock=clock) as center:
            try:
                yield center
            finally:
                await center.runs.close()

    return open_with
