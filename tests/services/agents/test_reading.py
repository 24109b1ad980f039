"""Agents from the files that describe them."""

from __future__ import annotations

from backend.services.agents.reading import read_agents

FIRST = """# ART DIRECTOR AGENT 🎨

## ROLE
Guardian of the style

## PRIMARY OBJECTIVE
One style everywhere

## CORE RESPONSIBILITIES

### 1. Enforcement
- look at assets

### 2. Control

## ACCESS PERMISSIONS

**Read/Write Access:**
- assets/
- design/

**Read-Only Access:**
- docs/

## TOOLS & REFERENCES

### Color tools
"""
SECOND = """# 1. ART DIRECTOR AGENT

### Sub-Agent 1.1: **Style Analyst**
**Role:** Looks closely

**Capabilities:**
- Compares
- Measures

**Use Case:**
- none of these

```
### Sub-Agent 1.9: **An example, not an agent**
```

### Sub-Agent 1.2: **Color Guardian**
**Role:** Guards colours

### Sub-Agent 1.1: **Style Analyst again**

### Sub-Agent 7.1: **Without anybody above**
"""
THIRD = """#### L3.1.1.1: **Line Validator**
Looks at lines

#### L3.1.1.2: Shade Verifier
**Specialty:** Cel shading

### L3.1.1.3: **Outline Keeper** (Keeps outlines thin)
"""
FILES = (
    ("01_ART_DIRECTOR_AGENT.md", "a", FIRST),
    ("lower/SUB_AGENT_ARCHITECTURE.md", "b", SECOND),
    ("L3_MICRO_AGENT_ARCHITECTURE.md", "c", THIRD),
)


def test_three_levels_with_the_right_children() -> None:
    tree = read_agents(FILES)
    first = tree.agents["01_art_director"]
    assert (first.level, first.name, first.folder) == ("L1", "ART DIRECTOR AGENT", "art-director")
    assert (first.role, first.objective) == ("Guardian of the style", "One style everywhere")
    assert first.responsibilities == ("1. Enforcement", "2. Control")
    assert (first.read_write, first.read_only, first.tools) == (("assets/", "design/"), ("docs/",), ("Color tools",))
    assert [one.id for one in tree.of(first)] == ["L2.1.1", "L2.1.2"], "though its own id says 01"
    analyst = tree.agents["L2.1.1"]
    assert (analyst.name, analyst.role, analyst.capabilities) == (
        "Style Analyst", "Looks closely", ("Compares", "Measures"),
    )  # fmt: skip
    assert tree.above(analyst) is first
    assert [(one.name, one.role) for one in tree.of(analyst)] == [
        ("Line Validator", "Looks at lines"),
        ("Shade Verifier", "Cel shading"),
        ("Outline Keeper", "Keeps outlines thin"),
    ], "however deep their headings are"


def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_there() -> None:
    tree = read_agents(FILES)
    assert [str(one) for one in tree.wrong] == [
        "lower/SUB_AGENT_ARCHITECTURE.md: line 20: L2.1.1 is there already, in lower/SUB_AGENT_ARCHITECTURE.md",
        "lower/SUB_AGENT_ARCHITECTURE.md: line 1: L2.7.1 belongs to 7, which nothing describes",
    ]
    assert len(tree.agents) == 7


def test_a_file_that_says_nothing_is_an_agent_all_the_same() -> None:
    tree = read_agents([("07_INTEGRATION_AGENT.md", "x", "\n")])
    assert (tree.agents["07_integration"].name, tree.agents["07_integration"].word_count) == ("Integration", 0)
    assert [str(one) for one in tree.wrong] == ["07_INTEGRATION_AGENT.md: line 1: it is empty"]
