"""A folder for modules, and what they are read against there."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.definitions.place import Surroundings
from backend.services.modules.model import Module
from backend.services.modules.section import Section, section

SEARCH_PATH = str(Path(sys.executable).parent) + os.pathsep + os.defpath


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "control-center.yaml"


@pytest.fixture
def around(config: Path) -> Surroundings:
    """Programs are sought beside the running Python, which is there under every system."""
    environ = {"PATH": SEARCH_PATH, "TOKEN": "s3cr3t-token"}
    return surroundings(config, log_dir=config.parent / "logs", root=ROOT, environ=environ)


Read = Callable[[str], tuple[Section, Loaded]]


@pytest.fixture
def read(around: Surroundings, config: Path) -> Read:
    """The `modules` section of a text, and all of it."""

    def read_text(text: str) -> tuple[Section, Loaded]:
        loaded = load(text, around, {"modules": section(config)})
        return loaded.sections["modules"], loaded

    return read_text


One = Callable[[str], Module]


@pytest.fixture
def one(read: Read) -> One:
    """The module that this block of YAML declares; its lines stand below the id."""

    def read_block(block: str) -> Module:
        indented = "\n".join(f"    {line}" for line in block.strip("\n").splitlines())
        found, loaded = read(f"modules:\n  one:\n{indented}\n")
        assert not loaded.faults, [str(fault) for fault in loaded.faults]
        return found.modules[0]

    return read_block
