"""The knowledge base over HTTP: a real daemon, real files, the process that reads them."""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, wait_for

INSIGHT = """# Weights for equipment variations

**Source:** InstaSD
**Video ID:** E2E_TEST_001
**URL:** https://www.youtube.com/watch?v=E2E_TEST_001
**Added:** 2025-11-07 12:15
**Confidence:** 90%

---

## Topic: ComfyUI Workflows

## Key Insights

1. A weight above 0.70 locks the colours of the café

```
denoise: 0.40
```
"""


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A small knowledge base in the layout that pipelines write."""
    root = tmp_path / "ai-agents"
    workflows = root / "ai-agents" / "art-director" / "comfyui-workflows"
    workflows.mkdir(parents=True)
    (workflows / "instasd-E2E_TEST_001-20251107.md").write_text(INSIGHT, encoding="utf-8")
    shared = root / "knowledge-base" / "L1-character-pipeline" / "rigging"
    shared.mkdir(parents=True)
    (shared / "instasd-insights.md").write_text("# Rigging\n\nBones and weights.\n", encoding="utf-8")
    (root / "notes.txt").write_text("first line\nsecond line says zeppelin\n", encoding="utf-8")
    (root / "broken.pdf").write_bytes(b"%PDF-1.4 no more")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "left.md").write_text("zeppelin\n")
    return root


def definitions(root: Path, more: str = "") -> str:
    return f"knowledge:\n  roots: {json.dumps([str(root)])}\n{more}"


def stats(daemon: Daemon) -> dict[str, Any]:
    found: dict[str, Any] = daemon.http.get("/api/knowledge/stats").json()
    return found


def search(daemon: Daemon, query: str, **more: Any) -> dict[str, Any]:
    answer = daemon.http.get("/api/knowledge/search", params={"query": query, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> set[str]:
    return {one["name"] for one in found["results" if "results" in found else "files"]}


def indexed(daemon: Daemon, files: int) -> dict[str, Any]:
    wait_for(lambda: stats(daemon)["last_scan"] and stats(daemon)["total_files"] == files, what=f"{files} files")
    return stats(daemon)


def test_files_are_found_with_what_is_known_of_them(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    seen = indexed(daemon, 4)
    assert seen["files_by_agent"] == {"art-director": 1, "knowledge-base": 1}
    assert seen["by_type"] == {"markdown": 2, "pdf": 1, "text": 1}
    assert (seen["kb_status"], seen["faulty_files"], seen["recent_files_7d"]) == ("active", 1, 4)
    assert seen["total_size_bytes"] == sum(
        file.stat().st_size for file in base.rglob("*") if file.is_file() and "node_modules" not in file.parts
    )
    listed = daemon.http.get("/api/knowledge/files", params={"agent": "art-director"}).json()
    [insight] = listed["files"]
    assert (listed["total"], listed["limit"], listed["offset"]) == (1, 50, 0)
    assert insight["path"] == str(base.resolve() / "ai-agents" / "art-director" / "comfyui-workflows" / insight["name"])
    known = {"category": "comfyui-workflows", "creator": "instasd", "date": "2025-11-07", "confidence": 0.9}
    assert {key: insight[key] for key in known} == known
    details = daemon.http.get(f"/api/knowledge/files/{insight['id']}").json()
    expected = {
        "title": "Weights for equipment variations", "sections": 2, "confidence": 90, "has_code": True,
        "has_links": True,
    }  # fmt: skip
    assert {key: details["insights"][key] for key in expected} == expected
    assert details["insights"]["word_count"] == len(INSIGHT.split())
    text = daemon.http.get(f"/api/knowledge/files/{insight['id']}/text").json()
    assert (text["text"], text["lines"]) == (INSIGHT, INSIGHT.count("\n") + 1)
    [faulty] = daemon.http.get("/api/knowledge/files", params={"faulty": True}).json()["files"]
    assert (faulty["name"], faulty["fault"]) == ("broken.pdf", "it is not a whole PDF")
    page = daemon.http.get("/api/knowledge/files", params={"page": 2, "page_size": 3}).json()
    assert (page["total"], page["limit"], page["offset"], len(page["files"])) == (4, 3, 3, 1)
    recent = daemon.http.get("/api/knowledge/recent", params={"limit": 2}).json()
    assert (recent["success"], recent["count"], len(recent["files"])) == (True, 2, 2)


def test_a_file_may_be_asked_for_by_its_path_in_base64(
    daemons: Callable[..., Daemon], base: Path, tmp_path: Path
) -> None:
    name = "what??>>~~.md"  # with `/` and `+` in its base64
    (base / name).write_text("# Odd\n")
    (tmp_path / "outside.md").write_text("# Outside\n")
    daemon = daemons(definitions(base))
    indexed(daemon, 5)

    def asked(path: str, encode: Callable[[bytes], bytes]) -> httpx.Response:
        told = encode(path.encode()).decode()
        return daemon.http.get(f"/api/knowledge/files/{told}")

    for number in range(3):  # each place of a letter among three bytes
        there = f"{base.resolve()}/{'./' * number}{name}"
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            assert asked(there, encode).json()["insights"]["title"] == "Odd"
    for path in ("/etc/passwd", f"{base}/../outside.md", str(tmp_path / "outside.md"), str(base), "", "notes.txt"):
        refused = asked(path, base64.b64encode)
        assert refused.status_code in (404, 405, 422), path
        assert "Outside" not in refused.text


def test_a_search_tells_lines_and_what_to_light_up(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    [found] = search(daemon, "ZEPPELIN")["results"]
    assert (found["name"], found["line"], found["preview"]) == ("notes.txt", 2, "second line says zeppelin")
    assert (found["match_count"], found["snippets"][0]["highlights"]) == (1, [[17, 25]])
    assert names(search(daemon, "weights bones")) == {"instasd-insights.md"}, "all words"
    assert names(search(daemon, "cafe")) == {"instasd-E2E_TEST_001-20251107.md"}, "with or without accents"
    assert names(search(daemon, '"second line"')) == {"notes.txt"}
    assert search(daemon, '"zeppelin says"')["total_matches"] == 0, "a phrase is in order"
    assert names(search(daemon, "zepp*")) == {"notes.txt"}
    both = {"instasd-E2E_TEST_001-20251107.md", "instasd-insights.md"}
    assert names(search(daemon, "creator:instasd")) == both
    assert names(search(daemon, "weights confidence:>=80")) == {"instasd-E2E_TEST_001-20251107.md"}
    assert names(search(daemon, "date:2025-11 type:markdown agent:art-director category:comfyui-workflows")) == {
        "instasd-E2E_TEST_001-20251107.md"
    }
    assert names(search(daemon, "weights", agent="knowledge-base")) == {"instasd-insights.md"}
    assert search(daemon, "weights -bones")["total_matches"] == 1


def test_what_changes_on_disk_changes_in_the_index(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    fresh = base / "new" / "deep" / "idea.md"
    fresh.parent.mkdir(parents=True)
    fresh.write_text("# An idea\n\nabout quokkas\n")
    begun = time.monotonic()
    wait_for(lambda: names(search(daemon, "quokkas")) == {"idea.md"})
    assert time.monotonic() - begun < 5, "it is heard of, not found by looking through everything"
    fresh.write_text("# An idea\n\nabout wombats\n")
    wait_for(lambda: names(search(daemon, "wombats")) == {"idea.md"})
    assert search(daemon, "quokkas")["total_matches"] == 0
    (base / "new").rename(base / "old")
    wait_for(lambda: [one["path"] for one in search(daemon, "wombats")["results"]] == [str(base / "old/deep/idea.md")])
    (base / "old" / "deep" / "idea.md").unlink()
    wait_for(lambda: search(daemon, "wombats")["total_matches"] == 0)
    assert daemon.events("knowledge.changed")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")
def test_nothing_outside_of_the_roots_is_reached(daemons: Callable[..., Daemon], base: Path, tmp_path: Path) -> None:
    outside = tmp_path / "private"
    outside.mkdir()
    (outside / "secret.md").write_text("platypus\n")
    (base / "link.md").symlink_to(outside / "secret.md")
    (base / "folder").symlink_to(outside)
    (base / "up.md").symlink_to(Path("..") / "private" / "secret.md")
    os.mkfifo(base / "pipe.md")
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    (base / "later.md").symlink_to(outside / "secret.md")
    (base / "seen.md").write_text("echidna\n")
    wait_for(lambda: names(search(daemon, "echidna")) == {"seen.md"})
    assert search(daemon, "platypus")["total_matches"] == 0
    for path in ("..%2F..%2Fetc%2Fpasswd", "L2V0Yy9wYXNzd2Q=", "0" * 20, "C:"):
        assert daemon.http.get(f"/api/knowledge/files/{path}").status_code in (404, 422)


ODD = (
    *('""', '" "', "**", "^x^", "a*b*", "NEAR(a b)", "AND", "OR OR", "NOT", "a NOT", "{a b}: c", "((((", "--", "-a"),
    *("title: x", "agent:", "agent:agent:x", "date:..", "date:>", "confidence:nine", "confidence:>=", "type:none"),
    *("'; DROP TABLE roots; --", "%%", "\\\\", "C:\\temp\\*", "http://x.y/z?q=1", "\x00\x00", "名前 é"),
    *("a" * 500, "a " * 250, '"' * 500, "x* " * 160),
)


def test_no_text_is_wrong(knowing: Daemon) -> None:
    for query in ODD:
        assert search(knowing, query)["query"] == query


@pytest.fixture(scope="module")
def knowing(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("knowing")
    (folder / "base").mkdir()
    (folder / "base" / "a.md").write_text("a b c and or not near title x\n")
    daemon = Daemon(folder, definitions(folder / "base"))
    daemon.start()
    indexed(daemon, 1)
    yield daemon
    daemon.close()


def test_what_is_asked_wrongly_is_told(knowing: Daemon) -> None:
    http = knowing.http
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        ("search", {}),
        ("search", {"query": "a"}),
        ("search", {"query": "a" * 501}),
        ("search", {"query": "ab", "agent": "../x"}),
        ("search", {"query": "ab", "limit": 101}),
        ("files", {"limit": 501}),
        ("files", {"offset": -1}),
        ("recent", {"limit": 0}),
    )
    for path, params in asked:
        assert http.get(f"/api/knowledge/{path}", params=params).status_code == 422, (path, params)


def test_a_scan_is_a_job_and_a_forced_one_reads_everything_again(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    wait_for(lambda: stats(daemon)["scan"] is None)
    asked = daemon.http.post("/api/knowledge/scan", params={"force_rescan": True})
    assert (asked.status_code, asked.json()["status"]) == (202, "started")

    def job() -> dict[str, Any]:
        jobs = daemon.http.get("/api/jobs", params={"type": "knowledge_scan"}).json()["jobs"]
        found: dict[str, Any] = next(one for one in jobs if one["id"] == asked.json()["job_id"])
        return found

    done = wait_for(lambda: job() if job()["status"] == "completed" else None)
    assert (done["progress"], done["subject"]) == (1.0, "knowledge")
    [told] = [one["payload"] for one in daemon.events("knowledge.scanned")][-1:]
    assert (told["files"], told["added"], told["faulty"]) == (4, 4, 1)


def test_a_killed_daemon_leaves_no_reader_behind_and_its_scan_is_interrupted(
    daemons: Callable[..., Daemon], base: Path
) -> None:
    endless = base / "endless.html"
    endless.write_text("<div>a" * 100_000)  # it takes minutes to be read
    daemon = daemons(definitions(base))
    scan = wait_for(lambda: (stats(daemon)["scan"] or {}).get("status") == "running" and stats(daemon)["scan"])
    reader = wait_for(lambda: daemon.http.post("/api/knowledge/scan").json()["pid"])
    daemon.kill()
    wait_for(lambda: not psutil.pid_exists(reader) or psutil.Process(reader).status() == psutil.STATUS_ZOMBIE)
    endless.unlink()
    daemon.start()
    indexed(daemon, 4)
    jobs = daemon.http.get("/api/knowledge/jobs").json()["jobs"]
    assert {one["id"]: one["status"] for one in jobs}[scan["id"]] == "interrupted"


def test_without_roots_there_is_nothing_and_nothing_to_scan(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons("services: {}\n")
    assert (stats(daemon)["kb_status"], stats(daemon)["total_files"]) == ("empty", 0)
    assert search(daemon, "anything")["total_matches"] == 0
    refused = daemon.http.post("/api/knowledge/scan")
    assert (refused.status_code, refused.json()["error_code"]) == (422, "not_scannable")


def test_roots_may_change_while_the_daemon_runs(daemons: Callable[..., Daemon], base: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    other.mkdir()
    (other / "one.md").write_text("# One\n")
    daemon.config.write_text(definitions(other))
    indexed(daemon, 1)
    assert names(daemon.http.get("/api/knowledge/files").json()) == {"one.md"}


def test_a_damaged_index_is_made_anew(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    daemon.stop()
    file = daemon.data_dir / "knowledge.db"
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink(missing_ok=True)
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:2048] + os.urandom(size - 2048))
    daemon.start()
    wait_for(lambda: daemon.http.get("/api/knowledge/stats").status_code == 200 and stats(daemon)["total_files"] == 4)
    assert names(search(daemon, "zeppelin")) == {"notes.txt"}


def remove(file: Path) -> None:
    for ending in ("-wal", "-shm", ""):
        file.with_name(file.name + ending).unlink(missing_ok=True)


def files_in(file: Path) -> int | None:
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
            [(files,)] = connection.execute("SELECT count(*) FROM knowledge_files")
            return int(files)
    except sqlite3.Error:
        return None


def overwrite(file: Path) -> None:
    file.write_bytes(os.urandom(file.stat().st_size))


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be taken away there")
@pytest.mark.parametrize("harm", [remove, overwrite])
def test_an_index_that_is_harmed_while_it_is_used_is_made_anew(
    daemons: Callable[..., Daemon], base: Path, harm: Callable[[Path], None]
) -> None:
    daemon = daemons(definitions(base))
    indexed(daemon, 4)
    file = daemon.data_dir / "knowledge.db"
    harm(file)

    def whole() -> bool:
        answer = daemon.http.get("/api/knowledge/search", params={"query": "zeppelin"})
        return answer.status_code == 200 and answer.json()["total_matches"] == 1 and files_in(file) == 4

    wait_for(whole, what="an index that is whole")
    (base / "later.md").write_text("aardvark\n")
    wait_for(lambda: names(search(daemon, "aardvark")) == {"later.md"})


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
FETCH = Path(__file__).resolve().parents[2] / "examples" / "modules" / "fetch_files.py"


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
