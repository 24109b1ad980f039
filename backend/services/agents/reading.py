"""From the files that describe agents to agents. Pure; what cannot be used is told with its line, and is left out.

NN_NAME_AGENT.md                     an agent of the first level
SUB_AGENT_ARCHITECTURE.md            ### Sub-Agent 1.3: **Name**, a role, capabilities
L3_MICRO_AGENT_ARCHITECTURE.md       #### L3.1.3.2: **Name** (a role), a task

How deep such a heading is depends on what the file has above it, and says nothing: the number is what tells the level.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from backend.services.agents.model import Agent, Tree, Wrong

FIRST, SECOND, THIRD = "%\\_AGENT.md", "SUB\\_AGENT\\_ARCHITECTURE.md", "L3\\_MICRO\\_AGENT\\_ARCHITECTURE.md"
"""The names of these files, as patterns in which `%` is anything."""

_FIRST_NAME = re.compile(r"(\d{1,3})_([A-Za-z0-9_]+)_AGENT\.md", re.IGNORECASE)
_SECOND = re.compile(r"#{1,6}\s+Sub-Agent\s+(\d{1,3})\.(\d{1,3}):\s*(.*)", re.IGNORECASE)
_THIRD = re.compile(r"#{1,6}\s+L3\.(\d{1,3})\.(\d{1,3})\.(\d{1,3}):\s*(.*)", re.IGNORECASE)
_NAME_AND_ROLE = re.compile(r"\*\*(?P<name>[^*]+)\*\*\s*\((?P<role>.+)\)")
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_BULLET = re.compile(r"\s*[-*]\s+(.*)")
_LABEL = re.compile(r"\*\*([^*:]+):?\*\*:?\s*(.*)")
_NO_WORDS = re.compile(r"[^\w\s&/()'’.,:+-]+")


def read_agents(files: Sequence[tuple[str, str, str]]) -> Tree:
    """Of files, each as its place in its root, its id and its text. Of two agents with one number the first counts."""
    wrong: list[Wrong] = []
    found: dict[tuple[int, ...], Agent] = {}
    for place, file_id, text in files:
        for line, agent in _agents(place, file_id, text, wrong):
            known = found.setdefault(agent.number, agent)
            if known is not agent:
                wrong.append(Wrong(place, line, f"{agent.id} is there already, in {known.source}"))
    ordered = dict(sorted(found.items()))
    children: dict[tuple[int, ...], list[Agent]] = {}
    for number, agent in ordered.items():
        if len(number) > 1:
            children.setdefault(number[:-1], []).append(agent)
            if number[:-1] not in ordered:
                above = ".".join(map(str, number[:-1]))
                wrong.append(Wrong(agent.source, 1, f"{agent.id} belongs to {above}, which nothing describes"))
    return Tree(
        {agent.id: agent for agent in ordered.values()},
        {number: tuple(below) for number, below in children.items()},
        ordered,
        tuple(wrong),
    )


def _agents(place: str, file_id: str, text: str, wrong: list[Wrong]) -> Iterator[tuple[int, Agent]]:
    name, lines = place.rpartition("/")[2], text.splitlines()
    if match := _FIRST_NAME.fullmatch(name):
        if not any(line.strip() for line in lines):
            wrong.append(Wrong(place, 1, "it is empty"))
        yield 1, _first(match, place, file_id, lines)
    elif "SUB_AGENT" in name.upper():
        yield from _second(place, file_id, lines)
    elif "MICRO_AGENT" in name.upper():
        yield from _third(place, file_id, lines)


def _first(match: re.Match[str], place: str, file_id: str, lines: Sequence[str]) -> Agent:
    sections = _sections(lines)
    title = next((words for level, words in map(_heading, lines) if level == 1), match[2].replace("_", " ").title())
    permissions = _labelled(_section(sections, "ACCESS PERMISSIONS"))
    return Agent(
        id=f"{match[1]}_{match[2]}".lower(),
        level="L1",
        number=(int(match[1]),),
        name=_plain(title),
        source=place,
        file_id=file_id,
        role=_first_words(_section(sections, "ROLE")),
        objective=_first_words(_section(sections, "PRIMARY OBJECTIVE")),
        responsibilities=_subheadings(_section(sections, "RESPONSIBILITIES")),
        read_write=_bullets_of(permissions, "write"),
        read_only=_bullets_of(permissions, "only"),
        tools=_subheadings(_section(sections, "TOOLS")),
        word_count=sum(len(line.split()) for line in lines),
        sections=len(sections),
        folder=match[2].lower().replace("_", "-"),
    )


def _second(place: str, file_id: str, lines: Sequence[str]) -> Iterator[tuple[int, Agent]]:
    for line, match, block in _blocks(lines, _SECOND):
        labels = _labelled(block)
        called, role = _named(match[3])
        yield (
            line,
            Agent(
                id=f"L2.{int(match[1])}.{int(match[2])}",
                level="L2",
                number=(int(match[1]), int(match[2])),
                name=called,
                source=place,
                file_id=file_id,
                role=_said(labels, "role") or role,
                capabilities=_bullets_of(labels, "capabilities"),
            ),
        )


def _third(place: str, file_id: str, lines: Sequence[str]) -> Iterator[tuple[int, Agent]]:
    for line, match, block in _blocks(lines, _THIRD):
        number = (int(match[1]), int(match[2]), int(match[3]))
        labels = _labelled(block)
        called, role = _named(match[4])
        yield (
            line,
            Agent(
                id=f"L3.{'.'.join(map(str, number))}",
                level="L3",
                number=number,
                name=called,
                source=place,
                file_id=file_id,
                role=_said(labels, "task") or _said(labels, "specialty") or role or _first_words(block),
                capabilities=_bullets_of(labels, "capabilities"),
            ),
        )


def _named(words: str) -> tuple[str, str]:
    """Name and role of a heading like `**Name** (what it does)`; the role is empty where the heading has none."""
    match = _NAME_AND_ROLE.fullmatch(words.strip())
    return (_plain(match["name"]), match["role"].strip()) if match else (_plain(words), "")


def _blocks(lines: Sequence[str], heading: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str], Sequence[str]]]:
    """Each heading of this form with its line, from 1, and what stands below it up to any next heading."""
    fenced = False
    starts: list[tuple[int, re.Match[str] | None]] = []
    for number, line in enumerate(lines):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and line.startswith("#"):
            starts.append((number, heading.fullmatch(line.strip())))
    ends = [number for number, _ in starts[1:]] + [len(lines)]
    for (number, match), end in zip(starts, ends, strict=True):
        if match is not None:
            yield number + 1, match, lines[number + 1 : end]


def _sections(lines: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Headings of the second level in capitals, with what is below each."""
    found: list[tuple[str, list[str]]] = []
    for line in lines:
        level, words = _heading(line)
        if level == 2:
            found.append((words.upper(), []))
        elif found:
            found[-1][1].append(line)
    return found


def _section(sections: Sequence[tuple[str, list[str]]], name: str) -> list[str]:
    exactly = next((below for title, below in sections if title == name), None)
    return exactly if exactly is not None else next((below for title, below in sections if name in title), [])


def _labelled(block: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    """`**Label:** words`, each in small letters with its words and the bullets below it."""
    found: list[tuple[str, str, list[str]]] = []
    for line in block:
        if match := _LABEL.match(line.strip()):
            found.append((match[1].strip().lower(), match[2].strip(), []))
        elif found and (bullet := _BULLET.match(line)):
            found[-1][2].append(bullet[1].strip())
    return found


def _said(labels: Sequence[tuple[str, str, list[str]]], label: str) -> str:
    return next((words for name, words, _ in labels if name == label), "")


def _bullets_of(labels: Sequence[tuple[str, str, list[str]]], part: str) -> tuple[str, ...]:
    return tuple(bullet for name, _, bullets in labels if part in name for bullet in bullets)


def _first_words(block: Sequence[str]) -> str:
    return next((line.strip() for line in block if line.strip()), "")


def _subheadings(block: Sequence[str]) -> tuple[str, ...]:
    return tuple(words for level, words in map(_heading, block) if level == 3)


def _heading(line: str) -> tuple[int, str]:
    """Its level and words; level 0 is none."""
    match = _HEADING.fullmatch(line.rstrip())
    return (len(match[1]), match[2].strip()) if match else (0, "")


def _plain(words: str) -> str:
    """Without marks of emphasis and pictures."""
    return " ".join(_NO_WORDS.sub(" ", words.replace("*", "")).split())
