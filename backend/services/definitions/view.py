"""A specification as JSON for people and clients: resolved, in the words of the file, and without secrets."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

from backend.core.secrets import HIDDEN, hide
from backend.services.definitions.model import ServiceSpec


def describe(spec: ServiceSpec) -> dict[str, Any]:
    """Every key of the definition; durations are seconds, sizes bytes. `usage` and `restart.self` as in the file."""
    plain = {name: _plain(value, spec.secrets) for name, value in asdict(spec).items()}
    plain["env"] = {name: HIDDEN if name in spec.secret_env else value for name, value in plain["env"].items()}
    plain["usage"] = {"meter": plain.pop("usage_meter")}
    plain["restart"]["self"] = plain["restart"].pop("self_restart")
    if plain["health"] is not None:
        plain["health"] = {name: value for name, value in plain["health"].items() if value is not None}
    del plain["secrets"], plain["secret_env"]
    return plain


def _plain(value: Any, secrets: Collection[str]) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part, secrets) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, secrets) for part in value]
    if isinstance(value, re.Pattern):
        return hide(str(value.pattern), secrets)
    return hide(str(value), secrets) if isinstance(value, (str, Path)) else value
