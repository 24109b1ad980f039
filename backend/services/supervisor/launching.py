"""From a definition to what the keeper is asked to launch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from backend.services.definitions.model import ServiceSpec
from backend.services.processes.runtime import LaunchSpec, LogRules

OWNER = "service"
DIGEST = "definition"


def launch_spec(spec: ServiceSpec, tree: str, environment: Mapping[str, str]) -> LaunchSpec:
    return LaunchSpec(
        id=tree,
        owner=(OWNER, spec.id),
        argv=spec.command,
        cwd=str(spec.cwd),
        env=dict(environment),
        log=LogRules(str(spec.log_file), spec.log.max_size, spec.log.keep),
        lifetime=spec.lifetime,
        grace=spec.stop.timeout,
        signal=spec.stop.signal,
        console="own" if spec.stop.signal in {"SIGINT", "CTRL_C"} else "shared",
        label={DIGEST: digest(spec), "name": spec.name},
    )


def digest(spec: ServiceSpec) -> str:
    """Tells whether a running tree was launched from this definition; values of the environment cannot be read back."""
    parts = (spec.command, str(spec.cwd), sorted(spec.env.items()), spec.port_number, str(spec.log_file), spec.lifetime)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
