"""A folder for definitions, and what they are read against there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.definitions.place import Surroundings

Read = Callable[[str], Loaded]


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    """Programs are sought beside the running Python, which is there under every system."""
    environ = {
        "PATH": str(Path(sys.executable).parent) + os.pathsep + os.defpath,
        "TOKEN": "s3cr3t-token",
        "PORT": "8188",
    }
    return surroundings(tmp_path / "control-center.yaml", log_dir=tmp_path / "logs", root=ROOT, environ=environ)


@pytest.fixture
def read(around: Surroundings) -> Read:
    return lambda text: load(text, around)
