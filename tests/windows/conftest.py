"""One Windows at a time: test files that run side by side would end each other's processes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from keeper.protocol import Claim, Held
from tests.fakes.daemon import wait_for


@pytest.fixture(scope="module", autouse=True)
def _alone() -> Iterator[None]:
    if not os.environ.get("WINDOWS_PYTHON"):
        yield
        return
    place = Path(tempfile.gettempdir()) / "control-center-windows-tests.lock"

    def claimed() -> Claim | None:
        try:
            return Claim(place)
        except Held:
            return None

    claim = wait_for(claimed, 660, "no other test file uses the Windows Python")
    yield
    claim.release()
