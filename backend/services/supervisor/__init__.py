"""Keeps each declared service in the state that the person wants."""

from backend.services.supervisor.supervisor import Supervisor

__all__ = ["Supervisor"]
