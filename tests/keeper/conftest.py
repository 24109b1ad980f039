"""A keeper in a process of its own for each test, and the conversation of a daemon with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.keeper import Conversation, Keeper


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[Keeper]:
    keeper = Keeper(tmp_path)
    yield keeper
    keeper.close()


@pytest.fixture
def daemon(keeper: Keeper) -> Conversation:
    conversation = keeper.talk()
    conversation.welcome = conversation.hello()
    return conversation
