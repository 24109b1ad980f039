"""From a module and what somebody filled in to a run that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.core.secrets import HIDDEN, Secrets
from backend.services.modules.errors import ModuleUnavailable
from backend.services.modules.model import Module
from backend.services.modules.parameters import check, secret_values, without_secrets
from backend.services.runs.entry import Entry
from backend.services.runs.happenings import State
from backend.services.runs.spec import RunSpec, policy_of


def accepted(module: Module, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values that the script will get. Raises `ModuleUnavailable`, and `InvalidParameters` with all faults."""
    if module.unavailable is not None:
        raise ModuleUnavailable(module.unavailable)
    return check(module, parameters).accepted()


def asked_again(module: Module, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """What to ask for so that a run gets the same values as an earlier one, of which these are shown: a default that it
    left out is left out again, and what is struck out is not known any more."""
    left_out = [one.name for one in module.parameters if not (one.required or one.secret or one.name in parameters)]
    return {**dict.fromkeys(left_out), **{name: value for name, value in parameters.items() if value != HIDDEN}}


def new_entry(
    module: Module,
    values: Mapping[str, Any],
    *,
    run_id: str,
    job_id: int,
    now: datetime,
    actor: str,
    parent_id: int | None,
    secrets: Secrets,
) -> Entry:
    """`secrets` learns the values that nobody may see from now on. A parameter that has one of them in it is secret
    too, whatever its module says."""
    secrets.add(secret_values(module, values))
    open_values = without_secrets(module, values)
    public = {name: value for name, value in open_values.items() if secrets.hide_in(value) == value}
    spec = RunSpec(
        run_id=run_id,
        job_id=job_id,
        module_id=module.id,
        module_name=module.name,
        queued_at=now,
        parameters=public,
        secrets=tuple(name for name in values if name not in public and not _is_default(module, values, name)),
        policy=policy_of(module),
        priority=module.priority,
        concurrency=module.concurrency,
        exclusive=module.exclusive,
        stop=module.stop,
        cwd=module.cwd,
        requested_by=actor,
        parent_id=parent_id,
    )
    return Entry(spec, State(queued_at=now.timestamp()), module=module, values=values, actor=actor)


def _is_default(module: Module, values: Mapping[str, Any], name: str) -> bool:
    """Whether the module itself says the value, so that it is known after a crash as well."""
    parameter = module.parameter(name)
    return parameter is not None and values[name] == parameter.default
