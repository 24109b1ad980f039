"""Every finite thing that is done: one history for runs and whatever else is asked for and ends."""

from backend.services.jobs.jobs import Jobs, Totals

__all__ = ["Jobs", "Totals"]
