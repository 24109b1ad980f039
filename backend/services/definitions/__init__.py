"""What people declare: `control-center.yaml` read into service specifications, with every fault told at its place.

It reads, checks, watches and edits the file, and remembers the last good one; it starts nothing and decides nothing
about processes.
"""

from backend.services.definitions.store import Definitions
from backend.services.definitions.view import describe

__all__ = ["Definitions", "describe"]
