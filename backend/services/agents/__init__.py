"""Agents: the roles of three levels that a knowledge base describes in its files."""

from backend.services.agents.agents import Agents

__all__ = ["Agents"]
