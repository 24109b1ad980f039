"""What people can run: modules with their parameters, from the configuration, folders, scripts and an older list.

It reads, checks and watches them, checks what somebody fills in, and says what process that makes. It starts nothing:
that is `runs`.
"""

from backend.services.modules.catalogue import Catalogue
from backend.services.modules.model import Module, Parameter, Statistics

__all__ = ["Catalogue", "Module", "Parameter", "Statistics"]
