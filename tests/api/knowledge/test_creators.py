"""Creators, and what is fetched from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.api.knowledge.conftest import definitions, indexed, search, stats
from tests.fakes.daemon import Daemon, wait_for

CREATORS = {
    "metadata": {"total_creators": 5},
    "creators": [
        {"id": "ada", "name": "Ada", "priority": "critical", "focus": "engines", "primary_agents": ["L1.2-x"]},
        {"id": "bea", "name": "Bea", "priority": "low", "focus": "compilers"},
        {"id": "ada", "name": "Ada again"},
        {"name": "nobody"},
        {"id": "cid", "priority": "urgent", "scan_last_n_videos": "ten"},
    ],
    "priority_tiers": {"critical": ["ada", "gone"], "low": "the rest"},
}
FETCH = Path(__file__).resolve().parents[3] / "examples" / "modules" / "fetch_files.py"


@pytest.fixture
def creators(base: Path, tmp_path: Path) -> Path:
    metadata = base / "knowledge-base" / "metadata"
    metadata.mkdir(parents=True)
    (metadata / "creator-database.json").write_text(json.dumps(CREATORS))
    (metadata / "routing-rules.json").write_text('{"routing_rules": {"rigging": {"primary_agents": "L1.2"}, "x": 3}}')
    for name in ("one", "two"):
        transcript = tmp_path / "transcripts" / "ada" / f"{name}.txt"
        transcript.parent.mkdir(parents=True, exist_ok=True)
        transcript.write_text(f"About {name}\nA long sentence with enough words in it {name}. Short.\n")
    return tmp_path


def fetching(base: Path, folder: Path, cadences: str) -> str:
    parameters = {"base": str(base), "transcripts": str(folder / "transcripts")}
    return definitions(base, f"  fetch: fetch\n  cadences: {{{cadences}}}\n") + (
        f"modules:\n  fetch:\n    command: ['{sys.executable}', '{FETCH}']\n    parameters:\n"
        "      creator: {required: true}\n      max_videos: {type: integer}\n"
        f"      base: {{default: {json.dumps(parameters['base'])}}}\n"
        f"      transcripts: {{default: {json.dumps(parameters['transcripts'])}}}\n"
    )


def fetch_job(daemon: Daemon, run_id: str) -> dict[str, Any]:
    jobs = daemon.http.get("/api/knowledge/jobs").json()["jobs"]
    found: dict[str, Any] = next(one for one in jobs if one["run_id"] == run_id)
    return found


def ended(daemon: Daemon, run_id: str) -> dict[str, Any]:
    job: dict[str, Any] = wait_for(
        lambda: fetch_job(daemon, run_id) if fetch_job(daemon, run_id)["videos_processed"] is not None else None
    )
    return job


def test_creators_are_listed_and_what_is_wrong_is_told_one_by_one(
    daemons: Callable[..., Daemon], base: Path, creators: Path
) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 6)
    listed = daemon.http.get("/api/knowledge/creators").json()
    assert [one["id"] for one in listed["creators"]] == ["ada", "bea", "cid"]
    assert (listed["total"], listed["priority_tiers"]["critical"]) == (3, ["ada"])
    wrong = [one.partition("json: ")[2] for one in listed["faults"]]
    assert wrong == [
        "creators[2].id: `ada` is there already",
        "creators[3].id: it must be a word of letters, digits, - and _",
        "creators[4].scan_last_n_videos: it must be a whole number",
        "creators[4].priority: it is none of critical, high, medium, low",
        "priority_tiers.critical: there is no creator `gone`",
        "metadata.total_creators: it says 5, and there are 3",
        "routing_rules.rigging.primary_agents: it must be a list of words",
        "routing_rules.x: it must be an object",
    ]
    assert stats(daemon)["total_creators"] == 3
    assert [one["id"] for one in listed["creators"] if one["due"]] == []
    get = daemon.http.get
    assert [one["id"] for one in get("/api/knowledge/creators?priority=low").json()["creators"]] == ["bea"]
    assert [one["id"] for one in get("/api/knowledge/creators?search=ENGINE").json()["creators"]] == ["ada"]
    assert get("/api/knowledge/creators?priority=urgent").status_code == 422
    assert get("/api/knowledge/creators/adda").json()["detail"].endswith("did you mean `ada`?")
    rigging = get("/api/knowledge/routing").json()["routing_rules"]["rigging"]
    assert rigging == {"primary_agents": [], "sub_agents": [], "micro_agents": [], "priority": None}


def test_fetching_makes_insights_that_are_searched_at_once(
    daemons: Callable[..., Daemon], base: Path, creators: Path
) -> None:
    daemon = daemons(fetching(base, creators, "critical: 30d"))
    indexed(daemon, 6)
    asked = daemon.http.post("/api/knowledge/scan", params={"creator_id": "ada", "max_videos": 1})
    assert (asked.status_code, len(asked.json()["runs"])) == (202, 1), asked.text
    job = ended(daemon, asked.json()["runs"][0])
    assert (job["status"], job["videos_processed"], job["insights_extracted"]) == ("completed", 1, 1)
    assert (job["creator_id"], job["kind"], job["size"] > 0) == ("ada", "fetch", True)
    wait_for(lambda: search(daemon, "creator:ada enough")["total_matches"] == 1)
    [every] = [
        daemon.http.post("/api/knowledge/scan", params={"priority": tier}).json()["runs"] for tier in ("critical",)
    ]
    assert ended(daemon, every[0])["videos_processed"] == 1
    details = wait_for(
        lambda: (
            found
            if (found := daemon.http.get("/api/knowledge/creators/ada").json())["related_files"] == 2
            and found["last_scan"]
            else None
        )
    )
    assert (details["due"], details["failures"], len(details["files"])) == (False, 0, 2)
    failing = daemon.http.post("/api/knowledge/scan", params={"creator_id": "bea"}).json()["runs"][0]
    assert ended(daemon, failing)["status"] == "failed", "it has no transcripts"
    wait_for(lambda: daemon.http.get("/api/knowledge/creators/bea").json()["failures"] == 1)
    unknown = daemon.http.post("/api/knowledge/scan", params={"creator_id": "zoe"})
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "unknown_creator")


def test_without_a_module_nothing_is_fetched(daemons: Callable[..., Daemon], base: Path, creators: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 6)
    refused = daemon.http.post("/api/knowledge/scan", params={"creator_id": "ada"})
    assert (refused.status_code, refused.json()["error_code"]) == (409, "no_fetch_module")


SCHEDULER = """
services:
  kb_scheduler:
    name: Knowledge Base Scheduler
    command: ["${center:python}", "-I", "${center:root}/backend/services/knowledge/scheduler.py", "--interval", "1"]
    autostart: true
"""


def _has_logged(daemon: Daemon, words: str) -> bool:
    return words in daemon.log("kb_scheduler")


def test_the_scheduler_fetches_from_whom_is_due_and_a_failure_leaves_them_due(
    daemons: Callable[..., Daemon], base: Path, creators: Path
) -> None:
    daemon = daemons(SCHEDULER + fetching(base, creators, "critical: 3s, low: 3s"))
    wait_for(lambda: daemon.events("knowledge.fetched", "ada") and daemon.events("knowledge.fetched", "bea"))
    assert daemon.events("knowledge.fetched", "ada")[0]["payload"]["videos_processed"] == 2
    jobs = daemon.http.get("/api/knowledge/jobs").json()["jobs"]
    assert {one["requested_by"] for one in jobs if one["kind"] == "fetch"} == {"schedule"}
    failed = daemon.http.get("/api/knowledge/creators/bea").json()
    assert (failed["due"], failed["last_scan"], failed["failures"]) == (True, None, 1)
    for told in ("bea failed: 0 videos, 0 insights", "ada completed: 2 videos, 2 insights"):
        wait_for(partial(_has_logged, daemon, told), what=told)
