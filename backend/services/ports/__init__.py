"""Ports: who listens on this machine, and whether a port is free, used, reserved or taken elsewhere.

`PortReader` is all that others need. It never connects to anything: it reads the system's tables and tries to bind.
"""

from backend.services.ports.connections import holder
from backend.services.ports.model import Listener, Owner, OwnerOf, PortReport, PortState
from backend.services.ports.reader import PortReader, no_services

__all__ = ["Listener", "Owner", "OwnerOf", "PortReader", "PortReport", "PortState", "holder", "no_services"]
