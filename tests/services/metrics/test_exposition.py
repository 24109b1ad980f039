"""The text that Prometheus reads: what is in it, what is not, and what its own checker says of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from backend.config import ROOT
from backend.services.metrics.exposition import Exposition
from backend.services.metrics.tally import MOST_NAMES, OTHER, Counts
from tests.services.metrics.full import FULL, MACHINE, spent

OPEN_METRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
NAME = re.compile(r"\b(?:control_center|process)_[a-z0-9_]+")


def samples(text: str) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """By name, then by labels in their order."""
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(text):
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


def exposed(reading: object = FULL) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    text, _ = Exposition().of(reading, "")  # type: ignore[arg-type]
    return samples(text.decode())


def test_shares_are_of_one_and_sizes_in_bytes() -> None:
    found = exposed()
    assert found["control_center_machine_cpu_usage_ratio"] == {(): 0.25}
    assert found["control_center_machine_cpu_core_usage_ratio"] == {(("core", "0"),): 0.5, (("core", "1"),): 0.0}
    assert found["control_center_service_cpu_usage_ratio"] == {(("service", "n8n"),): 1.5}
    assert found["control_center_service_memory_bytes"] == {(("service", "n8n"),): 3 * 1024**3}
    assert found["control_center_gpu_power_watts"] == {(("gpu", "0"), ("name", "RTX")): 120.5}
    assert found["control_center_runs_finished_total"] == {(("module", "backup"), ("status", "failed")): 1}


def test_a_service_has_exactly_one_status() -> None:
    found = exposed()["control_center_service_status"]
    assert len(found) == 8
    assert [labels for labels, value in found.items() if value] == [(("service", "n8n"), ("status", "running"))]


def test_what_is_not_there_is_absent_and_not_zero() -> None:
    bare = replace(MACHINE, swap=None, network=None, disks=(), temperatures=(), fans=(), battery=None, gpus=())
    empty = replace(
        FULL, machine=bare, services=(), used={}, spent=None, budgets=(), knowledge=None, firing={}, counts=Counts()
    )
    found = exposed(empty)
    assert "control_center_machine_memory_used_bytes" in found
    for part in ("swap", "network", "disk", "temperature", "fan", "battery", "gpu", "ai_", "knowledge", "alerts"):
        assert not [name for name in found if f"_{part}" in name]
    assert "control_center_machine_cpu_usage_ratio" not in exposed(replace(FULL, machine=None))


def test_a_cost_that_nobody_knows_is_counted_as_unpriced() -> None:
    found = exposed()
    assert found["control_center_ai_cost_dollars_total"][("model", "gpt"), ("provider", "openai")] == 1.25
    assert found["control_center_ai_unpriced_calls_total"][("model", "unknown"), ("provider", "openai")] == 1


def test_models_beyond_the_bound_are_summed_and_none_is_lost() -> None:
    many = [spent(f"model-{number}", 0.1) for number in range(MOST_NAMES + 20)]
    found = exposed(replace(FULL, spent=many))
    calls, costs = found["control_center_ai_calls_total"], found["control_center_ai_cost_dollars_total"]
    assert len(calls) == MOST_NAMES + 1
    assert calls[("model", OTHER), ("provider", OTHER)] == 20 * 4
    assert sum(calls.values()) == len(many) * 4
    assert costs[("model", OTHER), ("provider", OTHER)] == 2.0, "not 2.0000000000000004"


def test_whoever_prefers_open_metrics_gets_it() -> None:
    text, media_type = Exposition().of(FULL, OPEN_METRICS)
    assert media_type.startswith("application/openmetrics-text; version=1.0.0")
    names = {family.name for family in open_metrics(text.decode())}  # type: ignore[no-untyped-call]
    assert {"control_center_runs_finished", "control_center_service_up"} <= names


def test_the_checker_of_prometheus_has_nothing_to_say() -> None:
    if shutil.which("promtool") is None:
        missing = "promtool is not installed"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    text, _ = Exposition().of(FULL, "")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


def test_the_grafana_dashboard_and_the_guide_name_only_what_there_is_and_the_guide_all_of_it() -> None:
    text, _ = Exposition().of(FULL, "")
    there = {one.name for family in text_string_to_metric_families(text.decode()) for one in family.samples}
    board = json.loads((ROOT / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8"))
    asked = {name for panel in board["panels"] for one in panel["targets"] for name in NAME.findall(one["expr"])}
    assert asked
    assert {name for name in asked if name.startswith("control_center_")} <= there
    told = set(NAME.findall((ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")))
    ours = {name for name in there if name.startswith("control_center_")}
    assert told <= there
    assert ours <= told
