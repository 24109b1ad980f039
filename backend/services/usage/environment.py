"""What a metered service is told, so that its calls come by the meter: where each provider is, as its clients read it.

The variables are those that the providers' own clients know. A service that is itself Ollama would take `OLLAMA_HOST`
for the address to listen on, so it is not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from backend.services.definitions.model import ServiceSpec
from backend.services.usage.model import Provider


def metered_environment(spec: ServiceSpec, providers: Mapping[str, Provider], address: str) -> dict[str, str]:
    """`address` is the daemon's own, e.g. `http://127.0.0.1:8080`."""
    if not spec.usage_meter:
        return {}
    program = PurePath(spec.command[0]).stem.lower()
    return {
        variable: f"{address}/proxy/{provider.id}~{spec.id}"
        for provider in providers.values()
        if provider.dialect != program
        for variable in provider.variables
    }
