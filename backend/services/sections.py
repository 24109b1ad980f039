"""Who reads which section of the definitions file: for the daemon, the check of a file and the diagnostics alike.

A reader is imported where its section is written: who has no modules does not wait for what reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.services.definitions.load import SectionLoader
from backend.services.definitions.place import Place
from backend.services.definitions.retention import age, retention


def section_loaders(file: Path) -> Mapping[str, SectionLoader]:
    """Those of the sections that this version uses, for the file at `file`."""

    def modules(place: Place) -> Any:
        from backend.services.modules.section import section

        return section(file)(place)

    return {
        "modules": modules,
        "knowledge": _knowledge,
        "usage": _usage,
        "alerts": _alerts,
        "notifications": _notifications,
        "retention": retention(
            {
                **dict.fromkeys(("usage", "samples", "events", "alerts", "notifications"), age),
                **{"runs": _runs, "crashes": _crashes},
            }
        ),
    }


def _knowledge(place: Place) -> Any:
    from backend.services.knowledge.section import knowledge_section

    return knowledge_section(place)


def _usage(place: Place) -> Any:
    from backend.services.usage.section import section

    return section(place)


def _notifications(place: Place) -> Any:
    from backend.services.notifications.section import section

    return section(place)


def _alerts(place: Place) -> Any:
    from backend.services.alerts.section import section

    return section(place)


def _runs(place: Place) -> Any:
    from backend.services.runs.keep import read_keep

    return read_keep(place)


def _crashes(place: Place) -> Any:
    from backend.services.incidents.keep import read_keep

    return read_keep(place)
