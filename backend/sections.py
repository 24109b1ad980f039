"""Who reads which section of the definitions file: for the daemon, the check of a file and the diagnostics alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from backend.services.definitions.load import SectionLoader
from backend.services.definitions.retention import retention
from backend.services.knowledge.section import knowledge_section as knowledge
from backend.services.modules.section import section as modules
from backend.services.usage.retention import read_age
from backend.services.usage.section import section as usage


def section_loaders(file: Path) -> Mapping[str, SectionLoader]:
    """Those of the sections that this version uses, for the file at `file`."""
    return {
        "modules": modules(file),
        "knowledge": knowledge,
        "usage": usage,
        "retention": retention({"usage": read_age}),
    }
