"""What a daemon tells while it does not know all of it yet."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.app import open_center
from backend.center import Center
from backend.config import Settings
from backend.database.engine import DatabaseUnavailable
from backend.database.repositories import alerts as alert_table
from backend.database.repositories import usage as usage_table
from backend.services.alerts import alerts
from backend.services.usage import ledger
from tests.database.waiting import until

CONFIGURATION = """
usage: {budgets: {daily: {per: day, hard: 5}}}
alerts: {rules: {always: {metric: memory, above: 0%, severity: info}}}
"""
NOT_KNOWN = ("budget_spent_dollars", "budget_limit_dollars", "alerts_firing")


async def families(center: Center) -> set[str]:
    text, _ = await center.metrics.exposition("")
    return {one.name.removeprefix("control_center_") for one in text_string_to_metric_families(text.decode())}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a keeper of POSIX")
async def test_what_is_spent_and_what_fires_has_no_series_before_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = True
    asked: set[str] = set()

    def gone_at_first(table: ModuleType, name: str) -> None:
        answer = getattr(table, name)

        async def ask(*arguments: Any) -> Any:
            asked.add(name)
            if away:
                raise DatabaseUnavailable("the disk is gone")
            return await answer(*arguments)

        monkeypatch.setattr(table, name, ask)

    gone_at_first(usage_table, "sums")
    gone_at_first(alert_table, "firing")
    for area in (ledger, alerts):
        monkeypatch.setattr(area, "READ_AGAIN", 0.01)
    (tmp_path / "control-center.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "data").mkdir()
    settings = Settings(data_dir=tmp_path / "data", log_dir=tmp_path / "logs", config_dir=tmp_path)
    async with open_center(settings) as center:
        await until(lambda: asked == {"sums", "firing"}, within=60)
        there = await families(center)
        assert "start_time_seconds" in there
        assert there.isdisjoint(NOT_KNOWN)
        away = False

        async def known() -> bool:
            return set(NOT_KNOWN) <= await families(center)

        await until(known, within=60)
