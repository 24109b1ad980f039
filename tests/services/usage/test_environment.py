"""What a metered service is told."""

from __future__ import annotations

from pathlib import Path

from backend.services.definitions.model import ServiceSpec
from backend.services.usage.environment import metered_environment
from backend.services.usage.model import Provider
from backend.services.usage.section import KNOWN

ADDRESS = "http://127.0.0.1:8080"


def told(command: str, *, metered: bool = True) -> dict[str, str]:
    here = Path("/srv")
    spec = ServiceSpec("my-tool", "My tool", (command,), here, here / "log", usage_meter=metered)
    providers = {**KNOWN, "groq": Provider("groq", "https://g", "openai", variables=("GROQ_BASE_URL",))}
    return metered_environment(spec, providers, ADDRESS)


def test_each_provider_is_told_with_the_name_of_the_service() -> None:
    environment = told("python")
    assert environment["OPENAI_BASE_URL"] == f"{ADDRESS}/proxy/openai~my-tool"
    assert environment["ANTHROPIC_BASE_URL"] == f"{ADDRESS}/proxy/anthropic~my-tool"
    assert environment["OLLAMA_HOST"] == f"{ADDRESS}/proxy/ollama~my-tool"
    assert environment["GROQ_BASE_URL"] == f"{ADDRESS}/proxy/groq~my-tool"


def test_one_that_is_not_metered_is_told_nothing() -> None:
    assert told("python", metered=False) == {}


def test_ollama_itself_is_not_told_to_listen_here() -> None:
    for command in ("ollama", "/usr/bin/ollama", "ollama.exe"):
        environment = told(command)
        assert "OLLAMA_HOST" not in environment
        assert "OPENAI_BASE_URL" in environment
