"""What is known of a document from its place, its name and its first lines."""

from __future__ import annotations

import json

import pytest

from backend.services.knowledge.indexing.facts import facts_of
from backend.services.knowledge.indexing.kinds import kind_of
from backend.services.knowledge.indexing.patterns import Patterns


@pytest.mark.parametrize(
    ("path", "agent", "sub_agent", "category"),
    [
        ("ai-agents/ui-ux/menus/a.md", "ui-ux", None, "menus"),
        ("ai-agents/ai-agents/ui-ux/menus/a.md", "ui-ux", None, "menus"),
        ("ai-agents/ui-ux/a.md", "ui-ux", None, None),
        ("ai-agents/ui-ux/sub-agents/L2.5.1/a.md", "ui-ux", "L2.5.1", None),
        ("ai-agents/ui-ux/sub-agents/L2.5.1/micro-agents/l3.5.1.2/a.md", "ui-ux", "L3.5.1.2", None),
        ("ai-agents/knowledge-base/L1-ui-ux/menus/a.md", "knowledge-base", "ui-ux", "menus"),
        ("knowledge-base/data/L1-ui-ux/menus/a.md", "knowledge-base", "ui-ux", "menus"),
        ("knowledge-base/docs/a.md", None, None, None),
        ("ai-agents/01_ART_DIRECTOR_AGENT.md", None, None, None),
        ("notes/a.md", None, None, None),
    ],
)
def test_places(path: str, agent: str | None, sub_agent: str | None, category: str | None) -> None:
    facts = facts_of(path, "markdown", "# A\n")
    assert (facts.agent, facts.sub_agent, facts.category) == (agent, sub_agent, category)


@pytest.mark.parametrize(
    ("name", "video", "creator", "date"),
    [
        ("instasd-E2E_TEST_001-20251107.md", "E2E_TEST_001", "instasd", "2025-11-07"),
        ("stefan-3d-ai-a-b-c-20251107.md", "a-b-c", "stefan-3d-ai", "2025-11-07"),
        ("stefan-3d-ai-dQw4w9WgXcQ-20251107.md", None, "stefan-3d-ai", "2025-11-07"),
        ("instasd-insights.md", None, "instasd", None),
        ("plan-20251399.md", None, None, None),
        ("meeting-20251107.md", None, None, "2025-11-07"),
    ],
)
def test_names(name: str, video: str | None, creator: str | None, date: str | None) -> None:
    text = f"# T\n\n**Video ID:** {video}\n" if video else "# T\n"
    facts = facts_of(name, "markdown", text)
    assert (facts.creator, facts.date) == (creator, date)


def test_the_last_confidence_counts_and_a_wrong_one_is_told() -> None:
    assert facts_of("a.md", "markdown", "**Confidence:** 90%\n\nConfidence is 70 %\n").confidence == 0.7
    wrong = facts_of("a.md", "markdown", "**Confidence:** 190%\n")
    assert (wrong.confidence, wrong.fault) == (None, "its confidence is not a share from 0% to 100%: 190%")


def test_insights_in_json() -> None:
    said = {
        "primary_topic": "Weights", "key_insights": [], "knowledge_category": "workflows", "confidence_score": 85,
        "creator_id": "instasd", "analyzed_at": "2025-11-07T12:15:29", "target_agents": ["art-director"],
    }  # fmt: skip
    facts = facts_of("x/weights.json", "json", json.dumps(said))
    assert (facts.title, facts.agent, facts.category, facts.creator, facts.date, facts.confidence, facts.fault) == (
        "Weights", "art-director", "workflows", "instasd", "2025-11-07", 0.85, None,
    )  # fmt: skip
    broken = facts_of("instasd-dQw4w9WgXcQ-20251107.json", "json", json.dumps(said)[:-1])
    assert (broken.creator, broken.date) == ("instasd", "2025-11-07"), "its name is not broken"
    assert broken.fault is not None
    assert broken.fault.startswith("it looks like an insight and is not JSON")
    assert facts_of("x.json", "json", json.dumps({**said, "confidence_score": "high"})).fault
    assert facts_of("x.json", "json", "[1, 2").fault is None, "any other file may hold what it likes"


@pytest.mark.parametrize(
    ("kind", "text", "title"),
    [
        ("markdown", "\n## **Two** ##\n", "Two"),
        ("markdown", "no heading\n", "no heading"),
        ("text", "\n=====\nName\n====\n", "Name"),
        ("text", "", "a"),
        ("code", "# not a title\n", "a.x"),
    ],
)
def test_titles(kind: str, text: str, title: str) -> None:
    assert facts_of("a.x", kind, text).title == title  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *(("A.MD", "markdown"), ("x.ipynb", "notebook"), ("README", "text"), ("Makefile", "code"), ("a.exe", None)),
        *((".md", None), ("noext", None), ("x.PDF", "pdf")),
    ],
)
def test_kinds(name: str, kind: str | None) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("include", "exclude", "path", "taken"),
    [
        ((), (), "a/b.md", True),
        ((), (), "a/.git/b.md", False),
        ((), ("drafts",), "x/Drafts/b.md", False),
        ((), ("drafts/",), "drafts/b.md", False),
        ((), ("x/drafts/**",), "x/drafts/deep/b.md", False),
        ((), ("x/drafts/**",), "y/drafts/b.md", True),
        ((), ("**/old/*.md",), "a/b/old/c.md", False),
        ((), ("**/old/*.md",), "old/c.md", False),
        (("*.md",), (), "a/b.md", True),
        (("*.md",), (), "a/b.txt", False),
        (("docs",), (), "docs/a/b.txt", True),
        (("*.log",), (), "a.log", True),
        (("a?c.md",), (), "abc.md", True),
        (("a[b].md",), (), "ab.md", False),
    ],
)
def test_patterns(include: tuple[str, ...], exclude: tuple[str, ...], path: str, taken: bool) -> None:
    patterns = Patterns(include, exclude)
    assert (patterns.kind(path) is not None and not patterns.leaves_out.above(path)) is taken
