"""Runs of modules: asked for, queued, started, watched, ended, remembered."""

from backend.services.runs.runs import Runs

__all__ = ["Runs"]
