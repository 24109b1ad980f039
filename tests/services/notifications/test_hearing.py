"""What becomes of events: who hears of which, and as what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend.services.definitions.load import load, surroundings
from backend.services.definitions.model import ServiceSpec
from backend.services.notifications.hearing import Hearing
from backend.services.notifications.model import News, Severity, Target
from tests.services.notifications.news import HEARING, alert, crash, event, gave_up

NOW = datetime(2026, 1, 6, 12, tzinfo=UTC)


def spec(tmp_path: Path) -> ServiceSpec:
    text = "services: {comfyui: {name: ComfyUI, command: [x], restart: {exit_codes: [0, 7]}}}"
    around = surroundings(tmp_path / "control-center.yaml", log_dir=tmp_path, root=tmp_path, environ={})
    return load(text, around).services["comfyui"]


@pytest.mark.parametrize(("code", "crashes"), [(0, False), (7, False), (1, True), (None, True)])
def test_an_end_that_the_definition_expects_is_no_crash(code: int | None, crashes: bool, tmp_path: Path) -> None:
    known = spec(tmp_path)
    hearing = Hearing(lambda service: known, lambda module: module)
    found = hearing.news(event("service.exited", "comfyui", NOW, exit_code=code, exit="it ended"))
    assert (found is not None) is crashes
    if found is not None:
        assert (found.kind, found.name, found.severity, found.fields["reason"]) == (
            "crash",
            "ComfyUI",
            "warning",
            "it ended",
        )


def test_what_is_not_started_again_is_critical_and_waits_for_nothing() -> None:
    found = gave_up(NOW)
    assert (found.kind, found.severity, found.counts, found.final) == ("crash", "critical", False, True)


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("run.failed", "run_failed"), ("run.timed_out", "run_failed"), ("run.completed", "run_finished")],
)
def test_runs_are_told_by_their_module(type_: str, kind: str) -> None:
    found = HEARING.news(event(type_, "run-1", NOW, module_id="backup", reason="exit code 2", exit_code=2))
    assert found is not None
    assert (found.kind, found.about, found.subject, found.name) == (kind, "module", "backup", "Backup")
    assert found.fields == {"reason": "exit code 2", "exit_code": "2", "run_id": "run-1"}


def test_a_scan_is_told_in_figures() -> None:
    figures = {"files": 12, "added": 3, "changed": 1, "removed": 0, "faulty": 2, "unread": 0}
    found = HEARING.news(event("knowledge.scanned", None, NOW, **figures))
    assert found is not None
    assert (found.kind, found.severity) == ("scan_finished", "info")
    assert found.fields["reason"] == "files: 12, new: 3, changed: 1, removed: 0, faulty: 2"


def test_a_scan_that_failed_is_told_with_its_reason() -> None:
    found = HEARING.news(event("knowledge.scan_failed", None, NOW, reason="the disk is full"))
    assert found is not None
    assert (found.kind, found.severity, found.fields["reason"]) == ("scan_finished", "warning", "the disk is full")


@pytest.mark.parametrize("status", ["fired", "reminded", "resolved"])
def test_an_alert_is_told_with_its_severity(status: str) -> None:
    found = HEARING.news(alert(status, NOW))
    assert found is not None
    assert (found.kind, found.subject, found.severity) == ("alert", "hot", "critical")
    assert (found.fields["status"], found.fields["value"]) == (status, "91.0")
    assert found.fields["reason"] == "GPU 0 has 91 °C"


def test_the_end_of_an_alert_says_how_it_is_now() -> None:
    found = HEARING.news(alert("resolved", NOW, reason="GPU 0 has 60 °C"))
    assert found is not None
    assert found.fields["reason"] == "GPU 0 has 60 °C"


@pytest.mark.parametrize("quiet", ["silenced", "maintenance"])
def test_an_alert_that_is_quiet_is_told_to_nobody(quiet: str) -> None:
    assert HEARING.news(alert("fired", NOW, quiet=quiet)) is None


@pytest.mark.parametrize(
    "type_", ["service.stopped", "service.started", "run.cancelled", "alert.pending", "notification.failed"]
)
def test_what_nobody_asked_for_is_told_to_nobody(type_: str) -> None:
    assert HEARING.news(event(type_, "comfyui", NOW)) is None


def heard(news: News, **target: object) -> bool:
    return Target("one", "desktop://", **target).wants(news)  # type: ignore[arg-type]


def test_a_target_hears_of_what_it_asked_for() -> None:
    assert heard(crash(NOW))
    assert not heard(crash(NOW), on=frozenset({"alert"}))
    assert heard(crash(NOW), services=frozenset({"comfyui"}))
    assert not heard(crash(NOW), services=frozenset({"n8n"}))


@pytest.mark.parametrize(
    ("least", "told"), [("info", [True, True]), ("warning", [True, True]), ("critical", [False, True])]
)
def test_a_target_hears_of_what_is_severe_enough(least: Severity, told: list[bool]) -> None:
    assert [heard(news, min_severity=least) for news in (crash(NOW), gave_up(NOW))] == told


def test_services_and_modules_are_chosen_apart() -> None:
    run = HEARING.news(event("run.failed", "r", NOW, module_id="backup"))
    of_service = HEARING.news(alert("fired", NOW, service="n8n"))
    of_machine = HEARING.news(alert("fired", NOW))
    assert run is not None
    assert of_service is not None
    assert of_machine is not None
    only = frozenset({"comfyui"})
    assert [heard(one, services=only) for one in (run, of_service, of_machine)] == [True, False, True]
    assert [heard(one, modules=only) for one in (run, of_service, of_machine)] == [False, True, True]
