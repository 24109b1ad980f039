"""Agents over HTTP, from files of a knowledge base."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.services.agents.test_reading import FILES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "ai-agents"
    (folder / "ai-agents" / "art-director" / "style").mkdir(parents=True)
    for name, _, text in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "04_GAME_SYSTEMS_DEVELOPER_AGENT.md").write_text("# Game systems\n")
    for place in (
        "ai-agents/art-director/style/one.md",
        "ai-agents/art-director/sub-agents/L2.1.1/two.md",
        "ai-agents/art-director/sub-agents/L2.1.1/micro-agents/L3.1.1.1/three.md",
        "ai-agents/game-systems/loops/four.md",
        "knowledge-base/data/L1-art-director/style/five.md",
    ):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text("# Insight\n")
    return folder


def test_agents_with_their_children_and_their_files(daemons: Callable[..., Daemon], root: Path) -> None:
    daemon = daemons(f"knowledge: {{roots: {json.dumps(str(root))}}}\n")
    get = daemon.http.get
    wait_for(lambda: get("/api/agents").json()["total"] == 8)
    listed = get("/api/agents").json()
    assert [one["id"] for one in listed["agents"]] == [
        *(
            "01_art_director",
            "04_game_systems_developer",
            "L2.1.1",
            "L2.1.2",
            "L2.7.1",
            "L3.1.1.1",
            "L3.1.1.2",
            "L3.1.1.3",
        ),
    ]
    assert {one["id"]: (one["child_count"], one["knowledge_files"]) for one in listed["agents"]} == {
        "01_art_director": (2, 4),
        "04_game_systems_developer": (0, 1),
        "L2.1.1": (3, 1),
        "L2.1.2": (0, 0),
        "L2.7.1": (0, 0),
        "L3.1.1.1": (0, 1),
        "L3.1.1.2": (0, 0),
        "L3.1.1.3": (0, 0),
    }
    assert len(listed["faults"]) == 2
    page = get("/api/agents", params={"page": 2, "page_size": 3}).json()
    assert [one["id"] for one in page["agents"]] == ["L2.1.2", "L2.7.1", "L3.1.1.1"]
    assert (page["meta"]["total_pages"], page["meta"]["next_page"], page["meta"]["prev_page"]) == (3, 3, 1)
    below = get("/api/agents", params={"parent": "01_art_director", "level": "L2"}).json()
    assert [one["id"] for one in below["agents"]] == ["L2.1.1", "L2.1.2"]
    assert [one["id"] for one in get("/api/agents?search=SHADING").json()["agents"]] == ["L3.1.1.2"]
    seen = get("/api/agents/stats").json()
    assert (seen["total"], seen["by_level"], seen["expected"]["l3"]) == (8, {"L1": 2, "L2": 3, "L3": 3}, 1728)
    assert seen["distribution"]["01_art_director"] == {"name": "ART DIRECTOR AGENT", "l2_count": 2, "l3_count": 3}
    first = get("/api/agents/01_art_director").json()
    assert [one["id"] for one in first["sub_agents"]] == ["L2.1.1", "L2.1.2"]
    assert get("/api/agents/L1.1-art-director").json() == first, "as creators name it"
    hierarchy = get("/api/agents/L2.1.1/hierarchy").json()
    assert (hierarchy["parent"]["id"], [one["id"] for one in hierarchy["children"]]) == (
        "01_art_director", ["L3.1.1.1", "L3.1.1.2", "L3.1.1.3"],
    )  # fmt: skip
    knowledge = get("/api/agents/04_game_systems_developer/knowledge").json()
    assert (knowledge["total_files"], [one["name"] for one in knowledge["files"]]) == (1, ["four.md"])
    unknown = get("/api/agents/L2.1.11")
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "unknown_agent")
    (root / "lower" / "SUB_AGENT_ARCHITECTURE.md").unlink()
    wait_for(lambda: get("/api/agents/stats").json()["l2_count"] == 0)
