"""The meter as tools meet it: a provider that speaks the real wire formats, well and badly, and who calls it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from typing import Any

import anthropic
import openai
import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.provider import WORDS, running

TEXT = "".join(WORDS)
KEY = "sk-a-very-secret-key"
MESSAGES: Any = [{"role": "user", "content": "hi"}]
CLAUDE = "claude-opus-4-8"
_NAMES = count()


@pytest.fixture(scope="session")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("provider")) as address:
        yield address


@pytest.fixture(scope="session")
def daemon(provider: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    providers = {
        "openai": {"base_url": f"{provider}/v1"},
        "asking": {"base_url": f"{provider}/v1", "ask_usage": True},
        "anthropic": {"base_url": provider},
        "ollama": {"base_url": provider},
        "nobody": {"base_url": "http://127.0.0.1:1/v1"},
    }
    made = Daemon(tmp_path_factory.mktemp("daemon"), json.dumps({"usage": {"providers": providers}}))
    made.start()
    yield made
    made.close()


class Tool:
    """Somebody who calls, under a name of its own by which its calls are found again."""

    def __init__(self, daemon: Daemon) -> None:
        self.name = f"tool-{next(_NAMES)}"
        self._daemon = daemon
        self._open = ExitStack()

    def url(self, path: str, provider: str = "openai") -> str:
        return f"{self._daemon.address}/proxy/{provider}~{self.name}{path}"

    def openai(self, provider: str = "openai") -> openai.OpenAI:
        return self._open.enter_context(openai.OpenAI(base_url=self.url("", provider), api_key=KEY, max_retries=0))

    def anthropic(self) -> anthropic.Anthropic:
        base = self.url("", "anthropic")
        return self._open.enter_context(anthropic.Anthropic(base_url=base, api_key=KEY, max_retries=0))

    def calls(self, number: int = 1) -> list[dict[str, Any]]:
        """The newest first, once there are so many."""
        found: list[dict[str, Any]] = wait_for(lambda: self._calls(number), what=f"{number} calls of {self.name}")
        assert len(found) == number
        return found

    def _calls(self, number: int) -> list[dict[str, Any]] | None:
        found = self._daemon.http.get("/api/usage/calls", params={"service": self.name, "limit": 100}).json()["calls"]
        return found if len(found) >= number else None

    def close(self) -> None:
        self._open.close()


@pytest.fixture
def tool(daemon: Daemon) -> Iterator[Tool]:
    made = Tool(daemon)
    yield made
    made.close()


def buckets(call: dict[str, Any]) -> tuple[Any, ...]:
    names = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
    return tuple(call[name] for name in names)


def said(stream: Any) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
