"""What a run is from the moment it is asked for: never changed, and without secrets.

The same facts ride along as a note on the run's process tree, so that a daemon which has lost its memory, and its
database too, still knows whose tree it finds.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from backend.services.definitions.model import StopPlan
from backend.services.modules.model import Module
from backend.services.processes.runtime import Tree
from backend.services.runs.happenings import Policy

OWNER = "run"
_NOTE = "run"
_RUN_ID = re.compile(r"run_\d{8}_\d{6}_[A-Za-z0-9_-]{1,100}_[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class RunSpec:
    """`parameters` are those given and not secret; `secrets` names the others that were given."""

    run_id: str
    job_id: int
    module_id: str
    module_name: str
    queued_at: datetime
    parameters: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    priority: int = 0
    concurrency: int | None = None
    exclusive: tuple[str, ...] = ()
    stop: StopPlan = field(default_factory=StopPlan)
    cwd: Path = Path()
    requested_by: str = "local"
    parent_id: int | None = None


def new_run_id(module_id: str, now: datetime) -> str:
    return f"run_{now:%Y%m%d_%H%M%S}_{module_id}_{uuid.uuid4().hex[:8]}"


def is_run_id(text: str) -> bool:
    return _RUN_ID.fullmatch(text) is not None


def policy_of(module: Module) -> Policy:
    retry = module.retry
    return Policy(module.timeout, 1 + retry.attempts, retry.delay, retry.max_delay)


def note(spec: RunSpec, attempt: int) -> dict[str, str]:
    """For the label of the tree."""
    stop = spec.stop
    facts = {
        "job_id": spec.job_id,
        "module_id": spec.module_id,
        "module_name": spec.module_name,
        "queued_at": spec.queued_at.isoformat(),
        "parameters": dict(spec.parameters),
        "secrets": spec.secrets,
        "policy": asdict(spec.policy),
        "priority": spec.priority,
        "concurrency": spec.concurrency,
        "exclusive": spec.exclusive,
        "stop": {"timeout": stop.timeout, "signal": stop.signal},
        "cwd": str(spec.cwd),
        "requested_by": spec.requested_by,
        "parent_id": spec.parent_id,
        "attempt": attempt,
    }
    return {_NOTE: json.dumps(facts)}


def noted(tree: Tree) -> tuple[RunSpec, int]:
    """The run that a tree was launched for, and which attempt of it."""
    facts = json.loads(tree.label[_NOTE])
    attempt = int(facts.pop("attempt"))
    given = {
        **facts,
        "queued_at": datetime.fromisoformat(facts["queued_at"]),
        "secrets": tuple(facts["secrets"]),
        "policy": Policy(**facts["policy"]),
        "exclusive": tuple(facts["exclusive"]),
        "stop": StopPlan(**facts["stop"]),
        "cwd": Path(facts["cwd"]),
    }
    return RunSpec(run_id=tree.owner[1], **given), attempt
