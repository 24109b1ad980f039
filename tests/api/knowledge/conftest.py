"""The knowledge base over HTTP: a real daemon, real files, the process that reads them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
