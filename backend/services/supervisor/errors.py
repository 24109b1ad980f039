"""What the supervisor refuses, and why."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unavailable


class UnknownService(NotFound):
    code, title = "unknown_service", "No such service"


class AlreadyRunning(Conflict):
    code, title = "already_running", "The service is already running"


class NotRunning(Conflict):
    code, title = "not_running", "The service is not running"


class PortInUse(Conflict):
    code, title = "port_in_use", "The port is in use"


class PortReserved(Conflict):
    code, title = "port_reserved", "The port is reserved by the system"


class Closing(Unavailable):
    code, title = "closing", "The control center is stopping"


class NotReached(Conflict):
    code, title = "not_reached", "The service did not get there"
