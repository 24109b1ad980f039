"""From a definition to what the keeper is asked to hold, and back from the notes that a held tree carries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from backend.services.definitions import model as definitions
from backend.services.definitions.model import ServiceSpec
from backend.services.processes.runtime import LaunchSpec, Limits, LogRules, Tree

OWNER = "service"
COMFY_SESSION = "__COMFY_CLI_SESSION__"  # ComfyUI-Manager writes `<its value>.reboot` and exits, to be started afresh
_DIGEST, _PORT, _MARKER, _LIMITS = "definition", "port", "marker", "limits"


def launch_spec(
    spec: ServiceSpec, tree: str, environment: Mapping[str, str], *, digest: str, port: int | None, marker: Path | None
) -> LaunchSpec:
    """`spec` with its port filled in; `digest` is of the definition as it was written."""
    label = {_DIGEST: digest, "name": spec.name}
    if port is not None:
        label[_PORT] = str(port)
    if marker is not None:
        label[_MARKER] = str(marker)
    if spec.limits is not None:
        label[_LIMITS] = json.dumps(asdict(spec.limits))
    return LaunchSpec(
        id=tree,
        owner=(OWNER, spec.id),
        argv=spec.command,
        cwd=str(spec.cwd),
        env=dict(environment),
        log=_log_rules(spec),
        limits=_limits(spec),
        lifetime=spec.lifetime,
        grace=spec.stop.timeout,
        signal=spec.stop.signal,
        console=_console(spec),
        label=label,
    )


def _limits(spec: ServiceSpec) -> Limits | None:
    if spec.limits is None:
        return None
    one = spec.limits
    return Limits(one.memory, one.cpu, one.processes, one.priority, one.affinity)


def _log_rules(spec: ServiceSpec) -> LogRules:
    return LogRules(str(spec.log_file), spec.log.max_size, spec.log.keep, spec.log.max_age, spec.log.compress)


def _console(spec: ServiceSpec) -> str:
    return "own" if spec.stop.signal in {"SIGINT", "CTRL_C"} else "shared"


def digest(spec: ServiceSpec) -> str:
    """Stands for all that only a launch takes up: tells whether a running tree was launched from this definition."""
    parts = (
        *(spec.command, str(spec.cwd), sorted(spec.env.items()), spec.port_number, spec.lifetime),
        *(_values(_log_rules(spec)), _values(_limits(spec) or Limits()), _console(spec), spec.restart.self_restart),
        *(("metered",) if spec.usage_meter else ()),
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _values(rules: LogRules | Limits) -> tuple[object, ...]:
    return tuple(vars(rules).values())  # asked for at every launch: `astuple` would copy all of it


def digest_of(tree: Tree) -> str | None:
    return tree.label.get(_DIGEST)


def port_of(tree: Tree) -> int | None:
    port = tree.label.get(_PORT)
    return None if port is None else int(port)


def limits_of(tree: Tree) -> definitions.Limits | None:
    """Those that it was launched with; the definition may have others by now."""
    limits = tree.label.get(_LIMITS)
    if limits is None:
        return None
    found = json.loads(limits)
    return definitions.Limits(**{**found, "affinity": tuple(found["affinity"])})


def asked_for_restart(tree: Tree) -> bool:
    """Whether the tool left word that it wants to be started afresh; the word is taken back with that."""
    marker = tree.label.get(_MARKER)
    if marker is None:
        return False
    word = Path(f"{marker}.reboot")
    try:
        word.unlink()
    except OSError:
        return False
    return True
