"""What callers may meet here."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound


class UnknownTarget(NotFound):
    code, title = "unknown_target", "There is no such target"


class UnknownDelivery(NotFound):
    code, title = "unknown_delivery", "There is no such delivery"


class AlreadyDelivered(Conflict):
    code, title = "already_delivered", "The message has been delivered"


class TargetGone(Conflict):
    code, title = "target_gone", "The target of the message is not in the configuration any more"
