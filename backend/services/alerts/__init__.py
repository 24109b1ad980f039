"""Tells people when something is as a rule says: figures, states, lines of logs, budgets, silence."""

from backend.services.alerts.alerts import Alerts, Standing

__all__ = ["Alerts", "Standing"]
