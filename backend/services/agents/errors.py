"""What may go wrong when somebody asks for agents."""

from __future__ import annotations

from backend.core.errors import NotFound


class UnknownAgent(NotFound):
    code, title = "unknown_agent", "No such agent"
