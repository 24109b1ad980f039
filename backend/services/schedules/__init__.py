"""Runs that nobody asks for by hand: by the clock, after another module, when files change."""

from backend.services.schedules.schedules import Schedules

__all__ = ["Schedules"]
