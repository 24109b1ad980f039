"""What runs refuse, and why."""

from __future__ import annotations

from backend.core.errors import CenterError, Conflict, NotFound, Unavailable


class UnknownRun(NotFound):
    code, title = "run_not_found", "No such run"


class NotCancellable(CenterError):
    status, code, title = 400, "run_not_cancellable", "The run cannot be cancelled any more"


class QueueFull(Conflict):
    code, title = "queue_full", "Too many runs wait already"


class NotKept(Unavailable):
    code, title = "run_not_kept", "The run could not be recorded"


class Closing(Unavailable):
    code, title = "closing", "The control center is stopping"
