"""Agents on the wire."""

from __future__ import annotations

from pydantic import BaseModel, Field

from backend.api.schemas.knowledge import FileView
from backend.services.agents.agents import Shown
from backend.services.agents.model import LEVELS, Level, Tree

EXPECTED = {"L1": 12, "L2": 12 * 12, "L3": 12 * 12 * 12}
"""What a whole hierarchy of twelve has."""


class Permissions(BaseModel):
    read_write: list[str]
    read_only: list[str]


class AgentView(BaseModel):
    """One agent. `role` is what it is for, `task` the same of the lowest level; `child_count` counts the agents right
    below it, `knowledge_files` what was routed to it."""

    id: str
    level: Level
    name: str
    title: str
    role: str
    task: str | None
    description: str
    objective: str
    responsibilities: list[str]
    permissions: Permissions
    tools: list[str]
    capabilities: list[str]
    parent: str | None = Field(description="the id of the agent above")
    parent_l1: str | None
    parent_l2: str | None
    child_count: int
    knowledge_files: int
    source: str = Field(description="where the file that describes it lies in its root")
    file_id: str = Field(description="that file in the knowledge base")
    has_content: bool
    word_count: int
    sections: int

    @classmethod
    def of(cls, shown: Shown) -> AgentView:
        return cls.model_validate(agent_members(shown))


def agent_members(shown: Shown) -> dict[str, object]:
    agent, number = shown.agent, shown.agent.number
    return {
        "id": agent.id,
        "level": agent.level,
        "name": agent.name,
        "title": agent.name,
        "role": agent.role,
        "task": agent.role if agent.level == "L3" else None,
        "description": agent.objective or agent.role,
        "objective": agent.objective,
        "responsibilities": list(agent.responsibilities),
        "permissions": {"read_write": list(agent.read_write), "read_only": list(agent.read_only)},
        "tools": list(agent.tools),
        "capabilities": list(agent.capabilities),
        "parent": shown.parent.id if shown.parent else None,
        "parent_l1": str(number[0]) if len(number) > 1 else None,
        "parent_l2": f"L2.{number[0]}.{number[1]}" if len(number) == 3 else None,
        "child_count": shown.children,
        "knowledge_files": shown.files,
        "source": agent.source,
        "file_id": agent.file_id,
        "has_content": agent.level != "L1" or agent.word_count > 0,
        "word_count": agent.word_count,
        "sections": agent.sections,
    }


class PageMeta(BaseModel):
    total: int
    page: int
    page_size: int
    total_pages: int
    has_next: bool
    has_prev: bool
    next_page: int | None
    prev_page: int | None

    @classmethod
    def of(cls, total: int, offset: int, size: int) -> PageMeta:
        page, pages = offset // size + 1, max(1, -(-total // size))
        more = offset + size < total
        return cls(
            total=total,
            page=page,
            page_size=size,
            total_pages=pages,
            has_next=more,
            has_prev=page > 1,
            next_page=page + 1 if more else None,
            prev_page=page - 1 if page > 1 else None,
        )


class AgentList(BaseModel):
    """`faults` is what is wrong in the files that describe agents."""

    agents: list[AgentView]
    meta: PageMeta
    total: int
    faults: list[str]


class AgentDetails(AgentView):
    """`sub_agents` are those below one of the first level, `micro_agents` those below one of the second."""

    sub_agents: list[AgentView]
    micro_agents: list[AgentView]


class Hierarchy(BaseModel):
    agent: AgentView
    parent: AgentView | None
    children: list[AgentView]


class AgentKnowledge(BaseModel):
    agent_id: str
    total_files: int
    files: list[FileView]


class Share(BaseModel):
    """How many agents there are below one of the first level."""

    name: str
    l2_count: int
    l3_count: int


class AgentStats(BaseModel):
    """`expected` is what a whole hierarchy of twelve has."""

    total: int
    by_level: dict[Level, int]
    l1_count: int
    l2_count: int
    l3_count: int
    expected: dict[str, int]
    actual: dict[str, int]
    distribution: dict[str, Share]
    faults: list[str]

    @classmethod
    def of(cls, tree: Tree) -> AgentStats:
        every = tree.agents.values()
        counts = {level: sum(one.level == level for one in every) for level in LEVELS}
        below = {
            first.id: Share(
                name=first.name,
                l2_count=sum(one.level == "L2" and one.number[0] == first.number[0] for one in every),
                l3_count=sum(one.level == "L3" and one.number[0] == first.number[0] for one in every),
            )
            for first in every
            if first.level == "L1"
        }
        return cls(
            total=len(every),
            by_level=counts,
            l1_count=counts["L1"],
            l2_count=counts["L2"],
            l3_count=counts["L3"],
            expected=_totals(EXPECTED),
            actual=_totals({str(level): count for level, count in counts.items()}),
            distribution=below,
            faults=[str(one) for one in tree.wrong],
        )


def _totals(counts: dict[str, int]) -> dict[str, int]:
    return {**{level.lower(): count for level, count in counts.items()}, "total": sum(counts.values())}
