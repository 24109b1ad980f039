"""Files are found with what is known of them, and nothing outside of the roots is."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.api.knowledge.conftest import INSIGHT, definitions, indexed, names, search, stats
from tests.fakes.daemon import Daemon, wait_for


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


def test_what_changes_on_disk_changes_in_the_index(daemons: Callable[..., Daemon], base: Path) -> None:
    daemon = daemons(definitions(base))
    scanned = indexed(daemon, 4)["last_scan"]
    fresh = base / "new" / "deep" / "idea.md"
    fresh.parent.mkdir(parents=True)
    fresh.write_text("# An idea\n\nabout quokkas\n")
    wait_for(lambda: names(search(daemon, "quokkas")) == {"idea.md"})
    fresh.write_text("# An idea\n\nabout wombats\n")
    wait_for(lambda: names(search(daemon, "wombats")) == {"idea.md"})
    assert search(daemon, "quokkas")["total_matches"] == 0
    (base / "new").rename(base / "old")
    wait_for(lambda: [one["path"] for one in search(daemon, "wombats")["results"]] == [str(base / "old/deep/idea.md")])
    (base / "old" / "deep" / "idea.md").unlink()
    wait_for(lambda: search(daemon, "wombats")["total_matches"] == 0)
    assert daemon.events("knowledge.changed")
    assert stats(daemon)["last_scan"] == scanned, "it is heard of, not found by looking through everything"


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
