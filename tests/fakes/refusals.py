"""How often keepers have refused the clients of a test."""

from __future__ import annotations

import pytest

from backend.services.processes.connection import Connection, Refused
from keeper.protocol import Message


def count_refusals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Why each client was refused from now on: `taken` or `version`; the list grows as they are."""
    refusals: list[str] = []
    greet = Connection.greet

    async def counted(connection: Connection) -> Message:
        try:
            return await greet(connection)
        except Refused as refused:
            refusals.append(refused.words["refused"])
            raise

    monkeypatch.setattr(Connection, "greet", counted)
    return refusals
