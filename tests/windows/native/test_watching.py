"""What is watched on Windows: a crash is seen in charts, alerts, a card, messages, a moment, a bundle and metrics.

The daemon lives in a folder with a name of any letters, and one service is all that goes wrong in it.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from prometheus_client.parser import text_string_to_metric_families

from backend.services.system.gpu import pdh
from backend.services.system.gpu.instances import parse
from backend.services.system.history.sleep import slept
from tests.fakes.receivers import Hook, hooked
from tests.windows.native.daemons import Place, eventually

assert sys.platform == "win32"
pytestmark = pytest.mark.timeout(600)  # a daemon is followed through a crash, and what it tells is waited for

VIOLATION = 0xC0000005
SECRET = r"C:\Schlüssel\für alle.key"
FORMS = (SECRET, json.dumps(SECRET)[1:-1], json.dumps(SECRET, ensure_ascii=False)[1:-1], SECRET.replace("\\", "/"))
BREAKS = r"""
import json, os, sys, time
key = os.environ["KEY"]
print("Öffne", key, json.dumps(key), key.replace("\\", "/"))
print("CUDA out of memory: C:\\Users\\Jürgen Groß\\Modelle", flush=True)
while not os.path.exists("break"): time.sleep(0.05)
print("RuntimeError: Größe passt nicht", flush=True)
import ctypes; ctypes.WinDLL("kernel32").ExitProcess(0xC0000005)
"""
ALERTS = {
    "rules": {
        "drive": {"metric": "disk:C:", "above": "0%", "severity": "info"},
        "memory": {"log": "CUDA out of (memory|luck)", "service": "breaks", "within": "10s"},
        "down": {"state": "crashed", "service": "*", "severity": "critical"},
    }
}


class Watched:
    """A daemon whose service has crashed, and who was told of it."""

    def __init__(self, place: Place, hook: Hook) -> None:
        self.place = place
        self.daemon = place.daemon().until_ready()
        self.hook = hook

    def get(self, path: str, **query: Any) -> Any:
        return self.daemon.get(f"{path}?{urlencode(query)}")

    def breaks(self) -> Any:
        """Starts it, lets it be measured, and has it crash; its card."""
        self.daemon.post("/api/services/breaks/start?wait=running")
        assert eventually(lambda: self.points("service:breaks:memory"))
        (self.place.folder / "break").touch()
        (card,) = eventually(lambda: self.get("/api/services/breaks/crashes")["crashes"])
        return card

    def points(self, metric: str) -> Any:
        return self.get("/api/system/history", metric=metric)["points"]

    def alert(self, rule: str, state: str) -> Any:
        """The alert of a rule, once it is so; None where it does not become so."""
        return eventually(
            lambda: next(
                (one for one in self.get("/api/alerts")["alerts"] if (one["rule"], one["state"]) == (rule, state)), None
            )
        )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched") / "Größe & Müll ❄"
    folder.mkdir()
    service = {"command": [sys.executable, "-c", BREAKS], "cwd": str(folder), "env": {"KEY": "${env:BREAKS_KEY}"}}
    with hooked() as hook, pytest.MonkeyPatch.context() as environment:
        environment.setenv("BREAKS_KEY", SECRET)
        targets = {
            "apprise": {"url": f"json://127.0.0.1:{hook.port}/apprise", "on": "crash"},
            "webhook": {"url": f"http://127.0.0.1:{hook.port}/webhook", "on": "alert", "min_severity": "critical"},
        }
        notifications = {"targets": targets, "group": "1s"}
        place = Place(folder, {"breaks": {**service, "restart": "never"}}, alerts=ALERTS, notifications=notifications)
        try:
            yield Watched(place, hook)
        finally:
            place.clear()


@pytest.fixture(scope="module")
def card(watched: Watched) -> Any:
    return watched.breaks()


def test_a_crash_has_a_card_with_the_words_of_windows(card: Any) -> None:
    assert (card["exit"]["code"], card["exit"]["name"]) == (VIOLATION, "STATUS_ACCESS_VIOLATION")
    assert card["exit"]["meaning"] == "access violation"
    assert "0xC0000005" in card["reason"]
    assert [line["message"] for line in card["tail"]] == [
        'Öffne ••• "•••" •••',
        r"CUDA out of memory: C:\Users\•••\Modelle",
        "RuntimeError: Größe passt nicht",
    ]
    assert card["usage"]["memory"] > 1_000_000
    assert {"cpu", "memory", "disk", "disk:C:"} <= card["machine"].keys()


def test_the_past_of_the_machine_and_of_a_service_is_drawn(watched: Watched, card: Any) -> None:
    known = {one["metric"] for one in watched.get("/api/system/series")}
    assert {"cpu", "memory", "disk", "disk:C:", "service:breaks:cpu", "service:breaks:memory"} <= known
    assert all(point["max"] > 1_000_000 for point in watched.points("service:breaks:memory"))
    assert all(0 <= point["min"] <= point["max"] <= 100 for point in watched.points("memory"))
    future = {"from": "9990-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
    assert watched.get("/api/system/history", metric="cpu", **future)["points"] == []


def test_it_is_told_by_apprise_and_by_a_webhook_in_processes_of_their_own(watched: Watched, card: Any) -> None:
    posted = eventually(lambda: {one.path: one.document for one in list(watched.hook.got)} if _told(watched) else {})
    assert posted.keys() == {"/apprise", "/webhook"}
    assert posted["/apprise"]["title"] == "breaks crashed"
    assert "access violation (0xC0000005)" in posted["/apprise"]["message"]
    assert (posted["/webhook"]["kind"], posted["/webhook"]["subject"]) == ("alert", "down")
    sent = eventually(
        lambda: {one["target"] for one in watched.get("/api/notifications/deliveries", state="sent")["deliveries"]}
    )
    assert sent == {"apprise", "webhook"}


def _told(watched: Watched) -> bool:
    return {"/apprise", "/webhook"} <= {one.path for one in list(watched.hook.got)}


def test_a_moment_has_the_state_the_lines_and_the_figures_of_then(watched: Watched, card: Any) -> None:
    moment = watched.get("/api/moment", at=card["at"])
    (service,) = moment["services"]
    assert (service["id"], service["status"]) == ("breaks", "running")
    now = watched.get("/api/moment", at=datetime.now(UTC).isoformat())
    assert now["services"][0]["status"] == "exited"
    (log,) = moment["logs"]
    assert "RuntimeError: Größe passt nicht" in [line["message"] for line in log["lines"]]
    assert moment["samples"]["service:breaks:memory"] > 1_000_000


def test_a_bundle_of_a_windows_folder_has_clean_names_and_no_secret(watched: Watched, card: Any) -> None:
    before = {path.name for path in watched.place.data.iterdir()}
    preview = watched.daemon.post("/api/incidents?dry_run=true", {})
    with zipfile.ZipFile(io.BytesIO(watched.daemon.ask("POST", "/api/incidents", {}))) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {
        *("configuration/control-center.yaml", "configuration/settings.json", "crashes.json", "journal.jsonl"),
        *("logs/service-breaks.log", "logs/control-center.log", "samples.csv", "versions.json", "README.txt"),
    } <= files.keys()
    assert {one["name"] for one in preview["files"]} == files.keys()
    assert [name for name in files if "\\" in name or ":" in name] == []
    for name, text in files.items():
        assert [form for form in (*FORMS, "Jürgen", "Groß\\") if form in text] == [], name
    assert "Größe passt nicht" in files["logs/service-breaks.log"]
    assert "Müll ❄" in files["configuration/settings.json"]
    assert ("known secret", "logs/service-breaks.log", 3) in {
        (one["rule"], one["where"], one["count"]) for one in preview["replaced"]
    }
    assert eventually(lambda: {path.name for path in watched.place.data.iterdir()} <= before), "the file is gone"


def test_alerts_fire_and_are_resolved(watched: Watched, card: Any) -> None:
    assert watched.alert("drive", "firing")["summary"].startswith("disk:C: is at ")
    assert "CUDA out of memory" in watched.alert("memory", "resolved")["summary"]
    assert watched.alert("down", "firing")["service"] == "breaks"


def test_prometheus_reads_the_metrics(watched: Watched, card: Any) -> None:
    text = watched.daemon.ask("GET", "/metrics").decode()
    samples = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    breaks = ("service", "breaks")
    assert samples["control_center_service_exits_total", breaks] == 1
    assert samples["control_center_service_up", breaks] == 0
    assert samples["control_center_machine_disk_size_bytes", ("disk", "C:"), ("mount", "C:\\")] > 0
    assert samples["control_center_machine_memory_size_bytes",] > 0


def test_gpus_that_are_not_there_are_in_no_figure(watched: Watched, card: Any) -> None:
    gpus = [one["name"] for one in watched.get("/api/system/gpus")]
    assert [one["name"] for one in watched.get("/api/system/stats")["gpus"]] == gpus
    assert any(one["metric"].startswith("gpu:") for one in watched.get("/api/system/series")) == bool(gpus)


def test_counters_of_the_memory_of_gpus_are_read_or_said_to_be_absent() -> None:
    path = r"\GPU Process Memory(*)\Dedicated Usage"
    try:
        counters = pdh.Counters(path)
    except pdh.CountersAbsent:
        return  # by which the reader of GPUs goes without them; any other error fails
    told = counters.read()
    counters.close()
    assert all(parse(name) for name in told[path])


def test_a_machine_that_goes_on_has_not_slept() -> None:
    assert abs(slept() - slept()) < 1


def test_a_service_that_runs_again_resolves_the_alert(watched: Watched, card: Any) -> None:
    """The last one: it changes what the others see."""
    (watched.place.folder / "break").unlink()
    watched.daemon.post("/api/services/breaks/start?wait=running")
    assert watched.alert("down", "resolved")["service"] == "breaks"
