"""All checks together."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from backend.config import Settings
from backend.core.clock import SystemClock
from backend.services.diagnostics import diagnosis, folders, installation, machinery
from backend.services.diagnostics.diagnosis import Diagnostics
from backend.services.diagnostics.finding import Finding
from backend.services.diagnostics.machinery import KeeperAnswer
from backend.services.ports import PortReader


async def connected() -> str:
    return "connected"


async def holding() -> KeeperAnswer:
    return KeeperAnswer("answers", {})


async def no_trouble() -> tuple[str, ...]:
    return ()


def diagnostics(folder: Path) -> Diagnostics:
    return Diagnostics(
        settings=Settings(data_dir=folder, config_dir=folder, port=0),
        clock=SystemClock(),
        ports=PortReader(),
        keeper=holding,
        database=connected,
        index=no_trouble,
        daemon=None,
    )


async def test_every_area_is_looked_at(tmp_path: Path) -> None:
    found = await diagnostics(tmp_path).run()
    ids = {finding.id.split(".")[0] for finding in found.findings}
    assert ids == {
        *("python", "packages", "settings", "configuration", "ports", "spawn", "keeper", "limits", "database", "disk"),
        *("data_folder", "log_folder", "dashboard"),
    }
    assert found.checked_at.tzinfo is not None


async def test_ok_means_that_there_is_nothing_to_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "check_dashboard", lambda: [Finding("dashboard", "Dashboard", "ok", "built")])
    assert (await diagnostics(tmp_path).run()).ok
    monkeypatch.setattr(folders, "check_dashboard", lambda: [Finding("dashboard", "Dashboard", "warning", "not built")])
    assert not (await diagnostics(tmp_path).run()).ok


async def test_a_check_that_fails_or_hangs_spoils_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> list[Finding]:
        await asyncio.Event().wait()
        return []

    def fails() -> list[Finding]:
        raise RuntimeError("broken")

    monkeypatch.setattr(diagnosis, "TIME_LIMIT", 0.5)
    monkeypatch.setattr(machinery, "check_spawn", hangs)
    monkeypatch.setattr(installation, "check_packages", fails)
    found = {finding.id: finding for finding in (await diagnostics(tmp_path).run()).findings}
    assert (found["spawn"].status, "no answer" in found["spawn"].what) == ("error", True)
    assert (found["packages"].status, "broken" in found["packages"].what) == ("error", True)
    assert found["python"].status == "ok"


def test_missing_and_other_packages_are_told(tmp_path: Path) -> None:
    pins = tmp_path / "requirements.txt"
    pins.write_text("no-such-package-here==1.0\n    # via nothing\nfastapi==0.0.1\n")
    (finding,) = installation.check_packages(pins)
    assert (finding.status, "no-such-package-here" in finding.what) == ("error", True)
    assert "install" in finding.fix
    pins.write_text("fastapi==0.0.1\n")
    (finding,) = installation.check_packages(pins)
    assert (finding.status, "instead of 0.0.1" in finding.what) == ("warning", True)


async def test_no_finding_repeats_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUR_KEY", "the-key-of-ours")
    (tmp_path / "control-center.yaml").write_text(
        'services:\n  a: {command: ["${env:OUR_KEY}"], cwd: "${env:OUR_KEY}"}\n'
        '  b: {command: [x], start_seconds: "${env:OUR_KEY}"}\n'
    )
    found = repr((await diagnostics(tmp_path).run()).findings)
    assert "`•••` is not a duration" in found
    assert "the-key-of-ours" not in found
