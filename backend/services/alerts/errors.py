"""What is refused of alerts, and why."""

from __future__ import annotations

from backend.core.errors import Conflict, NotFound, Unavailable, Unprocessable


class UnknownAlert(NotFound):
    code, title = "alert_not_found", "No such alert"


class UnknownRule(NotFound):
    code, title = "rule_not_found", "No such rule"


class AlertResolved(Conflict):
    code, title = "alert_resolved", "The alert is over"


class InvalidSilence(Unprocessable):
    code, title = "invalid_silence", "This is no time to be silent for"


class AlertsNotRead(Unavailable):
    code, title = "alerts_not_read", "The alerts of before are not known yet"
