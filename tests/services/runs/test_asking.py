"""From what somebody filled in to a run that waits."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backend.core.secrets import Secrets
from backend.services.modules.errors import InvalidParameters, ModuleUnavailable
from backend.services.modules.model import Module, Parameter
from backend.services.runs.asking import accepted, new_entry
from backend.services.runs.entry import Entry

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY, NOTE = Parameter("key", "password", secret=True), Parameter("note", "text")
COUNT = Parameter("count", "number", required=True, min=1, max=10)


def module(*parameters: Parameter, **more: Any) -> Module:
    return Module(
        id="m", name="Module", origin="configuration", file=Path("x"), cwd=Path("/"), command=("true",),
        parameters=parameters, **more,
    )  # fmt: skip


def entry(module: Module, secrets: Secrets, **values: Any) -> Entry:
    return new_entry(
        module, values, run_id="run_20261121_000000_m_00000001", job_id=1, now=NOW, actor="local", parent_id=None,
        secrets=secrets,
    )  # fmt: skip


def test_a_secret_parameter_is_only_with_what_the_script_gets() -> None:
    asked = entry(module(KEY, NOTE), Secrets(), key="hush-hush-hush", note="plain")
    assert asked.values == {"key": "hush-hush-hush", "note": "plain"}
    assert (asked.spec.parameters, asked.spec.secrets) == ({"note": "plain"}, ("key",))
    assert "hush" not in repr(asked)


def test_a_parameter_that_has_a_secret_in_it_is_secret_and_is_not_run_with_dots_in_its_place() -> None:
    asked = entry(module(NOTE), Secrets(["s3cr3t-token"]), note="uses s3cr3t-token here")
    assert asked.values == {"note": "uses s3cr3t-token here"}
    assert (asked.spec.parameters, asked.spec.secrets) == ({}, ("note",))
    both = entry(module(KEY, NOTE), Secrets(), key="hush-hush-hush", note="hush-hush-hush")
    assert (both.spec.parameters, both.spec.secrets) == ({}, ("key", "note"))


def test_all_faults_are_told_at_once_and_what_may_not_run_is_refused() -> None:
    with pytest.raises(InvalidParameters) as refused:
        accepted(module(COUNT, Parameter("name", "text", required=True)), {"count": 99})
    assert len(refused.value.extra["errors"]) == 2
    with pytest.raises(ModuleUnavailable):
        accepted(module(COUNT, enabled=False), {"count": 1})
