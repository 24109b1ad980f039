"""The machine: its live figures, its processes, what it is. `System` is all that others need."""

from backend.services.system.info import MachineInfo
from backend.services.system.system import FiguresUnavailable, System
from backend.services.system.table import ProcessRow, Sort, Top
from backend.services.system.usage import Usage

__all__ = [
    "FiguresUnavailable",
    "MachineInfo",
    "ProcessRow",
    "Sort",
    "System",
    "Top",
    "Usage",
]
